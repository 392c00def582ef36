"""The ports: what somebody without any right can do to them by opening connections."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from e2e import reviews
from e2e.certificates import Authority
from e2e.hostile.answers import check_allowed
from e2e.hostile.arena import ATTACKER, INNOCENTS_NAMESPACE, Arena, pod
from e2e.hostile.attack import attack
from e2e.hostile.finding import Finding
from e2e.hostile.innocent import ask
from e2e.hostile.watch import Watch
from e2e.webhook import PATH, Reply

_MIB = 1 << 20
# Seconds that the API server gives a webhook.
_DEADLINE = 10


def _start(arena: Arena, *, verifier_flags: Sequence[str] = (), shim_flags: Sequence[str] = ()) -> str:
    """A signed image, and the programs that admit it."""
    _, [image] = arena.good_images()
    arena.start(arena.cluster(), verifier_flags=verifier_flags, shim_flags=shim_flags)
    return image


class Connections(contextlib.AbstractContextManager["Connections"]):
    """Connections of one attacker to a port, closed at the end of its context."""

    def __init__(self, port: int, ca: Path, seconds: float) -> None:
        self._port = port
        self._seconds = seconds
        self._tls = ssl.create_default_context(cafile=str(ca))
        # Of a connection with TLS both the plain socket, which has been detached, and the other.
        self._open: list[socket.socket] = []
        self._tried = 0
        self.refused = 0

    def __exit__(self, *exception: object) -> None:
        for connection in self._open:
            connection.close()

    def silent(self, count: int, source: str = ATTACKER) -> None:
        """Connected, and not a byte is sent."""
        for _ in range(count):
            self.refused += not self._connect(source)

    def send(self, count: int, content: bytes, source: str = ATTACKER) -> None:
        """A handshake, and these bytes, on many at a time and for some seconds at the most; no answer is read."""
        deadline = time.monotonic() + self._seconds
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for sent in pool.map(lambda _: time.monotonic() < deadline and self._send(content, source), range(count)):
                self.refused += not sent

    def _send(self, content: bytes, source: str) -> bool:
        connection = self._connect(source)
        if not connection:
            return False
        try:
            connection.settimeout(2)
            secured = self._tls.wrap_socket(connection, server_hostname="127.0.0.1")
            self._open.append(secured)
            secured.sendall(content)
            return True
        except OSError:
            return False

    def plain(self, count: int, content: bytes, source: str = ATTACKER) -> None:
        """These bytes without a handshake."""
        for _ in range(count):
            connection = self._connect(source)
            try:
                if connection:
                    connection.sendall(content)
            except OSError:
                self.refused += 1

    def drip(self, content: bytes) -> None:
        """On all of them, once, and then a pause."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.sendall(content)
        time.sleep(1)

    def left(self) -> int:
        """How many the other side has not closed."""
        return sum(_is_open(connection) for connection in self._open)

    def _connect(self, source: str) -> socket.socket | None:
        self._tried += 1
        try:
            connection = socket.create_connection(("127.0.0.1", self._port), 2, source_address=(source, 0))
        except OSError:
            return None
        self._open.append(connection)
        return connection

    def text(self) -> str:
        return f"{self._tried} connections tried, {self.refused} refused, cut at once, or too many in that time"


def _is_open(connection: socket.socket) -> bool:
    try:
        connection.settimeout(0.01)
        while connection.recv(1 << 16):
            pass
        return False
    except (TimeoutError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def _head(length: int) -> bytes:
    return (f"POST {PATH}?timeout=10s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n").encode()


def _at_the_shims_port(arena: Arena, act: Callable[[Connections], object], *, answers: int = 60, most_mib: float = 128,
                       done: Callable[[Connections, Watch], object] = lambda connections, watch: None) -> Finding:
    """While `act` does what it likes with connections, and until an innocent has been answered so often meanwhile;
    `done` adds to the finding before they are closed."""
    image = _start(arena)
    with Connections(arena.shim.port, arena.stack.ca, arena.effort.sending_seconds) as connections:
        with arena.attack(image, pause=0.05) as watch:
            act(connections)
            watch.wait_for_innocent(arena.effort.of(answers, 15), 60)
            watch.answered(connections.text())
            done(connections, watch)
    watch.innocent_is_served()
    watch.resident_below(most_mib)
    watch.nobody_died()
    return watch.finding


@attack("pod without rights", 4, "the shim's port: 5,000 silent connections, 1,100 heads without a body, 20 half bodies")
def everything_at_once(arena: Arena) -> Finding:
    def act(connections: Connections) -> None:
        connections.send(20, _head(8 * _MIB) + b" " * (4 * _MIB))
        connections.send(arena.effort.of(1100, 200), _head(1000))
        connections.silent(arena.effort.of(5000, 1500))

    finding = _at_the_shims_port(arena, act, answers=100)
    lines = [line for line in arena.shim.log_lines() if line["level"] != "info"]
    finding.check("log lines", len(lines) <= 2, len(lines), "one a minute")
    return finding


@attack("pod without rights", 4, "the shim's port: 1,100 heads without a body")
def heads_without_body(arena: Arena) -> Finding:
    return _at_the_shims_port(arena, lambda connections: connections.send(1100, _head(1000)))


@attack("pod without rights", 1, "the shim's port: bodies of 16 MB and of 8 MB without the last byte, from 20 addresses")
def bodies_without_end(arena: Arena) -> Finding:
    def act(connections: Connections) -> None:
        for number in range(arena.effort.of(20, 8)):
            source = f"127.0.1.{number + 1}"
            connections.send(1, _head(16_000_000) + b" " * 15_999_999, source)
            connections.send(2, _head(8_000_000) + b" " * 7_999_999, source)
    return _at_the_shims_port(arena, act)


@attack("pod without rights", 4, "the shim's port: silent connections from 100 addresses, 60 from each", in_short=False)
def silent_from_many_addresses(arena: Arena) -> Finding:
    def act(connections: Connections) -> None:
        for number in range(100):
            connections.silent(60, f"127.0.2.{number + 1}")
    return _at_the_shims_port(arena, act, answers=100)


@attack("pod without rights", 4, "the shim's port: connections that were answered once and then stay, as many as there are places for",
        in_short=False)
def answered_then_silent(arena: Arena) -> Finding:
    def act(connections: Connections) -> None:
        for number in range(3000):
            connections.send(1, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", f"127.0.3.{number % 4 + 1}")
    return _at_the_shims_port(arena, act, most_mib=192)


@attack("pod without rights", 4, "the shim's port: heads and bodies that come a byte at a time, from 30 addresses")
def dripping(arena: Arena) -> Finding:
    def act(connections: Connections) -> None:
        for number in range(30):
            connections.send(20, b"POST /signing-policy-check HTT", f"127.0.4.{number + 1}")
            connections.send(10, _head(100_000) + b"{", f"127.0.4.{number + 1}")
        for _ in range(arena.effort.of(20, 3)):
            connections.drip(b" ")

    def done(connections: Connections, watch: Watch) -> None:
        left = connections.left()
        watch.answered(f"{connections.text()}; {left} still open")
        if arena.effort.full:
            watch.finding.check("dripping connections left", left == 0, left,
                                "none after the time for a head, or below the rate")
    return _at_the_shims_port(arena, act, done=done)


@attack("pod without rights", 1, "the shim's port: requests one after the other, and no answer is read")
def answers_that_nobody_reads(arena: Arena) -> Finding:
    request = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    body = json.dumps(pod("nginx:" + "x" * 100)).encode()

    def act(connections: Connections) -> None:
        connections.send(50, request * 500)
        connections.send(50, (_head(len(body)) + body) * 20)
    return _at_the_shims_port(arena, act)


@attack("pod without rights", 1, "reviews with 500,000 annotations under countersign/ (7.6 MiB)")
def many_annotations(arena: Arena) -> Finding:
    image = _start(arena)
    review = pod(image)
    annotations = {f"countersign/{number:x}": "" for number in range(500_000)}
    review["request"]["object"]["metadata"]["annotations"] = annotations
    body = _fitted(review, 7_900_000)
    with arena.attack() as watch:
        reply = _post(arena, body)
    watch.answered(f"{len(body) / _MIB:.1f} MiB: HTTP status {reply.status}, {reply.text[:120]}")
    watch.finding.check("answered before the deadline", reply.status != 0, reply.text[:100],
                        f"an answer within {_DEADLINE} s")
    watch.cpu_below(0.3)
    watch.peak_below(40)
    watch.nobody_died()
    return watch.finding


def _post(arena: Arena, body: bytes) -> Reply:
    """Status 0: no answer came before the API server's deadline."""
    try:
        return arena.webhook(ATTACKER).post(body, timeout=f"{_DEADLINE}s", within=_DEADLINE)
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, repr(error).encode())


def _fitted(review: reviews.Review, most: int) -> bytes:
    """The review with as many of its annotations as there is room for."""
    annotations = list(review["request"]["object"]["metadata"]["annotations"].items())
    body = json.dumps(review, separators=(",", ":")).encode()
    if len(body) > most:
        keep = int(len(annotations) * most / len(body))
        review["request"]["object"]["metadata"]["annotations"] = dict(annotations[:keep])
        body = json.dumps(review, separators=(",", ":")).encode()
    return body


@attack("pod without rights", 2, "an API server behind one address with 1,000 connections that were answered", in_short=False)
def api_server_with_many_connections(arena: Arena) -> Finding:
    image = _start(arena)
    review = json.dumps(pod(image, namespace=INNOCENTS_NAMESPACE)).encode()
    webhook = arena.webhook("127.0.0.7")
    kept: list[http.client.HTTPSConnection] = []
    answered = 0
    with arena.attack(image) as watch:
        for _ in range(1000):
            connection = webhook.connect()
            with contextlib.suppress(OSError):
                answered += _on(connection, review)
            kept.append(connection)
        again = 0
        for connection in kept:
            connection.auto_open = 0
            with contextlib.suppress(OSError, http.client.HTTPException):
                again += _on(connection, review)
            connection.close()
    watch.answered(f"{answered} answered on new connections, {again} again on the same ones")
    watch.finding.check("answered", answered == 1000, answered, "1,000")
    watch.finding.check("answered again", again == 1000, again, "1,000")
    watch.innocent_is_served()
    return watch.finding


def _on(connection: http.client.HTTPSConnection, review: bytes) -> bool:
    connection.request("POST", f"{PATH}?timeout=10s", review, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return b'"allowed":true' in response.read()


@attack("pod without rights", 4, "the verifier's port: 5,000 silent connections and half handshakes")
def verifiers_port(arena: Arena) -> Finding:
    image = _start(arena)
    with Connections(arena.verifiers[0].port, arena.stack.ca, arena.effort.sending_seconds) as connections:
        with arena.attack(image, pause=0.05) as watch:
            connections.silent(arena.effort.of(5000, 1500))
            watch.wait_for_innocent(arena.effort.of(60, 15), 60)
            # A shim that starts now must be able to connect.
            late = arena.stack.shim(arena.verifiers[0].address, name="shim-late")
            began = time.monotonic()
            webhook = arena.stack.webhook(late)
            is_ready = False
            with contextlib.suppress(TimeoutError):
                webhook.wait_until_ready(10)
                is_ready = True
            waited = time.monotonic() - began
    watch.answered(f"{connections.text()}; a new shim was ready after {waited:.1f} s")
    watch.innocent_is_served()
    watch.finding.check("a new shim is ready", is_ready, is_ready, "True")
    watch.finding.check("a new shim is ready soon", waited < 9, f"{waited:.1f} s", "< 9 s", timing=True)
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


@attack("pod without rights", 4, "the status ports: 200 silent connections and 200 half heads each, while probes come")
def status_ports(arena: Arena) -> Finding:
    status = ["--status-listen=127.0.0.1:0"]
    _start(arena, verifier_flags=status, shim_flags=status)
    ports = [server.status_port() for server in (arena.verifiers[0], arena.shim)]
    results = []
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(Connections(port, arena.stack.ca, arena.effort.sending_seconds)) for port in ports]
        with arena.attack() as watch:
            for one in connections:
                one.silent(200)
                one.plain(200, b"GET /livez HTTP/1.1\r\nHost")
            for _ in range(5):
                results += [_probe(port, path) for port in ports for path in ("/livez", "/readyz")]
    watch.answered(f"{results.count(200)}/{len(results)} probes answered 200")
    watch.finding.check("probes answered within 1 s", results.count(200) == len(results),
                        f"{results.count(200)}/{len(results)}", "all")
    watch.peak_below(16)
    return watch.finding


def _probe(port: int, path: str) -> int:
    """The status, as the kubelet sees it with its default timeout of one second; 0: none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1, source_address=("127.0.0.8", 0))
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@attack("pod without rights", 4, "a rule that gives every namespace to a name with * in it is warned of at the start")
def wide_client_rule(arena: Arena) -> Finding:
    verifier = arena.stack.verifier(
        arena.cluster(), [f"--client-ca={arena.stack.ca}", "--allowed-client=dns:countersign-shim.*.svc=*"],
        name="verifier-wide", key_pair=arena.stack.key_pair)
    lines = [line for line in verifier.log_lines() if line["level"] != "info" and "*" in json.dumps(line)]
    finding = Finding(answer=str(lines)[:200])
    finding.check("warnings at the start", lines, len(lines), "one")
    return finding


@attack("pod without rights", 4, "the shim knows its API server: reviews by no certificate, by another authority's, by another name's")
def strangers_at_the_shim(arena: Arena) -> Finding:
    authority = arena.stack.authority
    arena.client = authority.issue("kube-apiserver")
    image = _start(arena, shim_flags=[f"--client-ca={arena.stack.ca}", "--allowed-client=cn:kube-apiserver"])
    strangers = {
        "another authority's": Authority(arena.stack.directory / "stranger", "Somebody").issue("kube-apiserver"),
        "another name's": authority.issue("kube-apiserver-of-mine"),
    }
    review = pod(image, namespace=INNOCENTS_NAMESPACE)
    with arena.attack() as watch:
        asked = {name: ask(arena.webhook(ATTACKER, pair), review) for name, pair in strangers.items()}
        arena.client, api_server = None, arena.client
        asked["none"] = ask(arena.webhook(ATTACKER), review)
        arena.client = api_server
        known = ask(arena.webhook(), review)
    watch.answered("; ".join(f"{name}: {one.failed[:90]}" for name, one in asked.items()))
    for name, one in asked.items():
        watch.finding.check(f"a review by {name} certificate", one.failed, one.message or "allowed", "no answer")
    check_allowed(watch.finding, [known], "the API server's review")
    return watch.finding
