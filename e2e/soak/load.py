"""Who asks all the while: about images that are known, about new ones, and about such as must be refused."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import random
import ssl
import threading
import uuid
from collections.abc import Callable

from e2e import evidence, reviews
from e2e.soak.stage import Stage
from e2e.soak.tally import Outcome, Tally
from e2e.webhook import PATH

_KNOWN = 20
_TIMEOUT = 10  # seconds that an API server gives
_WARM, _COLD, _DENIED = 0.03, 0.15, 0.3  # seconds between two questions
# Images, which are more than the verifiers remember; and such with so many signatures that hold for nothing, what came of
# which is remembered, too.
_FILL, _FILL_BOGUS, _BOGUS = 600, 24, 900
_AT_ONCE = 8


class Asking:
    """A connection that is kept, as an API server keeps it. For one thread."""

    def __init__(self, stage: Stage, tally: Tally, namespace: str, source: str = "127.0.0.1") -> None:
        self._stage = stage
        self._tally = tally
        self._namespace = namespace
        tls = ssl.create_default_context(cafile=str(stage.stack.ca))
        self._connection = http.client.HTTPSConnection("127.0.0.1", stage.shim.port, timeout=_TIMEOUT + 5, context=tls,
                                                       source_address=(source, 0))

    def ask(self, what: str, image: str, *, should_be_allowed: bool, namespace: str = "") -> Outcome:
        """Counts it, unless `what` is empty."""
        review = reviews.pod(image, namespace=namespace or self._namespace)
        review["request"]["uid"] = str(uuid.uuid4())
        began_during = self._stage.during
        outcome = self._outcome(json.dumps(review).encode())
        if what:
            self._tally.add(what, began_during or self._stage.during, outcome, should_be_allowed=should_be_allowed)
        return outcome

    def close(self) -> None:
        self._connection.close()

    def _outcome(self, body: bytes) -> Outcome:
        for is_last in (False, True):
            try:
                self._connection.request("POST", f"{PATH}?timeout={_TIMEOUT}s", body, {"Content-Type": "application/json"})
                answer = self._connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    return Outcome(failed=f"HTTP status {answer.status}")
                response = json.loads(content)["response"]
                return Outcome(response["allowed"], response.get("status", {}).get("message", ""))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._connection.close()
                # One that had been idle may have been closed meanwhile.
                if is_last or isinstance(error, TimeoutError):
                    return Outcome(failed=f"{type(error).__name__}: {error}")
        raise AssertionError("it was asked twice")


class Load:
    """Runs from `start` until `stop`, on threads of its own."""

    def __init__(self, stage: Stage, tally: Tally, seed: int) -> None:
        self._stage = stage
        self._tally = tally
        self._seed = seed
        self._ended = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(8)
        self._running: list[concurrent.futures.Future[None]] = []
        known = [stage.new_image("known", stage.signer) for _ in range(_KNOWN)]
        self._known = [*known, *(f"{image.partition('@')[0]}:v1" for image in known)]

    @property
    def probed(self) -> str:
        """An image that is always known, by its digest."""
        return self._known[0]

    def fill(self) -> None:
        """Has the programs remember as much as they may."""
        bogus = evidence.bogus_signatures(_BOGUS)
        images = [(self._stage.new_image("fill", self._stage.signer), True) for _ in range(_FILL)]
        images += [(self._stage.new_image("bogus", None, bogus), False) for _ in range(_FILL_BOGUS)]
        shares = [images[number::_AT_ONCE] for number in range(_AT_ONCE)]

        def ask(share: list[tuple[str, bool]]) -> None:
            asking = Asking(self._stage, self._tally, "shop")
            for image, is_signed in share:
                asking.ask("cold" if is_signed else "bogus", image, should_be_allowed=is_signed)
            asking.close()

        with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(ask, shares))

    def start(self) -> None:
        stage = self._stage
        chosen = [random.Random(self._seed + number) for number in range(2)]
        acts: list[tuple[float, Callable[[Asking], object]]] = [
            (_WARM, lambda asking: asking.ask("warm", chosen[0].choice(self._known), should_be_allowed=True)),
            (_WARM, lambda asking: asking.ask("warm", chosen[1].choice(self._known), should_be_allowed=True)),
            (_COLD, lambda asking: asking.ask("cold", stage.new_image("cold", stage.signer), should_be_allowed=True)),
            (_DENIED, lambda asking: asking.ask("unsigned", stage.new_image("unsigned", None), should_be_allowed=False)),
            (_DENIED, lambda asking: asking.ask("a stranger's", stage.new_image("strangers", stage.stranger),
                                                should_be_allowed=False)),
        ]
        self._running = [self._pool.submit(self._go_on, number, pause, act)
                         for number, (pause, act) in enumerate(acts)]

    def stop(self) -> None:
        """What went wrong in a thread is raised here."""
        self._ended.set()
        self._pool.shutdown()
        for running in self._running:
            running.result()

    def _go_on(self, number: int, pause: float, act: Callable[[Asking], object]) -> None:
        asking = Asking(self._stage, self._tally, f"team-{number}")
        while not self._ended.wait(pause):
            act(asking)
        asking.close()
