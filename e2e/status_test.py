"""Nobody else claims: the status ports of the real programs tell liveness, readiness with its reasons, and
metrics that move with what is asked."""

from __future__ import annotations

import re

from e2e import programs, reviews
from e2e.process import wait_until
from e2e.servers import asking_over_tls
from e2e.sigstore_test_case import FLAG, by_key, by_secret, image_policy, namespace, settings
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.status_pages import LISTEN, exported, metrics, page

# While the policy can be read, where there is no API server, where the trusted root is the shipped one, and without
# policies of policy.sigstore.dev.
ABSENT_HERE = {"countersign_policy_unreadable_since_timestamp_seconds", "countersign_policy_status_writes_total",
               "countersign_trusted_root_refreshed_timestamp_seconds",
               "countersign_trusted_root_expiry_timestamp_seconds",
               *(f"countersign_sigstore_policy_{name}" for name in (
                   "readable", "unreadable_since_timestamp_seconds", "watch_errors_total",
                   "in_force_since_timestamp_seconds", "objects", "broken_objects", "secret_keys", "status_held",
                   "status_writes_total"))}


def documented() -> tuple[set[str], set[str]]:
    """The names that docs/metrics.md writes out, and all that it means: `…_limit` after `X_held` is X_limit, and after
    another name that name and `_limit`."""
    written_out, every = set(), set()
    text = (programs.TESTDATA.parent / "docs" / "metrics.md").read_text(encoding="utf-8")
    for cell in re.findall(r"(?m)^\| (`(?:countersign|process)_.*?) \|", text):
        names = re.findall(r"`((?:countersign|process)_\w+)", cell)
        written_out.update(names)
        every.update(names, (name.removesuffix("_held") + end for name in names for end in re.findall("`…(_\\w+)", cell)))
    return written_out, every


class StatusTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.registry = stack.registry()
        cls.cluster = standard_cluster(stack, cls.registry.host)
        cls.verifier = stack.verifier(cls.cluster, LISTEN, key_pair=stack.key_pair)
        cls.shim = stack.shim(cls.verifier.address, [*LISTEN, *asking_over_tls("verifier", stack.ca)])
        cls.webhook = stack.webhook(cls.shim)

    def test_both_are_live_and_ready(self) -> None:
        for server in (self.verifier, self.shim):
            self.assertEqual(page(server, "/livez"), (200, "ok\n"))
            wait_until(lambda server=server: page(server, "/readyz")[0] == 200, "ready", 20)
            self.assertEqual(page(server, "/signing-policy-check")[0], 404)
        self.assertIn("policy: a policy is in force since", page(self.verifier, "/readyz")[1])
        self.assertIn("trusted root: in force since", page(self.verifier, "/readyz")[1])

    def test_reviews_and_verdicts_are_counted(self) -> None:
        allowed = 'countersign_reviews_total{operation="CREATE",outcome="allowed"}'
        before = metrics(self.shim)[allowed]
        self.assert_allowed(self.webhook.review(
            reviews.pod(f"{self.registry.host}/trusted/app:signed")))
        self.assertEqual(metrics(self.shim)[allowed], before + 1)
        of_verifier = metrics(self.verifier)
        self.assertGreater(of_verifier["countersign_registry_request_duration_seconds_count"], 0)
        self.assertGreater(of_verifier["countersign_policy_keys"], 0)

    def test_the_documents_name_every_metric_and_no_other(self) -> None:
        self.assert_allowed(self.webhook.review(reviews.pod(f"{self.registry.host}/trusted/app:signed")))
        found = exported(self.verifier) | exported(self.shim)
        written_out, every = documented()
        self.assertEqual(found - every, set())
        self.assertEqual(written_out - found - ABSENT_HERE, set())

    def test_certificates_tell_when_they_end(self) -> None:
        name = 'countersign_certificate_expiry_timestamp_seconds{use="server"}'
        for server in (self.verifier, self.shim):
            self.assertGreater(metrics(server)[name], 1.7e9)

    def test_a_verifier_that_lost_its_policy_says_so_and_stays_ready(self) -> None:
        cluster = standard_cluster(self.stack, self.registry.host, "lost")
        verifier = self.stack.verifier(cluster, LISTEN, name="verifier-lost")
        self.assertEqual(metrics(verifier)["countersign_policy_readable"], 1)
        cluster.write_text("broken.yaml", "kind: [")
        wait_until(lambda: metrics(verifier)["countersign_policy_readable"] == 0,
                   "the policy is said to be unreadable", 20)
        status, text = page(verifier, "/readyz")
        self.assertEqual(status, 200)
        self.assertIn("policy: could not be read since", text)
        self.assertIn("the last good one stays in force", text)

    def test_a_verifier_that_never_read_a_policy_is_not_ready(self) -> None:
        cluster = self.stack.cluster("never")
        cluster.write_text("policy.yaml", "kind: [")
        verifier = self.stack.verifier(cluster, LISTEN, name="verifier-never")
        status, text = page(verifier, "/readyz")
        self.assertEqual(status, 503)
        self.assertIn("everything is denied", text)


class SigstoreStatusTest(StackTestCase):
    """With policies of policy.sigstore.dev, of which one cannot be used."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cluster = stack.cluster()
        cluster.write("objects.yaml", namespace("shop", include="true"), settings(no_match_policy="deny"),
                      image_policy("good", "registry.test/**", by_key("ecdsa-p256")),
                      image_policy("bad", "registry.test/**", {"key": {"data": "no key"}}),
                      image_policy("secret", "registry.test/**", by_secret("a", "absent")))
        cls.verifier = stack.verifier(cluster, [*LISTEN, FLAG])

    def test_they_are_counted_with_what_is_wrong_with_them(self) -> None:
        name = "countersign_sigstore_policy"
        wait_until(lambda: metrics(self.verifier).get(f'{name}_secret_keys{{state="missing"}}') == 1, "counted", 20)
        found = metrics(self.verifier)
        self.assertEqual(found[f"{name}_readable"], 1)
        self.assertEqual(found[f'{name}_objects{{kind="ClusterImagePolicy"}}'], 3)
        self.assertEqual(found[f'{name}_broken_objects{{kind="ClusterImagePolicy"}}'], 2)
        self.assertEqual(found[f'{name}_broken_objects{{kind="ConfigMap"}}'], 0)

    def test_it_is_ready_and_says_how_many_there_are(self) -> None:
        wait_until(lambda: page(self.verifier, "/readyz")[0] == 200, "ready", 20)
        _, text = page(self.verifier, "/readyz")
        self.assertRegex(text, r"policy\.sigstore\.dev: 3 policies are in force since 20.*; trust roots 0, options 0")

    def test_the_documents_name_these_metrics_too(self) -> None:
        written_out, every = documented()
        found = exported(self.verifier)
        self.assertEqual(found - every, set())
        # Where all can be read, and there is no API server to write to.
        self.assertEqual({name for name in written_out - found if name.startswith("countersign_sigstore_policy_")},
                         {f"countersign_sigstore_policy_{name}" for name in (
                             "unreadable_since_timestamp_seconds", "status_writes_total")})
