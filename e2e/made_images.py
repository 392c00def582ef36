"""The images of testdata/sigstore, as testdata/README.md describes them, and how they come into a registry."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from e2e import programs
from e2e.evidence import digest_of
from e2e.storage_tree import StorageTree

# The image's own tag; those of what hangs on it have its digest.
TAG = "image"
_OF_LAYERS = (".sig", ".att")


@dataclasses.dataclass(frozen=True)
class MadeImage:
    digest: str
    # Digests by tag.
    tags: dict[str, str]
    manifests: tuple[bytes, ...]
    blobs: tuple[bytes, ...]
    # How each piece that hangs on it was made, and what it says.
    evidence: list[dict[str, Any]]

    @property
    def manifest(self) -> bytes:
        return next(manifest for manifest in self.manifests if digest_of(manifest) == self.digest)


@functools.cache
def made_images() -> dict[str, MadeImage]:
    """By name."""
    rows = json.loads((programs.TESTDATA / "sigstore" / "images.json").read_text(encoding="utf-8"))
    return {row["name"]: _read(row) for row in rows}


def root_file(trust: str) -> Path:
    """The trusted_root.json of the Sigstore like the public one, or like GitHub's `private` one."""
    return programs.TESTDATA / "sigstore" / f"{trust}_root.json"


def _read(row: dict[str, Any]) -> MadeImage:
    manifests = tuple(manifest.encode() for manifest in row["manifests"])
    tags = dict(row["tags"])
    if "referrers" in row:
        # A registry without the API for referrers has the index under a tag, made by the client (OCI 1.1).
        index = row["referrers"].encode()
        manifests += (index,)
        tags[row["image"].replace(":", "-")] = digest_of(index)
    return MadeImage(digest=row["image"], tags=tags, manifests=manifests,
                     blobs=tuple(blob.encode() for blob in row["blobs"]), evidence=row["evidence"])


def put_image(tree: StorageTree, image: MadeImage, repository: str, *, evidence: str | None = None,
              tag_prefix: str = "") -> None:
    """The image as `repository`:TAG, and all that hangs on it in the repository `evidence`, if it is not kept in the
    image's; `tag_prefix` as cosign's --attachment-tag-prefix."""
    for manifest in image.manifests:
        digest = digest_of(manifest)
        where = repository if digest == image.digest else evidence or repository
        tree.put_manifest(where, manifest, *(_prefixed(tag, tag_prefix)
                                             for tag, tagged in image.tags.items() if tagged == digest))
    for blob in image.blobs:
        for where in {repository, evidence or repository}:
            tree.put_blob(where, blob)


def _prefixed(tag: str, prefix: str) -> str:
    return prefix + tag if tag.endswith(_OF_LAYERS) else tag
