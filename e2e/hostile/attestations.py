"""What is under an attestation tag (.att): whoever may push to a repository writes there what he likes. Verifiers do
not read it, as policies ask for signatures alone; `countersign verify-attestation` does."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterable

from e2e import evidence
from e2e.evidence import OCI_MANIFEST
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.command import DENIED, UNDECIDED, VERIFIED, Command, check_cpu, finding_of, key_file, run
from e2e.hostile.content import Content
from e2e.hostile.finding import Finding
from e2e.scripted_registry import Request
from e2e.stack import public_key

_MIB = 1 << 20
# What is read of all attestations under a tag.
_UNDER_A_TAG = 16 * _MIB
_REPOSITORY = "mallory/app"
_ENVELOPE = "application/vnd.dsse.envelope.v1+json"
_PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclasses.dataclass(frozen=True)
class _Layer:
    digest: str
    size: int


def _manifest(layers: Iterable[_Layer]) -> bytes:
    return json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                   "digest": evidence.digest_of(b"{}")},
        "layers": [{"mediaType": _ENVELOPE, "size": layer.size, "digest": layer.digest,
                    "annotations": {"dev.cosignproject.cosign/signature": "",
                                    "predicateType": "https://cosign.sigstore.dev/attestation/v1"}}
                   for layer in layers]}).encode()


def _statement(digest: str) -> bytes:
    return json.dumps({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": digest.removeprefix("sha256:")}}],
        "predicateType": "https://cosign.sigstore.dev/attestation/v1", "predicate": {}}).encode()


def _envelope(statement: bytes, *signatures: str) -> bytes:
    return json.dumps({"payloadType": _PAYLOAD_TYPE, "payload": base64.b64encode(statement).decode(),
                       "signatures": [{"keyid": "", "sig": signature} for signature in signatures]}).encode()


def _what_is_signed(statement: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    kind = _PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(statement), statement)


def _good(arena: Arena, digest: str) -> bytes:
    statement = _statement(digest)
    return _envelope(statement, arena.signer.sign(_what_is_signed(statement)))


def _put(content: Content, body: bytes) -> _Layer:
    return _Layer(content.put_blob(_REPOSITORY, body), len(body))


def _put_tag(content: Content, digest: str, layers: Iterable[_Layer]) -> None:
    content.put_manifest(_REPOSITORY, f"{digest.replace(':', '-')}.att", _manifest(layers))


def _verify(arena: Arena, key: str, image: str) -> Command:
    return run(arena, "verify-attestation", "--type=custom", key_file(arena, key), f"--registry-ca={arena.stack.ca}",
               image)


class _Large(Content):
    """Envelopes of so many bytes, which are made when they are asked for; nobody has signed them."""

    def __init__(self, size: int, count: int) -> None:
        super().__init__()
        self._size = size
        self._number_of = {evidence.digest_of(self._make(number)): number for number in range(count)}

    def layers(self) -> list[_Layer]:
        return [_Layer(digest, self._size) for digest in self._number_of]

    def sent(self) -> int:
        """How many of them."""
        return sum(path.rpartition("/")[2] in self._number_of for path in self.paths("/blobs/"))

    def answer(self, request: Request) -> None:
        number = self._number_of.get(request.path.rpartition("/")[2])
        if number is None:
            super().answer(request)
        else:
            request.answer(200, self._make(number), "application/octet-stream")

    def _make(self, number: int) -> bytes:
        head = b'{"payloadType":"%s","number":%d,"payload":"' % (_PAYLOAD_TYPE.encode(), number)
        tail = b'","signatures":[{"sig":"AAAA"}]}'
        digits = (self._size - len(head) - len(tail)) // 4 * 4
        return (head + b"A" * digits + tail).ljust(self._size)


@attack("pusher", 1, "100 attestations of 7 MiB under an image's .att tag")
def large_envelopes(arena: Arena) -> Finding:
    size = 7 * _MIB
    content = _Large(size, arena.effort.of(100, 10))
    host = arena.registry({"mallory": content}).host
    digest = evidence.made_up_digest("image")
    _put_tag(content, digest, content.layers())
    command = _verify(arena, arena.signer.public_key, f"{host}/{_REPOSITORY}@{digest}")
    # Of what was not looked at nobody knows what it says.
    finding = finding_of(command, [UNDECIDED], 120)
    most = _UNDER_A_TAG // size
    finding.check("attestations sent", 0 < content.sent() <= most, content.sent(), f"1 to {most}: 16 MiB a tag")
    return finding


@attack("pusher", 1, "attestations under wrong sizes hide none beside them")
def attestations_that_lie(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    digest = evidence.made_up_digest("image")
    layers = []
    for number, size in enumerate((0, 1, 100, 1 << 62, -1) * arena.effort.of(20, 4)):
        blob = content.put_blob(_REPOSITORY, _envelope(_statement(digest) + b" " * number, "AAAA"))
        layers.append(_Layer(blob, size))
    _put_tag(content, digest, [*layers, _put(content, _good(arena, digest))])
    command = _verify(arena, arena.signer.public_key, f"{host}/{_REPOSITORY}@{digest}")
    return finding_of(command, [VERIFIED], 64)


@attack("pusher", 3, "1,000 attestations of eight bogus signatures each under an image's .att tag, by a P-521 key")
def bogus_attestations_and_a_dear_key(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    digest = evidence.made_up_digest("image")
    # A hundred are more than an image's budget allows.
    count = arena.effort.of(1000, 100)
    signatures = evidence.bogus_signatures(8 * count)
    _put_tag(content, digest, [_put(content, _envelope(_statement(digest), *signatures[8 * number:8 * number + 8]))
                               for number in range(count)])
    command = _verify(arena, public_key("ecdsa-p521"), f"{host}/{_REPOSITORY}@{digest}")
    finding = finding_of(command, [DENIED, UNDECIDED], 96)
    finding.check("attestations fetched", len(content.paths("/blobs/")) <= count, len(content.paths("/blobs/")),
                  f"<= {count}, each once")
    check_cpu(finding, command, 3.0)
    return finding


@attack("pusher", 3, "an attestation that holds, behind 999 that do not: it must still be found")
def last_attestation_of_a_thousand(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    digest = evidence.made_up_digest("image")
    bogus = [_put(content, _envelope(_statement(digest), signature))
             for signature in evidence.bogus_signatures(arena.effort.of(999, 99))]
    _put_tag(content, digest, [*bogus, _put(content, _good(arena, digest))])
    command = _verify(arena, arena.signer.public_key, f"{host}/{_REPOSITORY}@{digest}")
    return finding_of(command, [VERIFIED], 96)


@attack("pusher", 3, "large attestations hang on images of a Pod: a verifier, whom no policy asks for any, reads none")
def attestations_that_nobody_asks_for(arena: Arena) -> Finding:
    content = _Large(7 * _MIB, 2)
    host = arena.registry({"mallory": content}).host
    digests = [evidence.made_up_digest(str(number)) for number in range(arena.effort.of(40, 4))]
    for digest in digests:
        _put_tag(content, digest, content.layers())
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = [arena.ask(*(f"{host}/{_REPOSITORY}@{digest}" for digest in digests))]
    watch.denied(asked)
    tags = len(content.paths(".att"))
    watch.finding.check("attestation tags asked for", tags + content.sent() == 0, tags + content.sent(), "0")
    signatures = len(content.paths(".sig"))
    watch.finding.check("signature tags asked for", signatures >= len(digests), signatures,
                        f">= {len(digests)}: each image was looked at")
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding
