"""An outage that the requester makes himself: nothing of it may let an unsigned image in."""

from __future__ import annotations

from collections.abc import Callable

from e2e import evidence
from e2e.hostile import http2
from e2e.hostile.arena import Arena, pod
from e2e.hostile.attack import attack
from e2e.hostile.content import CheapImages
from e2e.hostile.finding import Finding
from e2e.scripted_registry import BEHAVIOURS
from e2e.stack import public_key

_ALLOW = ["--on-verifier-unavailable=allow"]


@attack("pusher", 6, "--on-verifier-unavailable=allow, and images whose 1,000 bogus signatures take long to judge")
def judging_takes_long(arena: Arena) -> Finding:
    content = CheapImages(evidence.bogus_signatures(1000))
    host = arena.registry({"mallory": content}).host
    keys = {name: public_key(f"ecdsa-{name}") for name in ("p521", "p384")}
    arena.start(arena.cluster(keys), shim_flags=_ALLOW)
    questions = [pod(f"{host}/mallory/app@{evidence.made_up_digest(str(number))}")
                 for number in range(arena.effort.of(20, 4))]
    with arena.attack() as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked)
    watch.cpu_after_below(0.1)
    return watch.finding


@attack("registry's owner", 6, "--on-verifier-unavailable=allow, and a registry that never answers, for 1 second and for 3")
def registry_is_silent(arena: Arena) -> Finding:
    host = arena.registry(BEHAVIOURS).host
    arena.start(arena.cluster(), shim_flags=_ALLOW)
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/answers-nothing/app:1", timeout=timeout) for timeout in (1, 3)]
    watch.denied(asked, 3)
    return watch.finding


def _with_fakes(arena: Arena, act: Callable, fakes: int, flags: list[str], timeout: int = 4) -> Finding:
    verifiers = [arena.stack.keep(http2.FakeVerifier(act)) for _ in range(fakes)]
    addresses = ",".join(verifier.address for verifier in verifiers)
    arena.start(arena.cluster(), shim_flags=flags, verifiers=0, target=f"ipv4:{addresses}")
    # Until it has connected to each of them.
    arena.ask("nginx", timeout=timeout)
    before = sum(verifier.questions for verifier in verifiers)
    with arena.attack() as watch:
        asked = [arena.ask("nginx", timeout=timeout)]
    questions = sum(verifier.questions for verifier in verifiers) - before
    watch.denied(asked, timeout, said=f"{questions} questions")
    watch.finding.check("questions over all verifiers", 1 <= questions <= 2, questions, "1 or 2")
    return watch.finding


@attack("tenant", 6, "five verifiers that each drop every call in the middle, as if the question killed them")
def question_that_kills(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.drop, 5, [])


@attack("tenant", 6, "the same with --on-verifier-unavailable=allow")
def question_that_kills_with_allow(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.drop, 5, _ALLOW)


@attack("tenant", 6, "verifiers that take a call up, say that they end, and end; with allow")
def verifiers_that_go_away(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.go_away, 3, _ALLOW)


@attack("tenant", 6, "verifiers that reset each call; with allow")
def verifiers_that_reset(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.reset, 3, _ALLOW)


@attack("client", 6, "verifiers that have no place for another call (RESOURCE_EXHAUSTED); with allow")
def verifiers_that_are_full(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.say(8), 3, _ALLOW)


@attack("client", 6, "verifiers that say UNAVAILABLE; with allow")
def verifiers_that_say_unavailable(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.say(14), 3, _ALLOW)


@attack("tenant", 6, "a verifier that never answers; with allow")
def verifier_that_hangs(arena: Arena) -> Finding:
    return _with_fakes(arena, http2.never_answer, 2, _ALLOW)


@attack("tenant", 6, "no verifier at all, with allow: that is an outage, and marked as one")
def nobody_there(arena: Arena) -> Finding:
    arena.start(arena.cluster(), shim_flags=_ALLOW, verifiers=0, target="127.0.0.1:1")
    with arena.attack() as watch:
        answer = arena.webhook().review(pod("nginx"), timeout=4)
    watch.answered(repr(answer))
    watch.finding.check("answer", answer.allowed, repr(answer)[:200], "allowed")
    marks = f"{answer.audit_annotations} {answer.annotations() if answer.patch else ''}"
    watch.finding.check("mark", "unchecked" in marks, marks[:200], "unchecked")
    watch.finding.check("warnings", answer.warnings, answer.warnings, "one")
    return watch.finding
