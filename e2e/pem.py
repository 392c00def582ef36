"""PEM (RFC 7468)."""

from __future__ import annotations


def pem(label: str, encoded: str) -> str:
    """Of DER in base64."""
    lines = [encoded[i:i + 64] for i in range(0, len(encoded), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
