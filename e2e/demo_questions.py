"""What the demo asks, and what the answer must be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from e2e import expected, reviews

# Kind and the captured creation of one.
_KINDS = {
    "Pod": "v1/pod-signed",
    "ReplicaSet": "v1/replicaset-web",
    "Deployment": "v1/deployment-web",
    "StatefulSet": "v1/statefulset-web",
    "DaemonSet": "v1/daemonset-web",
    "Job": "v1/job-web",
    "CronJob": "v1/cronjob-web",
    "ReplicationController": "v1/replicationcontroller-web",
}

_GOOD_IMAGES = [
    "trusted/app:two-signers", "trusted/app:many-signers", "trusted/app:stranger-first",
    "trusted/app:annotated", "trusted/app:timestamped", "trusted/multi:signed",
    "trusted/multi:docker-list", "trusted/docker:schema2", "trusted/team/backend/app:signed",
    "other/mirror-with-signature:signed",
]
_BAD_IMAGES = [
    "trusted/app:unsigned", "trusted/app:signed-by-stranger", "trusted/app:copied-signature",
    "trusted/app:tampered-payload", "trusted/app:tampered-signature", "trusted/app:attested-only",
    "trusted/app:moved", "trusted/app:absent", "other/mirror:signed",
    "trusted/multi:only-child-signed", "trusted/docker:unsigned",
]


@dataclasses.dataclass(frozen=True)
class Question:
    """`says` is part of the answer's message or warnings; `keys` are those that must have held."""

    section: str
    asked: str
    review: reviews.Review
    allowed: bool
    says: str = ""
    keys: frozenset[str] = frozenset()
    digest: str | None = None


class Questions:
    """About images in the registry at `host`."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._signed = f"{host}/trusted/app:signed"
        self._unsigned = f"{host}/trusted/app:unsigned"
        self._denial = f"The image: {self._unsigned} is not signed."

    def all(self) -> Iterator[Question]:
        yield from self._of_kinds()
        yield from self._of_places()
        yield from self._of_keys()
        yield from self._of_images("Signed by the policy's keys, in every shape", _GOOD_IMAGES)
        yield from self._of_digests()
        yield from self._of_images("Not signed, or not so that it counts", _BAD_IMAGES)
        yield from self._of_tampered_manifest()
        yield from self._of_policy()

    def _of_kinds(self) -> Iterator[Question]:
        section = "Every kind of workload"
        for kind, name in _KINDS.items():
            review = reviews.captured(name, self._host)
            yield Question(section, f"{kind}, signed image",
                           reviews.with_images(review, self._signed), True,
                           keys=frozenset({"ecdsa-p256"}))
            yield Question(section, f"{kind}, unsigned image",
                           reviews.with_images(review, self._unsigned), False, self._denial)

    def _of_places(self) -> Iterator[Question]:
        section = "Every place of an image"
        many = "Pod, six containers, one of them unsigned"
        yield Question(section, many, self._captured("v1/pod-many-images"), False, self._denial)
        yield Question(section, "ephemeral container, signed",
                       self._captured("v1/pod-ephemeral-containers-second"), True)
        yield Question(section, "ephemeral container, unsigned",
                       self._captured("v1/pod-ephemeral-containers"), False, self._denial)
        volume = self._captured("v1/pod-image-volume")
        yield Question(section, "image volume, unsigned", volume, False, self._denial)
        reviews.pod_spec(good := self._captured("v1/pod-image-volume"))["volumes"][1]["image"][
            "reference"] = self._signed
        yield Question(section, "image volume, signed", good, True)
        yield Question(section, "Deployment scaled, its image unsigned before",
                       self._captured("v1/deployment-unsigned-scale-field"), True)
        yield Question(section, "Deployment updated to an unsigned image",
                       self._captured("v1/deployment-update-image"), False, self._denial)
        yield Question(section, "Pod deleted", self._captured("v1/pod-delete"), True)

    def _of_keys(self) -> Iterator[Question]:
        for image in expected.images().values():
            if image.reference.startswith("trusted/keys:"):
                yield self._of_image("Every type of key", image)

    def _of_images(self, section: str, references: list[str]) -> Iterator[Question]:
        for reference in references:
            yield self._of_image(section, expected.images()[reference])

    def _of_digests(self) -> Iterator[Question]:
        section = "By digest"
        images = expected.images()
        signed = images["trusted/app:signed"]
        yield self._of_image(section, images[f"trusted/app@{signed.digest}"])
        yield self._of_image(section, images[f"trusted/app:unsigned@{signed.digest}"])
        index = images["trusted/multi:signed"]
        children = [image for image in images.values() if "multi@" in image.reference
                    and not image.verified_by and image.digest != index.digest]
        yield self._of_image(section, children[0], "a child of the signed index")

    def _of_tampered_manifest(self) -> Iterator[Question]:
        # Asked by HEAD a registry states the digest under which it stored the manifest. That was
        # signed; the changed bytes are refused by whoever pulls that digest.
        image = expected.images()["trusted/app:tampered-manifest"]
        yield self._of_image("A manifest whose stored bytes were changed", image,
                             "the stated digest is signed; a pull of it refuses the bytes")

    def _of_policy(self) -> Iterator[Question]:
        section = "What the policy says"
        nowhere = f"{self._host}/elsewhere/app:1"
        sentence = "Could not verify against any image policies for container image: "
        yield Question(section, "no pattern matches", reviews.pod(nowhere), False,
                       f"{sentence}{nowhere}.")
        yield Question(section, "nginx, from Docker Hub", reviews.pod("nginx"), False,
                       f"{sentence}nginx.")
        yield Question(section, "other/app:signed, by a key of another pattern",
                       reviews.pod(f"{self._host}/other/app:signed"), False, "is not signed.")
        yield Question(section, "unsigned image in the excluded namespace",
                       reviews.pod(self._unsigned, namespace="kube-system"), True)

    def _of_image(self, section: str, image: expected.Image, what: str = "") -> Question:
        name = f"{self._host}/{image.reference}"
        short = image.reference
        if image.is_by_digest and image.digest:
            short = short.replace(image.digest, image.digest[:14] + "…")
        keys = image.policy_keys()
        return Question(section, f"{short}\n{what or image.what}", reviews.pod(name),
                        bool(keys), "" if keys else f"The image: {name} is not signed.",
                        frozenset(keys), image.digest)

    def _captured(self, name: str) -> reviews.Review:
        return reviews.captured(name, self._host)
