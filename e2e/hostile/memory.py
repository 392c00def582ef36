"""Memory and public-key work: what somebody who may push to one repository, or only name images, can make us hold."""

from __future__ import annotations

import dataclasses

from e2e import evidence
from e2e.cluster import policy, rule
from e2e.evidence import Layer
from e2e.hostile.answers import check_allowed, check_denied, in_words
from e2e.hostile.arena import Arena, pod
from e2e.hostile.attack import attack
from e2e.hostile.content import CheapImages, Content
from e2e.hostile.finding import Finding
from e2e.scripted_registry import Request
from e2e.stack import public_key

_MIB = 1 << 20
_NOT_SIGNED = "none that holds"


@attack("pusher", 1, "a signature manifest of 1,000 layers that name one payload of 1 MiB, by two verifiers")
def layers_of_one_payload(arena: Arena) -> Finding:
    content = Content()
    digest = evidence.made_up_digest("image")
    body = evidence.payload(digest, _MIB)
    layers = [content.put_layer("mallory/app", body, signature)
              for signature in evidence.bogus_signatures(1000)]
    content.put_signatures("mallory/app", digest, *layers)
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster(), verifiers=2)
    with arena.attack() as watch:
        asked = arena.ask(f"{host}/mallory/app@{digest}")
    watch.denied([asked], 10)
    watch.finding.check("the answer's reason", _NOT_SIGNED in asked.message, asked.message[:200],
                        "says that no signature holds")
    watch.peak_below(40)
    blobs = len(content.paths("/blobs/"))
    watch.finding.check("fetches of the payload", blobs <= 2, blobs, "once a verifier")
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "a Pod of 40 images, each with 16 payloads of 1 MiB")
def many_payloads_within_limits(arena: Arena) -> Finding:
    images, payloads = arena.effort.of(40, 20), 16
    content = Content()
    references = []
    host = arena.registry({"mallory": content}).host
    for number in range(images):
        digest = evidence.made_up_digest(f"image {number}")
        layers = [content.put_layer("mallory/app", evidence.payload(digest, _MIB, str(layer)),
                                    evidence.bogus_signature(layer)) for layer in range(payloads)]
        content.put_signatures("mallory/app", digest, *layers)
        references.append(f"{host}/mallory/app@{digest}")
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = arena.ask(*references)
    watch.denied([asked], 10)
    watch.peak_below(80)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "ten Pods at once, each of 8 images of its own with 16 payloads of 1 MiB", in_short=False)
def many_payloads_in_many_pods(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    layers = [content.put_layer("mallory/app", evidence.payload("sha256:" + "0" * 64, _MIB, str(layer)),
                                evidence.bogus_signature(layer)) for layer in range(16)]
    # The same payloads under a manifest of its own for each image, so that no look is shared.
    content.signatures = lambda digest: evidence.manifest(
        dataclasses.replace(layer, annotations=(("for", digest),)) for layer in layers)
    arena.start(arena.cluster())
    questions = [pod(*(f"{host}/mallory/app@{evidence.made_up_digest(f'{pod_number}/{number}')}"
                       for number in range(8)), namespace=f"mallory-{pod_number}")
                 for pod_number in range(10)]
    with arena.attack() as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked)
    watch.peak_below(100)
    watch.nobody_died()
    return watch.finding


@attack("tenant", 1, "1,000 image names x 100 pull secrets of 253 bytes, four Pods at once, nothing pushed")
def names_times_pull_secrets(arena: Arena) -> Finding:
    secrets = [f"{number:03d}".ljust(253, "s") for number in range(100)]
    host = arena.registry({}).host
    arena.start(arena.cluster())
    questions = [pod(*(f"{host}/a/{pod_number}-{number}" for number in range(1000)),
                     pull_secrets=secrets) for pod_number in range(arena.effort.of(4, 1))]
    with arena.attack() as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked)
    watch.peak_below(16 * len(questions), shim=False)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "Pod after Pod of images with junk beside the signatures: what is remembered")
def remembered_junk(arena: Arena) -> Finding:
    pods, images = arena.effort.of(10, 6), 20
    content = Content()
    junk = [content.put_layer("mallory/app", b"x" * 16, signature)
            for signature in evidence.bogus_signatures(1000)]
    bytes_each = len(evidence.manifest(junk))
    content.signatures = lambda digest: evidence.manifest(
        [*junk[1:], Layer(evidence.digest_of(digest.encode()), 16, "AAAA")])
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = [arena.ask(*(f"{host}/mallory/app@{evidence.made_up_digest(f'{pod_number}/{number}')}"
                             for number in range(images))) for pod_number in range(pods)]
    watch.denied(asked)
    watch.finding.check("read", True, f"{pods * images * bytes_each >> 20} MiB", "")
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "images that are allowed, each with 300 KiB of junk beside its signature: what is remembered",
        in_short=False)
def remembered_ballast(arena: Arena) -> Finding:
    content = Content()
    junk = [content.put_layer("mallory/app", b"x" * 16, signature)
            for signature in evidence.bogus_signatures(800)]
    references = []
    host = arena.registry({"mallory": content}).host
    for number in range(400):
        digest = content.put_signed_image("mallory/app", f"t{number}", arena.signer, *junk)
        references.append(f"{host}/mallory/app@{digest}")
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = [arena.ask(*references[begin:begin + 10]) for begin in range(0, len(references), 10)]
    watch.answered(in_words(asked))
    check_allowed(watch.finding, asked)
    watch.peak_below(110)
    watch.nobody_died()
    return watch.finding


class _LongTokens:
    """Each repository asks for a token of its own, with a challenge and an answer as long as they may be, 32 KiB."""

    def __init__(self) -> None:
        self.tokens = 0

    def __call__(self, request: Request) -> None:
        path = request.path.partition("?")[0]
        if path.endswith("/token"):
            self.tokens += 1
            body = b'{"token": "' + str(self.tokens).encode().ljust(32_000, b"t") + b'"}'
            request.answer(200, body, "application/json")
        elif request.headers.get("Authorization"):
            request.answer(404)
        else:
            host = request.headers["Host"]
            repository = path.removeprefix("/v2/").partition("/manifests/")[0]
            request.answer(401, WWW_Authenticate=(
                f'Bearer realm="https://{host}/v2/mallory/token",service="{"s" * 30_000}",'
                f'scope="repository:{repository}:pull"'))


@attack("registry's owner", 1, "1,000 repositories with challenges of 30 KB and tokens of 32 KB: what is remembered")
def long_tokens(arena: Arena) -> Finding:
    behaviour = _LongTokens()
    host = arena.registry({"mallory": behaviour}).host
    arena.start(arena.cluster())
    count = arena.effort.of(1000, 400)
    with arena.attack() as watch:
        asked = [arena.ask(*(f"{host}/mallory/app{number}:1" for number in range(begin, begin + 100)))
                 for begin in range(0, count, 100)]
    watch.denied(asked, said=f"{behaviour.tokens} tokens given")
    # 4 MiB of tokens and challenges, connections with their buffers, and what the allocator keeps.
    watch.growth_below(40)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 3, "1,000 bogus signatures of images by P-521, P-384, P-256 and RSA keys; 200 such Pods")
def bogus_signatures_and_dear_keys(arena: Arena) -> Finding:
    content = CheapImages(evidence.bogus_signatures(1000))
    host, [image] = arena.good_images(mallory=content)
    keys = {name: public_key(f"ecdsa-{name}") for name in ("p521", "p384", "p256")}
    cluster = arena.cluster({**keys, "good": arena.signer.public_key},
                            [rule(f"{host}/mallory/*", *keys), rule(f"{host}/good/*", "good")])
    arena.start(cluster)
    count = arena.effort.of(200, 10)
    questions = [pod(f"{host}/mallory/app@{evidence.made_up_digest(str(number))}",
                     namespace=f"mallory-{number % 5}") for number in range(count)]
    with arena.attack(image) as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked, arena.effort.timeout + 2 * (count > 50))
    watch.innocent_is_served()
    watch.cpu_after_below(0.1)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 3, "200 Pods of one image with 1,000 bogus signatures: it is looked at and judged for all of them together")
def one_image_in_many_pods(arena: Arena) -> Finding:
    content = CheapImages(evidence.bogus_signatures(1000), delay=0.2)
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster({"p521": public_key("ecdsa-p521")}))
    digest = evidence.made_up_digest("image")
    count = arena.effort.of(200, 20)
    questions = [pod(f"{host}/mallory/app@{digest}") for _ in range(count)]
    with arena.attack() as watch:
        asked = arena.ask_all(questions)
    looks = len(content.paths(".sig"))
    watch.denied(asked, said=f"{looks} looks")
    watch.finding.check("looks", looks <= count // 2, looks, f"shared by {count} Pods")
    watch.cpu_after_below(0.1)
    return watch.finding


@attack("pusher", 1, "layers that lie about their size, and 1,001 of them")
def layers_that_lie(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    references = []
    for name, size, count in (("small", 1, 50), ("zero", 0, 50), ("huge", 1 << 62, 50), ("many", 1 << 20, 1001)):
        digest = evidence.made_up_digest(name)
        layers = [evidence.Layer(content.put_blob("mallory/app", evidence.payload(digest, _MIB, str(number % 20))), size,
                                 evidence.bogus_signature(number)) for number in range(count)]
        content.put_signatures("mallory/app", digest, *layers)
        references.append(f"{host}/mallory/app@{digest}")
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = [arena.ask(reference) for reference in references] + [arena.ask(*references)]
    watch.denied(asked)
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


class _SlowPayloads(CheapImages):
    """Payloads of 1 MiB of which all but the last byte come at once."""

    def __init__(self) -> None:
        super().__init__(())
        self.signatures = lambda digest: evidence.manifest(
            Layer(evidence.made_up_digest(f"{digest}{number}"), _MIB, "AAAA") for number in range(16))

    def answer(self, request: Request) -> None:
        if "/blobs/" not in request.path:
            super().answer(request)
            return
        request.answer(200, b"", "application/octet-stream", Content_Length=str(_MIB))
        request.wfile.write(b" " * (_MIB - 1))
        request.wfile.flush()
        request.server.ending.wait(12)
        request.hang_up()


@attack("registry's owner", 2, "payloads whose last byte never comes fill the room for foreign bytes, Pod after Pod")
def payloads_that_never_end(arena: Arena) -> Finding:
    # Images that nobody has asked about before: an innocent asks about each once.
    _, images = arena.good_images(60)
    evil = arena.registry({"mallory": _SlowPayloads()}).host
    arena.start(arena.cluster())
    questions = [pod(*(f"{evil}/mallory/app@{evidence.made_up_digest(f'{pod_number}/{number}')}"
                       for number in range(8)), namespace=f"mallory-{pod_number}")
                 for pod_number in range(arena.effort.of(12, 6))]
    with arena.attack(*images, warm=3) as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked)
    watch.innocent_is_served()
    watch.peak_below(100)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "ten Pods of 40 images whose signature manifests are 3 MB of empty objects, members or one number")
def manifests_dear_to_parse(arena: Arena) -> Finding:
    bodies = (b'{"x":[' + b"{}," * 1_000_000 + b"{}]}",
              b"{" + b",".join(b'"%d":0' % number for number in range(300_000)) + b"}",
              b'{"schemaVersion":' + b"1" * 3_000_000 + b"}")
    content = Content()
    content.signatures = lambda digest: bodies[int(digest[-4:], 16) % len(bodies)]
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster())
    questions = [pod(*(f"{host}/mallory/app@{evidence.made_up_digest(f'{pod_number}/{number}')}"
                       for number in range(arena.effort.of(40, 10))), namespace=f"mallory-{pod_number}")
                 for pod_number in range(arena.effort.of(10, 4))]
    with arena.attack() as watch:
        asked = arena.ask_all(questions)
    watch.denied(asked)
    # The bytes themselves are 64 MiB at most.
    watch.peak_below(120)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 3, "a signature that holds, behind 999 that do not: it must still be found")
def last_of_a_thousand(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"team": content}).host
    digest = content.put_manifest("team/app", "1", b'{"an": "image"}')
    body = evidence.payload(digest)
    layers = [content.put_layer("team/app", body, signature)
              for signature in (*evidence.bogus_signatures(999), arena.signer.sign(body))]
    content.put_signatures("team/app", digest, *layers)
    arena.start(arena.cluster())
    with arena.attack() as watch:
        asked = arena.ask(f"{host}/team/app:1")
    watch.answered(in_words([asked]))
    watch.finding.check("answer", asked.allowed, asked.message[:200] or "allowed", "allowed")
    return watch.finding


@attack("pusher", 3, "a Pod of 40 images of 1,000 bogus signatures by a P-521 key: one request's budget")
def budget_of_a_request(arena: Arena) -> Finding:
    content = CheapImages(evidence.bogus_signatures(1000))
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster({"p521": public_key("ecdsa-p521")}))
    with arena.attack() as watch:
        asked = arena.ask(*(f"{host}/mallory/app@{evidence.made_up_digest(str(number))}"
                            for number in range(40)))
    watch.denied([asked], 10)
    # 8,000 units are 333 operations on P-521; this is twice what they take where the others run, too.
    watch.cpu_below(3.0, shim=False)
    watch.cpu_after_below(0.1)
    return watch.finding


@attack("pusher", 3, "layers with payloads of their own are fetched some at a time")
def layers_at_once(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"team": content}).host
    digest = evidence.made_up_digest("image")
    content.put_signatures("team/app", digest, *(
        content.put_layer("team/app", evidence.payload(digest, mark=str(number)),
                          evidence.bogus_signature(number)) for number in range(32)))
    arena.start(arena.cluster())
    content.delay = 0.3
    with arena.attack() as watch:
        asked = arena.ask(f"{host}/team/app@{digest}")
    watch.denied([asked], 10)
    at_once = content.most_at_once.get("blobs", 0)
    watch.finding.check("payloads fetched at once", 2 <= at_once <= 8, at_once, "2 to 8")
    return watch.finding


@attack("tenant", 3, "keys were rotated: the fresh looks at a Pod's images all begin at once")
def fresh_looks_after_rotation(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"team": content}).host
    references = [f"{host}/team/app{number}@{content.put_signed_image(f'team/app{number}', '1', arena.signer)}"
                  for number in range(8)]
    cluster = arena.cluster({"key": arena.signer.public_key, "old": public_key("stranger")},
                            [rule("*", "key")])
    arena.start(cluster)
    first = arena.ask(*references)
    content.delay = 1.0
    content.most_at_once.clear()
    arena.put_policy(cluster, policy({"key": public_key("stranger")}, [rule("*", "key")]))
    with arena.attack() as watch:
        asked = arena.ask(*references)
    watch.answered(in_words([asked]))
    watch.finding.check("before the rotation", first.allowed, first.message or "allowed", "allowed")
    check_denied(watch.finding, [asked], 10)
    at_once = content.most_at_once.get("manifests", 0)
    watch.finding.check("looks at once", at_once >= 6, at_once, ">= 6 of 8")
    return watch.finding
