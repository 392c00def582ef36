#!/usr/bin/env python3
"""Writes the vectors of this folder anew from those in Debian's BoringSSL source package.

make.py FOLDER: src/third_party/wycheproof_testvectors of the unpacked source package
android-platform-external-boringssl (//third_party:fetch_source_package.sh gets it). Each file keeps its notes and all its
tests, one a line; of each key only the PEM form is kept.
"""

import json
import os
import sys

FILES = ["ecdsa_secp256r1_sha256", "ecdsa_secp256r1_sha256_p1363", "ecdsa_secp384r1_sha384",
         "ecdsa_secp384r1_sha384_p1363", "ecdsa_secp521r1_sha512", "ecdsa_secp521r1_sha512_p1363",
         "rsa_signature_2048_sha256", "rsa_signature_3072_sha256", "eddsa"]
HERE = os.path.dirname(os.path.abspath(__file__))


def lines(items):
    return ",\n".join(json.dumps(item, separators=(",", ":"), sort_keys=True) for item in items)


def reduced(vectors):
    groups = []
    for group in vectors["testGroups"]:
        kept = {"keyPem": group["keyPem"], **({"sha": group["sha"]} if "sha" in group else {})}
        groups.append(json.dumps(kept)[:-1] + ', "tests": [\n' + lines(group["tests"]) + "\n]}")
    head = {name: vectors[name] for name in ("algorithm", "generatorVersion", "numberOfTests", "notes")}
    return json.dumps(head, indent=1)[:-2] + ',\n "testGroups": [\n' + ",\n".join(groups) + "\n]}\n"


def main(folder):
    for name in FILES:
        with open(f"{folder}/{name}_test.json") as file:
            vectors = json.load(file)
        text = reduced(vectors)
        tests = sum(len(group["tests"]) for group in json.loads(text)["testGroups"])
        assert tests == vectors["numberOfTests"], name
        with open(f"{HERE}/{name}.json", "w") as file:
            file.write(text)
        results = [test["result"] for group in vectors["testGroups"] for test in group["tests"]]
        print(f"{name}: {tests} tests:", {result: results.count(result) for result in sorted(set(results))})


if __name__ == "__main__":
    main(*sys.argv[1:])
