"""The policy in force: none, exclusions, patterns that match nothing, and changes while serving."""

from __future__ import annotations

import re
import time

from e2e import programs, reviews
from e2e.cluster import Cluster, policy, rule
from e2e.process import wait_until
from e2e.stack import Stack, public_key, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

NO_POLICY = ('clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not found. '
             "Image policy enforcement was not applied.")
# A change promises to hold within a second; more than that is for a busy machine.
CHANGE_SECONDS = 3.0


class AnswersOfThePolicyTest(StackTestCase):
    """Sentences that a cluster's tooling may look for, word for word."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        standard = standard_cluster(stack, cls.host)
        empty = stack.cluster("empty")

        def webhook(name: str, cluster: Cluster, *arguments: str):
            verifier = stack.verifier(cluster, arguments, name=f"verifier-{name}")
            return stack.webhook(stack.shim(verifier.address, name=f"shim-{name}"))

        cls.webhook = webhook("standard", standard)
        cls.no_policy = webhook("no-policy", empty)
        cls.unmatched_allowed = webhook("unmatched-allowed", standard, "--allow-unmatched-images")

    def test_without_a_policy_everything_is_admitted_with_the_warning(self) -> None:
        answer = self.no_policy.review(reviews.pod(f"{self.host}/trusted/app:unsigned", "nginx"))
        self.assert_allowed(answer)
        self.assertEqual(answer.warnings, [NO_POLICY])

    def test_an_excluded_namespace_is_admitted_without_a_word(self) -> None:
        pod = reviews.pod(f"{self.host}/trusted/app:unsigned", namespace="kube-system")
        answer = self.webhook.review(pod)
        self.assert_allowed(answer)
        self.assertEqual(answer.warnings, [])

    def test_an_excluded_namespace_is_logged(self) -> None:
        pod = reviews.pod(f"{self.host}/trusted/app:unsigned", namespace="kube-system")
        self.assert_allowed(self.webhook.review(pod))
        sentence = "kube-system is excluded. The ImagePolicy will not be applied."
        logged = [str(line["msg"]) for server in self.stack.servers for line in server.log_lines()]
        self.assertIn(sentence, logged)

    def test_the_namespace_of_the_request_counts_not_the_one_in_the_object(self) -> None:
        pod = reviews.pod(f"{self.host}/trusted/app:unsigned")
        pod["request"]["object"]["metadata"]["namespace"] = "kube-system"
        self.assert_denied(self.webhook.review(pod))

    def test_an_unmatched_image_is_denied_by_default(self) -> None:
        image = f"{self.host}/elsewhere/app:1"
        self.assert_denied(
            self.webhook.review(reviews.pod(image)),
            f"Could not verify against any image policies for container image: {image}.")

    def test_an_unmatched_image_is_admitted_with_the_warning_where_that_is_allowed(self) -> None:
        answer = self.unmatched_allowed.review(reviews.pod("nginx", "busybox:1"))
        self.assert_allowed(answer)
        self.assertEqual(answer.warnings, [
            f"{image} did not match any image policies. Container will be created as "
            "AllowUnmatchedImages flag is true." for image in ("nginx", "busybox:1")])

    def test_allowing_unmatched_images_allows_no_unsigned_ones(self) -> None:
        image = f"{self.host}/trusted/app:unsigned"
        self.assert_denied(self.unmatched_allowed.review(reviews.pod("nginx", image)),
                           f"The image: {image} is not signed.")

    def test_every_failing_image_is_named(self) -> None:
        unsigned = [f"{self.host}/trusted/{name}" for name in ("app:unsigned", "multi:unsigned")]
        pod = reviews.pod(unsigned[0], f"{self.host}/trusted/app:signed", "nginx", unsigned[1])
        answer = self.webhook.review(pod)
        self.assert_denied(answer, *(f"The image: {image} is not signed." for image in unsigned),
                           "for container image: nginx.")
        self.assertNotIn("app:signed", answer.message)

    def test_a_pattern_never_matches_another_host(self) -> None:
        for image in (f"evil.example/{self.host}/trusted/app:signed",
                      f"{self.host}.evil.example/trusted/app:signed",
                      f"{self.host}0/trusted/app:signed"):
            with self.subTest(image=image):
                self.assert_denied(self.webhook.review(reviews.pod(image)),
                                   "Could not verify against any image policies")

    def test_one_key_of_one_matching_pattern_is_enough(self) -> None:
        # trusted/* has all keys, trusted/team/* has one; it was signed by that one.
        self.assert_allowed(self.webhook.review(
            reviews.pod(f"{self.host}/trusted/team/backend/app:signed")))

    def test_a_signature_by_a_key_of_another_pattern_does_not_count(self) -> None:
        image = f"{self.host}/other/app:signed"
        self.assert_denied(self.webhook.review(reviews.pod(image)),
                           f"The image: {image} is not signed.", "ecdsa-p256-second", "rsa-2048")


class ChangedPolicyTest(StackTestCase):
    """What holds after the policy's file has changed, asked until it does."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.signed = f"{cls.host}/trusted/app:signed"
        cls.cluster = stack.cluster()
        cls.cluster.write("policy.yaml", cls.policy_of("ecdsa-p256"))
        cls.verifier = stack.verifier(cls.cluster)
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))

    @classmethod
    def policy_of(cls, *keys: str):
        pem = {key: public_key(key) for key in keys}
        return policy(pem, [rule(f"{cls.host}/trusted/*", *keys)])

    def setUp(self) -> None:
        for file in list(self.cluster.directory.iterdir()):
            if file.name != "policy.yaml":
                self.cluster.remove(file.name)
        self.cluster.write("policy.yaml", self.policy_of("ecdsa-p256"))
        self.until(lambda answer: answer.allowed and not answer.warnings)

    def ask(self, image: str | None = None) -> Answer:
        return self.webhook.review(reviews.pod(image or self.signed))

    def until(self, holds) -> float:
        """Asks about the signed image until the answer is as it should be; the seconds it took."""
        begun = time.monotonic()
        wait_until(lambda: holds(self.ask()), "the changed policy holds", CHANGE_SECONDS)
        return time.monotonic() - begun

    def until_refused(self, why: str) -> None:
        """Until it has been logged, with file, line and reason, since the last good policy."""
        def refused() -> bool:
            errors = [str(line["error"]) for line in self.verifier.log_lines()
                      if line["logger"] == "policy" and line["level"] == "error"]
            return any(re.match(rf"policy\.yaml:[0-9]+: .*{why}", error) for error in errors)
        wait_until(refused, f"{why} in the log", CHANGE_SECONDS)

    def test_a_changed_policy_holds_within_a_second(self) -> None:
        self.cluster.write("policy.yaml", self.policy_of("rsa-2048"))
        seconds = self.until(lambda answer: not answer.allowed)
        print(f"a changed policy holds after {seconds * 1000:.0f} ms")

    def test_a_file_written_in_place_holds_too(self) -> None:
        text = (self.cluster.directory / "policy.yaml").read_text(encoding="utf-8")
        (self.cluster.directory / "policy.yaml").write_text(
            text.replace("/trusted/*", "/standalone"), encoding="utf-8")
        self.until(lambda answer: "Could not verify against any" in answer.message)

    def test_a_removed_policy_is_no_policy(self) -> None:
        self.cluster.remove("policy.yaml")
        self.until(lambda answer: answer.allowed and answer.warnings == [NO_POLICY])

    def test_a_policy_may_come_in_another_file(self) -> None:
        self.cluster.write("other.yaml", self.policy_of("rsa-2048"))
        self.cluster.remove("policy.yaml")
        self.until(lambda answer: not answer.allowed and '"rsa-2048"' in answer.message)

    def bad(self, name: str, why: str) -> None:
        """A bad file in the policy's place is refused with file and line; the last policy stays."""
        source = programs.TESTDATA / "cluster_bad" / name
        self.cluster.add_file(source, self.host, "policy.yaml")
        self.until_refused(why)
        answer = self.ask()
        self.assert_allowed(answer)
        self.assertEqual(answer.warnings, [])
        self.assert_denied(self.ask(f"{self.host}/trusted/keys:rsa-2048"), "is not signed.")

    def test_a_syntax_error_is_logged_and_the_last_policy_stays(self) -> None:
        self.bad("syntax-error.yaml", "end of map not found")

    def test_the_wrong_name_is_logged_and_the_last_policy_stays(self) -> None:
        self.bad("wrong-name.yaml", 'its name must be "image-policy"; this one is named "another-p')

    def test_two_policies_are_logged_and_the_last_policy_stays(self) -> None:
        self.bad("two-policies.yaml", "image-policy-2")

    def test_no_spec_is_logged_and_the_last_policy_stays(self) -> None:
        self.bad("no-spec.yaml", "spec")

    def test_aliases_that_unfold_without_end_are_logged_and_the_last_policy_stays(self) -> None:
        self.bad("aliases.yaml", "more than 100000 values")

    def test_a_file_that_is_no_text_is_logged_and_the_last_policy_stays(self) -> None:
        self.bad("binary.yaml", "")


class PartlyBrokenPolicyTest(StackTestCase):
    """One key or pattern wrong must not disable the rest, nor open a hole."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.cluster = stack.cluster()
        cls.verifier = stack.verifier(cls.cluster)
        cls.webhook = stack.webhook(stack.shim(cls.verifier.address))

    def put(self, name: str) -> None:
        """Puts a policy in force, by its own rule for the image asked about."""
        self.cluster.write_text("policy.yaml", "")
        self.until(lambda answer: answer.warnings == [NO_POLICY])
        source = programs.TESTDATA / "cluster_bad" / name
        self.cluster.add_file(source, self.host, "policy.yaml")
        self.until(lambda answer: answer.warnings != [NO_POLICY])

    def until(self, holds) -> None:
        wait_until(lambda: holds(self.ask("app:signed")), "the policy holds", CHANGE_SECONDS)

    def ask(self, name: str) -> Answer:
        return self.webhook.review(reviews.pod(f"{self.host}/trusted/{name}"))

    def test_a_bad_pem_denies_by_its_name_what_has_no_other_key(self) -> None:
        self.put("bad-pem.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("keys:ecdsa-p256"), "is not signed.", '"broken"')

    def test_each_kind_of_bad_key_is_named(self) -> None:
        self.put("every-bad-key.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("keys:ecdsa-p256"), "is not signed.",
                           'key "certificate": it is a certificate', 'key "ecdsa-p224": ')

    def test_an_unknown_key_denies_by_its_name_what_has_no_other_key(self) -> None:
        self.put("unknown-key.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("keys:ecdsa-p256"), "is not signed.", '"missing"')

    def test_a_policy_without_keys_denies_what_it_matches(self) -> None:
        self.put("no-keys.yaml")
        self.assert_denied(self.ask("app:signed"), "is not signed.", '"good"')

    def test_a_rule_without_keys_denies_what_it_matches(self) -> None:
        self.put("rule-without-keys.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("docker:schema2"), "is not signed.")
        self.assert_denied(self.ask("multi:signed"), "is not signed.")

    def test_a_key_name_used_twice_is_no_key(self) -> None:
        self.put("duplicate-key-names.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("keys:ecdsa-p256"), "is not signed.", '"same"')

    def test_a_bad_pattern_denies_what_it_may_have_been_meant_for(self) -> None:
        self.put("bad-patterns.yaml")
        self.assert_allowed(self.ask("app:signed"))
        self.assert_denied(self.ask("keys:ecdsa-p256"), "Could not verify against any")

    def test_what_is_wrong_is_logged_with_its_place(self) -> None:
        self.put("bad-pem.yaml")
        lines = [line for line in self.verifier.log_lines() if line.get("place")]
        self.assertEqual(lines[-1]["place"], "policy.yaml:15")
        self.assertIn("/spec/verification/keys/1/publicKey: ", lines[-1]["error"])
