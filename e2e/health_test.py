"""Nobody else claims: probes and tools that are not of our gRPC's making (curl's HTTP/2) can ask the verifier
for its health and its services; its health and the shim's readiness follow the policy; and neither program
could leave a core dump."""

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
        cls.verifier = stack.verifier(standard_cluster(stack, "registry.test:5000"))

    def test_health_is_serving_for_the_server_and_for_its_service_and_unknown_of_others(self) -> None:
        for service, health in (("", grpc_client.SERVING), (SERVICE, grpc_client.SERVING), ("unknown.Service", 0)):
            self.assertEqual(grpc_client.health(self.verifier.address, service), health)

    def test_reflection_names_the_services(self) -> None:
        listed = grpc_client.services(self.verifier.address)
        for service in (SERVICE, "grpc.health.v1.Health"):
            self.assertIn(service.encode(), listed)

    def test_no_program_leaves_a_core_dump_with_what_it_knows(self) -> None:
        shim = self.stack.shim(self.verifier.address, name="shim-dump")
        for server in (self.verifier, shim):
            limits = Path(f"/proc/{server.process.pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"(?m)^Max core file size +0 +0 ")

    def test_health_is_not_serving_until_a_policy_could_be_read(self) -> None:
        cluster = self.stack.cluster("unreadable")
        cluster.write_text("policy.yaml", "kind: [")
        verifier, webhook = self.stack.serve(cluster, name="unreadable")
        self.assertEqual(grpc_client.health(verifier.address), grpc_client.NOT_SERVING)
        self.assertFalse(webhook.is_ready())
        self.assert_denied(webhook.review(reviews.pod("nginx"), timeout=3))
        cluster.remove("policy.yaml")
        wait_until(lambda: grpc_client.health(verifier.address) == grpc_client.SERVING,
                   "health is SERVING", 20)
        webhook.wait_until_ready()
        self.assert_allowed(webhook.review(reviews.pod("nginx")))
