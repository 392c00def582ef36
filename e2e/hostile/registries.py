"""Hostile registries that need more than content."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from e2e import evidence
from e2e.evidence import Layer
from e2e.hostile.content import Content


class CheapImages(Content):
    """Every digest is an image, and all have the same bogus signatures over a payload that names it."""

    def __init__(self, signatures: Sequence[str], delay: float = 0.0) -> None:
        super().__init__(delay)
        self._bogus = signatures
        self.signatures = functools.cache(self._manifest)

    def _manifest(self, digest: str) -> bytes:
        body = evidence.payload(digest)
        repositories = {"mallory/app"}
        for repository in repositories:
            self.put_blob(repository, body)
        return evidence.manifest([Layer(evidence.digest_of(body), len(body), signature)
                                  for signature in self._bogus])
