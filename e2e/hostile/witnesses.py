"""What stands beside signatures: certificates, log entries and timestamps. Whoever has seen a good bundle can make others
of it, as many as he likes, with whatever witnesses; of each he may push 200 that refer to an image. The good ones are
those of testdata/sigstore; `countersign` is asked for whom has made them."""

from __future__ import annotations

import base64
import copy
import dataclasses
import functools
import json
import ssl
from collections.abc import Iterable, Sequence
from typing import Any

from e2e import evidence
from e2e.hostile import der
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.command import DENIED, UNDECIDED, VERIFIED, Command, check_cpu, finding_of, run
from e2e.hostile.content import Content
from e2e.hostile.finding import Finding
from e2e.made_images import TAG, MadeImage, made_images, root_file
from e2e.stack import public_key, public_key_file

_REPOSITORY = "mallory/app"
# What is read for an image of what refers to it, and how many manifests of that.
_OF_AN_IMAGE = 16 << 20
_REFERRERS = 200
# As many as a bundle may have.
_MOST = 32
# Of a timestamp; and how many timestamps of a bundle have them: with more, not all of 200 bundles would be read.
_CERTIFICATES, _WIDE = 10, 8
# One signature's witnesses may take 400 units of work. On P-384, as here, an entry takes 3, a timestamp 20, and so does
# each time that one of them says: these are as many as are looked at.
_FULL_ENTRIES, _FULL_TIMESTAMPS = 12, 4
# 2,000 units, some 0.2 s, and what it takes to read; some times what they take where the others run, too.
_CPU_SECONDS = 3.0
# 100,000 units, some ten seconds, for all pieces.
_TREE_SECONDS = 15.0
# Of a log entry that is none.
_BODY = base64.b64encode(b"{}").decode()
# Of layers.
_SIGNATURE, _CHAIN = "dev.cosignproject.cosign/signature", "dev.sigstore.cosign/chain"
_PEAK = 120.0

_Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class _Place:
    """A made image with one bundle, in a registry whose list of what refers to it is the attacker's."""

    made: MadeImage
    content: Content
    image: str

    @property
    def good(self) -> _Json:
        return next(read for read in map(json.loads, self.made.blobs) if "verificationMaterial" in read)

    def refer(self, bundles: Iterable[_Json]) -> None:
        """These and no others do, in this order."""
        entries = []
        for bundle in bundles:
            body = json.dumps(bundle).encode()
            manifest = evidence.bundle_manifest(self.content.put_blob(_REPOSITORY, body), len(body))
            digest = self.content.put_manifest(_REPOSITORY, evidence.digest_of(manifest), manifest)
            entries.append((digest, len(manifest)))
        index = evidence.index(entries)
        self.content.referrers = lambda image: index

    def ask(self, arena: Arena, command: str, *flags: str) -> Command:
        return run(arena, command, *_signer(self.made), f"--trusted-root={root_file('public')}", *flags,
                   f"--registry-ca={arena.stack.ca}", self.image)


def _place(arena: Arena, name: str) -> _Place:
    made, content = made_images()[name], Content()
    host = arena.registry({"mallory": content}).host
    content.put_manifest(_REPOSITORY, TAG, made.manifest)
    return _Place(made, content, f"{host}/{_REPOSITORY}:{TAG}")


def _signer(made: MadeImage) -> tuple[str, ...]:
    """The flags that ask for who made its evidence."""
    piece = made.evidence[0]
    if "key" in piece:
        return (f"--key={public_key_file(piece['key'])}", "--require-tlog", "--use-signed-timestamps")
    identity = piece["identity"]
    return (f"--certificate-identity={identity['subject']}", f"--certificate-oidc-issuer={identity['issuer']}")


def _entries(bundle: _Json, count: int, number: int = 0) -> list[_Json]:
    """That a trusted log seems to have made, each at a time of its own; it has not. Those of another number are others."""
    made = bundle["verificationMaterial"]["tlogEntries"][0]
    first = 1 + number * _MOST
    index, time = int(made["logIndex"]), int(made["integratedTime"])
    return [{**made, "logIndex": str(index + after), "integratedTime": str(time + after), "canonicalizedBody": _BODY}
            for after in range(first, first + count)]


def _timestamp(bundle: _Json) -> bytes:
    """Its own."""
    only, = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    return base64.b64decode(only["signedTimestamp"])


@functools.cache
def _namesakes(padding: int = 0) -> tuple[bytes, ...]:
    """Certificates by whose names they issued that of the authority for timestamps, with dear keys."""
    trusted = json.loads(root_file("public").read_text(encoding="utf-8"))
    authority = trusted["timestampAuthorities"][0]["certChain"]["certificates"][-1]
    key = der.key_of_pem(public_key("ecdsa-p521"))
    return tuple(der.namesake(base64.b64decode(authority["rawBytes"]), number, key, padding)
                 for number in range(_CERTIFICATES))


def _with(good: _Json, entries: Sequence[_Json], timestamps: Iterable[bytes], signature: str = "") -> _Json:
    """The good one with these witnesses, and this signature if it is given."""
    bundle = copy.deepcopy(good)
    bundle["verificationMaterial"]["tlogEntries"] = list(entries)
    bundle["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [
        {"signedTimestamp": base64.b64encode(timestamp).decode()} for timestamp in timestamps]}
    if signature:
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = signature
    return bundle


def _bogus(good: _Json, number: int) -> _Json:
    """As many witnesses as there may be, of what nobody has signed."""
    return _with(good, _entries(good, _MOST, number), [_timestamp(good)] * _MOST, evidence.bogus_signature(number))


def _full(good: _Json, number: int) -> _Json:
    """As many as are looked at, and it does not hold: no entry does."""
    return _with(good, _entries(good, _FULL_ENTRIES, number), [_timestamp(good)] * _FULL_TIMESTAMPS)


def _wide(good: _Json, number: int) -> _Json:
    """More than are looked at; some have as many certificates as there may be, each of which may be an authority's."""
    wide = [der.timestamp_with(_timestamp(good), _namesakes())] * _WIDE
    return _with(good, _entries(good, _MOST, number), wide + [_timestamp(good)] * (_MOST - _WIDE))


def _crowded(good: _Json) -> _Json:
    """It holds, among as many witnesses as there may be: those of whom nobody trusts cost nothing."""
    own = good["verificationMaterial"]["tlogEntries"]
    stranger = {"keyId": base64.b64encode(b"\0" * 32).decode()}
    others = [{**entry, "logId": stranger} for entry in _entries(good, _MOST - len(own))]
    return _with(good, [*others, *own], [b"no timestamp"] * (_MOST - 1) + [_timestamp(good)])


def _copies(good: _Json, count: int) -> list[_Json]:
    """Of all kinds."""
    kinds = (_bogus, _full, _wide)
    return [kinds[number % len(kinds)](good, number) for number in range(count)]


def _check_bounds(finding: Finding, place: _Place, ran: Command, count: int, seconds: float = _CPU_SECONDS) -> Finding:
    """Of what was fetched, and the processor."""
    fetched = place.content.paths("/blobs/")
    finding.check("bundles fetched", 0 < len(fetched) == len(set(fetched)) <= count, len(fetched),
                  f"1 to {count}, each once")
    check_cpu(finding, ran, seconds)
    return finding


def _behind(arena: Arena, place: _Place, others: list[_Json], good: _Json, *flags: str, command: str = "verify") -> Finding:
    """What is found where `good` comes after the `others`: it must be verified."""
    place.refer([*others, good])
    ran = place.ask(arena, command, *flags)
    return _check_bounds(finding_of(ran, [VERIFIED], _PEAK), place, ran, len(others) + 1)


def _hidden(arena: Arena, name: str, *flags: str, command: str = "verify") -> Finding:
    """A good bundle behind copies of it of all kinds."""
    place = _place(arena, name)
    count = arena.effort.of(_REFERRERS - 1, 29)
    return _behind(arena, place, _copies(place.good, count), place.good, *flags, command=command)


@attack("pusher", 3, "a signature by an identity, behind 199 copies with 32 log entries and 32 timestamps, or as many as are "
        "looked at: it must still be found")
def copies_of_an_identitys(arena: Arena) -> Finding:
    return _hidden(arena, "bundle-keyless-rekor1-tsa")


@attack("pusher", 3, "the same of a signature by a key that a log and a timestamp must have witnessed")
def copies_of_a_keys(arena: Arena) -> Finding:
    return _hidden(arena, "bundle-key-rekor1-tsa")


@attack("pusher", 3, "the same of an attestation by an identity")
def copies_of_an_attestation(arena: Arena) -> Finding:
    name = "bundle-att-keyless-rekor1-tsa"
    kind = made_images()[name].evidence[0]["predicate_type"]
    return _hidden(arena, name, f"--type={kind}", command="verify-attestation")


@attack("pusher", 3, "199 bundles with an identity's certificate and 32 log entries and 32 timestamps, none signed by its "
        "key, and then one that holds and has as many: it must still be found")
def bogus_signatures(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    count = arena.effort.of(_REFERRERS - 1, 49)
    return _behind(arena, place, [_bogus(place.good, number) for number in range(count)], _crowded(place.good))


@attack("pusher", 3, "40 copies whose witnesses take more work than is done for one signature, and then one that holds and "
        "has as many: it must still be found")
def more_than_for_one_signature(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    # That their certificate is of a trusted authority is looked at, for some 20 units each.
    count = 40
    return _behind(arena, place, [_wide(place.good, number) for number in range(count)], _crowded(place.good))


@attack("pusher", 3, "199 copies with as few log entries and timestamps as what they are copies of, their log entries forged, "
        "and listed before it: it must still be found")
def copies_with_as_few(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    count = arena.effort.of(_REFERRERS - 1, 40)
    copies = [_with(place.good, _entries(place.good, 1, number), [_timestamp(place.good)]) for number in range(count)]
    # All are looked at, for some five units each.
    return _behind(arena, place, copies, place.good)


@attack("pusher", 3, "200 copies of a bundle with as many log entries and timestamps as are looked at, none with those that "
        "hold: an image's budget")
def nothing_but_copies(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    count = arena.effort.of(_REFERRERS, 60)
    place.refer(_full(place.good, number) for number in range(count))
    ran = place.ask(arena, "verify")
    finding = _check_bounds(finding_of(ran, [UNDECIDED], _PEAK), place, ran, count)
    why = "units of work that are done for one image"
    finding.check("the reason", why in ran.said, ran.said[:300], f'says "{why}"')
    return finding


@attack("pusher", 3, "as many of those copies as are read, each of whose 32 timestamps has ten certificates with dear keys")
def certificates_of_timestamps(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    timestamp = der.timestamp_with(_timestamp(place.good), _namesakes())
    count = arena.effort.of(39, 6)
    place.refer(_with(place.good, _entries(place.good, _MOST, number), [timestamp] * _MOST) for number in range(count))
    ran = place.ask(arena, "verify")
    # Of each only as many are read as show that they take too much work, and reading them is counted, too.
    return _check_bounds(finding_of(ran, [DENIED, UNDECIDED], _PEAK), place, ran, count)


@attack("pusher", 3, "`countersign tree` of a signature behind copies whose witnesses seem to take all of its work: it must "
        "still be judged")
def tree_of_copies(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    wide = [_wide(place.good, number) for number in range(16)]
    full = [_full(place.good, number) for number in range(60)]
    place.refer([*wide, *full, place.good])
    ran = place.ask(arena, "tree")
    finding = _check_bounds(finding_of(ran, [VERIFIED], _PEAK), place, ran, len(wide) + len(full) + 1, _TREE_SECONDS)
    finding.check("what it shows", ran.said.count("signature  verified") == 1 and "not checked" not in ran.said,
                  f"{ran.said.count('  verified')} verified, {ran.said.count('  not checked')} not checked",
                  "one verified, all checked")
    return finding


@attack("pusher", 1, "40 bundles with 32 timestamps of 60 KiB refer to an image, and then one that holds: it must still be "
        "found")
def long_timestamps(arena: Arena) -> Finding:
    place = _place(arena, "bundle-keyless-rekor1-tsa")
    timestamp = der.timestamp_with(_timestamp(place.good), _namesakes(5600))
    count = arena.effort.of(40, 12)
    long = [_with(place.good, _entries(place.good, _MOST, number), [timestamp] * _MOST) for number in range(count)]
    place.refer([*long, place.good])
    ran = place.ask(arena, "verify")
    most = _OF_AN_IMAGE // len(json.dumps(long[0])) + 1
    return _check_bounds(finding_of(ran, [VERIFIED], _PEAK), place, ran, most)


@attack("pusher", 1, "100 signature layers with an identity's certificate and chains of 30 KB, none signed by its key, and "
        "then one that holds: it must still be found")
def chains_of_layers(arena: Arena) -> Finding:
    place = _place(arena, "layer-keyless-rekor1")
    tag = next(tag for tag in place.made.tags if tag.endswith(".sig"))
    manifest = json.loads(next(body for body in place.made.manifests
                               if evidence.digest_of(body) == place.made.tags[tag]))
    good, = manifest["layers"]
    for blob in place.made.blobs:
        place.content.put_blob(_REPOSITORY, blob)
    chain = "".join(ssl.DER_cert_to_PEM_cert(one) for one in _namesakes(1500))
    manifest["layers"] = [{**good, "annotations": {
        **good["annotations"], _SIGNATURE: evidence.bogus_signature(number), _CHAIN: chain}} for number in range(100)] + [good]
    place.content.put_manifest(_REPOSITORY, tag, json.dumps(manifest).encode())
    ran = place.ask(arena, "verify")
    return _check_bounds(finding_of(ran, [VERIFIED], _PEAK), place, ran, 1)
