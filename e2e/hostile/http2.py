"""As much of HTTP/2 (RFC 9113) and HPACK (RFC 7541) as it takes to hold gRPC calls open, or to drop them."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, _ACK, END_HEADERS = 1, 1, 4
_INITIAL_WINDOW_SIZE = 4  # of SETTINGS
_FIRST_WINDOW, _LARGEST_WINDOW = (1 << 16) - 1, (1 << 31) - 1
_STATUS_200 = b"\x88"  # of HPACK's static table


def frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def _literal(name: str, value: str) -> bytes:
    """A header that is not to be indexed, its lengths below 127."""
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def headers(*pairs: tuple[str, str]) -> bytes:
    """Headers, of which nothing is remembered."""
    return b"".join(_literal(name, value) for name, value in pairs)


class Remembered:
    """Headers that the other end remembers: `first` says them, `again` takes a byte each (RFC 7541, 6.1, 6.2.1)."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.first = b"".join(b"\x40" + _literal(name, value)[1:] for name, value in pairs)
        newest = 62  # the first index of the dynamic table
        self.again = bytes(0x80 | newest + number for number in reversed(range(len(pairs))))


def question(path: str = "/countersign.v1.Verifier/VerifyImages", timeout: str = "10S") -> tuple[tuple[str, str], ...]:
    """The head of a gRPC call; without a deadline if `timeout` is empty."""
    head = ((":method", "POST"), (":scheme", "https"), (":path", path), (":authority", "127.0.0.1"),
            ("content-type", "application/grpc"), ("te", "trailers"))
    return (*head, ("grpc-timeout", timeout)) if timeout else head


def message(content: bytes) -> bytes:
    """As gRPC puts it into DATA frames."""
    return b"\0" + struct.pack(">I", len(content)) + content


def _call(stream: int, head: bytes, content: bytes) -> bytes:
    """All of it."""
    return frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, END_STREAM, stream, message(content))


def _settings(window: int | None) -> bytes:
    """So many bytes of each answer may come, or as many as HTTP/2 lets come at first."""
    return frame(SETTINGS, 0, 0, b"" if window is None else struct.pack(">HI", _INITIAL_WINDOW_SIZE, window))


class _Frames:
    """Reads frames of a connection; answers SETTINGS and PING by itself."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")

    def next(self) -> tuple[int, int, int, bytes] | None:
        """Kind, flags, stream and content; None at the end."""
        head = self._file.read(9)
        if len(head) < 9:
            return None
        length = int.from_bytes(head[:3], "big")
        kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
        content = self._file.read(length)
        if kind == SETTINGS and not flags & _ACK:
            self._connection.sendall(frame(SETTINGS, _ACK, 0))
        elif kind == PING and not flags & _ACK:
            self._connection.sendall(frame(PING, _ACK, 0, content))
        return kind, flags, stream, content

    def read_preface(self) -> bool:
        return self._file.read(len(PREFACE)) == PREFACE


class Calls:
    """A connection of a client with many VerifyImages calls under way, which ask the questions in turn. Ends with
    close(). `window`: so many bytes of each answer may come."""

    def __init__(self, address: tuple[str, int], questions: Sequence[bytes], calls: int,
                 tls: ssl.SSLContext | None = None, source: str = "127.0.0.2", window: int | None = None,
                 timeout: str = "10S") -> None:
        self._ended: set[int] = set()
        connection = socket.create_connection(address, 5, source_address=(source, 0))
        if tls:
            connection = tls.wrap_socket(connection, server_hostname="127.0.0.1")
        self._connection = connection
        connection.sendall(PREFACE + _settings(window))
        head = headers(*question(timeout=timeout))
        for number in range(calls):
            connection.sendall(_call(2 * number + 1, head, questions[number % len(questions)]))
        connection.settimeout(60)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            frames = _Frames(self._connection)
            while read := frames.next():
                kind, flags, stream, _ = read
                if kind == RST_STREAM or (kind == HEADERS and flags & END_STREAM):
                    self._ended.add(stream)

    @property
    def ended(self) -> int:
        """How many of the calls."""
        return len(self._ended)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._thread.join(5)


class UnreadCalls:
    """A connection of a client that lets all of its answers come, and reads none of them. It makes calls without a
    deadline, a batch of them each tenth of a second, and stays until close(). What they ask must be less than the 64 KiB
    that HTTP/2 lets it send at first, for it does not read that it may send more."""

    _ASK_SECONDS = 0.1
    _LOOK_SECONDS = 0.5
    # What its kernel keeps of what comes, and how many looks later it takes all of that. The verifier's kernel ends a
    # connection (TCP_USER_TIMEOUT) that has had no room for ten seconds for all that it would send next, which may be
    # 32 KiB: so neither less room nor a few bytes taken now and then would keep it open (seen of Linux 6.18).
    _RECEIVE_BUFFER = 48 << 10
    _LOOKS_UNTIL_TAKEN = 14
    # As on a network: of the segments of loopback, 64 KB each, the verifier's kernel takes more than its buffer has room for.
    _SEGMENT = 1448

    def __init__(self, address: tuple[str, int], batches: Sequence[Sequence[bytes]], tls: ssl.SSLContext,
                 half_closes: bool = False, source: str = "127.0.0.2") -> None:
        """`half_closes`: says, once it has asked, that it sends nothing more."""
        self.made = 0
        self._half_closes = half_closes
        self.is_ended = False  # by the verifier
        self._stopping = threading.Event()
        plain = socket.socket()
        plain.settimeout(5)
        # Both are told to the other end when the connection is made.
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._RECEIVE_BUFFER)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, self._SEGMENT)
        plain.bind((source, 0))
        plain.connect(address)
        self._connection = tls.wrap_socket(plain, server_hostname="127.0.0.1")
        self._connection.settimeout(60)
        self._thread = threading.Thread(target=self._run, args=[batches], daemon=True)
        self._thread.start()

    def _run(self, batches: Sequence[Sequence[bytes]]) -> None:
        with contextlib.suppress(OSError):
            self._ask(batches)
            self._hold()
        self.is_ended = not self._stopping.is_set()

    def _ask(self, batches: Sequence[Sequence[bytes]]) -> None:
        self._connection.sendall(PREFACE + _settings(_LARGEST_WINDOW))
        # Of the connection; a little is left for later.
        self._let_come(_LARGEST_WINDOW - 2 * _FIRST_WINDOW)
        heads = Remembered(question(timeout=""))
        for batch in batches:
            calls = [_call(2 * number + 1, heads.again if number else heads.first, content)
                     for number, content in enumerate(batch, self.made)]
            self._connection.sendall(b"".join(calls))
            self.made += len(batch)
            if self._stopping.wait(self._ASK_SECONDS):
                return

    def _hold(self) -> None:
        """Until it is closed."""
        if self._half_closes:
            self._connection.shutdown(socket.SHUT_WR)
        end = select.poll()
        end.register(self._connection.fileno(), select.POLLRDHUP)
        for look in itertools.count(1):
            if self._stopping.wait(self._LOOK_SECONDS) or end.poll(0):
                return
            if look % self._LOOKS_UNTIL_TAKEN == 0:
                with contextlib.suppress(BlockingIOError):
                    # Beneath TLS: what it says is of no interest.
                    if not os.read(self._connection.fileno(), 1 << 20):
                        return

    def _let_come(self, more: int) -> None:
        self._connection.sendall(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", more)))

    def close(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()


class FakeVerifier:
    """A verifier that does with each question what `act` says, and counts them: a function of the connection and
    stream that has read the whole question. Serves plaintext on a free loopback port until stop()."""

    def __init__(self, act: Callable[[FakeVerifier, socket.socket, int], None]) -> None:
        self._act = act
        self.questions = 0
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self.ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        asked: set[int] = set()
        with contextlib.suppress(OSError), connection:
            frames = _Frames(connection)
            if not frames.read_preface():
                return
            connection.sendall(frame(SETTINGS, 0, 0))
            while read := frames.next():
                kind, flags, stream, content = read
                if kind == HEADERS:
                    # gRPC's names are not compressed, but come only once a connection: later calls are as the first.
                    if b"Health" in content:
                        answer(connection, stream, 12)
                        continue
                    asked.add(stream)
                if stream in asked and flags & END_STREAM and kind in (HEADERS, DATA):
                    with self._lock:
                        self.questions += 1
                    self._act(self, connection, stream)


def answer(connection: socket.socket, stream: int, status: int) -> None:
    """Ends a call with this gRPC status, and nothing else."""
    head = _STATUS_200 + headers(("content-type", "application/grpc"), ("grpc-status", str(status)))
    connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM, stream, head))


def drop(verifier: FakeVerifier, connection: socket.socket, stream: int) -> None:
    """Dies in the middle of the call."""
    connection.shutdown(socket.SHUT_RDWR)


def reset(verifier: FakeVerifier, connection: socket.socket, stream: int) -> None:
    connection.sendall(frame(RST_STREAM, 0, stream, struct.pack(">I", 2)))


def go_away(verifier: FakeVerifier, connection: socket.socket, stream: int) -> None:
    """Says that it has taken the call up, and goes."""
    connection.sendall(frame(GOAWAY, 0, 0, struct.pack(">II", stream, 0)))
    time.sleep(0.05)
    connection.shutdown(socket.SHUT_RDWR)


def never_answer(verifier: FakeVerifier, connection: socket.socket, stream: int) -> None:
    """The call stays open until the caller gives it up."""


def say(status: int) -> Callable[[FakeVerifier, socket.socket, int], None]:
    return lambda verifier, connection, stream: answer(connection, stream, status)
