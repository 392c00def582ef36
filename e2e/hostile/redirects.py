"""A registry that sends us elsewhere: into the cluster, to another's host, with somebody's password."""

from __future__ import annotations

import base64
from collections.abc import Callable

from e2e import evidence
from e2e.cluster import Manifest, pull_secret
from e2e.hostile.answers import check_unsaid
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.content import Content
from e2e.hostile.finding import Finding
from e2e.scripted_registry import Request, ScriptedRegistry

_INTERNAL = b"SECRETBYTES-of-an-internal-service {not json}"
_PASSWORD = "password-for-the-first-host"


def _secret(host: str) -> Manifest:
    return pull_secret("mallory", "pull", host, "u", _PASSWORD)


class Internal:
    """A service that only the verifier's machine can reach; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> None:
        self.asked.append((request.path, request.headers.get("Authorization", "")))
        request.answer(200, _INTERNAL, "text/plain")


def _redirected(arena: Arena, target: Callable[[ScriptedRegistry, Request], str], *, internal_tls: bool = True,
                address: str = "127.0.0.5", blobs: bool = False) -> Finding:
    """Everything that Mallory's repository is asked goes to an address that `target` makes."""
    internal = Internal()
    hidden = arena.registry({"v2": internal, "": internal, "latest": internal, "inner": internal}, address,
                            plain_http=not internal_tls)
    content = Content()

    def redirect(request: Request) -> None:
        if blobs and "/blobs/" not in request.path:
            content(request)
        else:
            request.answer(307, Location=target(hidden, request))

    host = arena.registry({"mallory": redirect}).host
    digest = evidence.made_up_digest("image")
    content.put_signatures("mallory/app", digest, evidence.Layer(
        evidence.digest_of(_INTERNAL), len(_INTERNAL), evidence.bogus_signature(1)), evidence.Layer(
            evidence.made_up_digest("other"), 100, evidence.bogus_signature(2)))
    arena.start(arena.cluster(objects=[_secret(host)]))
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/mallory/app:1", pull_secrets=["pull"]),
                 arena.ask(f"{host}/mallory/app@{digest}", pull_secrets=["pull"])]
    watch.denied(asked, said=f"asked inside {len(internal.asked)} times")
    watch.finding.check("requests inside", not internal.asked, internal.asked[:2], "none")
    check_unsaid(watch.finding, asked, "SECRETBYTES", _INTERNAL[:4].decode(),
                 evidence.digest_of(_INTERNAL)[7:20] if not blobs else "SECRETBYTES")
    return watch.finding


@attack("registry's owner", "addresses", "manifests redirected to a service on loopback, of a registry's form")
def to_loopback(arena: Arena) -> Finding:
    return _redirected(arena, lambda hidden, request: f"https://{hidden.host}/v2/inner/app/manifests/1")


@attack("registry's owner", "addresses", "manifests redirected to a path that is no registry's")
def to_another_path(arena: Arena) -> Finding:
    return _redirected(arena, lambda hidden, request: f"https://{hidden.host}/latest/meta-data/manifests/x")


@attack("registry's owner", "addresses", "manifests redirected to plain HTTP on loopback")
def to_plain_http(arena: Arena) -> Finding:
    return _redirected(arena, lambda hidden, request: f"http://{hidden.host}/v2/inner/app/manifests/1",
                       internal_tls=False)


@attack("registry's owner", "addresses", "blobs redirected to a service on loopback")
def blobs_to_loopback(arena: Arena) -> Finding:
    return _redirected(arena, lambda hidden, request: f"https://{hidden.host}/latest/meta-data", blobs=True)


@attack("registry's owner", "addresses", "blobs redirected to loopback by a name and by other spellings of it")
def blobs_to_spellings_of_loopback(arena: Arena) -> Finding:
    spellings = iter(["localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0", "017700000001"] * 20)

    def target(hidden: ScriptedRegistry, request: Request) -> str:
        port = hidden.host.rpartition(":")[2]
        return f"https://{next(spellings)}:{port}/latest/meta-data"
    return _redirected(arena, target, blobs=True, address="127.0.0.1")


@attack("registry's owner", "addresses", "a realm of tokens on loopback, for whoever has a password and for whoever has none")
def realm_on_loopback(arena: Arena) -> Finding:
    internal = Internal()
    hidden = arena.registry({"": internal, "latest": internal}, "127.0.0.5")

    def challenge(request: Request) -> None:
        request.answer(401, WWW_Authenticate=f'Bearer realm="https://{hidden.host}/latest/meta-data",service="x"')

    host = arena.registry({"mallory": challenge}).host
    arena.start(arena.cluster(objects=[_secret(host)]))
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/mallory/app:1", pull_secrets=["pull"]), arena.ask(f"{host}/mallory/app:2")]
    watch.denied(asked, said=f"asked inside {len(internal.asked)} times")
    sent = [header for _, header in internal.asked if header]
    watch.finding.check("passwords sent inside", not sent, sent, "none")
    check_unsaid(watch.finding, asked, "SECRETBYTES", _INTERNAL[:4].decode())
    return watch.finding


@attack("registry's owner", "words", "answers that are no JSON: none of their bytes is told to anybody")
def foreign_bytes(arena: Arena) -> Finding:
    texts = [b"SECRETBYTES", b'{"SECRETBYTES": SECRETBYTES}', b'{"layers": "SECRETBYTES"}', b'["SECRETBYTES"',
             b'{"mediaType": "SECRETBYTES", "layers": [{"digest": "SECRETBYTES"}]}', b"\xff\xfeSECRETBYTES"]
    content = Content()
    references = []
    host = arena.registry({"mallory": content}).host
    for number, text in enumerate(texts):
        digest = evidence.made_up_digest(str(number))
        content.put_manifest("mallory/app", f"{digest.replace(':', '-')}.sig", text)
        references.append(f"{host}/mallory/app@{digest}")
        payload = evidence.made_up_digest(f"payload {number}")
        body_digest = content.put_blob("mallory/app", text)
        content.put_signatures("mallory/app", payload, evidence.Layer(body_digest, len(text), "AAAA"))
        references.append(f"{host}/mallory/app@{payload}")
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = [arena.ask(reference) for reference in references]
    watch.denied(asked)
    check_unsaid(watch.finding, asked, "SECRET")
    return watch.finding


@attack("registry's owner", "addresses", "a redirect never carries the first host's password to the second")
def password_of_the_first_host(arena: Arena) -> Finding:
    seen: list[str] = []

    def second(request: Request) -> None:
        seen.append(request.headers.get("Authorization", ""))
        request.answer(404)

    other = arena.registry({"second": second, "blobs": second, "": second}, "127.0.0.5")
    password = base64.b64encode(f"u:{_PASSWORD}".encode()).decode()

    def first(request: Request) -> None:
        if request.headers.get("Authorization") != f"Basic {password}":
            request.answer(401, WWW_Authenticate='Basic realm="first"')
        else:
            request.answer(307, Location=f"https://{other.host}/v2/second/app/manifests/1")

    host = arena.registry({"mallory": first, "": first}).host
    arena.start(arena.cluster(objects=[_secret(host)]))
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/mallory/app:1", pull_secrets=["pull"])]
    watch.denied(asked, said=f"the second host was asked {len(seen)} times")
    watch.finding.check("passwords at the second host", not any(seen), seen[:3], "none")
    return watch.finding
