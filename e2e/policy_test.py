"""Nobody else claims: a policy whose file changes holds within seconds in programs that go on serving,
whatever way it was written; one that cannot be used is logged with file and line, and changes nothing; and what
an excluded namespace had admitted is in the verifier's log, in the known words. (What policies, good and bad, say
of images: captured_answers_test.)"""

from __future__ import annotations

from e2e import programs, reviews
from e2e.cluster import policy, rule
from e2e.process import wait_until
from e2e.servers import LogLine
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

NO_POLICY = ('clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not found. '
             "Image policy enforcement was not applied.")
EXCLUDED = "kube-system is excluded. The ImagePolicy will not be applied."
# A change promises to hold within a second; more than that is for a busy machine.
CHANGE_SECONDS = 20.0


class ChangedPolicyTest(StackTestCase):
    """What holds after the policy's file has changed, asked until it does."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.signed = f"{cls.host}/trusted/app:signed"
        cls.cluster = stack.cluster()
        cls.cluster.write("policy.yaml", cls.policy_of("ecdsa-p256"))
        cls.verifier, cls.webhook = stack.serve(cls.cluster)

    @classmethod
    def policy_of(cls, *keys: str):
        pem = {key: public_key(key) for key in keys}
        return policy(pem, [rule(f"{cls.host}/trusted/*", *keys)])

    def setUp(self) -> None:
        self.restore()

    def restore(self) -> None:
        for file in list(self.cluster.directory.iterdir()):
            if file.name != "policy.yaml":
                self.cluster.remove(file.name)
        self.cluster.write("policy.yaml", self.policy_of("ecdsa-p256"))
        self.until(lambda answer: answer.allowed and not answer.warnings)

    def ask(self, image: str | None = None) -> Answer:
        return self.webhook.review(reviews.pod(image or self.signed))

    def until(self, holds) -> None:
        """Asks about the signed image until the answer is as it should be."""
        wait_until(lambda: holds(self.ask()), "the changed policy holds", CHANGE_SECONDS)

    def put_bad(self, name: str) -> list[LogLine]:
        """A file of testdata/cluster_bad in the place of the good one; what is logged of it."""
        before = len(self.verifier.log_lines())
        source = programs.TESTDATA / "cluster_bad" / f"{name}.yaml"
        self.cluster.add_file(source, self.host, "policy.yaml")
        return wait_until(lambda: [line for line in self.verifier.log_lines()[before:] if line["logger"] == "policy"
                                   and "error" in line], f"{name} in the log", CHANGE_SECONDS)

    def test_a_changed_policy_holds_soon(self) -> None:
        self.cluster.write("policy.yaml", self.policy_of("rsa-2048"))
        self.until(lambda answer: not answer.allowed)

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

    def test_what_an_excluded_namespace_had_admitted_is_logged(self) -> None:
        self.cluster.write("policy.yaml", policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")], ["kube-system"]))
        pod = reviews.pod(f"{self.host}/trusted/app:unsigned", namespace="kube-system")
        wait_until(lambda: self.webhook.review(pod).allowed, "the namespace is excluded", CHANGE_SECONDS)
        wait_until(lambda: [line for line in self.verifier.log_lines() if line["msg"] == EXCLUDED], "the line", CHANGE_SECONDS)

    def test_a_bad_one_is_logged_with_file_and_line_and_the_last_policy_stays(self) -> None:
        for name, why in {
                "syntax-error": "end of map not found",
                "wrong-name": 'its name must be "image-policy"; this one is named "another-p',
                "two-policies": "image-policy-2",
                "no-spec": "spec",
                "aliases": "more than 100000 values",
                "binary": "",
        }.items():
            with self.subTest(name):
                self.restore()
                line = self.put_bad(name)[0]
                self.assertEqual(line["level"], "error")
                self.assertRegex(str(line["error"]), rf"^policy\.yaml:[0-9]+: .*{why}")
                answer = self.ask()
                self.assert_allowed(answer)
                self.assertEqual(answer.warnings, [])
                self.assert_denied(self.ask(f"{self.host}/trusted/keys:rsa-2048"), "is not signed.")

    def test_what_is_wrong_in_a_part_is_logged_with_its_place(self) -> None:
        line = self.put_bad("bad-pem")[0]
        self.assertEqual(line["place"], "policy.yaml:15")
        self.assertIn("/spec/verification/keys/1/publicKey: ", line["error"])
