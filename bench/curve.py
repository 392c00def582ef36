"""Points of P-256 (SEC 2, 2.4.2), and their PEM: for keys and signatures that are made by the thousand."""

from __future__ import annotations

import base64

from e2e.pem import pem

# The field, the number of points, and the generator. The curve's coefficient a is -3.
_FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GENERATOR = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
             0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
# SubjectPublicKeyInfo (RFC 5480) of an uncompressed point on it, without the two coordinates.
_BEFORE_POINT = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

Point = tuple[int, int]


def add(one: Point, other: Point) -> Point:
    """Of two that are not each other's mirror image."""
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _FIELD)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _FIELD)
    x = (slope * slope - one[0] - other[0]) % _FIELD
    return x, (slope * (one[0] - x) - one[1]) % _FIELD


def multiple(factor: int, point: Point = GENERATOR) -> Point:
    """`factor` is positive, and smaller than ORDER."""
    result: Point | None = None
    while factor:
        if factor & 1:
            result = add(result, point) if result else point
        factor >>= 1
        point = add(point, point)
    if not result:
        raise ValueError("no point is 0 times another")
    return result


def public_key(point: Point) -> str:
    """PEM."""
    der = _BEFORE_POINT + b"".join(coordinate.to_bytes(32, "big") for coordinate in point)
    return pem("PUBLIC KEY", base64.b64encode(der).decode())
