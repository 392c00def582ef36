"""An API server during a rollout: asks about many Pods, many at a time.

usage: python3 -m e2e.rollout PORT CA AT_ONCE QUESTIONS

A process of its own, so that a registry in Python beside it does not slow it down. QUESTIONS has on each line the images
of one ReplicaSet's Pods as JSON: {"image": …, "namespace": …, "pods": N}. Of so many ReplicaSets at a time, each on a
connection of its own, the Pods are asked about one after the other. Prints one JSON object of what came of them.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import json
import re
import socket
import ssl
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from e2e import reviews
from e2e.process import run
from e2e.webhook import PATH

_TIMEOUT = 10  # seconds that the API server gives the webhook
_UID = "00000000-0000-4000-8000-000000000000"


@dataclasses.dataclass(frozen=True)
class ReplicaSet:
    image: str
    namespace: str
    pods: int


@dataclasses.dataclass(frozen=True)
class RolledOut:
    """How many Pods were let in, why others were not (a few of the sentences, with how often), and the seconds that it took."""

    allowed: int
    refused: int
    sentences: dict[str, int]
    seconds: float
    median_ms: float
    worst_ms: float


def roll_out(port: int, ca: Path, directory: Path, replica_sets: Sequence[ReplicaSet], *, at_once: int,
             seconds: float = 240.0) -> RolledOut:
    """In a process of its own, which has so long."""
    questions = directory / "rollout.jsonl"
    questions.write_text("".join(json.dumps(dataclasses.asdict(one)) + "\n" for one in replica_sets), encoding="utf-8")
    ran = run([sys.executable, "-B", "-m", "e2e.rollout", port, ca, at_once, questions], directory, seconds=seconds,
              PYTHONPATH=str(Path(__file__).parent.parent))
    if ran.status:
        raise RuntimeError(ran.said)
    return RolledOut(**json.loads(ran.output))


class _Question:
    """A request that is made once, and has a uid of its own each time."""

    def __init__(self, body: bytes) -> None:
        head = (f"POST {PATH}?timeout={_TIMEOUT}s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        self._before, self._after = (head + body).split(_UID.encode())

    def bytes(self) -> bytes:
        return b"".join((self._before, str(uuid.uuid4()).encode(), self._after))


class _Connection:
    """One that is kept. Without http.client, which takes longer over an answer than who gives it."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self._socket = tls.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT + 5),
                                       server_hostname="127.0.0.1")

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and content of the answer."""
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, content = received.split(b"\r\n\r\n", 1)
        [length] = re.findall(rb"\r\nContent-Length: (\d+)", head) or [b"0"]
        while len(content) < int(length):
            content += self._more()
        return head, content

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("closed before the answer")
        return received


def _sentence(head: bytes, content: bytes) -> str:
    """Why it was not let in; empty: it was."""
    status = head.split(b" ", 2)[1].decode()
    if status != "200":
        return f"HTTP status {status}"
    response = json.loads(content)["response"]
    return "" if response["allowed"] else response["status"]["message"]


class _Asking:
    """What came of the questions so far. Thread-safe."""

    def __init__(self, port: int, ca: Path) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(ca))
        self._lock = threading.Lock()
        self._times: list[float] = []
        self._sentences: collections.Counter[str] = collections.Counter()

    def ask(self, replica_set: ReplicaSet) -> None:
        review = reviews.pod(replica_set.image, namespace=replica_set.namespace)
        review["request"]["uid"] = _UID
        question = _Question(json.dumps(review, separators=(",", ":")).encode())
        connection: _Connection | None = None
        for _ in range(replica_set.pods):
            began = time.monotonic()
            try:
                connection = connection or _Connection(self._port, self._tls)
                sentence = _sentence(*connection.ask(question.bytes()))
            except OSError as error:
                connection, sentence = None, f"{type(error).__name__}: {error}"
            took = time.monotonic() - began
            with self._lock:
                self._times.append(took)
                if sentence:
                    self._sentences[sentence] += 1

    def result(self, seconds: float) -> RolledOut:
        times = sorted(self._times)
        refused = sum(self._sentences.values())
        return RolledOut(len(times) - refused, refused, dict(self._sentences.most_common(5)), seconds,
                         times[len(times) // 2] * 1000, times[-1] * 1000)


def main(port: str, ca: str, at_once: str, questions: str) -> int:
    lines = Path(questions).read_text(encoding="utf-8").splitlines()
    asking = _Asking(int(port), Path(ca))
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(int(at_once)) as pool:
        for done in [pool.submit(asking.ask, ReplicaSet(**json.loads(line))) for line in lines]:
            done.result()
    print(json.dumps(dataclasses.asdict(asking.result(time.monotonic() - began))))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
