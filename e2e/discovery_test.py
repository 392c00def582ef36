"""Nobody else claims: verifiers behind one DNS name, as behind a headless Service, are replaced one after
another, and no admission is refused meanwhile. (In the cluster of e2e/kubernetes verifiers are named by
address.)"""

from __future__ import annotations

import time

from e2e import reviews
from e2e.name_server import NameServer
from e2e.servers import Verifier
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase, admissions_under_way, end_well

# More than the shim waits at least between two look-ups.
BETWEEN_REPLACEMENTS = 2.5


class DiscoveryTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.cluster = standard_cluster(stack, cls.host)

    def replace(self, serving: list[Verifier], address: str, names: NameServer) -> None:
        """Ends the one that serves once another does, as a Deployment replaces its pods."""
        old = serving.pop()
        serving.append(self.stack.verifier(self.cluster, name=f"verifier-at-{address}", listen=address))
        names.addresses = [address.partition(":")[0]]
        self.stack.servers.remove(old)
        end_well(old)

    def test_no_admission_is_refused_while_all_verifiers_are_replaced_one_after_another(self) -> None:
        serving = [self.stack.verifier(self.cluster, name="verifier-2", listen="127.0.0.2:0")]
        port = serving[0].port
        names = self.stack.keep(NameServer(["127.0.0.2"]))
        shim = self.stack.shim(f"dns://127.0.0.1:{names.port}/verifiers.test:{port}",
                               ["--insecure-verifier-plaintext"])
        webhook = self.stack.webhook(shim)
        webhook.wait_until_ready()
        pod = reviews.pod(f"{self.host}/trusted/app:signed")
        with admissions_under_way(webhook, pod, at_once=2) as answers:
            for number in (3, 4, 5):
                time.sleep(BETWEEN_REPLACEMENTS)
                self.replace(serving, f"127.0.0.{number}:{port}", names)
            time.sleep(BETWEEN_REPLACEMENTS)
        self.assertGreater(len(answers), 50)
        self.assertEqual([answer.message for answer in answers if not answer.allowed], [])
