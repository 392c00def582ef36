"""Nobody else claims: a shim and a verifier answer every review of testdata/reviews, with each set of flags,
and a pod of every image, byte for byte as `countersign review` does. So what captured_answers_test holds of the
command holds of the webhook."""

from __future__ import annotations

from collections.abc import Sequence

from e2e.captured_answers import FLAGS_OF_REVIEW, policies, what_differs
from e2e.captured_command import Countersign
from e2e.process import Ran
from e2e.stack import Stack
from e2e.stack_test_case import StackTestCase
from e2e.webhook import WebhookClient

# The flags of `countersign review` that are a verifier's; the others are a shim's.
_VERIFIERS = ("--allow-unmatched-images", "--deny-short-names")


class Webhooks(Countersign):
    """In the place of the command: a shim and a verifier for each set of flags, which are started at once."""

    def __init__(self, stack: Stack, questions: dict[str, Sequence[str]]) -> None:
        """`questions` are flags by name, the first of which is --objects=policies/NAME."""
        super().__init__(stack, policies(), private=["private"])
        self._webhooks: dict[tuple[str, ...], WebhookClient] = {}
        for name, flags in questions.items():
            cluster = self.clusters[flags[0].rpartition("/")[2]]
            _, webhook = stack.serve(cluster, [flag for flag in flags[1:] if flag in _VERIFIERS],
                                     [flag for flag in flags[1:] if flag not in _VERIFIERS], name=name)
            webhook.wait_until_ready()
            self._webhooks[tuple(flags)] = webhook

    def run_once(self, command: str, *arguments: str, stdin: str) -> Ran:
        reply = self._webhooks[arguments].post(stdin.encode(), timeout="30s")
        return Ran(0 if reply.status == 200 else 2, reply.text + "\n", "")


class WebhookAnswersTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cluster = {name: ["--objects=policies/cluster", *flags] for name, flags in FLAGS_OF_REVIEW.items()}
        cls.webhooks = Webhooks(stack, {**cluster, "private": ["--objects=policies/private"]})

    def test_review_modes(self) -> None:
        self.assertEqual(what_differs("review_modes.txt", self.webhooks), "")

    def test_review_by_image(self) -> None:
        self.assertEqual(what_differs("review_by_image.txt", self.webhooks), "")
