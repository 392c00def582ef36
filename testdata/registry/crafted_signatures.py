"""Signatures in forms that cosign does not write, over the payload that it would sign."""

import registry as r
from sign import (base64_of, high_s, long_length, low_s, p1363, padded_integer, sign, sign_ed25519,
                  sign_until)

REPOSITORY = "crafted/signature"
P256, P384, P521 = "ecdsa-p256", "ecdsa-p384", "ecdsa-p521"


def loose_bits(text):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = text[-2]
    return text[:-2] + alphabet[alphabet.index(last) | 1] + "="


def p1363_of(key, digest="sha256"):
    return lambda m: base64_of(p1363(key, sign(key, m, digest)))


def der_of(change):
    """An ECDSA P-256 signature in DER with something done to it."""
    return lambda m: base64_of(change(sign(P256, m)))


def plain(key, *options):
    return lambda m: base64_of(sign(key, m, *options))


def text_of(change, wanted=lambda text: True):
    """A good signature's base64 with something done to it."""
    return lambda m: change(sign_until(wanted, P256, m))


# tag, what, payload to annotation, key that holds or None, difference or None
FORMS = [
    ("p256-low-s", "s in the lower half", der_of(low_s), P256, None),
    ("p256-high-s", "s in the upper half", der_of(high_s), P256, None),
    ("p256-p1363", "IEEE P1363: r then s", p1363_of(P256), P256, None),
    ("p384-p1363", "IEEE P1363, P-384, SHA-256", p1363_of(P384), P384, None),
    ("p521-p1363", "IEEE P1363, P-521, SHA-256", p1363_of(P521), P521, None),
    ("p384-p1363-sha384", "IEEE P1363, P-384, SHA-384", p1363_of(P384, "sha384"), P384, "larger-hash"),
    ("p384-sha256", "P-384 with SHA-256", plain(P384), P384, None),
    ("p521-sha256", "P-521 with SHA-256", plain(P521), P521, None),
    ("ed25519-pure", "pure Ed25519", lambda m: base64_of(sign_ed25519("ed25519", m)), "ed25519", None),

    ("p256-p1363-short", "IEEE P1363 without its last byte", der_of(lambda s: p1363(P256, s)[:-1]), None, None),
    ("p256-p1363-long", "IEEE P1363 and a byte more", der_of(lambda s: p1363(P256, s) + b"\0"), None, None),
    ("p256-ber-long-length", "BER: a length in the long form", der_of(long_length), None, None),
    ("p256-ber-padded", "BER: r with a needless zero byte", der_of(padded_integer), None, None),
    ("p256-der-trailing-byte", "DER and a byte more", der_of(lambda s: s + b"\0"), None, None),
    ("p256-der-truncated", "DER without its last byte", der_of(lambda s: s[:-1]), None, None),
    ("p256-zero", "r and s are zero", lambda m: base64_of(b"\x30\x06\x02\x01\x00\x02\x01\x00"), None, None),
    ("p256-zero-p1363", "r and s are zero, IEEE P1363", lambda m: base64_of(bytes(64)), None, None),
    ("p256-sha384", "P-256 with SHA-384", plain(P256, "sha384"), None, None),
    ("p384-sha512", "P-384 with SHA-512", plain(P384, "sha512"), None, None),
    ("rsa-sha512", "RSA with SHA-512", plain("rsa-2048", "sha512"), None, None),
    ("rsa-pss", "RSA-PSS", plain("rsa-2048", "sha256", "rsa_padding_mode:pss", "rsa_pss_saltlen:digest"),
     None, None),
    ("rsa-leading-zero", "RSA with a zero byte before",
     lambda m: base64_of(b"\0" + sign("rsa-2048", m)), None, None),

    ("base64-url", "the URL alphabet",
     text_of(lambda t: t.replace("+", "-").replace("/", "_"), lambda t: "+" in t or "/" in t), None, None),
    ("base64-unpadded", "without padding",
     text_of(lambda t: t.rstrip("="), lambda t: t.endswith("=")), None, None),
    ("base64-leading-space", "a space before", text_of(lambda t: " " + t), None, None),
    ("base64-then-more", "something after the padding",
     text_of(lambda t: t + "AAAA", lambda t: t.endswith("=")), None, None),
    ("base64-twice", "base64 of base64", text_of(lambda t: base64_of(t.encode())), None, None),
    ("hexadecimal", "hexadecimal, no base64", lambda m: sign(P256, m).hex(), None, None),
    ("empty", "an empty annotation", lambda m: "", None, None),
    ("base64-line-break", "a line break in the middle",
     text_of(lambda t: t[:40] + "\n" + t[40:]), P256, None),
    ("base64-loose-bits", "unused bits of the last character set",
     text_of(loose_bits, lambda t: t.endswith("=") and not t.endswith("==")), P256, None),
]


def make(c):
    for tag, what, annotation, key, difference in FORMS:
        digest = c.image(REPOSITORY, tag, tag=tag)
        payload = c.payload(REPOSITORY, digest)
        c.put_layers(REPOSITORY, digest, [(payload, {r.SIGNATURE: annotation(payload)}, r.SIMPLE_SIGNING)])
        c.tagged(REPOSITORY, tag, "signature: " + what, [key] if key else [], difference)
