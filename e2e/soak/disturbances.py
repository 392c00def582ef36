"""What happens meanwhile: programs end and come back, certificates and policies change, the registry fails, and somebody attacks."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import random
import time
from collections.abc import Callable

from e2e import reviews
from e2e.hostile.arena import ATTACKER
from e2e.hostile.doors import Connections
from e2e.limited_registry import fault
from e2e.process import wait_until
from e2e.scripted_registry import Request, answers_nothing, server_error
from e2e.soak.load import Asking
from e2e.soak.stage import Stage
from e2e.soak.tally import Outcome, Tally
from e2e.status_pages import metrics
from e2e.webhook import PATH

# Whose life is never long enough to be judged.
RESTARTED = "verifier-2"
_MIB = 1 << 20
_FAULT_SECONDS = 5.0
# Of an attacker's connections.
_SENDING_SECONDS = 3.0
_IN_FORCE_SECONDS = 30.0
_EXPIRY = "countersign_certificate_expiry_timestamp_seconds"
# Of the registry's repositories, which misbehave each in its way.
_HOSTILE_REPOSITORIES = ("answers-nothing", "drips", "endless", "over-long", "nested", "redirect-loop", "truncated",
                         "useless-token", "too-many-requests", "malformed-digest")


def _busy(request: Request) -> None:
    request.answer(429, Retry_After="1")


@dataclasses.dataclass(frozen=True)
class Disturbance:
    name: str
    act: Callable[[], None]


class Disturbances:
    """Each in turn, in an order that the seed makes, all of them again and again. For the thread that made the stage."""

    def __init__(self, stage: Stage, tally: Tally, seed: int) -> None:
        self._stage = stage
        self._tally = tally
        self._random = random.Random(seed)
        self._due: list[Disturbance] = []
        self._edits = 0
        # How often each was there, and what did not go as it should.
        self.done: dict[str, int] = {}
        self.complaints: list[str] = []

    def first(self) -> Disturbance:
        """Which happens once, and before anything is measured: it is this verifier whose life is judged."""
        return Disturbance("verifier-1 restarted", lambda: self._restart(0))

    def next(self) -> Disturbance:
        if not self._due:
            self._due = self._all()
            self._random.shuffle(self._due)
        return self._due.pop()

    def run(self, disturbance: Disturbance) -> None:
        """And remembers that it was there."""
        self._stage.during = disturbance.name
        self.done[disturbance.name] = self.done.get(disturbance.name, 0) + 1
        try:
            disturbance.act()
        except (TimeoutError, OSError, http.client.HTTPException) as error:
            self.complaints.append(f"{disturbance.name}: {type(error).__name__}: {error}")

    def _all(self) -> list[Disturbance]:
        stage = self._stage
        return [
            Disturbance(f"{RESTARTED} restarted", lambda: self._restart(1)),
            Disturbance("certificates replaced", self._replace_certificates),
            Disturbance("a policy edited", self._edit_policy),
            Disturbance("the registry answers 429", lambda: self._fail(_busy)),
            Disturbance("the registry answers 500", lambda: self._fail(server_error)),
            Disturbance("the registry is silent", lambda: self._fail(answers_nothing)),
            Disturbance("the registry is gone", self._take_registry_away),
            Disturbance("half requests at the shim", lambda: self._connect(stage.shim.port)),
            Disturbance("silent connections at a verifier", lambda: self._be_silent(stage.verifiers[0].port)),
            Disturbance("bodies of no use", self._send_bodies),
            Disturbance("images in hostile repositories", self._ask_hostile),
        ]

    def _restart(self, number: int) -> None:
        status = self._stage.restart_verifier(number)
        if status:
            self.complaints.append(f"verifier-{number + 1} ended with status {status}")
        self._stage.webhook().wait_until_ready()

    def _replace_certificates(self) -> None:
        before = self._expiries()
        self._stage.replace_certificates()

        def are_new() -> bool:
            now = self._expiries()
            return all(now[name] > before[name] for name in before)
        wait_until(are_new, "all show the new certificates", _IN_FORCE_SECONDS)

    def _expiries(self) -> dict[tuple[str, str], float]:
        return {(name, metric): value for name, server in self._stage.servers().items()
                for metric, value in metrics(server).items() if metric.startswith(_EXPIRY)}

    def _edit_policy(self) -> None:
        """What a second key has signed is let in by every second edition."""
        self._edits += 1
        marker, with_second = f"edition-{self._edits}", self._edits % 2 == 1
        stage = self._stage
        stage.write_policy(marker, with_second)
        asking = Asking(stage, self._tally, "shop")

        def is_in_force() -> bool:
            # Repositories enough that both verifiers are asked.
            return all(asking.ask("", f"127.0.0.1:1/app-{number}", should_be_allowed=True, namespace=marker).is_allowed
                       for number in range(16))
        wait_until(is_in_force, "the policy is in force", _IN_FORCE_SECONDS)
        for _ in range(10):
            image = stage.new_image("second", stage.second_signer)
            asking.ask("by a policy that was edited", image, should_be_allowed=with_second)
            asking.ask("by a policy that was edited", stage.new_image("first", stage.signer), should_be_allowed=True)
        asking.close()

    def _fail(self, behave: Callable[[Request], None]) -> None:
        with fault(self._stage.images, behave):
            time.sleep(_FAULT_SECONDS)

    def _take_registry_away(self) -> None:
        bring_back = self._stage.take_registry_away()
        try:
            time.sleep(_FAULT_SECONDS)
        finally:
            bring_back()

    def _connect(self, port: int) -> None:
        with Connections(port, self._stage.stack.ca, _SENDING_SECONDS) as connections:
            connections.send(100, _head(1000))
            connections.send(5, _head(8 * _MIB) + b" " * (4 * _MIB))
            connections.send(50, b"POST /signing-policy-check HTT")
            connections.plain(50, b"\x00\x01nothing that anybody speaks\r\n\r\n")
            connections.silent(300)
            for _ in range(2):
                connections.drip(b" ")

    def _be_silent(self, port: int) -> None:
        with Connections(port, self._stage.stack.ca, _SENDING_SECONDS) as connections:
            connections.silent(300)
            connections.plain(50, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 1000)
            time.sleep(_SENDING_SECONDS)

    def _send_bodies(self) -> None:
        """Too large, no JSON, and JSON of another kind: none is answered by an admission."""
        webhook = self._stage.webhook(ATTACKER)
        many = reviews.pod("nginx:1")
        many["request"]["object"]["metadata"]["annotations"] = {f"countersign/{number:x}": "" for number in range(50_000)}
        for body in (b" " * (20 * _MIB), b"[" * 100_000, b'{"kind":"AdmissionReview"}', b"\xff" * 1000,
                     json.dumps(many).encode()):
            with contextlib.suppress(OSError, http.client.HTTPException):
                reply = webhook.post(body, within=12)
                allowed = reply.status == 200 and b'"allowed":true' in reply.body
                self._tally.add("a body of no use", self._stage.during, Outcome(allowed), should_be_allowed=False)

    def _ask_hostile(self) -> None:
        def ask(name: str) -> None:
            asking = Asking(self._stage, self._tally, "mallory", ATTACKER)
            for number in range(2):
                asking.ask("in a hostile repository", f"{self._stage.host}/{name}/app-{number}:v1",
                           should_be_allowed=False)
            asking.close()

        with concurrent.futures.ThreadPoolExecutor(len(_HOSTILE_REPOSITORIES)) as pool:
            list(pool.map(ask, _HOSTILE_REPOSITORIES))


def _head(length: int) -> bytes:
    return (f"POST {PATH}?timeout=10s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n").encode()
