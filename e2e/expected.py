"""What is known of the images of testdata/registry: who signed them, and what cosign says."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

from e2e import programs

# Keys of testdata/keys that the policy of testdata/cluster does not have.
_STRANGERS = {"stranger"}
# The rules of that policy that do not take all of its keys, by the start of the reference.
_SOME_KEYS = {
    "standalone": {"ecdsa-p256"},
    "other/mirror": {"ecdsa-p256"},
    "other/app:signed": {"ecdsa-p256-second", "rsa-2048"},
}


@dataclasses.dataclass(frozen=True)
class Image:
    """One reference, without the registry, as testdata/README.md describes its row."""

    reference: str
    what: str
    digest: str | None
    verified_by: frozenset[str]
    cosign_accepts: frozenset[str]
    difference: str | None
    # No answer of ours about it would be a fault.
    either: bool

    @property
    def is_by_digest(self) -> bool:
        return "@" in self.reference

    def policy_keys(self) -> set[str]:
        """The keys by which the policy of testdata/cluster lets it in: none, it is denied."""
        for start, keys in _SOME_KEYS.items():
            if self.reference.startswith(start):
                return keys & self.verified_by
        if not self.reference.startswith(("trusted/", "crafted/")):
            return set()
        return set(self.verified_by) - _STRANGERS


@functools.cache
def _content() -> dict[str, Any]:
    with (programs.TESTDATA / "registry" / "expected.json").open(encoding="utf-8") as file:
        return json.load(file)


def key_names() -> list[str]:
    return list(_content()["keys"])


def differences() -> dict[str, str]:
    """Why our answer may be another one than cosign's, by Image.difference."""
    return dict(_content()["differences"])


@functools.cache
def images() -> dict[str, Image]:
    """By reference."""
    return {row["reference"]: Image(
        reference=row["reference"], what=row["what"], digest=row["digest"],
        verified_by=frozenset(row["verified_by"]), cosign_accepts=frozenset(row["cosign_accepts"]),
        difference=row.get("difference"), either=row.get("either", False))
        for row in _content()["images"]}
