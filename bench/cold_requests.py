"""What a registry is asked about images that nobody has asked about, as the registry counts it: about one, and about
one by many at once."""

from __future__ import annotations

import concurrent.futures
import http.client
import threading
from collections.abc import Callable

from bench import aims, workload
from bench.made_signer import MadeSigner
from bench.pairs import Pairs
from bench.signed_images import TAG, SignedImage, cluster_of, key_policy, signed_image
from e2e import evidence, reviews
from e2e.evidence import OCI_MANIFEST
from e2e.scripted_registry import Request
from e2e.stack import Stack
from e2e.webhook import PATH, Answer

_FOLDER = "counted"
_AT_ONCE = 200
# The first answer comes when all have asked.
_HOLD_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0


class _Registry:
    """A behaviour of a scripted registry. Counts what it is asked about its images, not `/v2/`. Thread-safe."""

    def __init__(self) -> None:
        self.hold_seconds = 0.0
        self._lock = threading.Lock()
        self._bodies: dict[str, bytes] = {}
        self._count = 0

    def put(self, image: SignedImage) -> None:
        start = "/v2/" + image.repository.partition("/")[2]
        with self._lock:
            self._bodies.update({
                f"{start}/manifests/{TAG}": image.manifest,
                f"{start}/manifests/{image.digest}": image.manifest,
                f"{start}/manifests/{image.signature_tag}": image.signature_manifest,
                f"{start}/blobs/{evidence.digest_of(image.payload)}": image.payload})

    def __call__(self, request: Request) -> None:
        with self._lock:
            self._count += 1
            body = self._bodies.get(request.path.partition("?")[0])
        request.server.ending.wait(self.hold_seconds)
        if body is None:
            request.answer(404)
        else:
            request.answer(200, body, OCI_MANIFEST, Docker_Content_Digest=evidence.digest_of(body))

    def take(self) -> int:
        """Requests since the last time."""
        with self._lock:
            counted, self._count = self._count, 0
        return counted


class Bench:
    """A registry that counts, and a pair."""

    def __init__(self, running: Stack) -> None:
        self._registry = _Registry()
        self._host = running.scripted_registry({_FOLDER: self._registry}).host
        self._signer = MadeSigner()
        self._images = 0
        self._pair = Pairs(running).start(
            cluster_of(running, "one-key", key_policy(self._signer.public_key, f"{self._host}/*")), name="counted")

    def measure(self, rounds: int) -> aims.Measured:
        self._admit_one(lambda image: image.by_digest)  # what it takes to be let in is not counted
        by_digest, by_tag, at_once = [], [], []
        for _ in range(rounds):
            by_digest.append(self._admit_one(lambda image: image.by_digest))
            by_tag.append(self._admit_one(lambda image: image.by_tag))
            at_once.append(self._admit_at_once())
        return {aims.COLD_REQUESTS: [by_digest, by_tag], aims.AT_ONCE: [at_once]}

    def _new_image(self) -> SignedImage:
        self._images += 1
        image = signed_image(f"{self._host}/{_FOLDER}/{self._images}", self._signer)
        self._registry.put(image)
        self._registry.take()
        return image

    def _admit_one(self, reference: Callable[[SignedImage], str]) -> int:
        answer = self._pair.webhook.review(reviews.pod(reference(self._new_image())))
        if not answer.allowed:
            raise RuntimeError(f"not admitted: {answer.message}")
        return self._registry.take()

    def _admit_at_once(self) -> int:
        """Over as many connections, all of which have been used before, as an API server's have."""
        image = self._new_image()
        connections = [self._pair.webhook.connect(_PATIENCE_SECONDS) for _ in range(_AT_ONCE)]
        self._registry.hold_seconds = _HOLD_SECONDS
        try:
            for connection in connections:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            together = threading.Barrier(_AT_ONCE)
            with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
                answers = list(pool.map(lambda connection: _ask(connection, image, together), connections))
        finally:
            self._registry.hold_seconds = 0.0
            for connection in connections:
                connection.close()
        for answer in answers:
            if not answer.allowed:
                raise RuntimeError(f"one of {_AT_ONCE} at once was not admitted: {answer.message}")
        return self._registry.take()


def _ask(connection: http.client.HTTPSConnection, image: SignedImage, together: threading.Barrier) -> Answer:
    review = reviews.pod(image.by_digest)
    body = workload.compact(review)
    together.wait(_PATIENCE_SECONDS)
    connection.request("POST", f"{PATH}?timeout=10s", body, {"Content-Type": "application/json"})
    return Answer(connection.getresponse().read(), review)
