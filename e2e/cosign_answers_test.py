"""Every image of testdata/registry, asked through each door: the answers are those of the real
cosign, but for the differences that expected.json explains."""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import unittest

from e2e import expected, programs, reviews
from e2e.cluster import policy, rule
from e2e.process import environment
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase

IMAGES = list(expected.images().values())
DECIDED = [image for image in IMAGES if not image.either]
KEYS = expected.key_names()
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


class CosignAnswersTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cluster = stack.cluster()
        cluster.write("policy.yaml", policy({key: public_key(key) for key in KEYS},
                                            [rule(f"{cls.host}/*", *KEYS)]))
        cls.objects = cluster.directory
        cls.verifier = stack.verifier(cluster)
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))

    def name(self, image: expected.Image) -> str:
        return f"{self.host}/{image.reference}"

    def run_countersign(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run([str(programs.COUNTERSIGN), *arguments], input=stdin, text=True,
                              capture_output=True, timeout=120,
                              env=environment(self.stack.directory))

    def verify(self, *arguments: str) -> list[dict]:
        """The answers about all images, from `countersign verify`. A server is asked about a few at a time, since with
        all these keys one question about all of them would be more work than it does for one."""
        answers = []
        at_once = IMAGES_AT_ONCE if any(word.startswith("--server=") for word in arguments) else len(IMAGES)
        names = [self.name(image) for image in IMAGES]
        for begin in range(0, len(names), at_once):
            batch = names[begin:begin + at_once]
            ran = self.run_countersign("verify", "--output=json", *arguments, *batch)
            self.assertIn(ran.returncode, (0, 1, 2), ran.stderr)
            report = json.loads(ran.stdout)
            self.assertEqual(report["allowed"], ran.returncode == 0)
            self.assertEqual([answer["reference"] for answer in report["images"]], batch)
            answers += report["images"]
        return answers

    def test_verify_with_a_key_allows_what_the_key_signed_and_nothing_else(self) -> None:
        for key in KEYS:
            answers = self.verify(f"--registry-ca={self.stack.ca}",
                                  f"--key={programs.TESTDATA / 'keys' / (key + '.pub')}")
            for image, answer in zip(IMAGES, answers):
                if image.either:
                    continue
                with self.subTest(key=key, image=image.reference, what=image.what):
                    wanted = ("allow" if key in image.verified_by else
                              "undecided" if answer["reason"] == "UNDECIDED" else "deny")
                    self.assertEqual(answer["decision"], wanted, answer["message"])

    def test_the_server_names_every_key_that_holds_and_the_digest(self) -> None:
        for image, answer in zip(IMAGES, self.verify(f"--server={self.verifier.address}")):
            if image.either:
                continue
            with self.subTest(image=image.reference, what=image.what):
                self.assertEqual(set(answer["keys"]), image.verified_by, answer["message"])
                if image.verified_by:
                    self.assertEqual(answer["digest"], image.digest)
                    self.assertEqual(answer["reason"], "VERIFIED")
                elif "the registry answers 500" in image.what:
                    self.assertEqual(answer["reason"], "UNDECIDED", answer["message"])
                else:
                    self.assertIn(answer["reason"], ("NOT_SIGNED", "NOT_FOUND"), answer["message"])

    def test_the_webhook_denies_with_the_sentence_what_no_key_holds_for(self) -> None:
        pods = [reviews.pod(self.name(image)) for image in DECIDED]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(self.webhook.review, pods))
        for image, answer in zip(DECIDED, answers):
            with self.subTest(image=image.reference, what=image.what):
                self.assertEqual(answer.allowed, bool(image.verified_by), answer.message)
                if not answer.allowed:
                    self.assertIn(f"The image: {self.name(image)} is not signed.", answer.message)

    def test_review_without_a_server_answers_byte_for_byte_as_the_webhook(self) -> None:
        def both(image: expected.Image) -> tuple[str, str]:
            review = reviews.pod(self.name(image))
            ran = self.run_countersign("review", f"--objects={self.objects}",
                                       f"--registry-ca={self.stack.ca}", stdin=json.dumps(review))
            self.assertEqual(ran.returncode, 0, ran.stderr)
            return ran.stdout.rstrip("\n"), self.webhook.review(review).body.decode()

        by_tag = [image for image in IMAGES if not image.is_by_digest]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(both, by_tag))
        for image, (from_review, from_webhook) in zip(by_tag, answers):
            with self.subTest(image=image.reference, what=image.what):
                self.assertEqual(from_review, from_webhook)
