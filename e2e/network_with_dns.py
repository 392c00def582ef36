"""Runs a command in a network of its own, in which a DNS server on 127.0.0.1 answers every question for an IPv4
address with 127.0.0.1, and all others with nothing. Prints the names that were asked for, a line each.

usage: unshare --map-root-user --net -- python3 -m e2e.network_with_dns COMMAND ARGUMENT...

Nothing that the command prints is shown, and its exit status does not matter: nothing can be reached.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
import threading

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_A, _IN = 1, 1


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def answer(query: bytes) -> tuple[str, bytes]:
    """The name in a query of one question, and the answer (RFC 1035)."""
    labels, place = [], 12
    while query[place]:
        length = query[place]
        labels.append(query[place + 1:place + 1 + length].decode("ascii"))
        place += 1 + length
    question = query[12:place + 5]
    kind, = struct.unpack_from(">H", query, place + 1)
    records = b""
    if kind == _A:
        records = struct.pack(">HHHIH4B", 0xC00C, _A, _IN, 1, 4, 127, 0, 0, 1)
    header = query[:2] + struct.pack(">5H", 0x8580, 1, 1 if records else 0, 0, 0)
    return ".".join(labels), header + question + records


def serve(server: socket.socket, names: set[str]) -> None:
    while True:
        query, client = server.recvfrom(512)
        name, reply = answer(query)
        names.add(name)
        server.sendto(reply, client)


def main(command: list[str]) -> int:
    bring_up_loopback()
    names: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=serve, args=(server, names), daemon=True).start()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=60)
        for name in sorted(names):
            print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
