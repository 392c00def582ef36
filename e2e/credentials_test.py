"""Nobody else claims: no secret is in any answer or log of the real programs, even verbose ones; a Secret
serves its own namespace and registry alone, and what it let one see is seen by nobody without it; credential
provider plugins are run as the kubelet runs them; and the command takes a Docker configuration. (What each
source of credentials gives, and in which order: e2e/kubernetes, with a real API server.)"""

from __future__ import annotations

import json

from e2e import expected, programs, reviews
from e2e.cluster import Manifest, policy, pull_secret, rule
from e2e.credential_plugin import CredentialPlugin
from e2e.process import wait_until
from e2e.stack import HTPASSWD, PASSWORD, USER, Stack, public_key, public_key_file
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

WRONG = "outdated-secret-of-the-test"
BASE64_OF_BOTH = ("cmVhZGVyOnRlc3Qtb25seQ", "cmVhZGVyOm91dGRhdGVkLXNlY3JldC1vZi10aGUtdGVzdA")


class CredentialsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry(htpasswd=HTPASSWD).host
        cls.image = f"{cls.host}/trusted/app:signed"
        cls.clouds_host = stack.registry(htpasswd=HTPASSWD, name="cloud").host
        cls.plugin = CredentialPlugin(stack.directory / "plugins", [cls.clouds_host])
        cls.cluster = stack.cluster()
        # What a credential may see is asked of the registry each time.
        _, cls.webhook = stack.serve(cls.cluster, ["--verbose", "--tag-memory=0", *cls.plugin.flags], ["--verbose"])
        cls.generation = 0

    @classmethod
    def secret(cls, name: str, password: str = PASSWORD, namespace: str = "shop",
               registry: str | None = None) -> Manifest:
        return pull_secret(namespace, name, registry or cls.host, USER, password)

    def put(self, *objects: Manifest, secret_ref: str | None = None) -> None:
        """The policy and these objects, in force when this returns."""
        # A key of its own for each generation shows in an answer which one it is by.
        type(self).generation += 1
        key = f"generation-{self.generation}"
        keys = {key: public_key("ecdsa-p256"), f"not-{key}": public_key("stranger")}
        marker = f"{self.host}/marker"
        rules = [*(rule(f"{host}/trusted/*", key, secret=secret_ref) for host in (self.host, self.clouds_host)),
                 rule(marker, f"absent-{key}")]
        self.cluster.write("all.yaml", policy(keys, rules), *objects)
        wait_until(lambda: f"absent-{key}" in self.webhook.review(reviews.pod(marker)).message,
                   "the new objects are in force", 20)

    def ask(self, *pull_secrets: str, image: str | None = None) -> Answer:
        review = reviews.pod(image or self.image)
        reviews.pod_spec(review)["imagePullSecrets"] = [{"name": name} for name in pull_secrets]
        return self.webhook.review(review)

    def test_a_credential_provider_plugin(self) -> None:
        self.put()
        image = f"{self.clouds_host}/trusted/app:signed"
        with self.subTest("one that fails is named, and its profile is not"):
            self.plugin.fail()
            denied = self.ask(image=image)
            self.assert_denied(denied, "credential provider cloud: exit status 1: no role for",
                               "anonymous")
            self.assertNotIn("a-profile", denied.body.decode())
        with self.subTest("one whose credential is refused is asked again at once"):
            self.plugin.answer(self.clouds_host, USER, WRONG)
            self.assert_denied(self.ask(image=image), "credential provider cloud (refused)")
        with self.subTest("one that answers"):
            self.plugin.answer(self.clouds_host, USER, PASSWORD)
            self.assert_allowed(self.ask(image=image))
            self.assertEqual(self.plugin.questions()[-1], {
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "kind": "CredentialProviderRequest", "image": f"{self.clouds_host}/trusted/app"})
        with self.subTest("its answer is kept"):
            asked = len(self.plugin.questions())
            self.assert_allowed(self.ask(image=image))
            self.assertEqual(len(self.plugin.questions()), asked)

    def test_plugins_that_are_not_there_are_refused_at_the_start(self) -> None:
        absent = CredentialPlugin(self.stack.directory / "absent-plugins", ["registry.example.org"])
        absent.program.unlink()
        for flags, message in ((absent.flags, "/providers/0/name: there is no file"),
                               (absent.flags[:1], "needs --image-credential-provider-bin-dir too"),
                               (absent.flags[1:], "needs --image-credential-provider-config too")):
            with self.subTest(message):
                ran = self.stack.run(programs.VERIFIER, "--listen=127.0.0.1:0",
                                     f"--objects={self.cluster.directory}", *flags)
                self.assertEqual(ran.status, 2, ran.errors)
                self.assertIn(message, ran.errors)

    def test_a_secret_serves_its_own_namespace_and_registry_alone(self) -> None:
        self.put(self.secret("mine"))
        self.assert_allowed(self.ask("mine"))
        self.put(self.secret("mine", namespace="other"))
        self.assert_denied(self.ask("mine"), "shop/mine", "not found")
        self.put(self.secret("mine", registry="registry.example.org"))
        self.assert_denied(self.ask("mine"), "anonymous")

    def test_what_one_credential_may_see_another_pod_may_not(self) -> None:
        self.put(self.secret("mine"))
        # One that no other test asks about, since what was seen is remembered for a while.
        digest = expected.images()["trusted/app:two-signers"].digest
        by_digest = f"{self.host}/trusted/app@{digest}"
        self.assert_allowed(self.ask("mine", image=by_digest))
        self.assert_denied(self.ask(image=by_digest), "is not signed.")

    def test_the_commands_own_docker_configuration_is_tried_first(self) -> None:
        config = self.stack.directory / "docker-config.json"
        config.write_text(json.dumps({"auths": {self.host: {"username": USER, "password": PASSWORD}}}),
                          encoding="utf-8")
        for flags, status in (([f"--docker-config={config}"], 0), ([], 2)):
            ran = self.stack.run(programs.COUNTERSIGN, "verify", f"--registry-ca={self.stack.ca}",
                                 f"--key={public_key_file('ecdsa-p256')}", self.image, *flags)
            self.assertEqual(ran.status, status, ran.said)
        self.assertIn("anonymous", ran.output)

    def test_no_secret_is_in_an_answer_or_in_a_log(self) -> None:
        self.put(self.secret("mine", WRONG), self.secret("of-pattern", namespace="vault"),
                 secret_ref="vault/of-pattern")
        said = self.ask("mine").body.decode()
        self.put(self.secret("mine", WRONG))
        said += self.ask("mine").body.decode()
        for server in self.stack.servers:
            said += server.process.output()
        for secret in (PASSWORD, WRONG, *BASE64_OF_BOTH):
            self.assertNotIn(secret, said)
