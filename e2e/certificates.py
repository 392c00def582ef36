"""Certificates for loopback, made by the openssl command."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

LOOPBACK = "IP:127.0.0.1,DNS:localhost"
_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]


@dataclasses.dataclass(frozen=True)
class KeyPair:
    certificate: Path
    key: Path


def openssl(directory: Path, *arguments: str) -> bytes:
    """What it writes to standard output. CalledProcessError if it fails."""
    return subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=30).stdout


class Authority:
    """A certificate authority of one's own, in `directory`."""

    def __init__(self, directory: Path, name: str = "Countersign e2e CA") -> None:
        directory.mkdir(parents=True)
        self._directory = directory
        self.certificate = directory / "ca.pem"
        openssl(directory, "req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem",
                "-subj", f"/CN={name}", "-days", "2",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name: str, subjects: str = LOOPBACK, days: int = 1) -> KeyPair:
        """A new key with a certificate for `subjects`, in openssl's words. It holds from now for so
        many days; a negative number is of days ago that it ended."""
        extensions = self._directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={subjects}\nbasicConstraints=critical,CA:FALSE\n",
                              encoding="ascii")
        openssl(self._directory, "req", *_NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={name}")
        openssl(self._directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-days", str(days), "-extfile", extensions.name, "-out", f"{name}.pem")
        return KeyPair(self._directory / f"{name}.pem", self._directory / f"{name}.key")
