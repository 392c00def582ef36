"""A registry's content, and the ways in which its owner answers."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from e2e import evidence
from e2e.evidence import OCI_INDEX, OCI_MANIFEST, Layer, Signer
from e2e.scripted_registry import Request

_BLOB = "application/octet-stream"


@dataclasses.dataclass(frozen=True)
class Seen:
    method: str
    path: str
    authorization: str
    when: float


class Content:
    """Manifests and blobs by path; a behaviour of a scripted registry. `delay` is what each answer takes; it counts
    what it is asked and how much at once. Thread-safe."""

    def __init__(self, delay: float = 0.0, images_for_all_tags: bool = False) -> None:
        self.delay = delay
        self.images_for_all_tags = images_for_all_tags
        self.seen: list[Seen] = []
        self.most_at_once: dict[str, int] = {}
        self._at_once: dict[str, int] = {}
        self._lock = threading.Lock()
        self._bodies: dict[str, tuple[str, bytes]] = {}
        # Signature manifests made when they are asked for: from the image's digest.
        self.signatures: Callable[[str], bytes | None] = lambda digest: None
        # The same of indexes of what refers to an image.
        self.referrers: Callable[[str], bytes | None] = lambda digest: None

    def put_manifest(self, repository: str, reference: str, body: bytes) -> str:
        """Its digest, by which it is there as well."""
        digest = evidence.digest_of(body)
        for name in (reference, digest):
            self._bodies[f"/v2/{repository}/manifests/{name}"] = (OCI_MANIFEST, body)
        return digest

    def put_blob(self, repository: str, body: bytes) -> str:
        digest = evidence.digest_of(body)
        self._bodies[f"/v2/{repository}/blobs/{digest}"] = (_BLOB, body)
        return digest

    def put_layer(self, repository: str, body: bytes, signature: str) -> Layer:
        return Layer(self.put_blob(repository, body), len(body), signature)

    def put_signatures(self, repository: str, digest: str, *layers: Layer) -> None:
        self.put_manifest(repository, f"{digest.replace(':', '-')}.sig", evidence.manifest(layers))

    def put_signed_image(self, repository: str, tag: str, signer: Signer, *more: Layer) -> str:
        """The digest of an image with a good signature, and other layers before it."""
        digest = self.put_manifest(repository, tag, evidence.manifest([]) + f'\n"{tag}"'.encode())
        body = evidence.payload(digest)
        self.put_signatures(repository, digest, *more,
                            self.put_layer(repository, body, signer.sign(body)))
        return digest

    def paths(self, part: str = "") -> list[str]:
        return [one.path for one in list(self.seen) if part in one.path]

    def __call__(self, request: Request) -> None:
        with self._counted(request):
            if self.delay:
                time.sleep(self.delay)
            self.answer(request)

    def answer(self, request: Request) -> None:
        path = request.path.partition("?")[0]
        found = self._bodies.get(path)
        digest = evidence.image_of_signatures(path)
        if not found and digest:
            body = self.signatures(digest)
            found = (OCI_MANIFEST, body) if body else None
        subject = evidence.image_of_referrers(path)
        if not found and subject:
            body = self.referrers(subject)
            found = (OCI_INDEX, body) if body else None
        if not found and not digest and self.images_for_all_tags and "/manifests/" in path:
            found = (OCI_MANIFEST, path.encode())
        if found:
            kind, body = found
            request.answer(200, body, kind, Docker_Content_Digest=evidence.digest_of(body))
        else:
            request.answer(404)

    @contextlib.contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        kind = "blobs" if "/blobs/" in request.path else "manifests"
        with self._lock:
            self.seen.append(Seen(request.command, request.path,
                                  request.headers.get("Authorization", ""), time.monotonic()))
            self._at_once[kind] = self._at_once.get(kind, 0) + 1
            self.most_at_once[kind] = max(self.most_at_once.get(kind, 0), self._at_once[kind])
        try:
            yield
        finally:
            with self._lock:
                self._at_once[kind] -= 1


class CheapImages(Content):
    """Every digest is an image, and all have the same bogus signatures over a payload that names it."""

    def __init__(self, signatures: Sequence[str], delay: float = 0.0) -> None:
        super().__init__(delay)
        self._bogus = signatures
        self.signatures = functools.cache(self._manifest)

    def _manifest(self, digest: str) -> bytes:
        body = evidence.payload(digest)
        blob = self.put_blob("mallory/app", body)
        return evidence.manifest([Layer(blob, len(body), signature) for signature in self._bogus])


class PagesWithoutEnd(Content):
    """Each page of what refers to an image is of 1 MiB, and names 200 manifests that are nowhere, and the next page."""

    def answer(self, request: Request) -> None:
        path, _, query = request.path.partition("?")
        if not evidence.image_of_referrers(path):
            super().answer(request)
            return
        page = int(query.removeprefix("page=") or 0)
        body = evidence.index((evidence.made_up_digest(f"{page}/{number}"), 1000) for number in range(200))
        request.answer(200, body.ljust(1 << 20), OCI_INDEX, Link=f'<{path}?page={page + 1}>; rel="next"')


class WantsPassword(Content):
    """Content for those who show this Authorization, and 401 to everybody else; none is the right one unless it is
    given. It counts who showed any."""

    def __init__(self, right: str | None = None, delay: float = 0.0) -> None:
        super().__init__(delay)
        self._right = right

    def answer(self, request: Request) -> None:
        if self._right and request.headers.get("Authorization") == self._right:
            super().answer(request)
        else:
            request.answer(401, WWW_Authenticate='Basic realm="registry"')

    def passwords(self) -> int:
        return sum(bool(one.authorization) for one in list(self.seen))
