"""Nobody else claims: SIGTERM with a request in progress is answered by the real programs, which then end with
status 0; and where no verifier can be asked, the shim itself answers, in time, and says of itself that it is
not ready."""

from __future__ import annotations

import concurrent.futures
import threading

from e2e import reviews
from e2e.process import START_SECONDS, wait_until
from e2e.scripted_registry import Request, answers_nothing
from e2e.stack import Stack, one_key_cluster
from e2e.stack_test_case import StackTestCase, end_well

_UNREACHABLE = "127.0.0.1:1"


class VerifierUnavailableTest(StackTestCase):
    """With --on-verifier-unavailable=allow: fail_open.nobody_there of hostile/."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.webhook = stack.webhook(stack.shim(_UNREACHABLE))

    def test_it_is_denied_by_default_in_time(self) -> None:
        answer = self.webhook.review(reviews.pod("nginx"), timeout=5, within=5)
        self.assert_denied(answer, "No verifier could be asked")

    def test_what_asks_no_verifier_is_answered_as_ever(self) -> None:
        for name in ("v1/pod-delete", "v1/pod-exec"):
            self.assert_allowed(self.webhook.review(reviews.captured(name, "registry.test:5000")))

    def test_it_is_alive_but_not_ready(self) -> None:
        self.assertEqual(self.webhook.get("/healthz").status, 200)
        self.assertEqual(self.webhook.get("/readyz").status, 503)


class EndingTest(StackTestCase):
    """SIGTERM: what is in progress is answered, then the server ends with status 0."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.registry_is_asked = threading.Event()

        def hangs(request: Request) -> None:
            cls.registry_is_asked.set()
            answers_nothing(request)

        cls.image = f"{stack.scripted_registry({'hangs': hangs}).host}/hangs/app:1"
        cls.cluster = one_key_cluster(stack)

    def begin(self, name: str):
        verifier = self.stack.verifier(self.cluster, name=f"verifier-{name}")
        shim = self.stack.shim(verifier.address, name=f"shim-{name}")
        webhook = self.stack.webhook(shim)
        webhook.wait_until_ready()
        pool = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(pool.shutdown)
        self.registry_is_asked.clear()
        asked = pool.submit(webhook.review, reviews.pod(self.image), timeout=4, within=4)
        self.assertTrue(self.registry_is_asked.wait(START_SECONDS))
        self.assertFalse(asked.done())
        return verifier, shim, asked

    def assert_answered(self, asked: concurrent.futures.Future) -> None:
        self.assert_denied(asked.result(timeout=10), f"The image: {self.image} is not signed.")

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


class RestartTest(StackTestCase):
    """A verifier that ends and comes again at the same address, as a container of a Pod does."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.cluster = one_key_cluster(stack)

    def test_the_shim_is_ready_again_without_being_asked_about_anything(self) -> None:
        verifier = self.stack.verifier(self.cluster, name="verifier-before")
        webhook = self.stack.webhook(self.stack.shim(verifier.address))
        webhook.wait_until_ready()
        self.stack.servers.remove(verifier)
        end_well(verifier)
        wait_until(lambda: not webhook.is_ready(), "/readyz answers 503", START_SECONDS)
        self.stack.verifier(self.cluster, name="verifier-after", listen=verifier.address)
        webhook.wait_until_ready()
