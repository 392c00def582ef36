"""Signatures by the thousand and at once, which openssl would take a process each for."""

from __future__ import annotations

import base64
import hashlib

from bench.curve import ORDER, multiple, public_key

# Any numbers will do: nothing is secret here. That one nonce serves all signatures tells the private key to everybody,
# and makes no difference to who verifies them.
_PRIVATE = int.from_bytes(hashlib.sha256(b"the key of the measurements").digest(), "big") % ORDER
_NONCE = int.from_bytes(hashlib.sha256(b"the nonce of the measurements").digest(), "big") % ORDER


class MadeSigner:
    """ECDSA on P-256 with SHA-256, as cosign signs."""

    def __init__(self) -> None:
        self.public_key = public_key(multiple(_PRIVATE))
        self._r = multiple(_NONCE)[0] % ORDER
        self._inverse = pow(_NONCE, -1, ORDER)

    def sign(self, content: bytes) -> str:
        """Base64 of DER (SEC 1, C.8)."""
        digest = int.from_bytes(hashlib.sha256(content).digest(), "big")
        s = self._inverse * (digest + self._r * _PRIVATE) % ORDER
        numbers = b"".join(_der(0x02, _unsigned(number)) for number in (self._r, s))
        return base64.b64encode(_der(0x30, numbers)).decode()


def _unsigned(number: int) -> bytes:
    """As DER has a positive number: as few bytes as say it, the first of them below 128."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _der(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content
