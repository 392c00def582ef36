"""Nobody else claims: the command, the shim and the verifier serve each other with the certificates that
`countersign certificates --directory` makes, and only with those; and an authority for registries comes from a
Secret while the verifier runs."""

from __future__ import annotations

from pathlib import Path

from e2e import programs, reviews
from e2e.certificates import Authority, KeyPair
from e2e.process import wait_until
from e2e.servers import asking_over_tls
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import WebhookClient


class CertificateDirectoryTest(StackTestCase):
    """Certificates that `countersign certificates` makes where there is no cluster."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.image = f"{stack.registry().host}/trusted/app:signed"
        cls.made = stack.directory / "made"
        cls.make()
        cls.verifier = stack.verifier(
            standard_cluster(stack, cls.image.partition("/")[0]),
            [f"--client-ca={cls.made / 'countersign-verifier-tls' / 'ca.crt'}",
             "--allowed-client=dns:countersign-shim.image-policy-system.svc=*"],
            key_pair=cls.pair("countersign-verifier-tls"))
        cls.ca = cls.made / "countersign-shim-client-tls" / "ca.crt"
        cls.client = cls.pair("countersign-shim-client-tls")

    @classmethod
    def make(cls) -> str:
        ran = cls.stack.run(programs.COUNTERSIGN, "certificates", f"--directory={cls.made}",
                            "--verifier-name=127.0.0.1", "--shim-name=127.0.0.1")
        if ran.status:
            raise RuntimeError(ran.said)
        return ran.output

    @classmethod
    def pair(cls, name: str) -> KeyPair:
        return KeyPair(cls.made / name / "tls.crt", cls.made / name / "tls.key")

    def shim(self, name: str, client: KeyPair | None) -> WebhookClient:
        shim = self.stack.shim(self.verifier.address, asking_over_tls("verifier", self.ca, client), name=name,
                               key_pair=self.pair("countersign-shim-tls"))
        return WebhookClient(shim.port, self.made / "countersign-ca" / "ca.crt")

    def test_a_shim_and_a_verifier_serve_with_them(self) -> None:
        webhook = self.shim("shim", self.client)
        webhook.wait_until_ready()
        self.assert_allowed(webhook.review(reviews.pod(self.image)))

    def test_a_shim_without_one_is_not_ready_and_denies(self) -> None:
        webhook = self.shim("shim-without", None)
        self.assertFalse(webhook.is_ready())
        self.assert_denied(webhook.review(reviews.pod(self.image), timeout=3))

    def test_the_command_is_answered_by_its_certificate_alone(self) -> None:
        stranger = Authority(self.stack.directory / "stranger", "Somebody else").issue("client")
        for what, flags, seconds, status in (
                ("a client that is listed", asking_over_tls("server", self.ca, self.client), 20, 0),
                ("one without a certificate", asking_over_tls("server", self.ca), 3, 2),
                ("one of another authority", asking_over_tls("server", self.ca, stranger), 3, 2),
                ("a plaintext one", [], 3, 2)):
            with self.subTest(what):
                ran = self.stack.run(programs.COUNTERSIGN, "verify", f"--server={self.verifier.address}",
                                     f"--timeout={seconds}", *flags, self.image)
                self.assertEqual(ran.status, status, ran.said)

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
        cls.verifier = stack.verifier(cls.cluster, ["--registry-ca-secret=infra/absent",
                                                    "--registry-ca-secret=infra/registry-ca"], registry_ca=False)
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
