"""Nobody else claims: each check of evidence that is the only one to refuse a case of Sigstore's conformance suite is
what refuses it, and nothing else that happens to be wrong.

The program is `countersign verify-bundle` built once more, in which checks can be left out one at a time
(crypto/check_switch.h). Without the check the case is verified, and with it refused.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import unittest
from pathlib import Path

from e2e import programs
from e2e.conformance import Case, cases, want_data
from e2e.process import run

_PROGRAM = programs.BUILT / "cli" / "verify_bundle_without"

# The case, and the check that alone refuses it.
_ONLY = {
    "checkpoint-bad-keyhint_fail": "checkpoint-has-key-id",
    "dsse-mismatch-sig_fail": "entry-is-of-signature",
    "inclusion-proof-corrupted-hash_fail": "entry-is-included",
    "integrated-time-in-future_fail": "certificate-holds",
    "intoto-expired-certificate_fail": "certificate-holds",
    "intoto-log-entry-mismatch_fail": "entry-is-of-signature",
    "intoto-missing-inclusion-proof_fail": "entry-has-proof",
    "intoto-set-outside-signing-cert-validity_fail": "certificate-holds",
    "intoto-tsa-timestamp-outside-cert-validity_fail": "certificate-holds-each-time",
    "invalid-checkpoint-signature_fail": "checkpoint-signature-holds",
    "invalid-ct-key_fail": "certificate-log-is-trusted",
    "message-digest-mismatch_fail": "message-digest-is-artifacts",
    "rekor2-checkpoint-missing-log-signature_fail": "checkpoint-is-signed",
    "rekor2-dsse-mismatch-sig_fail": "entry-is-of-signature",
    "rekor2-no-timestamp_fail": "time-is-known",
    "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "timestamp-authority-is-trusted",
    "rekor2-timestamp-payload-mismatch_fail": "timestamp-is-of-signature",
    "set-invalid-signature_fail": "promise-holds",
    "trust-root-tlog-missing-validity-start_fail": "log-has-start",
}


class ChecksTest(unittest.TestCase):

    def setUp(self) -> None:
        want_data(self)
        self.cases = {case.name: case for case in cases()}
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def holds(self, case: Case, *without: str, bundle: Path | None = None) -> bool:
        left_out = [word for check in without for word in ("--without", check)]
        ran = run([_PROGRAM, *left_out, "verify-bundle", *case.flags(bundle), str(case.artifact)], self.folder)
        self.assertIn(ran.status, (0, 1, 2), ran.said)
        self.assertRegex(ran.said, r"\A(verified |denied |countersign: --trusted-root: )")
        return ran.status == 0

    def test_each_check_is_all_that_refuses_its_cases(self) -> None:
        for name, check in _ONLY.items():
            with self.subTest(case=name, check=check):
                self.assertFalse(self.holds(self.cases[name]))
                self.assertTrue(self.holds(self.cases[name], check))

    def test_each_of_three_checks_refuses_a_bundle_with_a_root_certificate(self) -> None:
        case = self.cases["bundle-with-root-cert_fail"]
        checks = ["chain-has-no-root", "proof-has-checkpoint", "identity-is-asked-for"]
        self.assertTrue(self.holds(case, *checks))
        for two in itertools.combinations(checks, 2):
            with self.subTest(without=two):
                self.assertFalse(self.holds(case, *two))

    def test_a_timestamp_of_a_wrong_time_is_refused_where_its_base64_is_right(self) -> None:
        # The suite's has line breaks in it, so that it is not even read.
        case = self.cases["rekor2-timestamp-with-incorrect-time_fail"]
        bundle = json.loads(case.bundle.read_text(encoding="utf-8"))
        for stamp in bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]:
            stamp["signedTimestamp"] = "".join(stamp["signedTimestamp"].split())
        path = self.folder / "bundle.json"
        path.write_text(json.dumps(bundle), encoding="utf-8")
        self.assertFalse(self.holds(case, bundle=path))
        self.assertTrue(self.holds(case, "certificate-holds", bundle=path))
        self.assertFalse(self.holds(case, "certificate-holds"))
