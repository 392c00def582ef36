"""How long a rollout takes at a registry that limits how often it is asked."""

from __future__ import annotations

from bench.section import Section, number
from e2e.rollout_stage import DELAY, IMAGES, LIMIT, PODS_OF_EACH, Measured, RolloutStage
from e2e.stack import Stack


def measure(running: Stack) -> Section:
    stage = RolloutStage(running)
    section = Section("A rollout, with two verifiers", [
        "", "Pods", "refused", "s", "requests", "of those needed", "answered 429", "registry asked for s",
        "of what the limit takes"])
    for what, pods_of_each, at_once in [(f"{PODS_OF_EACH} Pods of each image, 64 ReplicaSets at a time", PODS_OF_EACH, 64),
                                        ("all images at once, 250 at a time", 1, 250)]:
        _add(section, what, stage.roll_out(pods_of_each, at_once))
    section.notes.append(f"{IMAGES} images that nobody has looked at, half of them by tag; the registry takes "
                         f"{DELAY * 1000:.0f} ms for an answer and {LIMIT} requests in any second.")
    return section


def _add(section: Section, what: str, measured: Measured) -> None:
    rolled_out = measured.rolled_out
    section.add(what, f"{rolled_out.allowed + rolled_out.refused:,}", f"{rolled_out.refused:,}", number(rolled_out.seconds),
                f"{measured.requests:,}", f"{measured.requests / measured.needed:.2f}", f"{measured.refused:,}",
                number(measured.registry_seconds), f"{measured.registry_seconds / measured.at_best:.2f}")
