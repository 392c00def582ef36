"""Other people's passwords: what a registry's owner or a neighbour can get of them, or lock them out of."""

from __future__ import annotations

import base64
import json
import urllib.parse

from e2e.cluster import Manifest, pull_secret, rule
from e2e.hostile.answers import check_allowed, check_denied, check_unsaid, in_words
from e2e.hostile.arena import INNOCENTS_NAMESPACE, Arena
from e2e.hostile.attack import attack
from e2e.hostile.content import Content, WantsPassword
from e2e.hostile.finding import Finding
from e2e.hostile.innocent import Asked
from e2e.scripted_registry import Request
from e2e.stack import public_key

_USER, _PASSWORD = "victim", "password-of-the-victim"
_BASIC = "Basic " + base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()


class TokenService:
    """Gives a token for each realm to whoever shows the password, or to anybody; keeps what it was shown. It knows
    nothing of repositories that do not begin with `only`."""

    def __init__(self, password: str | None = _BASIC, only: str = "") -> None:
        self._password = password
        self._only = only
        self.shown: list[str] = []
        self.asked = 0

    def __call__(self, request: Request) -> None:
        self.asked += 1
        self.shown.append(request.headers.get("Authorization", ""))
        realm = request.path.removeprefix("/v2/").partition("/")[0]
        if self._only and f"repository:{self._only}" not in urllib.parse.unquote(request.path):
            request.answer(401, WWW_Authenticate='Basic realm="tokens"')
        elif self._password and self.shown[-1] != self._password:
            request.answer(401, WWW_Authenticate='Basic realm="tokens"')
        else:
            request.answer(200, f'{{"token": "token-of-{realm}"}}'.encode(), "application/json")

    def got_password(self) -> bool:
        return any(_PASSWORD in base64.b64decode(one.partition(" ")[2] or "").decode(errors="replace")
                   for one in self.shown)


class Guarded(Content):
    """Content for those who show the token of this realm, which its challenge names."""

    def __init__(self, realm: str, url: str = "") -> None:
        super().__init__()
        self._realm = realm
        self.url = url

    def answer(self, request: Request) -> None:
        if request.headers.get("Authorization") == f"Bearer token-of-{self._realm}":
            super().answer(request)
            return
        url = self.url or f"https://{request.headers['Host']}/v2/{self._realm}/token"
        name = request.path.removeprefix("/v2/").partition("/manifests/")[0]
        request.answer(401, WWW_Authenticate=f'Bearer realm="{url}",service="e2e",scope="repository:{name}:pull"')


def _victims_secret(host: str) -> Manifest:
    return pull_secret(INNOCENTS_NAMESPACE, "pull", host, _USER, _PASSWORD)


def _ask_victim(arena: Arena, image: str) -> Asked:
    return arena.ask(image, source="127.0.0.9", namespace=INNOCENTS_NAMESPACE, pull_secrets=["pull"])


@attack("pusher", 2, "one repository's challenge names Mallory's token service; then the victim's image is looked at")
def poisoned_challenge(arena: Arena) -> Finding:
    tokens, mallorys = TokenService(), TokenService(password=None)
    elsewhere = arena.registry({"evil": mallorys}, "127.0.0.3")
    guarded = Guarded("tokens")
    poisoned = Guarded("evil", f"https://{elsewhere.host}/v2/evil/token")
    registry = arena.registry({"victim": guarded, "mallory": poisoned, "tokens": tokens, "": guarded.answer})
    guarded.put_signed_image("victim/app", "1", arena.signer)
    guarded.put_signed_image("victim/other", "1", arena.signer)
    arena.start(arena.cluster(objects=[_victims_secret(registry.host)]))
    with arena.attack() as watch:
        asked = [arena.ask(f"{registry.host}/mallory/app:1")]
        victims = [_ask_victim(arena, f"{registry.host}/victim/app:1")]
        # His own Pod names Mallory's image, too.
        asked.append(_ask_victim(arena, f"{registry.host}/mallory/app:2"))
        victims.append(_ask_victim(arena, f"{registry.host}/victim/other:1"))
    watch.answered(f"Mallory's service was asked {mallorys.asked} times; {in_words(victims)}")
    check_denied(watch.finding, asked, arena.effort.timeout)
    check_allowed(watch.finding, victims, "the victim's images")
    watch.finding.check("the victim's password at Mallory's", not mallorys.got_password(),
                        "sent" if mallorys.got_password() else "not sent", "not sent")
    return watch.finding


@attack("registry's owner", 2, "a realm for each repository (Nexus's path routing): team A, team B, and A again")
def realm_for_each_repository(arena: Arena) -> Finding:
    a, b = Guarded("realm-a"), Guarded("realm-b")
    host = arena.registry({"a": a, "b": b, "realm-a": TokenService(only="a/"),
                           "realm-b": TokenService(only="b/"), "": a.answer}).host
    images = []
    for name, content in (("a", a), ("b", b)):
        for number in range(2):
            content.put_signed_image(f"{name}/app{number}", "1", arena.signer)
            images.append(f"{host}/{name}/app{number}:1")
    arena.start(arena.cluster(objects=[_victims_secret(host)]))
    with arena.attack() as watch:
        asked = [_ask_victim(arena, images[number]) for number in (0, 2, 1, 3, 0, 2)]
    watch.answered(in_words(asked))
    check_allowed(watch.finding, asked)
    return watch.finding


@attack("pusher", 2, "a guessed token request fails: the registry is asked without it, and what comes is followed")
def token_service_that_moved(arena: Arena) -> Finding:
    """The first repository's realm stops to answer; the second has one that does."""
    guarded = Guarded("tokens")
    broken = Guarded("closed")

    def fails(request: Request) -> None:
        request.answer(500)

    host = arena.registry({"victim": guarded, "mallory": broken, "tokens": TokenService(), "closed": fails,
                           "": guarded.answer}).host
    guarded.put_signed_image("victim/app", "1", arena.signer)
    arena.start(arena.cluster(objects=[_victims_secret(host)]))
    with arena.attack() as watch:
        asked = [_ask_victim(arena, f"{host}/mallory/app:1")]
        guarded.url = f"https://{host}/v2/closed/token"
        asked.append(_ask_victim(arena, f"{host}/victim/app:1"))
        guarded.url = ""
        victims = [_ask_victim(arena, f"{host}/victim/app:1")]
    watch.answered(in_words(victims))
    check_denied(watch.finding, asked, arena.effort.timeout)
    check_allowed(watch.finding, victims, "the victim's image after the service moved")
    return watch.finding


@attack("tenant", 2, "a wrong password for a registry, again and again: nobody else's right one is held back")
def wrong_passwords(arena: Arena) -> Finding:
    content = WantsPassword(_BASIC)
    host = arena.registry({"team": content, "": content.answer}).host
    content.put_signed_image("team/app", "1", arena.signer)
    arena.start(arena.cluster(objects=[
        _victims_secret(host), pull_secret("mallory", "wrong", host, _USER, "guess")]))
    asked, victims = [], []
    with arena.attack() as watch:
        for number in range(arena.effort.of(20, 5)):
            asked.append(arena.ask(*(f"{host}/team/app:{number}-{tag}" for tag in range(20)),
                                   pull_secrets=["wrong"]))
            victims.append(_ask_victim(arena, f"{host}/team/app:1"))
    guesses = sum(one.authorization not in ("", _BASIC) for one in content.seen)
    watch.answered(f"{guesses} wrong passwords sent; {in_words(victims)}")
    check_denied(watch.finding, asked, arena.effort.timeout)
    check_allowed(watch.finding, victims, "the victim's image")
    return watch.finding


def _secret(name: str, kind: str, data: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": data,
            "metadata": {"namespace": "mallory", "name": name}}


@attack("reader of denials", "words", "pull secrets that are absent, Opaque, a bootstrap token, or of a service account")
def kinds_of_secrets(arena: Arena) -> Finding:
    host = arena.registry({}).host
    kinds = {"opaque": "Opaque", "bootstrap": "bootstrap.kubernetes.io/token",
             "account": "kubernetes.io/service-account-token", "tls": "kubernetes.io/tls"}
    arena.start(arena.cluster(objects=[_secret(name, kind, {"token": "secret-of-it"})
                                       for name, kind in kinds.items()]))
    with arena.attack() as watch:
        asked = {name: arena.ask(f"{host}/app:1", pull_secrets=[name]) for name in ("absent", *kinds)}
    sentences = {one.message.replace(name, "NAME") for name, one in asked.items()}
    watch.answered("; ".join(sorted(sentences))[:400])
    watch.finding.check("sentences", len(sentences) == 1, len(sentences), "one for all of them")
    check_unsaid(watch.finding, list(asked.values()), "secret-of-it", *kinds.values())
    return watch.finding


@attack("reader of denials", "words", "denials name no verifier's address and no shared Secret")
def words_of_denials(arena: Arena) -> Finding:
    host = arena.registry({}).host
    shared = pull_secret("infra", "shared-of-the-operator", host, "operators-account", "wrong")
    arena.start(arena.cluster({"key": public_key("ecdsa-p256")},
                              [rule("*", "key", secret="infra/shared-of-the-operator")], [shared]))
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/app:1")]
        verifier = arena.verifiers[0]
        verifier.process.kill()
        gone = [arena.ask(f"{host}/app:1", timeout=4)]
    watch.answered(f"{asked[0].message}; {gone[0].message}")
    check_unsaid(watch.finding, asked, "shared-of-the-operator", "operators-account", "infra")
    check_unsaid(watch.finding, gone, str(verifier.port), "127.0.0.1")
    check_denied(watch.finding, gone, 4)
    return watch.finding


@attack("tenant", 3, "20 pull secrets of 1,000 registries each, of use for none of 400 images: what is read of them")
def long_pull_secrets(arena: Arena) -> Finding:
    host, [image] = arena.good_images(mallory=Content())
    entries = {f"registry-{number}.test": {"auth": "dXNlcjpwYXNzd29yZA=="} for number in range(1000)}
    names = [f"long-{number}" for number in range(20)]
    objects = [pull_secret("mallory", name, host, "u", "p") for name in names]
    for written in objects:
        written["stringData"] = {".dockerconfigjson": json.dumps({"auths": entries})}
    arena.start(arena.cluster(objects=objects))
    with arena.attack(image) as watch:
        asked = [arena.ask(*(f"{host}/mallory/app:{number}" for number in range(arena.effort.of(400, 100))),
                           pull_secrets=names)]
    watch.denied(asked)
    watch.innocent_is_served()
    watch.cpu_below(1.5)
    watch.cpu_after_below(0.1)
    return watch.finding
