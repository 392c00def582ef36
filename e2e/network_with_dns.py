"""Runs a command in a network of its own, in which a DNS server on 127.0.0.1 answers every question for an IPv4
address with 127.0.0.1, and all others with nothing. Prints the names that were asked for, a line each.

usage: unshare --map-root-user --net -- python3 -m e2e.network_with_dns COMMAND ARGUMENT...

Nothing that the command prints is shown, and its exit status does not matter: nothing can be reached.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import subprocess
import sys

from e2e.name_server import NameServer

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def main(command: list[str]) -> None:
    bring_up_loopback()
    server = NameServer(["127.0.0.1"], port=53)
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=60)
    for name in sorted(server.names):
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
