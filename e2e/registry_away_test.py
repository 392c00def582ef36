"""Nobody else claims: with the real programs, a registry that is gone is a reason of its own, says since when, and is
not asked by everybody; what was verified a moment ago is admitted still. (What is older than five minutes is for
//verifier/evidence:aged_evidence_test, which can say what time it is.)"""

from __future__ import annotations

from e2e import reviews
from e2e.process import wait_until
from e2e.stack import Stack, one_key_cluster
from e2e.stack_test_case import StackTestCase
from e2e.status_pages import LISTEN, metrics

_OTHER = "sha256:" + "0" * 64
_SINCE = "the registry could not be reached since 20"
_AWAY = 'countersign_verdicts_total{reason="registry_away"}'
_OPEN = 'countersign_registry_breaker_open{registry="other"}'


class RegistryAwayTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.registry = stack.registry()
        cls.verifier, cls.webhook = stack.serve(one_key_cluster(stack), [*LISTEN, "--tag-memory=0"])

    def test_a_registry_that_is_gone(self) -> None:
        name = f"{self.registry.host}/trusted/app"
        admitted = self.webhook.review(reviews.pod(f"{name}:signed"))
        self.assert_allowed(admitted)
        by_digest = admitted.patched()["spec"]["containers"][0]["image"]
        self.assertIn("@sha256:", by_digest)
        self.assertEqual(metrics(self.verifier)[_OPEN], 0)

        self.registry.stop()
        # An object that names it by digest needs no registry for five minutes, and says nothing of it.
        again = self.webhook.review(reviews.pod(by_digest))
        self.assert_allowed(again)
        self.assertEqual(again.warnings, [])
        self.assertNotIn("stale-evidence", again.audit_annotations)
        # Another digest was not verified, and what the tag means now nobody can say.
        for image in (f"{name}@{_OTHER}", f"{name}:signed"):
            with self.subTest(image=image):
                self.assert_denied(self.webhook.review(reviews.pod(image)), _SINCE)
        self.assertGreaterEqual(metrics(self.verifier)[_AWAY], 2)

        # After some more it is left alone.
        def is_left_alone() -> bool:
            self.assert_denied(self.webhook.review(reviews.pod(f"{name}@{_OTHER}")), _SINCE)
            return metrics(self.verifier)[_OPEN] == 1
        wait_until(is_left_alone, "its breaker is open", 20)
        self.assert_allowed(self.webhook.review(reviews.pod(by_digest)))
        self.assertEqual(metrics(self.verifier)["countersign_stale_evidence_uses_total"], 0)
