"""Asks the real cosign about every image with every key, and writes what was expected and what it said."""

import concurrent.futures
import json
import os
import re
import subprocess
import sys

import registry as r
from images import KEYS

HERE = os.path.dirname(os.path.abspath(__file__))

DIFFERENCES = {
    "larger-hash": "cosign signs with SHA-384 (P-384) and SHA-512 (P-521) but verifies with SHA-256 unless "
                   "told otherwise, so it refuses its own signatures; we accept both hashes",
    "ed25519ph": "cosign 2 signs with Ed25519ph but verifies pure Ed25519; we accept both",
    "many-hashes": "larger-hash and ed25519ph among signatures that cosign accepts",
    "duplicate-names": "cosign takes the last of two members of one name; we refuse the payload",
    "name-case": "cosign ignores the case of member names; we do not",
    "tampered-manifest": "cosign hashes the body that a tag gives; who asks by HEAD learns the digest that "
                         "the registry states, for which there is a signature (and whoever pulls that digest "
                         "notices the changed bytes)",
}


def ask_cosign(host, key, reference):
    """(accepted, its first word about it otherwise)."""
    answer = subprocess.run(
        ["cosign", "verify", "--key", f"{HERE}/../keys/{key}.pub", "--insecure-ignore-tlog=true",
         f"{host}/{reference}"], capture_output=True, text=True)
    if answer.returncode == 0:
        return True, ""
    lines = [line for line in answer.stderr.splitlines() if line.startswith("Error: ")]
    return False, lines[0].removeprefix("Error: ").replace(host, "HOST") if lines else answer.stderr


def ask_about_key(host, path, reference):
    accepted, says = ask_cosign(host, path.removesuffix(".pub"), reference)
    loaded = not says.startswith("loading public key")
    return {"cosign_loads": loaded, **({"cosign_says": says} if not accepted else {})}


def row(host, case, answers):
    repository, tag, digest = r.split_reference(case["reference"])
    stated = r.Registry(host).head(repository, digest or tag)
    result = {"reference": case["reference"], "what": case["what"],
              "digest": digest or (stated and stated[0]), "media_type": stated and stated[1],
              "verified_by": case["verified_by"],
              "cosign_accepts": sorted(key for key in KEYS if answers[key][0])}
    refused = [key for key in case["verified_by"] if not answers[key][0]]
    if refused or not result["cosign_accepts"]:
        says = answers[(refused or KEYS)[0]][1]
        result["cosign_says"] = re.sub(r"sha256([:-])[0-9a-f]{64}", r"sha256\1HEX", says)
    for name in ("difference", "either"):
        if case.get(name):
            result[name] = case[name]
    return result


def surprises(images):
    for image in images:
        same = image["verified_by"] == image["cosign_accepts"]
        if image.get("difference", "larger-hash") not in DIFFERENCES:
            yield f"{image['reference']}: an unknown difference"
        if same == ("difference" in image) and not image.get("either"):
            yield (f"{image['reference']} ({image['what']}): expected {image['verified_by']}, cosign accepts "
                   f"{image['cosign_accepts']}: {image.get('difference', 'no difference named')}; "
                   f"{image.get('cosign_says', '')}")


def main(host, cases_file, out):
    with open(cases_file) as file:
        cases = json.load(file)
    if isinstance(cases, dict):  # a former expected.json
        cases = cases["images"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pending = [{key: pool.submit(ask_cosign, host, key, case["reference"]) for key in KEYS}
                   for case in cases]
        images = [row(host, case, {key: future.result() for key, future in answers.items()})
                  for case, answers in zip(cases, pending)]
        keys = {f"{folder}/{name}": pool.submit(ask_about_key, host, f"{folder}/{name}", "trusted/app:signed")
                for folder in ("bad", "odd") for name in sorted(os.listdir(f"{HERE}/../keys/{folder}"))}
        keys = {name: future.result() for name, future in keys.items()}
    version = subprocess.run(["cosign", "version"], capture_output=True, text=True).stdout
    with open(out, "w") as file:
        json.dump({"cosign": re.search(r"GitVersion:\s*(\S+)", version).group(1),
                   "keys": KEYS, "differences": DIFFERENCES, "images": images,
                   "other_keys": keys}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"{len(images)} references, {len(images) * len(KEYS)} answers of cosign")
    found = list(surprises(images))
    print("\n".join(found) or "cosign's answers are as expected")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
