"""The memory of what is kept for long: trusted roots, and what was found out, beside what is counted of it."""

from __future__ import annotations

import json
import subprocess

from bench.section import Section, number
from e2e import programs

_ROOT = programs.TESTDATA.parent
# By program: the benchmark's name, and what it is.
_ROWS = {"memory_bench": [
    ("PublicTrustedRoot", "the trusted root of Sigstore's public instance"),
    ("StagingTrustedRoot", "the trusted root of its staging instance"),
    ("VerifiedByKey", "10,000 outcomes: verified by a key"),
    ("VerifiedByIdentity", "10,000 outcomes: verified by an identity"),
    ("Refused", "10,000 outcomes: refused"),
    ("Signatures", "10,000 images with a signature by a key under the tag"),
    ("Bundles", "1,000 images with a keyless bundle"),
], "sigstore_policy_bench": [
    ("PoliciesHeld/policies:100", "100 policies of policy.sigstore.dev, of 10 globs, compiled"),
    ("PoliciesHeld/policies:1000", "1,000 of them"),
]}


def _run(program: str) -> dict[str, dict]:
    ran = subprocess.run(
        [str(programs.BUILT / "bench" / program), "--benchmark_format=json",
         "--benchmark_filter=" + "|".join(f"^{name}" for name, _ in _ROWS[program])],
        cwd=_ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    return {run["name"].partition("/iterations:")[0]: run for run in json.loads(ran.stdout)["benchmarks"]}


def measure() -> Section:
    section = Section("Memory of what is kept", ["", "KiB each", "MiB in all", "counted, of that"])
    for program, rows in _ROWS.items():
        runs = _run(program)
        for name, what in rows:
            run = runs[name]
            if run.get("error_occurred"):
                raise RuntimeError(f"{program}: {name}: {run['error_message']}")
            counted = f"{run['counted'] / run['held']:.2f}" if "counted" in run else ""
            section.add(what, number(run["held"] / run["count"] / 1024), number(run["held"] / 2**20), counted)
    return section
