"""What make.sh runs while its registry serves (`fill`) and after it has stopped (`finish`)."""

import json
import sys

import crafted_manifests
import crafted_payloads
import crafted_signatures
import signed_by_cosign
from images import Collection
from storage import Storage


def fill(host, scratch):
    collection = Collection(host, scratch, scratch + "/keys")
    for source in (signed_by_cosign, crafted_manifests, crafted_signatures, crafted_payloads):
        source.make(collection)
    with open(scratch + "/cases.json", "w") as file:
        json.dump(collection.cases, file)
    with open(scratch + "/spoil.json", "w") as file:
        json.dump([(digest, body and body.decode()) for digest, body in collection.spoil], file)


def finish(root, scratch):
    with open(scratch + "/cases.json") as file:
        references = [case["reference"] for case in json.load(file)]
    with open(scratch + "/spoil.json") as file:
        changes = [(digest, body and body.encode()) for digest, body in json.load(file)]
    storage = Storage(root)
    storage.prune(references)
    storage.spoil(changes)


if __name__ == "__main__":
    {"fill": fill, "finish": finish}[sys.argv[1]](*sys.argv[2:])
