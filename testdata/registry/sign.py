"""Signatures of our own making, for the forms that cosign does not write. Private keys by openssl."""

import base64
import os
import subprocess
import tempfile

KEYS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../keys/private-test-only")

# Orders of the curves (SEC 2) and the width of one coordinate in bytes.
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
WIDTH = {"ecdsa-p256": 32, "ecdsa-p384": 48, "ecdsa-p521": 66}


def sign(key, message, digest="sha256", *options):
    """ECDSA (DER) or RSA (PKCS #1 v1.5 unless the options say PSS)."""
    command = ["openssl", "dgst", "-" + digest, "-sign", f"{KEYS}/{key}.pem"]
    for option in options:
        command += ["-sigopt", option]
    return subprocess.run(command, input=message, stdout=subprocess.PIPE, check=True).stdout


def sign_ed25519(key, message):
    """Pure Ed25519 (RFC 8032), over the message itself."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(message)
        file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", f"{KEYS}/{key}.pem",
                               "-in", file.name], stdout=subprocess.PIPE, check=True).stdout


def parse_der(signature):
    """r and s of an ECDSA signature; lengths below 128, or one length byte for P-521."""
    at = 3 if signature[1] == 0x81 else 2
    numbers = []
    for _ in range(2):
        length = signature[at + 1]
        numbers.append(int.from_bytes(signature[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return numbers


def write_der(r, s):
    body = b""
    for number in (r, s):
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        body += bytes([2, len(octets)]) + octets
    return b"\x30" + (bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])) + body


def p1363(key, signature):
    return b"".join(number.to_bytes(WIDTH[key], "big") for number in parse_der(signature))


def high_s(signature):
    """The P-256 signature's twin with s in the upper half of the order: as valid as the other."""
    r, s = parse_der(signature)
    return write_der(r, max(s, ORDER_P256 - s))


def low_s(signature):
    r, s = parse_der(signature)
    return write_der(r, min(s, ORDER_P256 - s))


def long_length(signature):
    """The same in BER: the outer length in the long form, where DER wants the short one."""
    return bytes([0x30, 0x81]) + signature[1:]


def padded_integer(signature):
    """The same in BER: r with a leading zero byte that DER forbids."""
    length = signature[3]
    return (bytes([0x30, signature[1] + 1, 0x02, length + 1, 0x00]) + signature[4:])


def base64_of(signature):
    return base64.b64encode(signature).decode()


def sign_until(wanted, key, message):
    """A signature whose base64 satisfies `wanted`; ECDSA signatures differ from one to the next."""
    for _ in range(10000):
        text = base64_of(sign(key, message))
        if wanted(text):
            return text
    raise RuntimeError("no such signature")
