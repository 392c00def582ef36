"""Certificates: those that the verifier wants to see, and those of the shim when they change."""

from __future__ import annotations

import http.client
import shutil
import ssl
import subprocess
import time
from pathlib import Path

from e2e import programs, reviews
from e2e.certificates import Authority, KeyPair
from e2e.process import environment, wait_until
from e2e.servers import Verifier
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import WebhookClient


class MutualTlsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.client = stack.authority.issue("client")
        cls.stranger = Authority(stack.directory / "stranger", "Somebody else").issue("client")
        cls.verifier = stack.verifier(standard_cluster(stack, cls.host),
                                      [f"--client-ca={stack.ca}"], key_pair=stack.key_pair)

    def flags(self, name: str, client: KeyPair | None) -> list[str]:
        flags = [f"--{name}-ca={self.stack.ca}"]
        if client:
            flags += [f"--{name}-cert={client.certificate}", f"--{name}-key={client.key}"]
        return flags

    def verify(self, *flags: str) -> int:
        return subprocess.run(
            [str(programs.COUNTERSIGN), "verify", f"--server={self.verifier.address}",
             "--timeout=3", *flags, f"{self.host}/trusted/app:signed"],
            env=environment(self.stack.directory), capture_output=True, timeout=30).returncode

    def test_a_client_of_the_authority_is_answered(self) -> None:
        self.assertEqual(self.verify(*self.flags("server", self.client)), 0)

    def test_a_client_without_a_certificate_is_not(self) -> None:
        self.assertEqual(self.verify(*self.flags("server", None)), 2)

    def test_a_client_of_another_authority_is_not(self) -> None:
        self.assertEqual(self.verify(*self.flags("server", self.stranger)), 2)

    def test_a_plaintext_client_is_not(self) -> None:
        self.assertEqual(self.verify(), 2)

    def test_the_shim_asks_with_its_certificate(self) -> None:
        shim = self.stack.shim(self.verifier.address, self.flags("verifier", self.client),
                               name="shim-client")
        webhook = self.stack.webhook(shim)
        self.wait_until_ready(webhook)
        self.assert_allowed(webhook.review(reviews.pod(f"{self.host}/trusted/app:signed")))

    def test_a_shim_without_one_is_not_ready_and_denies(self) -> None:
        shim = self.stack.shim(self.verifier.address, self.flags("verifier", None),
                               name="shim-without")
        webhook = self.stack.webhook(shim)
        self.assertFalse(webhook.is_ready())
        self.assert_denied(
            webhook.review(reviews.pod(f"{self.host}/trusted/app:signed"), timeout=3))


class CertificateReloadTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.verifier = stack.verifier(standard_cluster(stack, "registry.test:5000"))
        cls.served = KeyPair(stack.directory / "served.pem", stack.directory / "served.key")
        cls.first, cls.second = stack.authority.issue("first"), stack.authority.issue("second")
        cls.put(cls.first)
        shim = stack.shim(cls.verifier.address, key_pair=cls.served)
        cls.port, cls.webhook = shim.port, stack.webhook(shim)

    @classmethod
    def put(cls, pair: KeyPair) -> None:
        shutil.copyfile(pair.key, cls.served.key)
        shutil.copyfile(pair.certificate, cls.served.certificate)

    def shown(self) -> str:
        """The certificate that a new connection is shown."""
        return ssl.get_server_certificate(("127.0.0.1", self.port), timeout=5).strip()

    def wait_until_shown(self, pair: KeyPair) -> None:
        wanted = pair.certificate.read_text(encoding="ascii").strip()
        wait_until(lambda: self.shown() == wanted, f"{pair.certificate.name} is shown", 5)

    def test_changed_files_hold_for_new_connections_and_old_ones_go_on(self) -> None:
        self.put(self.first)
        self.wait_until_shown(self.first)
        kept = self.webhook.connect()
        self.ask_on(kept)
        self.put(self.second)
        self.wait_until_shown(self.second)
        self.ask_on(kept)
        kept.close()

    def test_files_that_do_not_load_leave_the_old_ones_in_force(self) -> None:
        self.put(self.first)
        self.wait_until_shown(self.first)
        self.served.certificate.write_text("no certificate", encoding="ascii")
        time.sleep(2)
        self.wait_until_shown(self.first)

    def ask_on(self, connection: http.client.HTTPSConnection) -> None:
        """On this very connection, which must still be the same one."""
        connection.auto_open = connection.sock is None
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        response.read()
        self.assertEqual(response.status, 200)


class CertificateDirectoryTest(StackTestCase):
    """Certificates that `countersign certificates` makes where there is no cluster."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.made = stack.directory / "made"
        cls.make()
        verifier_tls = cls.made / "countersign-verifier-tls"
        cls.verifier = stack.verifier(
            standard_cluster(stack, cls.host),
            [f"--client-ca={verifier_tls / 'ca.crt'}",
             "--allowed-client=dns:countersign-shim.image-policy-system.svc=*"],
            key_pair=cls.pair("countersign-verifier-tls"))
        client = cls.pair("countersign-shim-client-tls")
        cls.shim = stack.shim(
            cls.verifier.address,
            [f"--verifier-ca={cls.made / 'countersign-shim-client-tls' / 'ca.crt'}",
             f"--verifier-cert={client.certificate}", f"--verifier-key={client.key}"],
            key_pair=cls.pair("countersign-shim-tls"))

    @classmethod
    def make(cls, *flags: str) -> str:
        return subprocess.run(
            [str(programs.COUNTERSIGN), "certificates", f"--directory={cls.made}",
             "--verifier-name=127.0.0.1", "--shim-name=127.0.0.1", *flags],
            capture_output=True, text=True, timeout=30, check=True).stdout

    @classmethod
    def pair(cls, name: str) -> KeyPair:
        return KeyPair(cls.made / name / "tls.crt", cls.made / name / "tls.key")

    def test_a_shim_and_a_verifier_serve_with_them(self) -> None:
        webhook = WebhookClient(self.shim.port, self.made / "countersign-ca" / "ca.crt")
        self.wait_until_ready(webhook)
        self.assert_allowed(webhook.review(reviews.pod(f"{self.host}/trusted/app:signed")))

    def test_a_run_with_nothing_to_do_changes_no_file(self) -> None:
        before = self.files()
        self.assertEqual(len(before), 11)
        self.assertNotIn("changed", self.make())
        self.assertEqual(self.files(), before)

    def files(self) -> dict[Path, bytes]:
        return {file: file.read_bytes() for file in self.made.glob("*/*") if file.is_file()}


class RegistryAuthorityTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.cluster = standard_cluster(stack, cls.host)
        # Not Stack.verifier, which trusts the stack's authority.
        cls.verifier = Verifier(stack.directory / "verifier", cls.cluster.directory,
                                arguments=["--registry-ca-secret=infra/absent",
                                           "--registry-ca-secret=infra/registry-ca"])
        stack.servers.append(cls.verifier)
        stack.at_end(cls.verifier.stop)
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))

    def test_an_authority_is_taken_from_a_secret_while_the_verifier_runs(self) -> None:
        review = reviews.pod(f"{self.host}/trusted/app:signed")
        self.assert_denied(self.webhook.review(review), "signed by an unknown authority")
        self.cluster.write("registry-ca.yaml", {
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"namespace": "infra", "name": "registry-ca"},
            "stringData": {"ca.crt": self.stack.ca.read_text(encoding="utf-8")}})
        wait_until(lambda: self.webhook.review(review).allowed, "the registry is trusted", 30)
        logged = [line["object"] for line in self.verifier.log_lines()
                  if line["logger"] == "registry-ca" and line["level"] == "error"]
        self.assertEqual(sorted(logged), ["Secret infra/absent", "Secret infra/registry-ca"])
