"""The cases of Sigstore's conformance suite (sigstore/sigstore-conformance, bundle-verify). Its data is not in the
checkout (third_party/shared_data)."""

from __future__ import annotations

import hashlib
import os
import unittest
from pathlib import Path

_STATUS = Path(os.environ["SIGSTORE_CONFORMANCE_STATUS"])
_SUITE = _STATUS.parent / "data" / "bundle-verify"
# Where a case does not say it itself (README.md there).
_IDENTITY = ("https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
             "extremely-dangerous-oidc-beacon.yml@refs/heads/main")
_ISSUER = "https://token.actions.githubusercontent.com"


class Case:
    """A folder of the suite. What is expected of it is the end of its name, as in the suite."""

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
    def bundle(self) -> Path:
        return self.folder / "bundle.sigstore.json"

    @property
    def artifact(self) -> Path:
        return self._own("artifact") or _SUITE / "a.txt"

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.artifact.read_bytes()).hexdigest()

    def flags(self, bundle: Path | None = None) -> list[str]:
        """In the order in which the suite gives them."""
        flags = ["--bundle", str(bundle or self.bundle)]
        key = self._own("key.pub")
        if key:
            flags += ["--key", str(key)]
        else:
            flags += ["--certificate-identity", self._text("identity", _IDENTITY),
                      "--certificate-oidc-issuer", self._text("issuer", _ISSUER)]
        root = self._own("trusted_root.json")
        return flags + (["--trusted-root", str(root)] if root else [])


def cases() -> list[Case]:
    """None where the data is not there."""
    folders = _SUITE.iterdir() if _SUITE.exists() else []
    return [Case(folder) for folder in sorted(folders) if folder.is_dir()]


def want_data(test: unittest.TestCase) -> None:
    """Fails or skips the test where the data is not there: the first in continuous integration."""
    status = _STATUS.read_text(encoding="utf-8").strip()
    if status == "absent":
        test.skipTest("not run: the suite's data is not beside this checkout (third_party/shared_data)")
    test.assertEqual(status, "present", "CI=true, and the suite's data is not beside this checkout")
