"""The steps that need no network, measured by the Google Benchmark programs of this folder."""

from __future__ import annotations

import collections
import json
import statistics
import subprocess

from bench.section import Section, number
from e2e import programs

_ROOT = programs.TESTDATA.parent
# Rows of the report: the benchmark's name, what it is, and how many P-256 verifications are in it.
_VERIFY = [
    ("BareDigestP256", "BoringSSL alone: P-256, the hash is given", 1),
    ("BarePayloadP256", "BoringSSL alone: P-256, and hashing the payload", 1),
    ("VerifyP256/keys:1", "cosign::Verify: P-256", 1),
    ("VerifyP256/keys:10", "cosign::Verify: P-256, by the last of 10 keys", 10),
    ("VerifyP256/keys:100", "cosign::Verify: P-256, by the last of 100 keys", 100),
    ("VerifyByType/P384", "cosign::Verify: P-384", None),
    ("VerifyByType/P521", "cosign::Verify: P-521", None),
    ("VerifyByType/RSA2048", "cosign::Verify: RSA 2048", None),
    ("VerifyByType/RSA4096", "cosign::Verify: RSA 4096", None),
    ("VerifyByType/Ed25519", "cosign::Verify: Ed25519 (Ed25519ph)", None),
    ("VerifyP256AmongAllTypes", "cosign::Verify: P-256, after a key of each of six types", None),
    ("RefuseOtherImage", "cosign::Verify: refused, the payload speaks of another image", None),
]
# The same of keyless evidence, with the bare verifications that it contains.
_EVIDENCE = [
    ("BareP256", "BoringSSL alone: P-256, the hash is given", {}),
    ("BareP384", "BoringSSL alone: P-384, the hash is given", {}),
    ("BareEd25519", "BoringSSL alone: Ed25519", {}),
    # The signature, the SCT, the log's promise and its checkpoint; two certificates of the path.
    ("VerifyLogged", "cosign::Verify: a bundle with certificate, SCT, promise, proof and checkpoint",
     {"BareP256": 4, "BareP384": 2}),
    # The signature and the SCT; two certificates of the path, the timestamp and its certificate; the checkpoint.
    ("VerifyStamped", "cosign::Verify: a bundle with certificate, SCT, proof, checkpoint and timestamp",
     {"BareP256": 2, "BareP384": 4, "BareEd25519": 1}),
    ("ReadBundle", "read a bundle, before the first time that it is verified", {}),
]
# The same of policies of policy.sigstore.dev, with the row of one policy that each is compared with.
_POLICIES = [
    (f"{name}/policies:{count}", f"{what}, {policies} of 10 globs", f"{name}/policies:1")
    for name, what in [("AskOfPolicies", "what they ask of an image"), ("CompilePolicies", "compile their objects")]
    for count, policies in [(1, "1 policy"), (100, "100 policies"), (1000, "1,000 policies")]
]
_STEPS = {
    "policy_bench": [
        ("ParseReference", "verifier: parse an image reference"),
        ("AskOfPatterns/patterns:1", "verifier: what the policy asks, 1 pattern"),
        ("AskOfPatterns/patterns:100", "verifier: what the policy asks, 100 patterns"),
        ("AskOfPatterns/patterns:10000", "verifier: what the policy asks, 10,000 patterns"),
        ("JudgeOneSignature", "verifier: judge remembered evidence, one P-256 signature"),
    ],
    "review_bench": [
        ("Read", "shim: read a Pod's review"),
        ("Write", "shim: write the answer and its patch"),
    ],
    "webhook_bench": [
        ("Admit/deployment", "shim: review to answer, a Deployment"),
        ("Admit/deployment_update", "shim: review to answer, the update of a Deployment"),
        ("Admit/pod_many_images", "shim: review to answer, a Pod with many images"),
    ],
}


def _seconds_an_item(program: str, repetitions: int, seconds: float) -> dict[str, float]:
    """The median by benchmark. Repetitions of all benchmarks come in random order, so that a noisy
    moment of the machine does not fall on one of them alone."""
    ran = subprocess.run(
        [str(programs.BUILT / "bench" / program), "--benchmark_format=json",
         "--benchmark_enable_random_interleaving=true", f"--benchmark_min_time={seconds}",
         f"--benchmark_repetitions={repetitions}"],
        cwd=_ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300)
    found: dict[str, list[float]] = collections.defaultdict(list)
    for run in json.loads(ran.stdout)["benchmarks"]:
        if run.get("error_occurred"):
            raise RuntimeError(f"{program}: {run['name']}: {run['error_message']}")
        if run["run_type"] == "iteration":
            found[run["run_name"]].append(1 / run["items_per_second"])
    return {name: statistics.median(times) for name, times in found.items()}


def measure_verification(repetitions: int, seconds: float) -> Section:
    times = _seconds_an_item("verify_bench", repetitions, seconds)
    section = Section("Verifying a signature, one core", [
        "", "a second", "µs", "of bare, hash given", "of bare, with hashing"])
    for name, what, verifications in _VERIFY:
        ratios = ["", ""]
        if verifications:
            ratios = [f"{times[bare] * verifications / times[name]:.2f}"
                      for bare in ("BareDigestP256", "BarePayloadP256")]
        section.add(what, number(1 / times[name]), number(times[name] * 1e6), *ratios)
    return section


def measure_evidence(repetitions: int, seconds: float) -> Section:
    times = _seconds_an_item("evidence_bench", repetitions, seconds)
    section = Section("Judging keyless evidence, one core", ["", "a second", "µs", "of the bare verifications in it"])
    for name, what, contained in _EVIDENCE:
        bare = sum(times[part] * count for part, count in contained.items())
        ratio = f"{times[name] / bare:.2f}" if bare else ""
        section.add(what, number(1 / times[name]), number(times[name] * 1e6), ratio)
    return section


def measure_policies(repetitions: int, seconds: float) -> Section:
    times = _seconds_an_item("sigstore_policy_bench", repetitions, seconds)
    section = Section("Many policies of policy.sigstore.dev, one core", ["", "a second", "µs", "times one policy's"])
    for name, what, one in _POLICIES:
        section.add(what, number(1 / times[name]), number(times[name] * 1e6), f"{times[name] / times[one]:.2f}")
    return section


def measure_steps(repetitions: int, seconds: float) -> Section:
    section = Section("Steps of an admission that need no network, one core", [
        "", "a second", "µs"])
    for program, rows in _STEPS.items():
        times = _seconds_an_item(program, repetitions, seconds)
        for name, what in rows:
            section.add(what, number(1 / times[name]), number(times[name] * 1e6))
    return section
