"""Public keys, as many as are wanted and at once, that are told apart and verify nothing."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator

from e2e.pem import pem

# P-256 (SEC 2, 2.4.2): the field, and the generator. Its coefficient a is -3.
_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
_GENERATOR = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
              0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
# SubjectPublicKeyInfo (RFC 5480) of an uncompressed point on it, without the two coordinates.
_BEFORE_POINT = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

_Point = tuple[int, int]


def made_keys(count: int) -> list[str]:
    """PEM. The generator's multiples by 2, 3, 4 ..., whose private keys everybody knows."""
    return [_pem(point) for point in itertools.islice(_multiples(), count)]


def _multiples() -> Iterator[_Point]:
    x, y = _GENERATOR
    slope = (3 * x * x - 3) * pow(2 * y, -1, _FIELD)
    point = _third(slope, _GENERATOR, _GENERATOR)
    while True:
        yield point
        slope = (point[1] - y) * pow(point[0] - x, -1, _FIELD)
        point = _third(slope, point, _GENERATOR)


def _third(slope: int, one: _Point, other: _Point) -> _Point:
    """Their sum: where the line through both meets the curve again, mirrored."""
    x = (slope * slope - one[0] - other[0]) % _FIELD
    return x, (slope * (one[0] - x) - one[1]) % _FIELD


def _pem(point: _Point) -> str:
    der = _BEFORE_POINT + b"".join(coordinate.to_bytes(32) for coordinate in point)
    return pem("PUBLIC KEY", base64.b64encode(der).decode())
