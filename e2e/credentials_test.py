"""A registry that asks for a password: where the credential may come from, in which order."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

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


# Answers with what is in the file `answer` beside it, and writes down what it was asked.
PLUGIN = """#!/bin/sh
cd "$(dirname "$0")"
cat >> questions
echo >> questions
if [ -e fails ]; then
  echo "no role for $PROFILE" >&2
  exit 1
fi
exec cat answer
"""


class Plugins:
    """A credential provider plugin, as the kubelet runs them, for the images of some registries."""

    def __init__(self, directory: Path, hosts: list[str]) -> None:
        directory.mkdir()
        self.directory = directory
        self.config = directory / "config.yaml"
        # YAML is a superset of JSON.
        self.config.write_text(json.dumps({
            "apiVersion": "kubelet.config.k8s.io/v1",
            "kind": "CredentialProviderConfig",
            "providers": [{"name": "cloud", "matchImages": hosts, "defaultCacheDuration": "1h",
                           "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                           "args": ["get-credentials"],
                           "env": [{"name": "PROFILE", "value": "a-profile"}]}],
        }), encoding="utf-8")
        plugin = directory / "cloud"
        plugin.write_text(PLUGIN, encoding="utf-8")
        plugin.chmod(0o755)

    def flags(self) -> list[str]:
        return [f"--image-credential-provider-config={self.config}",
                f"--image-credential-provider-bin-dir={self.directory}"]

    def answer(self, host: str, password: str, duration: str | None = None) -> None:
        """What the plugin says from now on."""
        self.fail(False)
        answer = {"apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                  "kind": "CredentialProviderResponse", "cacheKeyType": "Registry",
                  "auth": {host: {"username": USER, "password": password}}}
        if duration:
            answer["cacheDuration"] = duration
        (self.directory / "answer").write_text(json.dumps(answer), encoding="utf-8")

    def fail(self, fails: bool = True) -> None:
        if fails:
            (self.directory / "fails").touch()
        else:
            (self.directory / "fails").unlink(missing_ok=True)

    def questions(self) -> list[dict[str, str]]:
        """What it was asked, so far."""
        file = self.directory / "questions"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()
                ] if file.exists() else []


class CredentialsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        htpasswd = programs.TESTDATA / "registry" / "htpasswd"
        cls.host = stack.registry(htpasswd=htpasswd).host
        cls.image = f"{cls.host}/trusted/app:signed"
        cls.cluster = stack.cluster()
        cls.clouds_host = stack.registry(htpasswd=htpasswd, name="cloud").host
        cls.plugins = Plugins(stack.directory / "plugins", [cls.clouds_host])
        cls.verifier = stack.verifier(cls.cluster, ["--verbose", *cls.plugins.flags()])
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

    def put_for_the_cloud(self) -> str:
        """A policy for the registry that the plugin is for; an image there."""
        keys = {"cloud": public_key("ecdsa-p256"), "stranger": public_key("stranger")}
        marker = f"{self.clouds_host}/marker"
        self.cluster.write("all.yaml", policy(keys, [rule(f"{self.clouds_host}/trusted/*", "cloud"),
                                                     rule(marker, "absent-cloud")]))
        wait_until(lambda: "absent-cloud" in self.webhook.review(reviews.pod(marker)).message,
                   "the new objects are in force", 5)
        return f"{self.clouds_host}/trusted/app:signed"

    def test_source_5_a_credential_provider_plugin(self) -> None:
        image = self.put_for_the_cloud()
        with self.subTest("one that fails is named, and its profile is not"):
            self.plugins.fail()
            denied = self.ask(image=image)
            self.assert_denied(denied, "credential provider cloud: exit status 1: no role for",
                               "anonymous")
            self.assertNotIn("a-profile", denied.body.decode())
        with self.subTest("one that answers"):
            self.plugins.answer(self.clouds_host, PASSWORD)
            self.assert_allowed(self.ask(image=image))
            self.assertEqual(self.plugins.questions()[-1], {
                "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
                "kind": "CredentialProviderRequest", "image": f"{self.clouds_host}/trusted/app"})
        with self.subTest("its answer is kept"):
            asked = len(self.plugins.questions())
            self.assert_allowed(self.ask(image=image))
            self.assertEqual(len(self.plugins.questions()), asked)

    def test_a_plugins_credential_that_has_ended_is_replaced_at_once(self) -> None:
        host = self.stack.registry(htpasswd=programs.TESTDATA / "registry" / "htpasswd",
                                   name="ended").host
        plugins = Plugins(self.stack.directory / "ended-plugins", [host])
        cluster = self.stack.cluster("ended-objects")
        cluster.write("all.yaml", policy({"cloud": public_key("ecdsa-p256")},
                                         [rule(f"{host}/trusted/*", "cloud")]))
        verifier = self.stack.verifier(cluster, plugins.flags(), name="ended-verifier")
        webhook = self.stack.webhook(self.stack.shim(verifier.address, name="ended-shim"))
        plugins.answer(host, WRONG)
        image = f"{host}/trusted/app:signed"
        self.assert_denied(webhook.review(reviews.pod(image)),
                           "credential provider cloud (refused)")
        plugins.answer(host, PASSWORD)
        self.assert_allowed(webhook.review(reviews.pod(image)))

    def test_plugins_that_are_not_there_are_refused_at_the_start(self) -> None:
        plugins = Plugins(self.stack.directory / "absent-plugins", ["registry.example.org"])
        (plugins.directory / "cloud").unlink()
        both = plugins.flags()
        for flags, message in ((both, "/providers/0/name: there is no file"),
                               (both[:1], "needs --image-credential-provider-bin-dir too"),
                               (both[1:], "needs --image-credential-provider-config too")):
            with self.subTest(message):
                ran = subprocess.run(
                    [str(programs.VERIFIER), "--listen=127.0.0.1:0",
                     f"--objects={self.cluster.directory}", *flags],
                    env=environment(self.stack.directory), capture_output=True, text=True,
                    timeout=30)
                self.assertEqual(ran.returncode, 2, ran.stderr)
                self.assertIn(message, ran.stderr)

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

    def test_all_refused_is_denied_and_names_each_source_of_the_workloads_own(self) -> None:
        self.put(self.secret("mine", WRONG + "-1"), self.secret("of-account", WRONG + "-2"),
                 self.secret("of-pattern", WRONG + "-3", "vault"),
                 self.secret("of-deployment", WRONG + "-4", DEPLOYMENT),
                 service_account("shop", "builder", "of-account"),
                 service_account(DEPLOYMENT, DEPLOYMENT_ACCOUNT, "of-deployment"),
                 secret_ref="vault/of-pattern")
        answer = self.ask("mine", account="builder")
        self.assert_denied(answer, "shop/mine", "shop/builder",
                           "a credential of the operator's (refused)", "anonymous")
        # What is the operator's is named in the log alone.
        for name in ("vault", "of-pattern", DEPLOYMENT_ACCOUNT, "of-deployment"):
            self.assertNotIn(name, answer.message)

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
        self.assertEqual(without.returncode, 2, without.stdout + without.stderr)
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
