"""A DNS server on loopback that knows one name, whose addresses can be changed: as a headless Service's."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from collections.abc import Sequence

_TYPE_A = 1
_HEADER = struct.Struct("!6H")  # RFC 1035 section 4.1.1
_ANSWERED = 0x8580  # a response, authoritative, recursion as asked and available


class NameServer:
    """Answers every question for an A record with `addresses`, any other with no record; keeps the `names` that
    were asked for."""

    def __init__(self, addresses: Sequence[str], port: int = 0) -> None:
        self.addresses = list(addresses)
        self.names: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        # An empty message ends the thread.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, client = self._socket.recvfrom(4096)
            if not question:
                return
            self._socket.sendto(self._answer(question), client)

    def _answer(self, query: bytes) -> bytes:
        identifier = _HEADER.unpack_from(query)[0]
        end = _HEADER.size
        labels = []
        while query[end]:
            labels.append(query[end + 1:end + 1 + query[end]].decode("ascii"))
            end += query[end] + 1
        self.names.add(".".join(labels))
        end += 1 + 4  # the root label, type and class
        record_type = struct.unpack_from("!H", query, end - 4)[0]
        addresses = self.addresses if record_type == _TYPE_A else []
        # The name is that of the question; class IN, for no time.
        records = [struct.pack("!HHHIH", 0xC000 | _HEADER.size, _TYPE_A, 1, 0, 4)
                   + ipaddress.IPv4Address(address).packed for address in addresses]
        header = _HEADER.pack(identifier, _ANSWERED, 1, len(records), 0, 0)
        return header + query[_HEADER.size:end] + b"".join(records)
