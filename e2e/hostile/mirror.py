"""The mirror from which a verifier refreshes its trusted root in the background: whoever runs it, or stands before it,
answers what he likes. What was good stays, and no request waits for it."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable
from pathlib import Path

from e2e import programs
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.finding import Finding
from e2e.hostile.tuf_repository import TufRepository
from e2e.hostile.watch import Watch
from e2e.process import wait_until
from e2e.scripted_registry import Request, answers_nothing

_MIB = 1 << 20
_WHO = "mirror's owner"
_PATH = "/v2/mirror/"
_TARGET = b'{"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json"}'
_VERSION = 5  # of what was accepted before the attack
# Steps from one root to the next in an update.
_ROOT_STEPS = 256
# A mirror stops there by itself; who reads so much has no limit.
_FAR_TOO_MUCH = 256 * _MIB
# A file's limit is half a megabyte at the most; the rest is what sockets take before anybody reads.
_MOST_SENT = 16 * _MIB
# An update ends after a minute, and the next begins a minute later.
_UPDATE_SECONDS = 60.0
_FAILED = "The trusted root could not be refreshed; the last good one stays."


class _Mirror:
    """A behaviour of a scripted registry. It is good until the attack: from then on each request goes to `attack`, once
    `begin` is set. Thread-safe."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.attack: Callable[[Request], None] | None = None
        self.begin = threading.Event()
        self.asked: list[str] = []
        self.sent = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> None:
        if not self.attack:
            self.serve(request)
            return
        self.begin.wait(_UPDATE_SECONDS)
        with self._lock:
            self.asked.append(request.path.removeprefix(_PATH))
        self.attack(request)

    def serve(self, request: Request) -> None:
        body = self.files.get(request.path.removeprefix(_PATH))
        if body is None:
            request.answer(404)
        else:
            request.answer(200, body, "application/json")

    def pour(self, request: Request, length: int | None) -> None:
        """Spaces, and so many of them if that is stated, else without an end."""
        stated = b"" if length is None else b"Content-Length: %d\r\n" % length
        chunk = b" " * (64 << 10)
        with contextlib.suppress(OSError):  # nobody wants more of it
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + stated + b"\r\n")
            while self.sent < (length or _FAR_TOO_MUCH) and not request.server.ending.is_set():
                request.wfile.write(chunk)
                with self._lock:
                    self.sent += len(chunk)
        request.hang_up()


class _Place:
    """A verifier's state directory with what a good mirror gave it, and that mirror, which turns bad."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        directory: Path = arena.stack.directory
        self.repository = TufRepository(directory / "tuf")
        self.mirror = _Mirror(self.repository.files(_VERSION, _TARGET))
        self._url = f"http://{arena.registry({'mirror': self.mirror}, plain_http=True).host}{_PATH}"
        self._state = directory / "trust"
        self._root = directory / "tuf-root.json"
        self._root.write_bytes(self.repository.root(1))
        ran = arena.stack.run(programs.COUNTERSIGN, "trusted-root", "--update", f"--state={self._state}",
                              f"--root={self._root}", f"--mirror={self._url}")
        if ran.status != 0:
            raise RuntimeError(f"the good mirror's trusted root was not taken: {ran.said}")

    def attack_with(self, attack_of: Callable[[Request], None]) -> list[str]:
        """The verifier is started, and waits for the first answer; the innocent's images."""
        self.mirror.attack = attack_of
        _, innocents = self._arena.good_images(3)
        self._arena.start(self._arena.cluster(), verifier_flags=[
            f"--trusted-root-state={self._state}", f"--trusted-root-mirror={self._url}",
            f"--trusted-root-tuf-root={self._root}"])
        return innocents

    def log(self) -> str:
        return self._arena.verifiers[0].process.output()

    def wait_for_failure(self, seconds: float = _UPDATE_SECONDS) -> None:
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: _FAILED in self.log(), "the update has failed", seconds)

    def check(self, watch: Watch, why: str, most_asked: int) -> Finding:
        """It has failed for that reason ("": it need not have yet), and changed nothing."""
        said = re.findall(f'.*{re.escape(_FAILED)}.*', self.log())
        watch.answered(said[-1][:300] if said else "the update goes on")
        if why:
            watch.finding.check("why it was not accepted", bool(said) and why in said[-1],
                                said[-1][:300] if said else "not said", f'"{why}"')
        kept = (self._state / "trusted_root.json").read_bytes()
        watch.finding.check("what is kept", kept == _TARGET, f"{len(kept)} bytes", "the last good one")
        asked = len(self.mirror.asked)
        watch.finding.check("files asked for", 0 < asked <= most_asked, asked, f"1 to {most_asked}")
        watch.finding.check("bytes that the mirror got rid of", self.mirror.sent < _MOST_SENT,
                            f"{self.mirror.sent / _MIB:.1f} MiB", f"< {_MOST_SENT // _MIB} MiB")
        watch.innocent_is_served()
        watch.peak_below(24)
        watch.nobody_died()
        return watch.finding


@attack(_WHO, 3, "a mirror that takes each request and never answers")
def never_answers(arena: Arena) -> Finding:
    place = _Place(arena)
    with arena.attack(*place.attack_with(answers_nothing)) as watch:
        place.mirror.begin.set()
        watch.wait_for_innocent(arena.effort.of(20, 3))
        if arena.effort.full:
            place.wait_for_failure(_UPDATE_SECONDS + 15)
    # In full, one file of each of two updates.
    return place.check(watch, "did not answer in time" if arena.effort.full else "", arena.effort.of(2, 1))


@attack(_WHO, 1, "a mirror whose next root has no end")
def answers_without_end(arena: Arena) -> Finding:
    place = _Place(arena)
    with arena.attack(*place.attack_with(lambda request: place.mirror.pour(request, None))) as watch:
        place.mirror.begin.set()
        place.wait_for_failure()
    return place.check(watch, "2.root.json", 1)


@attack(_WHO, 1, "a mirror whose timestamp is of 100 MB, and says so")
def timestamp_of_100_megabytes(arena: Arena) -> Finding:
    place = _Place(arena)

    def answer(request: Request) -> None:
        if request.path.endswith("timestamp.json"):
            place.mirror.pour(request, 100_000_000)
        else:
            request.answer(404)

    with arena.attack(*place.attack_with(answer)) as watch:
        place.mirror.begin.set()
        place.wait_for_failure()
    # That there is no newer root, and the timestamp.
    return place.check(watch, "timestamp.json", 2)


@attack(_WHO, 5, "a mirror that goes back to an older version of everything, well signed")
def goes_back(arena: Arena) -> Finding:
    place = _Place(arena)
    place.mirror.files = place.repository.files(_VERSION - 1, _TARGET + b" ")
    with arena.attack(*place.attack_with(place.mirror.serve)) as watch:
        place.mirror.begin.set()
        place.wait_for_failure()
    return place.check(watch, "goes back from", 2)


@attack(_WHO, 3, "a mirror that has a next root after each root, well signed, without an end")
def roots_without_end(arena: Arena) -> Finding:
    place = _Place(arena)

    def answer(request: Request) -> None:
        version = re.fullmatch(r"(\d+)\.root\.json", request.path.removeprefix(_PATH))
        if version:
            request.answer(200, place.repository.root(int(version.group(1))), "application/json")
        else:
            request.answer(404)

    with arena.attack(*place.attack_with(answer)) as watch:
        place.mirror.begin.set()
        place.wait_for_failure()
    finding = place.check(watch, f"it is the last of {_ROOT_STEPS}", _ROOT_STEPS)
    watch.cpu_below(5.0, shim=False)
    return finding
