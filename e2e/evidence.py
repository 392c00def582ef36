"""Signatures, good and bogus, as they lie in a registry."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import json
import random
import re
from collections.abc import Iterable
from pathlib import Path

from e2e.certificates import openssl

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_ANNOTATION = "dev.cosignproject.cosign/signature"
_SIGNATURE_TAG = re.compile(r"/manifests/sha256-([0-9a-f]{64})\.sig$")
_REFERRERS = re.compile(r"/referrers/(sha256:[0-9a-f]{64})$")


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def made_up_digest(name: str) -> str:
    """Of an image that nobody needs to have."""
    return digest_of(name.encode())


def image_of_signatures(path: str) -> str | None:
    """The digest whose signatures a manifest request asks for."""
    found = _SIGNATURE_TAG.search(path)
    return f"sha256:{found.group(1)}" if found else None


def image_of_referrers(path: str) -> str | None:
    """The digest that a list is asked for of what refers to it."""
    found = _REFERRERS.search(path)
    return found.group(1) if found else None


def payload(digest: str, size: int = 0, mark: str = "") -> bytes:
    """Simple signing of an image; padded to `size` bytes, and told apart from others by `mark`."""
    body = {"critical": {"identity": {"docker-reference": ""}, "image": {"docker-manifest-digest": digest},
                         "type": "cosign container image signature"}, "optional": {"mark": mark}}
    missing = size - len(json.dumps(body))
    if missing > 0:
        body["optional"]["mark"] = mark + "x" * missing
    return json.dumps(body).encode()


def cosign_payload(repository: str, digest: str) -> bytes:
    """What cosign writes for an image that it is told by this name, `host/path`, and signs."""
    return json.dumps({"critical": {"identity": {"docker-reference": repository},
                                    "image": {"docker-manifest-digest": digest},
                                    "type": "cosign container image signature"}, "optional": None},
                      separators=(",", ":")).encode()


@dataclasses.dataclass(frozen=True)
class Layer:
    digest: str
    size: int
    signature: str  # base64
    annotations: tuple[tuple[str, str], ...] = ()


def manifest(layers: Iterable[Layer]) -> bytes:
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                   "digest": digest_of(b"{}")},
        "layers": [{"mediaType": _SIMPLE_SIGNING, "size": layer.size, "digest": layer.digest,
                    "annotations": {_ANNOTATION: layer.signature, **dict(layer.annotations)}}
                   for layer in layers]}).encode()


def bundle(digest: str, signature: str) -> bytes:
    """A Sigstore bundle: that signature (base64) of the image, by whatever key."""
    statement = {"_type": "https://in-toto.io/Statement/v1",
                 "subject": [{"digest": {"sha256": digest.removeprefix("sha256:")}}],
                 "predicateType": "https://sigstore.dev/cosign/sign/v1", "predicate": {}}
    return json.dumps({
        "mediaType": _BUNDLE, "verificationMaterial": {"publicKey": {"hint": "a key"}},
        "dsseEnvelope": {"payload": base64.b64encode(json.dumps(statement).encode()).decode(),
                         "payloadType": "application/vnd.in-toto+json",
                         "signatures": [{"sig": signature}]}}).encode()


def bundle_manifest(digest: str, size: int) -> bytes:
    """That names a bundle, as what refers to an image does."""
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": _BUNDLE,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": digest_of(b"{}")},
        "layers": [{"mediaType": _BUNDLE, "size": size, "digest": digest}]}).encode()


def index(manifests: Iterable[tuple[str, int]]) -> bytes:
    """Of manifests, by digest and size."""
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_INDEX,
        "manifests": [{"mediaType": OCI_MANIFEST, "digest": digest, "size": size}
                      for digest, size in manifests]}).encode()


def bogus_signature(number: int, kind: str = "ec") -> str:
    """Holds for nothing, and looks well enough that finding that out costs a public-key operation: as ECDSA on any
    curve (DER of two small numbers), or of as many bytes as RSA's with a 2048 bit modulus or Ed25519's."""
    source = random.Random(number)
    if kind == "ec":
        r, s = (b"\x02\x1f\x01" + source.randbytes(30) for _ in range(2))
        return base64.b64encode(b"\x30" + bytes([len(r + s)]) + r + s).decode()
    sizes = {"rsa-2048": 256, "rsa-3072": 384, "rsa-4096": 512, "ed25519": 64}
    return base64.b64encode(b"\0" + source.randbytes(sizes[kind] - 1)).decode()


@functools.cache
def bogus_signatures(count: int, kind: str = "ec") -> tuple[str, ...]:
    return tuple(bogus_signature(number, kind) for number in range(count))


class Signer:
    """A key of its own, made by openssl."""

    def __init__(self, directory: Path, name: str = "signer", curve: str = "P-256") -> None:
        directory.mkdir(exist_ok=True, parents=True)
        self._key = directory / f"{name}.key"
        self._payload = directory / f"{name}.payload"
        openssl(directory, "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}",
                "-out", str(self._key))
        self.public_key = openssl(directory, "pkey", "-in", str(self._key), "-pubout").decode()

    def sign(self, content: bytes) -> str:
        """Base64."""
        self._payload.write_bytes(content)
        return base64.b64encode(openssl(
            self._key.parent, "dgst", "-sha256", "-sign", str(self._key), str(self._payload))).decode()
