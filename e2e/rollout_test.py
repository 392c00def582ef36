"""Nobody else claims: a rollout of 10,000 Pods with 500 images at a registry that takes its time and limits how often it is
asked refuses none of them, and asks the registry hardly more than once for each digest and each tag, over both verifiers;
also where all images are asked about at once, which is more than the registry takes.

How long it took, beside what the limit allows, is printed; a test on a busy machine holds nothing to it.
"""

from __future__ import annotations

from e2e.rollout_stage import IMAGES, PODS_OF_EACH, RolloutStage
from e2e.stack import Stack
from e2e.stack_test_case import StackTestCase

_MORE_THAN_NEEDED = 1.1


class RolloutTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.stage = RolloutStage(stack)

    def test_many_pods_of_each_image(self) -> None:
        self.roll_out(pods_of_each=PODS_OF_EACH, at_once=64)

    def test_all_images_at_once(self) -> None:
        self.roll_out(pods_of_each=1, at_once=250)

    def roll_out(self, pods_of_each: int, at_once: int) -> None:
        measured = self.stage.roll_out(pods_of_each, at_once)
        print(measured.text(), flush=True)
        rolled_out = measured.rolled_out
        self.assertEqual((rolled_out.refused, rolled_out.sentences), (0, {}))
        self.assertEqual(rolled_out.allowed, IMAGES * pods_of_each)
        self.assertGreaterEqual(measured.requests, measured.needed)
        self.assertLessEqual(measured.requests, measured.needed * _MORE_THAN_NEEDED)
