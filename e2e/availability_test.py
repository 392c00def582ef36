"""No verifier, one of several gone, one that comes back, and servers that are asked to end."""

from __future__ import annotations

import concurrent.futures
import time

from e2e import reviews
from e2e.cluster import policy, rule
from e2e.process import wait_until
from e2e.scripted_registry import ScriptedRegistry
from e2e.stack import Stack, public_key, standard_cluster
from e2e.stack_test_case import StackTestCase, admissions_under_way, end_well

UNREACHABLE = "127.0.0.1:1"


class VerifierUnavailableTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.deny = stack.webhook(stack.shim(UNREACHABLE, name="shim-deny"))
        cls.allow = stack.webhook(stack.shim(UNREACHABLE, ["--on-verifier-unavailable=allow"],
                                             name="shim-allow"))

    def test_it_is_denied_by_default_in_time(self) -> None:
        answer = self.deny.review(reviews.pod("nginx"), timeout=3)
        self.assert_denied(answer, "verifier")
        self.assertLess(answer.seconds, 3)

    def test_it_is_allowed_with_a_warning_where_that_is_wanted(self) -> None:
        answer = self.allow.review(reviews.pod("nginx"), timeout=3)
        self.assert_allowed(answer)
        self.assertLess(answer.seconds, 3)
        self.assertIn("verifier", " ".join(answer.warnings))
        self.assertTrue(answer.audit_annotations)

    def test_what_asks_no_verifier_is_answered_as_ever(self) -> None:
        for name in ("v1/pod-delete", "v1/pod-exec"):
            self.assert_allowed(self.deny.review(reviews.captured(name, "registry.test:5000")))

    def test_it_is_alive_but_not_ready(self) -> None:
        for webhook in (self.deny, self.allow):
            self.assertEqual(webhook.get("/healthz").status, 200)
            self.assertEqual(webhook.get("/readyz").status, 503)


class SeveralVerifiersTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.cluster = standard_cluster(stack, cls.host)

    def test_admissions_go_on_when_one_of_two_is_killed(self) -> None:
        first, second = (self.stack.verifier(self.cluster, name=f"verifier-{number}")
                         for number in (1, 2))
        shim = self.stack.shim(f"ipv4:{first.address},{second.address}", name="shim-of-two")
        webhook = self.stack.webhook(shim)
        self.wait_until_ready(webhook)
        pod = reviews.pod(f"{self.host}/trusted/app:signed")
        with admissions_under_way(webhook, pod, at_once=4) as answers:
            time.sleep(0.5)
            self.stack.servers.remove(first)
            first.process.kill()
            time.sleep(1.5)
        self.assertGreater(len(answers), 50)
        self.assertEqual([answer.message for answer in answers if not answer.allowed], [])
        self.assertLess(max(answer.seconds for answer in answers), 5)
        self.assertTrue(webhook.is_ready())

    def test_the_shim_is_ready_again_when_the_verifier_is_back(self) -> None:
        verifier = self.stack.verifier(self.cluster, name="verifier-before")
        shim = self.stack.shim(verifier.address, name="shim-of-one")
        webhook = self.stack.webhook(shim)
        self.wait_until_ready(webhook)
        self.stack.servers.remove(verifier)
        end_well(verifier)
        wait_until(lambda: not webhook.is_ready(), "/readyz notices", 5)
        self.stack.verifier(self.cluster, name="verifier-after", listen=verifier.address)
        self.wait_until_ready(webhook)
        self.assert_allowed(webhook.review(reviews.pod(f"{self.host}/trusted/app:signed")))


class EndingTest(StackTestCase):
    """SIGTERM: what is in progress is answered, then the server ends with status 0."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        registry = ScriptedRegistry(stack.key_pair)
        stack.at_end(registry.stop)
        cls.image = f"{registry.host}/answers-nothing/app:1"
        cls.cluster = stack.cluster()
        cls.cluster.write("policy.yaml",
                          policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")]))

    def begin(self, name: str):
        verifier = self.stack.verifier(self.cluster, name=f"verifier-{name}")
        shim = self.stack.shim(verifier.address, name=f"shim-{name}")
        webhook = self.stack.webhook(shim)
        self.wait_until_ready(webhook)
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        asked = pool.submit(webhook.review, reviews.pod(self.image), 4)
        time.sleep(0.5)
        self.assertFalse(asked.done())
        return verifier, shim, asked

    def assert_answered(self, asked: concurrent.futures.Future) -> None:
        answer = asked.result(timeout=10)
        self.assert_denied(answer, f"The image: {self.image} is not signed.")
        self.assertLess(answer.seconds, 4)

    def test_the_shim_answers_what_is_in_progress_and_then_takes_nothing_new(self) -> None:
        _, shim, asked = self.begin("shim-ends")
        webhook = self.stack.webhook(shim)
        self.stack.servers.remove(shim)
        shim.process.ask_to_end()
        wait_until(lambda: webhook.get("/readyz").status == 503, "/readyz answers 503", 1.5)
        self.assert_answered(asked)
        self.assertEqual(shim.process.wait(), 0)
        with self.assertRaises(OSError):
            webhook.get("/healthz")

    def test_the_verifier_answers_what_is_in_progress(self) -> None:
        verifier, _, asked = self.begin("verifier-ends")
        self.stack.servers.remove(verifier)
        end_well(verifier)
        self.assert_answered(asked)
