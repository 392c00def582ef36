"""A registry of signed images that takes its time, and that has enough of it when it is asked too often."""

from __future__ import annotations

import collections
import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from e2e import evidence
from e2e.evidence import OCI_MANIFEST, Layer, Signer
from e2e.scripted_registry import Request

ROOT = "/v2/"
_WINDOW = 1.0  # seconds


class RateLimit:
    """So many requests in any one second, and no more: a sliding window. Thread-safe."""

    def __init__(self, a_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = a_second
        self._clock = clock
        self._lock = threading.Lock()
        self._admitted: collections.deque[float] = collections.deque()

    def admits(self) -> bool:
        """Whether one more may be answered now, which then counts."""
        with self._lock:
            now = self._clock()
            while self._admitted and now - self._admitted[0] >= _WINDOW:
                self._admitted.popleft()
            if len(self._admitted) >= self._most:
                return False
            self._admitted.append(now)
            return True


class SignedImages:
    """A behaviour of a scripted registry, whatever the first part of the repository's name is: images with a signature that
    cosign would have made, under the name that they have there. Each answer takes `delay` seconds; what is over the limit is
    answered 429 at once. Counts what was asked. Thread-safe."""

    def __init__(self, delay: float = 0.0, limit: RateLimit | None = None) -> None:
        self.delay = delay
        self.limit = limit
        # Takes the place of an answer while it is there: a fault of the whole registry.
        self.fault: Callable[[Request], None] | None = None
        self._signing = threading.Lock()
        self._lock = threading.Lock()
        self._bodies: dict[str, bytes] = {}
        self._asked: collections.Counter[str] = collections.Counter()
        self._statuses: collections.Counter[int] = collections.Counter()
        self._span: tuple[float, float] | None = None

    def put(self, host: str, repository: str, tag: str, signer: Signer | None, bogus: Sequence[str] = ()) -> str:
        """The digest of a new image, whose signatures, if there are any, are of a payload that names it `host/repository`:
        those that hold for nothing (evidence.bogus_signatures), and then the signer's."""
        body = evidence.manifest([]) + f'\n"{repository}:{tag}"'.encode()
        digest = evidence.digest_of(body)
        bodies = {f"/v2/{repository}/manifests/{name}": body for name in (tag, digest)}
        payload = evidence.cosign_payload(f"{host}/{repository}", digest)
        signatures = [*bogus]
        if signer:
            with self._signing:
                signatures.append(signer.sign(payload))
        if signatures:
            layers = [Layer(evidence.digest_of(payload), len(payload), signature) for signature in signatures]
            bodies[f"/v2/{repository}/blobs/{layers[0].digest}"] = payload
            bodies[f"/v2/{repository}/manifests/{digest.replace(':', '-')}.sig"] = evidence.manifest(layers)
        with self._lock:
            self._bodies.update(bodies)
        return digest

    def __call__(self, request: Request) -> None:
        began = time.monotonic()
        fault = self.fault
        if fault:
            fault(request)
            return
        if self.limit and not self.limit.admits():
            self._answer(request, began, 429)
            return
        time.sleep(self.delay)
        body = b"{}" if request.path == ROOT else self._bodies.get(request.path)
        self._answer(request, began, 200 if body else 404, body or b"")

    def _answer(self, request: Request, began: float, status: int, body: bytes = b"") -> None:
        with self._lock:
            self._asked[f"{request.command} {request.path}"] += 1
            self._statuses[status] += 1
            first = self._span[0] if self._span else began
            self._span = (min(first, began), time.monotonic())
        if status == 429:
            request.answer(429, Retry_After="1")
        elif status == 404:
            request.answer(404)
        else:
            request.answer(200, body, OCI_MANIFEST, Docker_Content_Digest=evidence.digest_of(body))

    @property
    def asked(self) -> Mapping[str, int]:
        """How often each thing was asked for."""
        with self._lock:
            return dict(self._asked)

    @property
    def statuses(self) -> Mapping[int, int]:
        """How many answers had each status."""
        with self._lock:
            return dict(self._statuses)

    def seconds(self) -> float:
        """From the first request until the last answer."""
        with self._lock:
            return self._span[1] - self._span[0] if self._span else 0.0


class AnyName(dict[str, Callable[[Request], None]]):
    """The same behaviour for every first part of a repository's name, `/v2/` itself included, but for the others."""

    def __init__(self, behaviour: Callable[[Request], None],
                 others: Mapping[str, Callable[[Request], None]] | None = None) -> None:
        super().__init__(others or {})
        self._behaviour = behaviour

    def get(self, name: str, default: object = None) -> Callable[[Request], None]:
        return self[name] if name in self else self._behaviour


@contextlib.contextmanager
def fault(images: SignedImages, behave: Callable[[Request], None]) -> Iterator[None]:
    """The registry does so with every request meanwhile."""
    images.fault = behave
    try:
        yield
    finally:
        images.fault = None
