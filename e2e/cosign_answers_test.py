"""Nobody else claims: the answers about every image of testdata/registry are those of the real cosign, but for
the differences that expected.json explains: the answers that were captured (which captured_answers_test and
webhook_answers_test hold the programs to), and a verifier's, asked over gRPC."""

from __future__ import annotations

import json
import unittest

from e2e import expected, programs
from e2e.captured_answers import captured_table
from e2e.cluster import PLACEHOLDER, policy, rule
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase

IMAGES = list(expected.images().values())
DECIDED = [image for image in IMAGES if not image.either]
KEYS = expected.key_names()
# With all these keys one question about all images would be more work than a verifier does for one.
IMAGES_AT_ONCE = 25


class ExpectationsTest(unittest.TestCase):
    """Guards the table itself."""

    def test_there_are_images_by_tag_and_by_digest_that_hold_and_that_do_not(self) -> None:
        seen = {(image.is_by_digest, bool(image.verified_by)) for image in DECIDED}
        self.assertEqual(len(seen), 4)
        self.assertGreater(len(DECIDED), 100)

    def test_each_deviation_from_cosign_has_a_reason(self) -> None:
        for image in DECIDED:
            with self.subTest(image=image.reference):
                if image.verified_by != image.cosign_accepts:
                    self.assertIn(image.difference, expected.differences())


class CapturedAnswersTest(unittest.TestCase):

    def test_a_key_allows_what_it_signed_and_nothing_else(self) -> None:
        answers = captured_table("verify_by_key.txt")
        for image in DECIDED:
            for key in KEYS:
                with self.subTest(key=key, image=image.reference, what=image.what):
                    answer = json.loads(answers[f"{PLACEHOLDER}/{image.reference}", key])
                    wanted = ("allow" if key in image.verified_by else
                              "undecided" if answer["reason"] == "UNDECIDED" else "deny")
                    self.assertEqual(answer["decision"], wanted, answer["message"])

    def test_a_pod_is_allowed_where_a_key_of_the_policy_holds_and_denied_elsewhere(self) -> None:
        answers = captured_table("review_by_image.txt")
        for image in DECIDED:
            if image.is_by_digest:
                continue
            with self.subTest(image=image.reference, what=image.what):
                answer = answers[f"{PLACEHOLDER}/{image.reference}", "default"]
                self.assertIn(f'"allowed":{str(bool(image.policy_keys())).lower()},', answer)


class ServerTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cluster = stack.cluster()
        cluster.write("policy.yaml", policy({key: public_key(key) for key in KEYS},
                                            [rule(f"{cls.host}/*", *KEYS)]))
        cls.verifier = stack.verifier(cluster)

    def verify(self, images: list[expected.Image]) -> list[dict]:
        names = [f"{self.host}/{image.reference}" for image in images]
        ran = self.stack.run(programs.COUNTERSIGN, "verify", "--output=json", f"--server={self.verifier.address}",
                             *names, seconds=120)
        self.assertIn(ran.status, (0, 1, 2), ran.errors)
        report = json.loads(ran.output)
        self.assertEqual(report["allowed"], ran.status == 0)
        self.assertEqual([answer["reference"] for answer in report["images"]], names)
        return report["images"]

    def test_it_names_every_key_that_holds_and_the_digest_or_denies_with_the_sentence(self) -> None:
        answers = [answer for begin in range(0, len(IMAGES), IMAGES_AT_ONCE)
                   for answer in self.verify(IMAGES[begin:begin + IMAGES_AT_ONCE])]
        for image, answer in zip(IMAGES, answers):
            if image.either:
                continue
            with self.subTest(image=image.reference, what=image.what):
                self.assertEqual(set(answer["keys"]), image.verified_by, answer["message"])
                if image.verified_by:
                    self.assertEqual(answer["digest"], image.digest)
                    self.assertEqual(answer["reason"], "VERIFIED")
                    self.assertEqual([held["authority"] for held in answer["evidence"]], answer["keys"])
                    for held in answer["evidence"]:
                        self.assertRegex(held["keySha256"], "^[0-9a-f]{64}$")
                    continue
                self.assertNotIn("evidence", answer)
                self.assertIn(f"The image: {self.host}/{image.reference} is not signed.", answer["message"])
                if "the registry answers 500" in image.what:
                    self.assertEqual(answer["reason"], "UNDECIDED", answer["message"])
                else:
                    self.assertIn(answer["reason"], ("NOT_SIGNED", "NOT_FOUND"), answer["message"])
