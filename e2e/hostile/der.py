"""DER (X.690) taken apart and put together again, as far as forged certificates and timestamps need it."""

from __future__ import annotations

import base64
from collections.abc import Iterable

_INTEGER, _OBJECT, _OCTETS, _SEQUENCE, _SET_OF_CERTIFICATES = 0x02, 0x06, 0x04, 0x30, 0xA0
# An extension that is nobody's, of the arc of private enterprises.
_UNKNOWN_EXTENSION = b"\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01"
# Places in a TBSCertificate with a version (RFC 5280 section 4.1) and in a SignedData (RFC 5652 section 5.1).
_SERIAL, _KEY, _EXTENSIONS = 1, 6, 7
_CERTIFICATES = 3


def make(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def parts(element: bytes) -> list[bytes]:
    """The elements in a constructed one."""
    at, end = _extent(element, 0)
    found = []
    while at < end:
        _, after = _extent(element, at)
        found.append(element[at:after])
        at = after
    return found


def _extent(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at that place begins and ends."""
    size = der[at + 1]
    begin = at + 2
    if size >= 0x80:
        begin += size & 0x7F
        size = int.from_bytes(der[at + 2:begin], "big")
    return begin, begin + size


def _with(element: bytes, place: int, part: bytes) -> bytes:
    changed = parts(element)
    changed[place] = part
    return make(element[0], *changed)


def key_of_pem(pem: str) -> bytes:
    """The SubjectPublicKeyInfo."""
    return base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))


def namesake(certificate: bytes, number: int, key: bytes, padding: int = 0) -> bytes:
    """A certificate of the same names with another key and serial number, and so many bytes more; its signature holds
    no more."""
    tbs = parts(certificate)[0]
    tbs = _with(tbs, _SERIAL, make(_INTEGER, b"\x01" + number.to_bytes(4, "big")))
    tbs = _with(tbs, _KEY, key)
    if padding:
        wrapped = parts(tbs)[_EXTENSIONS]
        extensions, = parts(wrapped)
        more = make(_SEQUENCE, make(_OBJECT, _UNKNOWN_EXTENSION), make(_OCTETS, b"x" * padding))
        tbs = _with(tbs, _EXTENSIONS, make(wrapped[0], make(_SEQUENCE, *parts(extensions), more)))
    return _with(certificate, 0, tbs)


def timestamp_with(timestamp: bytes, certificates: Iterable[bytes]) -> bytes:
    """The TimeStampResp with these certificates in the place of its own, which its signature is not over."""
    status, token = parts(timestamp)
    kind, wrapped = parts(token)
    signed_data, = parts(wrapped)
    if parts(signed_data)[_CERTIFICATES][0] != _SET_OF_CERTIFICATES:
        raise ValueError("the timestamp has no place for certificates")
    signed_data = _with(signed_data, _CERTIFICATES, make(_SET_OF_CERTIFICATES, *certificates))
    return make(timestamp[0], status, make(token[0], kind, make(wrapped[0], signed_data)))
