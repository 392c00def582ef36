"""A registry that asks for a password: where the credential may come from, in which order."""

from __future__ import annotations

import json
import subprocess

from e2e import expected, programs, reviews
from e2e.cluster import Manifest, policy, pull_secret, rule, service_account
from e2e.process import environment, wait_until
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

USER, PASSWORD = "reader", "test-only"  # of testdata/registry/htpasswd
WRONG = "outdated-secret-of-the-test"
BASE64_OF_BOTH = ("cmVhZGVyOnRlc3Qtb25seQ", "cmVhZGVyOm91dGRhdGVkLXNlY3JldC1vZi10aGUtdGVzdA")
DEPLOYMENT = "image-policy-system"
DEPLOYMENT_ACCOUNT = "image-policy-registry-credentials"


class CredentialsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        htpasswd = programs.TESTDATA / "registry" / "htpasswd"
        cls.host = stack.registry(htpasswd=htpasswd).host
        cls.image = f"{cls.host}/trusted/app:signed"
        cls.cluster = stack.cluster()
        cls.verifier = stack.verifier(cls.cluster, ["--verbose"])
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address, ["--verbose"]))
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
        rules = [rule(f"{self.host}/trusted/*", key, secret=secret_ref),
                 rule(marker, f"absent-{key}")]
        self.cluster.write("all.yaml", policy(keys, rules), *objects)
        wait_until(lambda: f"absent-{key}" in self.webhook.review(reviews.pod(marker)).message,
                   "the new objects are in force", 5)

    def ask(self, *pull_secrets: str, account: str = "default",
            image: str | None = None) -> Answer:
        review = reviews.pod(image or self.image)
        spec = reviews.pod_spec(review)
        spec["serviceAccountName"] = account
        spec["imagePullSecrets"] = [{"name": name} for name in pull_secrets]
        return self.webhook.review(review)

    def test_source_1_a_pull_secret_of_the_pod(self) -> None:
        self.put(self.secret("mine"))
        self.assert_allowed(self.ask("mine"))

    def test_source_2_a_pull_secret_of_the_service_account(self) -> None:
        self.put(self.secret("of-account"), service_account("shop", "builder", "of-account"))
        self.assert_allowed(self.ask(account="builder"))

    def test_source_2_the_default_service_account_counts_where_none_is_named(self) -> None:
        self.put(self.secret("of-account"), service_account("shop", "default", "of-account"))
        self.assert_allowed(self.ask(account=""))

    def test_source_3_the_secret_of_the_pattern(self) -> None:
        self.put(self.secret("of-pattern", namespace="vault"), secret_ref="vault/of-pattern")
        self.assert_allowed(self.ask())

    def test_source_4_the_service_account_of_the_deployment(self) -> None:
        self.put(self.secret("of-deployment", namespace=DEPLOYMENT),
                 service_account(DEPLOYMENT, DEPLOYMENT_ACCOUNT, "of-deployment"))
        self.assert_allowed(self.ask())

    def test_a_refused_credential_hides_no_good_one_of_a_later_source(self) -> None:
        stale = [self.secret("mine", WRONG), self.secret("of-account", WRONG),
                 service_account("shop", "builder", "of-account")]
        with self.subTest(good="in the same pod"):
            self.put(*stale, self.secret("second"))
            self.assert_allowed(self.ask("mine", "second", account="builder"))
        with self.subTest(good="of the pattern"):
            self.put(*stale, self.secret("of-pattern", namespace="vault"),
                     secret_ref="vault/of-pattern")
            self.assert_allowed(self.ask("mine", account="builder"))
        with self.subTest(good="of the deployment"):
            self.put(*stale, self.secret("of-pattern", WRONG, "vault"),
                     self.secret("of-deployment", namespace=DEPLOYMENT),
                     service_account(DEPLOYMENT, DEPLOYMENT_ACCOUNT, "of-deployment"),
                     secret_ref="vault/of-pattern")
            self.assert_allowed(self.ask("mine", account="builder"))

    def test_none_is_denied_and_says_that_it_was_tried_without(self) -> None:
        self.put()
        self.assert_denied(self.ask(), f"The image: {self.image} is not signed.", "anonymous",
                           "imagePullSecret")

    def test_all_refused_is_denied_and_names_each_source(self) -> None:
        self.put(self.secret("mine", WRONG + "-1"), self.secret("of-account", WRONG + "-2"),
                 self.secret("of-pattern", WRONG + "-3", "vault"),
                 self.secret("of-deployment", WRONG + "-4", DEPLOYMENT),
                 service_account("shop", "builder", "of-account"),
                 service_account(DEPLOYMENT, DEPLOYMENT_ACCOUNT, "of-deployment"),
                 secret_ref="vault/of-pattern")
        self.assert_denied(self.ask("mine", account="builder"),
                           "shop/mine", "shop/builder", "vault/of-pattern",
                           f"{DEPLOYMENT}/{DEPLOYMENT_ACCOUNT}", "anonymous")

    def test_secrets_of_another_namespace_are_no_use_to_a_pod(self) -> None:
        self.put(self.secret("mine", namespace="other"))
        self.assert_denied(self.ask("mine"), "shop/mine", "not found")

    def test_a_credential_for_another_registry_is_not_sent(self) -> None:
        self.put(self.secret("mine", registry="registry.example.org"))
        self.assert_denied(self.ask("mine"), "anonymous")

    def test_a_secret_of_another_type_is_passed_over(self) -> None:
        unrelated = self.secret("unrelated")
        unrelated["type"] = "Opaque"
        self.put(unrelated, self.secret("mine"))
        self.assert_allowed(self.ask("unrelated", "mine"))
        self.assert_denied(self.ask("unrelated"), "shop/unrelated")

    def test_what_one_credential_may_see_another_pod_may_not(self) -> None:
        self.put(self.secret("mine"))
        # One that no other test asks about, since what was seen is remembered for a while.
        digest = expected.images()["trusted/app:two-signers"].digest
        by_digest = f"{self.host}/trusted/app@{digest}"
        self.assert_allowed(self.ask("mine", image=by_digest))
        self.assert_denied(self.ask(image=by_digest), "is not signed.")

    def test_the_commands_own_docker_configuration_is_tried_first(self) -> None:
        config = self.stack.directory / "docker-config.json"
        config.write_text(json.dumps({"auths": {self.host: {"username": USER,
                                                            "password": PASSWORD}}}),
                          encoding="utf-8")
        command = [str(programs.COUNTERSIGN), "verify", f"--registry-ca={self.stack.ca}",
                   f"--key={programs.TESTDATA / 'keys' / 'ecdsa-p256.pub'}", self.image]
        home = environment(self.stack.directory)
        with_config = subprocess.run([*command, f"--docker-config={config}"], env=home,
                                     capture_output=True, text=True, timeout=30)
        self.assertEqual(with_config.returncode, 0, with_config.stdout + with_config.stderr)
        without = subprocess.run(command, env=home, capture_output=True, text=True, timeout=30)
        self.assertEqual(without.returncode, 1, without.stdout + without.stderr)
        self.assertIn("anonymous", without.stdout)

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
