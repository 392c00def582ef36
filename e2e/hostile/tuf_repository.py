"""A repository of The Update Framework, as a mirror has it: every role has the same P-256 key."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from e2e.evidence import Signer

# Nobody waits so long: what is tried is not what has expired.
_EXPIRES = "2126-01-01T00:00:00Z"
_ROLES = ("root", "timestamp", "snapshot", "targets")


class TufRepository:
    """Makes files; thread-safe for one caller at a time."""

    def __init__(self, directory: Path) -> None:
        self._signer = Signer(directory)
        self._key = {"keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256",
                     "keyval": {"public": self._signer.public_key}}
        self._key_id = hashlib.sha256(_canonical(self._key).encode()).hexdigest()

    def root(self, version: int) -> bytes:
        role = {"keyids": [self._key_id], "threshold": 1}
        return self._signed("root", version, consistent_snapshot=True, keys={self._key_id: self._key},
                            roles={name: role for name in _ROLES})

    def files(self, version: int, target: bytes) -> dict[str, bytes]:
        """All but roots, by path: of this version, for a trusted root of these bytes."""
        targets = self._signed("targets", version, targets={"trusted_root.json": _info(target)})
        snapshot = self._signed("snapshot", version, meta={"targets.json": {"version": version, **_info(targets)}})
        timestamp = self._signed("timestamp", version, meta={"snapshot.json": {"version": version, **_info(snapshot)}})
        return {"timestamp.json": timestamp, f"{version}.snapshot.json": snapshot, f"{version}.targets.json": targets,
                f"targets/{hashlib.sha256(target).hexdigest()}.trusted_root.json": target}

    def _signed(self, kind: str, version: int, **contents: Any) -> bytes:
        signed = {"_type": kind, "spec_version": "1.0.31", "version": version, "expires": _EXPIRES, **contents}
        signature = base64.b64decode(self._signer.sign(_canonical(signed).encode())).hex()
        return json.dumps({"signatures": [{"keyid": self._key_id, "sig": signature}], "signed": signed}).encode()


def _info(content: bytes) -> dict[str, Any]:
    return {"length": len(content), "hashes": {"sha256": hashlib.sha256(content).hexdigest()}}


def _canonical(value: Any) -> str:
    """OLPC's canonical JSON, in which only quotes and backslashes of strings are escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value)
