"""Nobody else claims: `countersign verify-bundle` answers each case of Sigstore's conformance suite
(sigstore/sigstore-conformance, bundle-verify), by the artifact's path and by its digest, as the suite expects.

What is expected of a case is the end of its name alone, as in the suite; there is no list of exceptions. The suite's own
test would ask the network for a token. The data is not in the checkout (third_party/shared_data).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import unittest
from pathlib import Path

from e2e import programs
from e2e.process import Ran, run

_STATUS = Path(os.environ["SIGSTORE_CONFORMANCE_STATUS"])
_SUITE = _STATUS.parent / "data" / "bundle-verify"
# Where a case does not say it itself (README.md there).
_IDENTITY = ("https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
             "extremely-dangerous-oidc-beacon.yml@refs/heads/main")
_ISSUER = "https://token.actions.githubusercontent.com"
# So many there were when this was written: fewer means that not all have been found.
_LEAST_CASES = 70

# What a refusal may end with: 1, or 2 where a file that says whom to trust is itself what cannot be used.
_DENIED, _FAILED = 1, 2
_UNUSABLE = ("countersign: --trusted-root: ", "countersign: --key: ")


class Case:
    """A folder of the suite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.must_hold = not folder.name.endswith("_fail")

    def _own(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.exists() else None

    def _text(self, name: str, otherwise: str) -> str:
        path = self._own(name)
        return path.read_text(encoding="utf-8").strip() if path else otherwise

    @property
    def artifact(self) -> Path:
        return self._own("artifact") or _SUITE / "a.txt"

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.artifact.read_bytes()).hexdigest()

    def flags(self) -> list[str]:
        """In the order in which the suite gives them."""
        flags = ["--bundle", str(self.folder / "bundle.sigstore.json")]
        key = self._own("key.pub")
        if key:
            flags += ["--key", str(key)]
        else:
            flags += ["--certificate-identity", self._text("identity", _IDENTITY),
                      "--certificate-oidc-issuer", self._text("issuer", _ISSUER)]
        root = self._own("trusted_root.json")
        return flags + (["--trusted-root", str(root)] if root else [])


def cases() -> list[Case]:
    folders = _SUITE.iterdir() if _SUITE.exists() else []
    return [Case(folder) for folder in sorted(folders) if folder.is_dir()]


class ConformanceTest(unittest.TestCase):

    def ask(self, case: Case, artifact: str) -> Ran:
        with tempfile.TemporaryDirectory() as home:
            return run([programs.COUNTERSIGN, "verify-bundle", *case.flags(), artifact], Path(home))

    def check(self, case: Case, artifact: str) -> None:
        ran = self.ask(case, artifact)
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
        status = _STATUS.read_text(encoding="utf-8").strip()
        if status == "absent":
            self.skipTest("not run: the suite's data is not beside this checkout (third_party/shared_data)")
        self.assertEqual(status, "present", "CI=true, and the suite's data is not beside this checkout")
        self.assertGreaterEqual(len(cases()), _LEAST_CASES)


def _add(case: Case) -> None:
    """Two test cases, named as the suite names them."""
    for way, artifact in (("PATH", lambda: str(case.artifact)), ("DIGEST", lambda: case.digest)):
        name = f"test_verify[{way}-{case.name}]"
        setattr(ConformanceTest, name, lambda self, artifact=artifact: self.check(case, artifact()))


for found in cases():
    _add(found)
