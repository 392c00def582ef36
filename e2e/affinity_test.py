"""Nobody else claims: questions about the same images reach the same verifier, so that the last word on an object,
and the Pods of a rollout, cost no registry a request; and another one where that is gone."""

from __future__ import annotations

import concurrent.futures
import copy
import json
import uuid

from e2e import reviews
from e2e.process import wait_until
from e2e.reviews import Review
from e2e.servers import Verifier
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase, end_well
from e2e.status_pages import LISTEN, metrics
from e2e.webhook import PATH, Answer, WebhookClient

FINAL = f"{PATH}/final"


def registry_requests(verifier: Verifier) -> float:
    return sum(value for name, value in metrics(verifier).items()
               if name.startswith("countersign_registry_requests_total"))


def manifests_fetched(verifier: Verifier) -> float:
    return sum(value for name, value in metrics(verifier).items()
               if name.startswith('countersign_registry_requests_total{operation="fetch_manifest"'))


def calls(verifier: Verifier) -> float:
    return sum(value for name, value in metrics(verifier).items()
               if name.startswith("countersign_calls_total") and 'method="VerifyImages"' in name)


def pinned(review: Review, answer: Answer) -> Review:
    """What the API server asks next: about the object as the answer made it."""
    changed = copy.deepcopy(review)
    changed["request"]["uid"] = str(uuid.uuid4())
    changed["request"]["object"] = answer.patched()
    return changed


class AffinityTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.cluster = standard_cluster(stack, cls.host)

    def serve_two(self, name: str) -> tuple[list[Verifier], WebhookClient]:
        """Two verifiers that have looked at nothing, and a shim that is connected to both. No tag is asked for in the
        background, at no certain moment."""
        verifiers = [self.stack.verifier(self.cluster, [*LISTEN, "--tag-memory=0"], name=f"verifier-{name}-{number}")
                     for number in (1, 2)]
        addresses = ",".join(verifier.address for verifier in verifiers)
        webhook = self.stack.webhook(self.stack.shim(f"ipv4:{addresses}", name=f"shim-{name}"))
        webhook.wait_until_ready()
        asked = iter(range(1_000))

        def are_connected() -> bool:
            # No policy asks about it.
            webhook.review(reviews.pod(f"connect.test/app-{next(asked)}:1"))
            return all(calls(verifier) for verifier in verifiers)

        wait_until(are_connected, "both verifiers are asked", 20)
        return verifiers, webhook

    def last_word(self, webhook: WebhookClient, review: Review) -> Answer:
        reply = webhook.post(json.dumps(review).encode(), FINAL)
        self.assertEqual(reply.status, 200, reply.text)
        return Answer(reply.body, review)

    def test_the_last_word_costs_no_registry_a_request(self) -> None:
        verifiers, webhook = self.serve_two("final")
        images = [f"{self.host}/{name}:signed" for name in ("trusted/app", "trusted/multi", "standalone")]
        # Each is a key of its own.
        for pod in ([images[0]], [images[1]], [images[2]], images[:2], images[1:], images):
            first = reviews.pod(*pod)
            answer = webhook.review(first)
            self.assert_allowed(answer)
            before = [registry_requests(verifier) for verifier in verifiers]
            self.assertGreater(sum(before), 0)
            second = pinned(first, answer)
            self.assertIn("@sha256:", reviews.pod_spec(second)["containers"][0]["image"])
            self.assert_allowed(self.last_word(webhook, second))
            self.assertEqual([registry_requests(verifier) for verifier in verifiers], before, pod)

    def test_an_image_of_a_rollout_is_looked_at_once_over_both(self) -> None:
        verifiers, webhook = self.serve_two("rollout")
        image = f"{self.host}/trusted/app:signed"
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(webhook.review, [reviews.pod(image) for _ in range(8)]))
        for answer in answers:
            self.assert_allowed(answer)
        self.assertEqual(sorted(bool(registry_requests(verifier)) for verifier in verifiers), [False, True])
        self.assertEqual(sum(manifests_fetched(verifier) for verifier in verifiers), 1)
        # Pods by digest, of a template that was pinned.
        before = [registry_requests(verifier) for verifier in verifiers]
        review = pinned(reviews.pod(image), answers[0])
        for _ in range(8):
            review["request"]["uid"] = str(uuid.uuid4())
            self.assert_allowed(webhook.review(review))
        self.assertEqual([registry_requests(verifier) for verifier in verifiers], before)

    def test_where_that_verifier_is_gone_the_other_looks(self) -> None:
        verifiers, webhook = self.serve_two("gone")
        review = reviews.pod(f"{self.host}/trusted/app:signed")
        self.assert_allowed(webhook.review(review))
        [looked] = [verifier for verifier in verifiers if registry_requests(verifier)]
        [other] = [verifier for verifier in verifiers if verifier is not looked]
        self.stack.servers.remove(looked)
        end_well(looked)
        self.assert_allowed(webhook.review(review))
        self.assertEqual(manifests_fetched(other), 1)
