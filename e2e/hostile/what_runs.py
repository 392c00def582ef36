"""What was judged is what runs: tags that move, and texts that were never looked at."""

from __future__ import annotations

import copy
import json

from e2e import reviews
from e2e.hostile.arena import Arena
from e2e.hostile.attack import attack
from e2e.hostile.content import Content
from e2e.hostile.finding import Finding
from e2e.reviews import Review
from e2e.webhook import Answer


def _start(arena: Arena) -> tuple[str, Content]:
    """The host of a registry with signed and unsigned images."""
    content = Content()
    host = arena.registry({"team": content}).host
    content.put_signed_image("team/app", "1", arena.signer)
    content.put_signed_image("team/other", "1", arena.signer)
    content.put_manifest("team/app", "evil", b'{"not": "signed"}')
    arena.start(arena.cluster())
    return host, content


def _update(old: Review, new_spec: dict, **request: object) -> Review:
    """An update of the Pod of `old` to another spec."""
    review = copy.deepcopy(old)
    review["request"]["operation"] = "UPDATE"
    review["request"]["oldObject"] = copy.deepcopy(old["request"]["object"])
    review["request"]["object"]["spec"] = new_spec
    review["request"].update(request)
    return review


@attack("pusher", 5, "a tag is moved after the admission: the Pod says the digest that was judged")
def moved_tag(arena: Arena) -> Finding:
    host, content = _start(arena)
    with arena.attack() as watch:
        review = reviews.pod(f"{host}/team/app:1", f"{host}/team/other:1")
        answer = arena.webhook().review(review)
        content.put_manifest("team/app", "1", b'{"moved": "tag"}')
        images = [container["image"] for container in answer.patched()["spec"]["containers"]] if answer.allowed else []
        again = arena.webhook().review({**review, "request": {**review["request"], "object": answer.patched()}})
    watch.answered(f"{images}")
    watch.finding.check("digests in the patched Pod", images and all("@sha256:" in image for image in images), images,
                        "in each image")
    watch.finding.check("a second review of the patched Pod", again.allowed, again.message or "allowed", "allowed")
    return watch.finding


def _check_asked(finding: Finding, what: str, answer: Answer) -> None:
    finding.check(what, not answer.allowed, repr(answer)[:160], "denied")


@attack("tenant", 5, "a stored unsigned image's text, put where it never was: swapped, in a new container, from a volume")
def texts_that_move(arena: Arena) -> Finding:
    host, _ = _start(arena)
    evil, good = f"{host}/team/app:evil", f"{host}/team/app:1"
    # A Pod from before the policy.
    old = reviews.pod(good, evil)
    spec = reviews.pod_spec(old)
    model = spec["containers"][0]
    with_volume = copy.deepcopy(old)
    volumes = reviews.pod_spec(with_volume)
    volumes["containers"] = [{**model, "image": good}]
    volumes.setdefault("volumes", []).append({"name": "v", "image": {"reference": evil}})

    def containers(of: Review, *images: str, **members: object) -> dict:
        changed = copy.deepcopy(reviews.pod_spec(of))
        changed["containers"] = [{**model, "name": f"c{number}", "image": image} for number, image in enumerate(images)]
        return {**changed, **members}

    webhook = arena.webhook()
    with arena.attack() as watch:
        unchanged = webhook.review(_update(old, containers(old, good, evil)))
        swapped = webhook.review(_update(old, containers(old, evil, good)))
        debugging = webhook.review(_update(old, containers(old, good, evil, ephemeralContainers=[
            {"name": "debug", "image": evil}]), subResource="ephemeralcontainers"))
        from_volume = webhook.review(_update(with_volume, containers(with_volume, evil)))
        init = webhook.review(_update(old, containers(old, good, evil, initContainers=[
            {**model, "name": "c1", "image": evil}])))
    watch.answered("; ".join(map(repr, (unchanged, swapped, debugging, from_volume, init)))[:300])
    watch.finding.check("unchanged", unchanged.allowed, repr(unchanged)[:160], "allowed")
    said = json.dumps(unchanged.audit_annotations)
    watch.finding.check("what is said of the unchanged", '"verified"' not in said, said[:200], "not verified")
    _check_asked(watch.finding, "two swapped containers", swapped)
    _check_asked(watch.finding, "a new ephemeral container with a stored text", debugging)
    _check_asked(watch.finding, "a volume's text in a container", from_volume)
    _check_asked(watch.finding, "a container's text in an init container of its name", init)
    return watch.finding


@attack("tenant", 5, "the author writes our annotations himself")
def forged_annotations(arena: Arena) -> Finding:
    host, _ = _start(arena)
    good, evil = f"{host}/team/app:1", f"{host}/team/app:evil"
    review = reviews.pod(evil)
    marks = {"countersign/images": json.dumps({evil: {"status": "verified", "digest": "sha256:" + "0" * 64}}),
             "countersign/status": "verified", "countersign/pin": "off"}
    review["request"]["object"]["metadata"]["annotations"] = marks
    signed = reviews.pod(good)
    signed["request"]["object"]["metadata"]["annotations"] = marks
    with arena.attack() as watch:
        answer = arena.webhook().review(review)
        admitted = arena.webhook().review(signed)
    watch.answered(repr(answer))
    _check_asked(watch.finding, "an unsigned image with forged marks", answer)
    images = [container["image"] for container in reviews.pod_spec(
        {"request": {"object": admitted.patched()}})["containers"]] if admitted.allowed else []
    watch.finding.check("pinning cannot be put off by the Pod", images and "@sha256:" in images[0], images, "a digest")
    return watch.finding


@attack("tenant", "addresses", "hosts written as numbers, so that a pattern for the one does not match the other")
def numeric_hosts(arena: Arena) -> Finding:
    host, content = _start(arena)
    port = host.rpartition(":")[2]
    names = [f"{written}:{port}/team/app:1" for written in (
        "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.01", "0x7f000001", "[::ffff:127.0.0.1]")]
    content.seen.clear()
    with arena.attack() as watch:
        answers = [arena.ask(name) for name in names]
    watch.denied(answers)
    watch.finding.check("requests", not content.seen, [one.path for one in content.seen][:2], "none")
    return watch.finding
