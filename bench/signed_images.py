"""A registry of images with a signature each, as many as are wanted, all of them different."""

from __future__ import annotations

import dataclasses
import json

from bench import workload
from bench.made_signer import MadeSigner
from e2e import evidence, reviews
from e2e.cluster import Cluster, Manifest, policy, rule
from e2e.docker_registry import DockerRegistry
from e2e.evidence import Layer
from e2e.stack import Stack
from e2e.storage_tree import StorageTree

# All images are in repositories below it, one each.
FOLDER = "app"
TAG = "v1"
_KEY = "release"


@dataclasses.dataclass(frozen=True)
class SignedImage:
    """An image as OCI has it, with what cosign would write beside it, who signs it by its own name."""

    repository: str  # with the registry
    manifest: bytes
    signature_manifest: bytes
    payload: bytes

    @property
    def digest(self) -> str:
        return evidence.digest_of(self.manifest)

    @property
    def signature_tag(self) -> str:
        return f"{self.digest.replace(':', '-')}.sig"

    @property
    def by_digest(self) -> str:
        return f"{self.repository}@{self.digest}"

    @property
    def by_tag(self) -> str:
        return f"{self.repository}:{TAG}"


def signed_image(repository: str, signer: MadeSigner) -> SignedImage:
    """Another one for each repository: its name is in the image."""
    manifest = json.dumps({"name": repository, **json.loads(evidence.manifest([]))}).encode()
    payload = evidence.cosign_payload(repository, evidence.digest_of(manifest))
    layer = Layer(evidence.digest_of(payload), len(payload), signer.sign(payload))
    return SignedImage(repository, manifest, evidence.manifest([layer]), payload)


class SignedImages:
    """Debian's docker-registry over TLS. An image is there when it has been put, and nobody asks for it before."""

    def __init__(self, running: Stack, name: str = "signed-images") -> None:
        self._tree = StorageTree(running.directory / f"{name}-storage")
        self._registry = running.keep(DockerRegistry(running.directory / name, self._tree.directory, running.key_pair))
        self._signer = MadeSigner()
        self._count = 0

    @property
    def host(self) -> str:
        return self._registry.host

    @property
    def key(self) -> str:
        """PEM: what has signed them."""
        return self._signer.public_key

    def put(self, count: int) -> list[SignedImage]:
        """So many that were not there."""
        images = []
        for _ in range(count):
            name = f"{FOLDER}/{self._count:06}"
            self._count += 1
            image = signed_image(f"{self.host}/{name}", self._signer)
            self._tree.put_manifest(name, image.manifest, TAG)
            self._tree.put_manifest(name, image.signature_manifest, image.signature_tag)
            self._tree.put_blob(name, image.payload)
            images.append(image)
        return images


def key_policy(key: str, *patterns: str, others: list[str] | None = None) -> Manifest:
    """Each pattern wants a signature by the key, or by one of the others, which stand before it."""
    keys = {f"other-{number}": other for number, other in enumerate(others or [])} | {_KEY: key}
    return policy(keys, [rule(pattern, *keys) for pattern in patterns])


def cluster_of(running: Stack, name: str, written: Manifest) -> Cluster:
    objects = running.cluster(name)
    objects.write("policy.yaml", written)
    return objects


def pod_of(*images: str) -> bytes:
    """The review of a Pod's creation, a container for each image."""
    return workload.compact(reviews.pod(*images))
