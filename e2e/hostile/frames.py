"""The verifier's port, past the handshake: frames of HTTP/2 that are no question. gRPC counts none of them."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

from e2e import grpc_client
from e2e.hostile import http2
from e2e.hostile.arena import ATTACKER, Arena
from e2e.hostile.attack import attack
from e2e.hostile.finding import Finding

_CONNECTIONS = 8
_PIECE = 16 << 10  # what is sent at a time, and counted
_SECONDS_FULL, _SECONDS_SHORT = 6, 2
_LEAST = 64 << 10  # bytes that are a flood
_SECONDS_FOR_LEAST = 30  # where everything is slow
_QUESTION = http2.message(grpc_client.verify_images("127.0.0.1:1/app:1"))
_CANCEL = struct.pack(">I", 8)

# Gives what to send next, on and on; `first` is the first stream that it may use.
Frames = Callable[[int], bytes]


def _heads(*more: tuple[str, str], **other: str) -> bytes:
    return http2.headers(*http2.question(**other), *more)


def _reset_calls(heads: bytes, first: int, question: bytes = b"") -> bytes:
    """A hundred calls with these heads, from the stream `first` on, each reset as soon as it is made, or asked."""
    return b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, heads)
                    + (http2.frame(http2.DATA, http2.END_STREAM, stream, question) if question else b"")
                    + http2.frame(http2.RST_STREAM, 0, stream, _CANCEL) for stream in range(first, first + 200, 2))


def _question_without_end(heads: bytes) -> bytes:
    return (http2.frame(http2.HEADERS, http2.END_HEADERS, 1, heads)
            + http2.frame(http2.DATA, 0, 1, b"\0" + struct.pack(">I", 1 << 20)))


class _Flood:
    """Connections of a client, each sending what `frames` says until `stop`, and made anew when it is cut. Only those that
    gRPC has answered count, and what was sent on them: a handshake may be done, and bytes on their way, and nobody there
    who would take them."""

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext, begin: bytes, frames: Frames, streams: int) -> None:
        self.sent = 0
        self.answered = 0
        self._stopping = threading.Event()
        self._arguments = (address, tls, begin, frames, streams)
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(_CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def go_on_until(self, sent: int, seconds: float) -> None:
        """Until so many bytes were sent, or for so long."""
        deadline = time.monotonic() + seconds
        while self.sent < sent and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(10)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError):
                self._send()
            self._stopping.wait(0.05)

    def _send(self) -> None:
        address, tls, begin, frames, streams = self._arguments
        plain = socket.create_connection(address, 3, source_address=(ATTACKER, 0))
        with tls.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.settimeout(3)
            connection.sendall(http2.PREFACE + http2.frame(http2.SETTINGS, 0, 0))
            # Its SETTINGS, which come first.
            if not connection.recv(1 << 16):
                return
            self.answered += 1
            connection.sendall(begin)
            stream = 3
            while not self._stopping.is_set():
                content = frames(stream)
                for start in range(0, len(content), _PIECE):
                    piece = content[start:start + _PIECE]
                    connection.sendall(piece)
                    self.sent += len(piece)
                _drain(connection)
                stream += 2 * streams


def _drain(connection: ssl.SSLSocket) -> None:
    """Reads what has come."""
    while connection.pending() or select.select([connection], [], [], 0)[0]:
        if not connection.recv(1 << 16):
            raise ConnectionResetError


def _flood(arena: Arena, frames: Frames, begin: bytes = b"", streams: int = 0, may_ask: bool = False) -> Finding:
    _, [image] = arena.good_images()
    tls = arena.start_with_a_client("shared" if may_ask else "none")
    with arena.attack(image) as watch:
        flood = _Flood(("127.0.0.1", arena.verifiers[0].port), tls, begin, frames, streams)
        time.sleep(_SECONDS_FULL if arena.effort.full else _SECONDS_SHORT)
        flood.go_on_until(_LEAST, _SECONDS_FOR_LEAST)
        flood.stop()
    if not flood.answered or flood.sent < _LEAST:
        raise RuntimeError(f"no flood: {flood.answered} connections were answered, {flood.sent} bytes sent on them")
    watch.answered(f"{flood.answered} connections were answered, {flood.sent >> 10} KiB sent on them")
    watch.innocent_is_served()
    watch.peak_below(100, shim=False)
    watch.nobody_died()
    return watch.finding


@attack("client", 1, "calls that are reset as soon as they are made")
def resets(arena: Arena) -> Finding:
    heads = _heads()
    return _flood(arena, lambda first: _reset_calls(heads, first), streams=100)


@attack("client", 1, "calls of 16 bytes that are reset as soon as they are made")
def short_resets(arena: Arena) -> Finding:
    heads = http2.Remembered(http2.question())
    return _flood(arena, lambda first: _reset_calls(heads.again, first),
                  begin=http2.frame(http2.HEADERS, http2.END_HEADERS, 1, heads.first), streams=100)


@attack("client", 1, "a question that never ends, and calls beside it that are reset, of a client that may ask")
def resets_beside_a_question(arena: Arena) -> Finding:
    heads = http2.Remembered(http2.question())
    return _flood(arena, lambda first: _reset_calls(heads.again, first),
                  begin=_question_without_end(heads.first), streams=100, may_ask=True)


@attack("client", 1, "calls whose time is over when they come, beside a question that never ends, of a client that may ask")
def late_calls_beside_a_question(arena: Arena) -> Finding:
    heads = http2.Remembered(http2.question(timeout="1n"))
    begin = _question_without_end(_heads()) + http2.frame(http2.HEADERS, http2.END_HEADERS, 3, heads.first)
    return _flood(arena, lambda first: _reset_calls(heads.again, first + 2), begin=begin, streams=100, may_ask=True)


@attack("client", 1, "questions that are reset as soon as they are asked")
def reset_questions(arena: Arena) -> Finding:
    heads = _heads()
    return _flood(arena, lambda first: _reset_calls(heads, first, _QUESTION), streams=100)


@attack("client", 1, "a head that never ends")
def endless_head(arena: Arena) -> Finding:
    more = http2.headers(*(("x", "y" * 100) for _ in range(100)))
    return _flood(arena, lambda first: http2.frame(http2.CONTINUATION, 0, 1, more),
                  begin=http2.frame(http2.HEADERS, 0, 1, _heads()))


@attack("client", 1, "heads of 14 KB")
def large_heads(arena: Arena) -> Finding:
    heads = _heads(*(("a", "b" * 100) for _ in range(140)))
    return _flood(arena, lambda first: http2.frame(http2.HEADERS, http2.END_HEADERS, first, heads), streams=1)


@attack("client", 1, "calls of the health service, and of services that there are not, that are left open")
def other_services(arena: Arena) -> Finding:
    heads = [_heads(path=path) for path in ("/grpc.health.v1.Health/Watch", "/grpc.health.v1.Health/Check", "/no.Such/Method")]
    return _flood(arena, lambda first: b"".join(
        http2.frame(http2.HEADERS, http2.END_HEADERS, first + 2 * number, heads[number % 3])
        for number in range(60)), streams=60)


@attack("client", 1, "pings and settings")
def pings(arena: Arena) -> Finding:
    content = (http2.frame(http2.PING, 0, 0, b"12345678") * 500
               + http2.frame(http2.SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)) * 500)
    return _flood(arena, lambda first: content)
