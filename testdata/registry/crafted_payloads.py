"""Payloads that cosign does not write, each with a good signature by ecdsa-p256 over its exact bytes."""

import json

import registry as r
from sign import base64_of, sign

P256 = "ecdsa-p256"
REPOSITORY = "crafted/payload"
OTHER = "sha256:" + "ab" * 32  # nobody's digest


def critical(digest, **image):
    return {"identity": {"docker-reference": "registry.example.org/a"},
            "image": {"docker-manifest-digest": digest, **image},
            "type": "cosign container image signature"}


def text(digest, **more):
    return r.to_json({"critical": critical(digest), "optional": None, **more})


def nested(depth):
    return b'{"a":' + b"[" * depth + b"]" * depth + b"}"


def accepted(digest):
    """tag, what, payload: both cosign and we accept."""
    plain = text(digest)
    yield "plain", "cosign's own shape", plain
    yield "pretty", "white space, other order of members", json.dumps(
        {"optional": {}, "critical": dict(reversed(critical(digest).items()))}, indent=2).encode()
    yield "final-newline", "white space after the value", plain + b"\n"
    yield "extra-members", "members that nobody knows", r.to_json(
        {"critical": {**critical(digest, size=7), "more": [1, 2]}, "optional": {"a": {"b": 1}}, "x": 1})
    yield "other-type", "critical.type says something else", plain.replace(
        b"cosign container image signature", b"atomic container signature")
    yield "digest-only", "nothing but the digest", r.to_json(
        {"critical": {"image": {"docker-manifest-digest": digest}}})
    yield "escaped-digest", "JSON escapes in the digest", plain.replace(b'"sha256:', b'"\\u0073ha256\\u003a')
    yield "escaped-name", "JSON escapes in a member's name", plain.replace(
        b'"docker-manifest-digest"', b'"docker\\u002dmanifest\\u002Ddigest"')
    yield "unicode", "characters beyond ASCII in the optional part", text(
        digest).replace(b"null", '{"team":"Größe 🚢"}'.encode())


def refused(digest):
    """tag, what, payload: both cosign and we refuse."""
    plain = text(digest)
    name = b'"docker-manifest-digest":"' + digest.encode() + b'"'
    yield "other-digest", "another image's digest", text(OTHER)
    yield "upper-case-digest", "the right digest in upper case", text("sha256:" + digest[7:].upper())
    yield "bare-digest", "the right digest without sha256:", text(digest[7:])
    yield "digest-with-space", "the right digest and a space", text(digest + " ")
    yield "digest-null", "the digest is null", plain.replace(name, b'"docker-manifest-digest":null')
    yield "digest-number", "the digest is a number", plain.replace(name, b'"docker-manifest-digest":1')
    yield "digest-list", "the digest is a list", plain.replace(
        name, b'"docker-manifest-digest":["' + digest.encode() + b'"]')
    yield "digest-missing", "no digest", plain.replace(name, b"")
    yield "digest-elsewhere", "the digest beside critical, not within", r.to_json(
        {"image": {"docker-manifest-digest": digest}, "critical": critical(OTHER)})
    yield "critical-list", "critical is a list", r.to_json({"critical": [critical(digest)]})
    yield "right-then-other", "the digest's name twice, the right one first", plain.replace(
        name, name + b',"docker-manifest-digest":"' + OTHER.encode() + b'"')
    yield "top-level-list", "a list around the object", b"[" + plain + b"]"
    yield "two-values", "a second value after the first", plain + plain
    yield "trailing-bytes", "a byte after the value", plain + b"x"
    yield "trailing-nul", "a zero byte after the value", plain + b"\0"
    yield "byte-order-mark", "a byte order mark before the value", b"\xef\xbb\xbf" + plain
    yield "comment", "a comment", plain + b"/* signed */"
    yield "trailing-comma", "a comma before the last brace", plain[:-1] + b",}"
    yield "single-quotes", "single quotes", plain.replace(b'"', b"'")
    yield "truncated", "the last byte missing", plain[:-1]
    yield "not-json", "no JSON", b"this is no payload\n"
    yield "empty", "no bytes at all", b""
    yield "deep", "12,000 lists within each other", plain.replace(b"null", nested(12000))


def stricter(digest):
    """tag, what, payload, difference: cosign accepts, we refuse."""
    plain = text(digest)
    name = b'"docker-manifest-digest":"' + digest.encode() + b'"'
    yield ("other-then-right", "the digest's name twice, the right one last", plain.replace(
        name, b'"docker-manifest-digest":"' + OTHER.encode() + b'",' + name), "duplicate-names")
    yield ("critical-twice", "critical twice, the right one last", r.to_json(
        {"critical": critical(OTHER)})[:-1] + b"," + plain[1:], "duplicate-names")
    yield ("optional-twice", "a repeated name far from the digest", plain.replace(
        b"null", b'{"a":1,"a":2}'), "duplicate-names")
    yield ("name-in-other-case", "Docker-Manifest-Digest", plain.replace(
        b'"docker-manifest-digest"', b'"Docker-Manifest-Digest"'), "name-case")
    yield ("critical-in-other-case", "CRITICAL", plain.replace(b'"critical"', b'"CRITICAL"'), "name-case")
    yield ("other-case-and-right", "Docker-Manifest-Digest (right) after docker-manifest-digest (another's)",
           plain.replace(name, b'"docker-manifest-digest":"' + OTHER.encode() + b'",'
                         + name.replace(b"docker-m", b"Docker-M")), "name-case")


def unsettled(digest):
    """tag, what, payload, whether cosign accepts: neither answer would be a fault."""
    plain = text(digest)
    yield "type-number", "critical.type is a number", plain.replace(
        b'"cosign container image signature"', b"7"), False
    yield "identity-list", "critical.identity is a list", r.to_json(
        {"critical": {**critical(digest), "identity": []}}), False
    yield "optional-text", "optional is a string", text(digest, optional="text"), False
    yield "invalid-utf8", "a byte that is no UTF-8 in the optional part", plain.replace(
        b"null", b'{"a":"\xff"}'), True
    yield "lone-surrogate", "half of a surrogate pair in the optional part", plain.replace(
        b"null", b'{"a":"\\ud83d"}'), True
    yield "huge-number", "a number beyond a double in the optional part", plain.replace(
        b"null", b'{"a":1e999}'), False
    yield "nested-100", "100 lists within each other", plain.replace(b"null", nested(100)), True


def make(c):
    def add(make_payload, tag, what, verified, difference=None, either=False):
        digest = c.image(REPOSITORY, tag, tag=tag)
        payload = make_payload(digest)
        signature = base64_of(sign(P256, payload))
        c.put_layers(REPOSITORY, digest, [(payload, {r.SIGNATURE: signature}, r.SIMPLE_SIGNING)])
        c.tagged(REPOSITORY, tag, "payload: " + what, [P256] if verified else [], difference, either)

    def rows(generator):
        """Each row, and how to make its payload once the image's digest is known."""
        for at, row in enumerate(generator("sha256:" + "0" * 64)):
            yield (lambda digest, at=at: list(generator(digest))[at][2]), row

    for payload_for, (tag, what, _) in rows(accepted):
        add(payload_for, tag, what, True)
    for payload_for, (tag, what, _) in rows(refused):
        add(payload_for, tag, what, False)
    for payload_for, (tag, what, _, difference) in rows(stricter):
        add(payload_for, tag, what, False, difference)
    for payload_for, (tag, what, _, verified) in rows(unsettled):
        add(payload_for, tag, what, verified, either=True)
