"""Nobody else claims: the shim's webhook for policies says of every kind of object that they are made of what is wrong
with it, of those of policy.sigstore.dev in the Policy Controller's words, and where, by JSON pointer; and lets
everything else through. (What is wrong of which policy: the tests of policy/.)"""

from __future__ import annotations

import copy
from typing import Any

from e2e.cluster import Manifest, policy, rule
from e2e.made_images import root_file
from e2e.sigstore_test_case import (by_identity, by_key, image_policy, policy_options, policy_review, settings, static,
                                    trust_root, validate)
from e2e.stack import Stack, one_key_cluster, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

_GLOB = "registry.test/**"
# What stands in an answer about objects of others than the Policy Controller.
_OURS = "The policy is not valid:\n"


def changed(manifest: Manifest, *path: str | int, to: Any) -> Manifest:
    """A copy with another value there."""
    copied = copy.deepcopy(manifest)
    parent: Any = copied
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = to
    return copied


class PolicyWebhookTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        # A verifier that enforces none of them says the same about them.
        _, cls.webhook = stack.serve(one_key_cluster(stack))
        cls.good = {
            "key": image_policy("release", _GLOB, by_key("ecdsa-p256")),
            "identity": image_policy("ci", _GLOB, by_identity("ci", "jane@example.org", "https://accounts.example.org")),
            "static": image_policy("pass", _GLOB, static("pass"), mode="warn"),
            "trust root": trust_root("corp", root_file("public")),
            "options": policy_options("release", group="g", threshold=2, pinning="required"),
            "settings": settings(no_match_policy="warn"),
            "Sign's": policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")]),
        }

    def ask(self, manifest: Manifest, before: Manifest | None = None, operation: str = "") -> Answer:
        return validate(self.webhook, policy_review(manifest, before, operation))

    def assert_refused(self, manifest: Manifest, code: int, begins: str, *lines: str) -> None:
        answer = self.ask(manifest)
        self.assertFalse(answer.allowed)
        self.assertEqual(answer.code, code, answer.message)
        self.assertTrue(answer.message.startswith(begins), answer.message)
        for line in lines:
            self.assertIn(line, answer.message)

    def test_what_is_good_is_admitted_without_a_word(self) -> None:
        for name, manifest in self.good.items():
            with self.subTest(name):
                answer = self.ask(manifest)
                self.assert_allowed(answer)
                self.assertEqual((answer.warnings, answer.patch), ([], []))

    def test_both_versions_are_asked_alike(self) -> None:
        for version in ("v1alpha1", "v1beta1"):
            with self.subTest(version):
                self.assert_allowed(self.ask(image_policy("release", _GLOB, by_key("ecdsa-p256"), version=version)))
                self.assert_refused(image_policy("release", _GLOB, {}, version=version), 400, "validation failed: ")

    def test_policies_are_refused_in_the_words_of_the_policy_controller(self) -> None:
        authorities = ("spec", "authorities")
        good = self.good["key"]
        for name, manifest, begins, lines in (
                ("none of the three", changed(good, *authorities, to=[{}]),
                 "validation failed: expected exactly one, got neither: spec.authorities[0].key, "
                 "spec.authorities[0].keyless, spec.authorities[0].static\n",
                 ["\n/spec/authorities/0/key: expected exactly one, got neither"]),
                ("two of them", changed(good, *authorities, 0, "static", to={"action": "pass"}),
                 "validation failed: expected exactly one, got both: spec.authorities[0].key, ", []),
                ("a glob", changed(good, "spec", "images", 0, "glob", to="["),
                 "validation failed: invalid value: [: spec.images[0].glob\nglob is invalid: syntax error in pattern\n",
                 ["\n/spec/images/0/glob: invalid value: [: glob is invalid"]),
                ("a mode", changed(good, "spec", "mode", to="audit"), "validation failed: invalid value: audit: spec.mode\n"
                 "unsupported mode\n", ["\n/spec/mode: "]),
                ("a key", changed(good, *authorities, 0, "key", to={"data": "no key"}),
                 "validation failed: invalid value: no key: spec.authorities[0].key.data\n",
                 ["\n/spec/authorities/0/key/data: "]),
                ("no authorities", changed(good, *authorities, to=[]),
                 "validation failed: missing field(s): spec.authorities\n", ["\n/spec/authorities: "]),
                ("a member that is not known", changed(good, "spec", "misspelt", to=1),
                 'decoding request failed: cannot decode incoming new object: json: unknown field "misspelt"',
                 ["\n/spec/misspelt: json: unknown field"]),
        ):
            with self.subTest(name):
                self.assert_refused(manifest, 400, begins, *lines)

    def test_a_member_beside_the_spec_that_no_object_has_is_refused(self) -> None:
        for name, code, begins in (
                ("key", 400, 'decoding request failed: cannot decode incoming new object: json: unknown field "sepc"'),
                ("identity", 400, "decoding request failed: "),
                ("trust root", 400, "validation failed: must not set the field(s): sepc\nthere is no such field\n/sepc: "),
                ("options", 422, "The policy is not valid:\nsepc: is not known"),
        ):
            for stray in ({"mode": "warn"}, None):
                with self.subTest(name, stray=stray):
                    self.assert_refused(changed(self.good[name], "sepc", to=stray), code, begins)

    def test_what_the_policy_controller_would_ignore_is_refused_in_ours(self) -> None:
        good = self.good["key"]
        for name, manifest, line in (
                ("one name twice", changed(good, "spec", "authorities", to=[by_key("ecdsa-p256")] * 2),
                 "\n/spec/authorities/1/name: the authority 0 is called \"ecdsa-p256\", too"),
                ("a format", changed(good, "spec", "authorities", 0, "signatureFormat", to="cosign"),
                 "\n/spec/authorities/0/signatureFormat: \"cosign\" is neither legacy nor bundle"),
                ("two keys in one", changed(good, "spec", "authorities", 0, "key", "data",
                                            to=public_key("ecdsa-p256") + public_key("rsa-2048")),
                 "\n/spec/authorities/0/key/data: has more than one key"),
                ("a rule", changed(good, "spec", "policy", to={"type": "cue", "data": "predicateType: string"}),
                 "\n/spec/policy"),
        ):
            with self.subTest(name):
                self.assert_refused(manifest, 400, "The object is not valid:\n", line)

    def test_what_may_not_be_meant_is_warned_of(self) -> None:
        manifest = changed(self.good["key"], "spec", "authorities", 0, "attestations",
                           to=[{"name": "scan", "predicateType": "custom"}])
        answer = self.ask(manifest)
        self.assert_allowed(answer)
        self.assertIn("deprecated value", "\n".join(answer.warnings))
        answer = self.ask(settings(no_match_policy="Allow"))
        self.assert_allowed(answer)
        self.assertEqual(answer.warnings, ['/data/no-match-policy: "Allow" is none of deny, warn and allow, so it is deny'])

    def test_a_trust_root_is_refused_with_every_entry_that_is_wrong(self) -> None:
        empty = changed(self.good["trust root"], "spec", to={})
        self.assert_refused(empty, 400, "validation failed: expected exactly one, got neither: spec.remote, "
                            "spec.repository, spec.sigstoreKeys\n", "\n/spec/remote: ", "\n/spec/sigstoreKeys: ")
        # A good entry does not hide those before it, as it does in the Policy Controller.
        keys = ("spec", "sigstoreKeys")
        broken = changed(self.good["trust root"], *keys, "certificateAuthorities", 0, "certChain", to="")
        broken = changed(broken, *keys, "tLogs", 0, "publicKey", to="bm9uZQ==")
        self.assert_refused(broken, 400, "validation failed: ", "\n/spec/sigstoreKeys/certificateAuthorities/0/certChain: ",
                            "\n/spec/sigstoreKeys/tLogs/0/publicKey: ")

    def test_objects_of_ours_and_settings_are_refused_with_the_field(self) -> None:
        self.assert_refused(policy_options("release", threshold=0), 422, _OURS, "spec.threshold: must be from 1 to 100")
        self.assert_refused(policy_options("release", identities=[]), 422, _OURS, "spec.identities: is empty")
        self.assert_refused(settings(enable_oci11="maybe"), 422, _OURS, 'data.enable-oci11: must be true or false, is "maybe"')
        self.assert_refused(policy({"key": "no key"}, []), 422, _OURS, "spec.verification.keys[0].publicKey: ")

    def test_what_cannot_be_wrong_for_that_reason_is_let_through(self) -> None:
        bad = changed(self.good["key"], "spec", "authorities", to=[])
        unlabelled = changed(bad, "metadata", to={"name": "release", "finalizers": ["example.org/x"]})
        self.assertFalse(self.ask(bad).allowed)
        # A finalizer is taken away, whatever the spec is; and what is wrong can be deleted.
        self.assert_allowed(self.ask(bad, before=unlabelled))
        self.assert_allowed(self.ask(bad, before=bad, operation="DELETE"))
        self.assertFalse(self.ask(bad, before=self.good["key"]).allowed)
        other = changed(settings(enable_oci11="maybe"), "metadata", "name", to="somebody-elses")
        self.assert_allowed(self.ask(other))
