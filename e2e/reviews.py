"""AdmissionReviews: those that a real kube-apiserver sent, and ones made from them."""

from __future__ import annotations

import copy
import functools
import json
import uuid
from typing import Any

from e2e import programs
from e2e.cluster import PLACEHOLDER

Review = dict[str, Any]


@functools.cache
def _text(name: str) -> str:
    return (programs.TESTDATA / "reviews" / f"{name}.json").read_text(encoding="utf-8")


def captured(name: str, registry: str) -> Review:
    """testdata/reviews/NAME.json, with the registry's address in the placeholder's place."""
    return json.loads(_text(name).replace(PLACEHOLDER, registry))


def with_images(review: Review, *images: str) -> Review:
    """A copy whose pod, or pod template, has one container for each image and no other images."""
    changed = copy.deepcopy(review)
    changed["request"]["uid"] = str(uuid.uuid4())
    spec = pod_spec(changed)
    model = spec["containers"][0]
    spec["containers"] = [{**model, "name": f"c{number}", "image": image}
                          for number, image in enumerate(images)]
    for name in ("initContainers", "ephemeralContainers"):
        spec.pop(name, None)
    spec["volumes"] = [volume for volume in spec.get("volumes", []) if "image" not in volume]
    return changed


def pod(*images: str, namespace: str = "shop") -> Review:
    """The creation of a Pod, as captured but for its images and namespace."""
    review = with_images(json.loads(_text("v1/pod-signed")), *images)
    review["request"]["namespace"] = namespace
    review["request"]["object"]["metadata"]["namespace"] = namespace
    return review


def pod_spec(review: Review, member: str = "object") -> dict[str, Any]:
    """The pod spec in the review's object, for kinds with a template at the usual places."""
    spec = review["request"][member]["spec"]
    if "jobTemplate" in spec:
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else spec
