"""Where evidence is kept in another repository than the image's (--signature-repository): whoever may push there, and its
registry's owner. `countersign tree` looks beside the image, too: nothing there is hidden by what is, or is not, elsewhere."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable, Sequence

from e2e import evidence
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.command import (DENIED, UNDECIDED, VERIFIED, Command, check_command, check_cpu, finding_of, key_file,
                                 run)
from e2e.hostile.content import Content, PagesWithoutEnd, WantsPassword
from e2e.hostile.finding import Finding
from e2e.scripted_registry import Request, answers_nothing, drips, over_long_endless

_OWN, _TAG = "team/app", "1"
_ELSEWHERE = "evidence/signatures"
_PREFIX = "team-"
# The numbers of bogus signatures that are no layers'.
_AFTER_LAYERS = 10_000
_PEAK = 96.0
# What a command has for all of it, and how long it may then take to end.
_TIMEOUT, _TO_END = 2, 5.0
_USER, _PASSWORD = "team", "password-for-the-images-registry"


class _Seen:
    """A behaviour of a scripted registry, and what it was asked: paths, and what was shown it of passwords."""

    def __init__(self, behaviour: Callable[[Request], None]) -> None:
        self._behaviour = behaviour
        self.paths: list[str] = []
        self.passwords: list[str] = []

    def __call__(self, request: Request) -> None:
        self.paths.append(request.path)
        if shown := request.headers.get("Authorization"):
            self.passwords.append(shown)
        self._behaviour(request)


@dataclasses.dataclass(frozen=True)
class _Place:
    """An image that is signed in its own repository, and another registry in which its evidence is said to be."""

    arena: Arena
    own: Content
    digest: str
    image: str
    elsewhere: _Seen
    repository: str

    def _ask(self, command: str, *flags: str) -> Command:
        return run(self.arena, command, key_file(self.arena, self.arena.signer.public_key),
                   f"--registry-ca={self.arena.stack.ca}", *flags, self.image)

    def verify(self, *flags: str) -> Command:
        return self._ask("verify", f"--signature-repository={self.repository}", *flags)

    def verify_beside(self) -> Command:
        """Without a word of the other one."""
        return self._ask("verify")

    def tree(self, *flags: str) -> Command:
        return self._ask("tree", f"--signature-repository={self.repository}", *flags)

    def check_not_hidden(self, finding: Finding, statuses: Sequence[int], *flags: str) -> None:
        """What is beside the image is verified, whatever is elsewhere."""
        tree = self.tree(*flags)
        check_command(finding, tree, statuses, _PEAK, "the tree")
        beside = tree.said.partition(f"in {self.repository}")[0]
        finding.check("the tree beside the image", "signature  verified" in beside, beside[:300],
                      "a signature that is verified")
        asked = len(self.elsewhere.paths)
        ran = self.verify_beside()
        check_command(finding, ran, [VERIFIED], _PEAK, "who looks beside the image")
        more = self.elsewhere.paths[asked:]
        finding.check("what it asked elsewhere", not more, more[:2], "nothing")


def _place(arena: Arena, behaviour: Callable[[Request], None], own: Content | None = None) -> _Place:
    own, elsewhere = own or Content(), _Seen(behaviour)
    host = arena.registry({"team": own}).host
    other = arena.registry({"evidence": elsewhere}, "127.0.0.6").host
    digest = own.put_signed_image(_OWN, _TAG, arena.signer)
    return _Place(arena, own, digest, f"{host}/{_OWN}:{_TAG}", elsewhere, f"{other}/{_ELSEWHERE}")


def _check_time(finding: Finding, ran: Command, seconds: float) -> None:
    finding.check("ended before its deadline", ran.seconds < seconds, f"{ran.seconds:.1f} s", f"< {seconds:g} s",
                  timing=True)


def _without_an_answer(arena: Arena, behaviour: Callable[[Request], None]) -> Finding:
    place = _place(arena, behaviour)
    ran = place.verify(f"--timeout={_TIMEOUT}")
    finding = finding_of(ran, [UNDECIDED], _PEAK)
    _check_time(finding, ran, _TIMEOUT + _TO_END)
    finding.check("requests", 0 < len(place.elsewhere.paths) <= 2, len(place.elsewhere.paths), "1 or 2")
    place.check_not_hidden(finding, [UNDECIDED], f"--timeout={_TIMEOUT}")
    return finding


@attack("registry's owner", 3, "a signature repository that takes each request and never answers")
def never_answers(arena: Arena) -> Finding:
    return _without_an_answer(arena, answers_nothing)


@attack("registry's owner", 3, "a signature repository whose answers come a byte at a time")
def answers_that_drip(arena: Arena) -> Finding:
    return _without_an_answer(arena, drips)


@attack("registry's owner", 1, "a signature repository whose manifests and lists have no end")
def answers_without_end(arena: Arena) -> Finding:
    place = _place(arena, over_long_endless)
    ran = place.verify()
    finding = finding_of(ran, [UNDECIDED], _PEAK)
    check_cpu(finding, ran, 3.0)
    place.check_not_hidden(finding, [UNDECIDED])
    return finding


@attack("registry's owner", 3, "a signature repository whose list of what refers to an image has pages of 1 MiB without an end")
def pages_without_end(arena: Arena) -> Finding:
    place = _place(arena, PagesWithoutEnd())
    ran = place.verify()
    finding = finding_of(ran, [UNDECIDED], _PEAK)
    finding.check("the reason", re.search(r"more than \d+ pages", ran.said), ran.said[:300],
                  "says that there are more pages")
    pages = [path for path in place.elsewhere.paths if "/referrers/" in path]
    finding.check("pages read", 0 < len(pages) <= 10, len(pages), "1 to 10")
    # The signature tag, the pages, and of what they name 200 manifests.
    requests = len(place.elsewhere.paths)
    finding.check("requests", requests <= 215, requests, "<= 215")
    check_cpu(finding, ran, 3.0)
    place.check_not_hidden(finding, [UNDECIDED])
    return finding


def _fill_with_strangers(arena: Arena, place: _Place, content: Content, digest: str, *good: str, count: int) -> None:
    """Under both tags so many layers and then those that are good, and as many as there may be that refer to the image."""
    payload = evidence.payload(digest)
    layers = [content.put_layer(_ELSEWHERE, payload, signature)
              for signature in (*evidence.bogus_signatures(count), *good)]
    for prefix in ("", _PREFIX):
        content.put_manifest(_ELSEWHERE, f"{prefix}{digest.replace(':', '-')}.sig", evidence.manifest(layers))
    entries = []
    for number in range(arena.effort.of(200, 50)):
        bundle = evidence.bundle(digest, evidence.bogus_signature(_AFTER_LAYERS + number))
        body = evidence.bundle_manifest(content.put_blob(_ELSEWHERE, bundle), len(bundle))
        entries.append((content.put_manifest(_ELSEWHERE, evidence.digest_of(body), body), len(body)))
    index = evidence.index(entries)
    content.referrers = lambda image: index


@attack("pusher", 3, "a signature repository full of strangers' evidence, with and without a tag prefix: one that holds, "
        "behind 999 that do not, must still be found")
def last_of_a_thousand_elsewhere(arena: Arena) -> Finding:
    content = Content()
    place = _place(arena, content)
    signature = arena.signer.sign(evidence.payload(place.digest))
    _fill_with_strangers(arena, place, content, place.digest, signature, count=arena.effort.of(999, 199))
    ran = place.verify()
    finding = finding_of(ran, [VERIFIED], _PEAK)
    check_cpu(finding, ran, 3.0)
    check_command(finding, place.verify(f"--attachment-tag-prefix={_PREFIX}"), [VERIFIED], _PEAK, "with a prefix")
    place.check_not_hidden(finding, [VERIFIED])
    return finding


@attack("pusher", 3, "the same with nothing that holds: what is beside the image does not count, nor is it hidden")
def strangers_elsewhere(arena: Arena) -> Finding:
    content = Content()
    place = _place(arena, content)
    _fill_with_strangers(arena, place, content, place.digest, count=arena.effort.of(1000, 200))
    ran = place.verify()
    finding = finding_of(ran, [DENIED, UNDECIDED], _PEAK)
    check_cpu(finding, ran, 3.0)
    beside = [path for path in place.own.paths() if path.endswith(".sig") or "/referrers/" in path]
    finding.check("evidence asked for beside the image", not beside, beside[:2], "none")
    check_command(finding, place.verify(f"--attachment-tag-prefix={_PREFIX}"), [DENIED, UNDECIDED], _PEAK, "with a prefix")
    place.check_not_hidden(finding, [VERIFIED])
    return finding


@attack("registry's owner", "addresses", "a signature repository that asks for a password is not shown that of the image's "
        "registry")
def asks_for_a_password(arena: Arena) -> Finding:
    right = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
    own = WantsPassword(f"Basic {right}")
    place = _place(arena, WantsPassword(), own)
    config = arena.stack.directory / "docker.json"
    config.write_text(json.dumps({"auths": {place.image.partition("/")[0]: {"auth": right}}}), encoding="utf-8")
    ran = place.verify(f"--docker-config={config}")
    finding = finding_of(ran, [UNDECIDED], _PEAK)
    finding.check("passwords at the image's registry", own.passwords() > 0, own.passwords(), "some")
    finding.check("requests elsewhere", place.elsewhere.paths, len(place.elsewhere.paths), "some")
    finding.check("passwords elsewhere", not place.elsewhere.passwords, place.elsewhere.passwords[:2], "none")
    return finding
