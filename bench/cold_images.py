"""Images that nobody has asked about, one after the other: their time beside the bare request, their CPU time, and what
is resident after them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from bench import aims, signed_images
from bench.case import expect_only_info
from bench.curl import Request, Timed, fetch
from bench.pairs import Pair, Pairs
from bench.signed_images import SignedImage, SignedImages, cluster_of, key_policy
from e2e.evidence import OCI_MANIFEST
from e2e.stack import Stack

_MIB_IN_MB = 2**20 / 1e6


def admit(pair: Pair, images: Sequence[SignedImage], ca: Path, directory: Path) -> list[float]:
    """Milliseconds of the admission of a Pod of each image by digest, one after the other over one connection that is
    there already. RuntimeError unless all are admitted."""
    requests = [Request(f"https://{pair.shim.address}/healthz")]
    for number, image in enumerate(images):
        file = directory / f"cold-review-{number}"
        file.write_bytes(signed_images.pod_of(image.by_digest))
        requests.append(Request(pair.url, body=file))
    _, *answers = fetch(requests, ca, directory)
    for image, answer in zip(images, answers, strict=True):
        response = json.loads(answer.body)["response"]
        if not response["allowed"]:
            raise RuntimeError(f"{image.by_digest} was not admitted: {response['status']['message']}")
    return [answer.milliseconds for answer in answers]


class Bench:
    """A registry, and a pair that has been asked nothing."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._images = SignedImages(running)
        self._pair = Pairs(running).start(
            cluster_of(running, "one-key", key_policy(self._images.key, f"{self._images.host}/*")), name="cold")
        self._mb_at_rest = self._pair.resident_mib() * _MIB_IN_MB

    def measure(self, rounds: int, images: int) -> aims.Measured:
        """So many images in each round."""
        times, cpu = [], []
        for turn in range(rounds):
            cold = self._images.put(images)
            # Whoever comes second finds files that the registry has read already, so each is that every second time.
            bare = self._bare(cold) if turn % 2 else []
            before = self._pair.cpu_seconds()
            ours = admit(self._pair, cold, self._running.ca, self._running.directory)
            cpu.append((self._pair.cpu_seconds() - before) * 1000 / images)
            bare = bare or self._bare(cold)
            times.append(statistics.median(ours) / statistics.median(answer.milliseconds for answer in bare))
        expect_only_info(self._running.servers)
        return {aims.COLD_TIMES: [times], aims.COLD_CPU: [cpu],
                aims.RESIDENT: [[self._mb_at_rest], [self._pair.resident_mib() * _MIB_IN_MB]]}

    def _bare(self, images: Sequence[SignedImage]) -> list[Timed]:
        """What each image's signature manifest takes, over one connection that is there already."""
        urls = [image.repository.replace("/", "/v2/", 1) + f"/manifests/{image.signature_tag}" for image in images]
        _, *answers = fetch([Request(f"https://{self._images.host}/v2/"),
                             *(Request(f"https://{url}", accept=OCI_MANIFEST) for url in urls)],
                            self._running.ca, self._running.directory)
        return answers
