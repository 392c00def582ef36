"""Nobody else claims: `countersign verify-bundle` answers each case of Sigstore's conformance suite, by the artifact's
path and by its digest, as the suite expects.

There is no list of exceptions. The suite's own test would ask the network for a token.
"""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from e2e import programs
from e2e.conformance import Case, cases, want_data
from e2e.process import run

# So many there were when this was written: fewer means that not all have been found.
_LEAST_CASES = 70

# What a refusal may end with: 1, or 2 where a file that says whom to trust is itself what cannot be used.
_DENIED, _FAILED = 1, 2
_UNUSABLE = ("countersign: --trusted-root: ", "countersign: --key: ")


class ConformanceTest(unittest.TestCase):

    def check(self, case: Case, artifact: str) -> None:
        with tempfile.TemporaryDirectory() as home:
            ran = run([programs.COUNTERSIGN, "verify-bundle", *case.flags(), artifact], Path(home))
        if case.must_hold:
            self.assertEqual(ran.status, 0, ran.said)
            self.assertRegex(ran.output, r"\Averified ")
        elif ran.status == _FAILED:
            # So that no case passes because the command was not understood.
            self.assertTrue(ran.errors.startswith(_UNUSABLE), ran.said)
        else:
            self.assertEqual(ran.status, _DENIED, ran.said)
            self.assertRegex(ran.output, r"\Adenied .*  \S")

    def test_every_case_is_there(self) -> None:
        want_data(self)
        self.assertGreaterEqual(len(cases()), _LEAST_CASES)


def _add(case: Case) -> None:
    """Two test cases, named as the suite names them."""
    for way, artifact in (("PATH", lambda: str(case.artifact)), ("DIGEST", lambda: case.digest)):
        name = f"test_verify[{way}-{case.name}]"
        setattr(ConformanceTest, name, lambda self, artifact=artifact: self.check(case, artifact()))


for found in cases():
    _add(found)
