"""A storage tree of docker-registry, written without a registry, which would refuse manifests whose blobs are not
there."""

from __future__ import annotations

import hashlib
from pathlib import Path

_MANIFESTS = "_manifests/revisions"
_BLOBS = "_layers"


class StorageTree:
    """In `directory`, which is made; which is to be whole before a registry serves it. A tag is put once."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._root = directory / "docker" / "registry" / "v2"
        self._root.mkdir(parents=True)

    def put_manifest(self, repository: str, content: bytes, *tags: str) -> str:
        """Its digest."""
        digest = self._put(repository, _MANIFESTS, content)
        for tag in tags:
            folder = self._root / "repositories" / repository / "_manifests" / "tags" / tag
            _link(folder / "current", digest)
            _link(folder / "index" / digest.replace(":", "/"), digest)
        return digest

    def put_blob(self, repository: str, content: bytes) -> str:
        """Its digest."""
        return self._put(repository, _BLOBS, content)

    def _put(self, repository: str, kind: str, content: bytes) -> str:
        hexadecimal = hashlib.sha256(content).hexdigest()
        digest = f"sha256:{hexadecimal}"
        folder = self._root / "blobs" / "sha256" / hexadecimal[:2] / hexadecimal
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").write_bytes(content)
        _link(self._root / "repositories" / repository / kind / "sha256" / hexadecimal, digest)
        return digest


def _link(folder: Path, digest: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "link").write_text(digest, encoding="utf-8")
