"""The verifier as gRPC clients and probes see it: health, reflection, limits."""

from __future__ import annotations

from pathlib import Path

from e2e import grpc_client, reviews
from e2e.process import wait_until
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase

SERVICE = "countersign.v1.Verifier"


class HealthTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.cluster = standard_cluster(stack, "registry.test:5000")
        cls.verifier = stack.verifier(cls.cluster)

    def test_health_is_serving_for_the_server_and_for_its_service(self) -> None:
        for service in ("", SERVICE):
            self.assertEqual(grpc_client.health(self.verifier.address, service),
                             grpc_client.SERVING)

    def test_health_of_an_unknown_service_is_unknown(self) -> None:
        self.assertEqual(grpc_client.health(self.verifier.address, "unknown.Service"), 0)

    def test_reflection_names_the_services(self) -> None:
        listed = grpc_client.services(self.verifier.address)
        for service in (SERVICE, "grpc.health.v1.Health"):
            self.assertIn(service.encode(), listed)

    def test_a_message_that_is_none_is_an_error_of_the_call(self) -> None:
        status, _ = grpc_client.call(self.verifier.address, f"{SERVICE}/VerifyImages", b"\xff")
        self.assertNotEqual(status, 0)

    def test_a_message_over_the_limit_is_resource_exhausted(self) -> None:
        status, _ = grpc_client.call(self.verifier.address, f"{SERVICE}/VerifyImages",
                                     b"\0" * (4 << 20))
        self.assertEqual(status, 8)

    def test_no_images_is_an_invalid_argument(self) -> None:
        status, _ = grpc_client.call(self.verifier.address, f"{SERVICE}/VerifyImages", b"")
        self.assertEqual(status, 3)

    def test_more_images_than_the_limit_are_an_invalid_argument(self) -> None:
        for count, wanted in ((1000, 0), (1001, 3)):
            status, _ = grpc_client.call(self.verifier.address, f"{SERVICE}/VerifyImages",
                                         grpc_client.verify_images(*["nginx"] * count))
            self.assertEqual(status, wanted)

    def test_no_program_leaves_a_core_dump_with_what_it_knows(self) -> None:
        shim = self.stack.shim(self.verifier.address, name="shim-dump")
        for server in (self.verifier, shim):
            limits = Path(f"/proc/{server.process.pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"(?m)^Max core file size +0 +0 ")

    def test_health_is_not_serving_until_a_policy_could_be_read(self) -> None:
        cluster = self.stack.cluster("unreadable")
        cluster.write_text("policy.yaml", "kind: [")
        verifier = self.stack.verifier(cluster, name="verifier-unreadable")
        self.assertEqual(grpc_client.health(verifier.address), grpc_client.NOT_SERVING)
        webhook = self.stack.webhook(self.stack.shim(verifier.address, name="shim-unreadable"))
        self.assertFalse(webhook.is_ready())
        self.assert_denied(webhook.review(reviews.pod("nginx"), timeout=3))
        cluster.remove("policy.yaml")
        wait_until(lambda: grpc_client.health(verifier.address) == grpc_client.SERVING,
                   "health is SERVING", 5)
        wait_until(lambda: webhook.is_ready(), "/readyz answers 200", 10)
        self.assert_allowed(webhook.review(reviews.pod("nginx")))
