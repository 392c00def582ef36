"""What refers to an image: whoever may push to a repository may have any number of manifests do so, and a registry's
owner lists what he likes."""

from __future__ import annotations

import re
from collections.abc import Callable

from e2e import evidence
from e2e.hostile.answers import check_allowed, in_words
from e2e.hostile.arena import Arena, pod
from e2e.hostile.attack import attack
from e2e.hostile.content import Content, PagesWithoutEnd
from e2e.hostile.finding import Finding
from e2e.scripted_registry import Request
from e2e.stack import public_key

_MIB = 1 << 20
# The largest that is read, and what is read of all of them for an image.
_MANIFEST = 4 * _MIB
_OF_AN_IMAGE = 16 * _MIB
_REPOSITORY = "mallory/app"


class _Heavy(Content):
    """The same manifests refer to every image; each is made anew when it is asked for."""

    def __init__(self, make: Callable[[int], bytes], count: int) -> None:
        super().__init__()
        self._make = make
        self._number_of: dict[str, int] = {}
        sizes = []
        for number in range(count):
            body = make(number)
            self._number_of[evidence.digest_of(body)] = number
            sizes.append(len(body))
        index = evidence.index(zip(self._number_of, sizes))
        self.referrers = lambda digest: index

    def answer(self, request: Request) -> None:
        number = self._number_of.get(request.path.rpartition("/")[2])
        if number is None:
            super().answer(request)
        else:
            request.answer(200, self._make(number))

    def sent(self) -> int:
        """How many of them."""
        return len(self.paths("/manifests/sha256:"))


def _junk(number: int) -> bytes:
    body = b'{"schemaVersion":2,"layers":[],"junk":"%d ' % number
    return body.ljust(_MANIFEST - 2, b"x") + b'"}'


def _many_layers(number: int) -> bytes:
    """60,000, of which the first says that they are signatures."""
    first = (b'{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":2,"digest":"%s"}'
             % evidence.digest_of(b"{}").encode())
    return b'{"schemaVersion":2,"layers":[' + first + b",{}" * 60_000 + b'],"number":%d}' % number


def _heavy_manifests(arena: Arena, content: _Heavy, most_of_an_image: int, pods: int, images: int) -> Finding:
    """So many of them are read for an image; the innocent asks about images that nobody has asked about before."""
    _, innocents = arena.good_images(60)
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster())
    questions = [pod(*(f"{host}/{_REPOSITORY}@{evidence.made_up_digest(f'{pod_number}/{number}')}"
                       for number in range(images)), namespace=f"mallory-{pod_number}") for pod_number in range(pods)]
    with arena.attack(*innocents, warm=3) as watch:
        asked = arena.ask_all(questions)
    sent = content.sent()
    watch.denied(asked, said=f"{sent} manifests sent")
    most = most_of_an_image * pods * images
    watch.finding.check("manifests sent", 0 < sent <= most, sent, f"1 to {most}: 16 MiB an image")
    watch.innocent_is_served()
    # The bytes themselves are 64 MiB at most.
    watch.peak_below(120)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 1, "200 manifests of 4 MiB of junk refer to each of 8 images of a Pod, ten Pods at once")
def manifests_of_junk(arena: Arena) -> Finding:
    content = _Heavy(_junk, arena.effort.of(200, 20))
    return _heavy_manifests(arena, content, _OF_AN_IMAGE // _MANIFEST, arena.effort.of(10, 2), arena.effort.of(8, 2))


@attack("pusher", 1, "200 manifests of 60,000 empty layers that say to be signatures refer to each image of ten Pods")
def layers_dear_to_read(arena: Arena) -> Finding:
    content = _Heavy(_many_layers, arena.effort.of(200, 100))
    most = _OF_AN_IMAGE // len(_many_layers(0))
    return _heavy_manifests(arena, content, most, arena.effort.of(10, 2), arena.effort.of(4, 1))


@attack("pusher", 1, "manifests and bundles that refer to an image under wrong sizes hide no signature beside them")
def sizes_that_lie(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    digest = content.put_manifest(_REPOSITORY, "1", b'{"an": "image"}')
    entries = []

    def refer(body: bytes, size: int | None = None) -> None:
        manifest = content.put_manifest(_REPOSITORY, evidence.digest_of(body), body)
        entries.append((manifest, len(body) if size is None else size))

    for number, size in enumerate((0, 1, 100, 1 << 62, -1) * arena.effort.of(10, 4)):
        blob = content.put_blob(_REPOSITORY, evidence.payload(digest, _MIB, str(number)))
        # Of the manifest by the list, and of the bundle by its manifest.
        refer(evidence.bundle_manifest(blob, _MIB), size)
        refer(evidence.bundle_manifest(blob, size))
    body = evidence.payload(digest)
    refer(evidence.manifest([content.put_layer(_REPOSITORY, body, arena.signer.sign(body))]))
    index = evidence.index(entries)
    content.referrers = lambda image: index
    arena.start(arena.cluster())
    with arena.attack() as watch:
        signed = arena.ask(f"{host}/{_REPOSITORY}:1")
        unsigned = arena.ask(f"{host}/{_REPOSITORY}@{evidence.made_up_digest('another image')}")
    watch.denied([unsigned])
    check_allowed(watch.finding, [signed], "the image that is signed")
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


@attack("pusher", 3, "200 bundles of bogus signatures refer to an image, by a P-521 key")
def bundles_and_a_dear_key(arena: Arena) -> Finding:
    content = Content()
    host = arena.registry({"mallory": content}).host
    digest = evidence.made_up_digest("image")
    entries = []
    # A hundred are more than an image's budget allows.
    for signature in evidence.bogus_signatures(arena.effort.of(200, 100)):
        bundle = evidence.bundle(digest, signature)
        body = evidence.bundle_manifest(content.put_blob(_REPOSITORY, bundle), len(bundle))
        entries.append((content.put_manifest(_REPOSITORY, evidence.digest_of(body), body), len(body)))
    index = evidence.index(entries)
    content.referrers = lambda image: index
    arena.start(arena.cluster({"p521": public_key("ecdsa-p521")}))
    with arena.attack() as watch:
        asked = [arena.ask(f"{host}/{_REPOSITORY}@{digest}") for _ in range(arena.effort.of(10, 1))]
    watch.denied(asked)
    bundles = len(content.paths("/blobs/"))
    most = len(entries) * len(asked)
    watch.finding.check("bundles fetched", bundles <= most, bundles, f"<= {most}, each once a look")
    # 2,000 units are 83 operations on P-521, some 0.2 s, of which what is remembered is done once.
    watch.cpu_below(3.0, shim=False)
    watch.cpu_after_below(0.1)
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding


@attack("registry's owner", 3, "a list of what refers to an image whose pages of 1 MiB have no end")
def pages_without_end(arena: Arena) -> Finding:
    content = PagesWithoutEnd()
    host = arena.registry({"mallory": content}).host
    arena.start(arena.cluster())
    images = [f"{host}/{_REPOSITORY}@{evidence.made_up_digest(str(number))}" for number in range(arena.effort.of(8, 2))]
    with arena.attack() as watch:
        asked = [arena.ask(image) for image in images]
    watch.denied(asked)
    said = [bool(re.search(r"more than \d+ pages", one.message)) for one in asked]
    watch.finding.check("the answers' reason", all(said), in_words(asked), "says that there are more pages")
    pages = len(content.paths("/referrers/"))
    watch.finding.check("pages read", pages <= 10 * len(images), pages, f"<= {10 * len(images)}, 10 an image")
    # The signature tag, the pages, and of what they name 200 manifests.
    requests, most = len(content.seen), 215 * len(images)
    watch.finding.check("requests", requests <= most, requests, f"<= {most}, 215 an image")
    watch.peak_below(64)
    watch.nobody_died()
    return watch.finding
