"""Single gRPC calls with curl, so that what our servers say is read by somebody else's HTTP/2."""

from __future__ import annotations

import struct
import subprocess

HEALTH = "grpc.health.v1.Health/Check"
REFLECTION = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
SERVING, NOT_SERVING = 1, 2


def call(address: str, method: str, message: bytes, *flags: str) -> tuple[int, bytes]:
    """The gRPC status code, and the first message of the answer (protobuf; may be empty). Plaintext
    unless `flags`, curl's own, include --cacert."""
    scheme, version = "http", "--http2-prior-knowledge"
    if "--cacert" in flags:
        scheme, version = "https", "--http2"
    frame = b"\0" + struct.pack(">I", len(message)) + message
    ran = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", version, *flags,
         "--header", "Content-Type: application/grpc", "--header", "TE: trailers",
         "--dump-header", "/dev/stderr", "--data-binary", "@-", f"{scheme}://{address}/{method}"],
        input=frame, capture_output=True, timeout=60)
    if ran.returncode != 0:
        raise ConnectionError(ran.stderr.decode(errors="replace"))
    status = 0
    for line in ran.stderr.decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "grpc-status":
            status = int(value)
    return status, ran.stdout[5:5 + struct.unpack(">I", ran.stdout[1:5])[0]] if ran.stdout else b""


def _field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes."""
    length = len(content)
    varint = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return bytes([number << 3 | 2]) + varint + content


def verify_images(*references: str) -> bytes:
    """A VerifyImagesRequest about images, each named by less than 16 KiB."""
    return b"".join(_field(1, _field(2, reference.encode())) for reference in references)


def health(address: str, service: str = "", *flags: str) -> int:
    """SERVING or NOT_SERVING, or 0 if that is not known."""
    request = _field(1, service.encode()) if service else b""
    status, answer = call(address, HEALTH, request, *flags)
    return answer[1] if status == 0 and answer[:1] == b"\x08" else 0


def services(address: str) -> bytes:
    """The names of all services, somewhere in these bytes."""
    _, answer = call(address, REFLECTION, b"\x3a\x00")  # list_services: ""
    return answer
