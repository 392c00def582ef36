"""Nobody else claims: the programs enforce policies of policy.sigstore.dev as the Policy Controller does, in its
words, with the paths of each kind; several of them, those that only warn, and those beside a policy of Sign; what
they are made of (keys in Secrets, TrustRoots, PolicyOptions, the ConfigMap, labels of namespaces) changes while they
go on serving; and what cannot be used denies its own images alone."""

from __future__ import annotations

from e2e import reviews
from e2e.cluster import policy, rule
from e2e.docker_registry import DockerRegistry
from e2e.expected import images
from e2e.made_images import TAG, made_images, put_image, root_file
from e2e.reviews import Review
from e2e.sigstore_test_case import (FLAG, SigstoreTestCase, by_identity, by_key, by_secret, image_policy,
                                    key_secret, last_review, namespace, policy_options, settings, static, trust_root, with_container)
from e2e.stack import Stack, public_key
from e2e.storage_tree import StorageTree

NO_SIGN_POLICY = 'clusterimagepolicies.signing.apps.tanzu.vmware.com "image-policy" not found.'
# Of testdata/keys, by what it has signed.
KEY, OTHER_KEY = "ecdsa-p256", "rsa-2048"


class DecisionsTest(SigstoreTestCase):
    """What a policy with a key says of workloads of each kind."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.signed, cls.unsigned = (f"{cls.host}/trusted/app:{tag}" for tag in ("signed", "unsigned"))
        cls.signed_by_other = f"{cls.host}/trusted/keys:{OTHER_KEY}"
        cls.serve(stack)
        cls.unpinned = stack.webhook(stack.shim(cls.verifier.address, ["--pin-images=off"], name="shim-unpinned"))

    def by_digest(self, reference: str) -> str:
        """The name by which it is judged."""
        repository, _, _ = reference.rpartition(":")
        return f"{repository}@{images()[reference.removeprefix(self.host + '/')].digest}"

    def no_signature(self, image: str, authority: str = KEY) -> str:
        return (f"{image} signature key validation failed for authority {authority} for {self.by_digest(image)}: "
                "no signatures found")

    def release(self, *authorities, name: str = "release", glob: str = "trusted/**", **spec):
        return image_policy(name, f"{self.host}/{glob}", *(authorities or (by_key(KEY),)), **spec)

    def workload(self, kind: str) -> Review:
        """As captured, with a signed image wherever the policy of testdata/cluster lets in another one."""
        return reviews.captured(f"v1/{kind}", self.host)

    def test_a_key_admits_what_it_signed_and_the_digest_that_was_judged_is_what_runs(self) -> None:
        self.put(self.release())
        answer = self.allowed(reviews.pod(self.signed))
        self.assertEqual(answer.warnings, [])
        _, _, digest = self.by_digest(self.signed).partition("@")
        self.assertEqual(reviews.pod_spec({"request": {"object": answer.patched()}})["containers"][0]["image"],
                         f"{self.signed}@{digest}")

    def test_both_versions_are_read(self) -> None:
        for version in ("v1alpha1", "v1beta1"):
            with self.subTest(version):
                self.put(self.release(version=version))
                self.allowed(reviews.pod(self.signed))
                self.denied(reviews.pod(self.unsigned), "failed policy: release")

    def test_a_denial_is_in_the_words_of_the_policy_controller_and_then_explained(self) -> None:
        self.put(self.release())
        answer = self.denied(reviews.pod(self.signed, self.unsigned))
        lines = answer.message.splitlines()
        self.assertEqual(lines[:2], ["validation failed: failed policy: release: spec.containers[1].image",
                                     self.no_signature(self.unsigned)])
        self.assertTrue(lines[2].startswith(f'{self.unsigned}: NOT_SIGNED: policy "release" wants the authority '
                                            f'"{KEY}" (a signature with its key). '), answer.message)
        self.assertNotIn("The image: ", answer.message)

    def test_a_signature_of_somebody_else_is_no_match(self) -> None:
        self.put(self.release())
        self.denied(reviews.pod(self.signed_by_other), f"validation failed for authority {KEY} for "
                    f"{self.by_digest(self.signed_by_other)}: no matching signatures: ")

    def test_the_same_image_twice_is_one_finding_with_both_paths(self) -> None:
        self.put(self.release())
        answer = self.denied(reviews.pod(self.unsigned, self.signed, self.unsigned))
        self.assertIn("failed policy: release: spec.containers[0].image, spec.containers[2].image\n", answer.message)
        self.assertEqual(answer.message.count("failed policy"), 1)

    def test_paths_are_those_of_the_kind(self) -> None:
        self.put(self.release(by_key(KEY), by_key(OTHER_KEY)))
        for review, path in {
                "deployment-web": ("containers", "spec.template.spec.containers[0].image"),
                "replicaset-web": ("containers", "spec.template.spec.containers[0].image"),
                "job-web": ("containers", "spec.template.spec.containers[0].image"),
                "cronjob-web": ("containers", "spec.jobTemplate.spec.template.spec.containers[0].image"),
                "pod-ephemeral-containers": ("ephemeralContainers", "spec.ephemeralContainers[0].image"),
        }.items():
            with self.subTest(review):
                member, where = path
                workload = self.workload(review)
                self.allowed(with_container(workload, member, self.signed))
                self.denied(with_container(workload, member, self.unsigned),
                            f"validation failed: failed policy: release: {where}\n")

    def test_init_containers_and_volumes_are_judged(self) -> None:
        self.put(self.release(by_key(KEY), by_key(OTHER_KEY)))
        deployment = self.workload("deployment-web")
        self.allowed(deployment)
        self.denied(with_container(deployment, "initContainers", self.unsigned),
                    "failed policy: release: spec.template.spec.initContainers[0].image\n")
        # Its second volume is an image that nobody signed.
        self.denied(self.workload("pod-image-volume"), "failed policy: release: spec.volumes[1].image\n")

    def test_of_one_policy_an_authority_is_enough_and_of_several_policies_each_must_hold(self) -> None:
        both = reviews.pod(f"{self.host}/trusted/app:two-signers")
        self.put(self.release(by_key(KEY), by_key(OTHER_KEY)))
        for image in (self.signed, self.signed_by_other):
            self.allowed(reviews.pod(image))
        self.put(self.release(name="a"), self.release(by_key(OTHER_KEY), name="b", glob="**"))
        self.allowed(both)
        answer = self.denied(reviews.pod(self.signed), "failed policy: b: ")
        self.assertNotIn("failed policy: a: ", answer.message)
        answer = self.denied(reviews.pod(self.unsigned), "failed policy: a: ", "failed policy: b: ")
        self.assertLess(answer.message.index("failed policy: a: "), answer.message.index("failed policy: b: "))

    def test_a_policy_that_warns_admits_with_the_same_words(self) -> None:
        self.put(self.release(mode="warn"))
        answer = self.ask_until(lambda answer: answer.allowed and bool(answer.warnings), reviews.pod(self.unsigned))
        self.assertEqual(answer.warnings, ["failed policy: release: spec.containers[0].image",
                                           self.no_signature(self.unsigned)])
        self.assertEqual(self.allowed(reviews.pod(self.signed)).warnings, [])

    def test_one_that_warns_and_one_that_denies_are_each_what_they_are_every_time(self) -> None:
        self.put(self.release(by_key(OTHER_KEY), name="a-warns", mode="warn"), self.release(name="b-denies"))
        first = self.denied(reviews.pod(self.unsigned), "failed policy: b-denies")
        self.assertNotIn("a-warns", first.message)
        self.assertIn("failed policy: a-warns: spec.containers[0].image", first.warnings)
        for _ in range(20):
            answer = self.webhook.review(reviews.pod(self.unsigned))
            self.assertEqual((answer.message, answer.warnings), (first.message, first.warnings))

    def test_a_static_answer_asks_nobody(self) -> None:
        self.put(self.release(static("pass")))
        self.assertEqual(self.allowed(reviews.pod(self.unsigned)).warnings, [])
        self.put(self.release(static("fail", "not today")))
        answer = self.denied(reviews.pod(self.signed), "DENIED_BY_POLICY")
        self.assertIn(f"failed policy: release: spec.containers[0].image\n{self.signed} disallowed by static policy: "
                      "not today\n", answer.message)

    def test_what_nothing_matches_is_as_the_config_map_says(self) -> None:
        other = f"{self.host}/other/app:signed"
        self.put(self.release())
        answer = self.denied(reviews.pod(other), "UNMATCHED")
        self.assertTrue(answer.message.startswith(
            f"validation failed: no matching policies: spec.containers[0].image\n{other}\n"), answer.message)
        self.put(self.release(), settings(no_match_policy="warn"))
        answer = self.allowed(reviews.pod(other))
        self.assertIn("no matching policies: spec.containers[0].image", answer.warnings)
        self.assertIn(other, answer.warnings)
        self.put(self.release(), settings(no_match_policy="allow"))
        answer = self.ask_until(lambda answer: answer.allowed and other not in answer.warnings, reviews.pod(other))
        self.assertNotIn("no matching policies", "\n".join(answer.warnings))
        # Whatever else it says; and what is matched is still judged.
        self.put(self.release(), settings(no_match_policy="Allow"))
        self.denied(reviews.pod(other), "no matching policies")
        self.denied(reviews.pod(self.unsigned), "failed policy: release")

    def test_settings_that_cannot_be_read_leave_the_last_good_ones(self) -> None:
        other = f"{self.host}/other/app:signed"
        self.put(self.release(), settings(no_match_policy="allow"))
        self.allowed(reviews.pod(other))
        since = len(self.verifier.log_lines())
        self.put(self.release(), settings(no_match_policy="deny", enable_oci11="maybe"))
        self.log_line(since, "ConfigMap config-policy-controller")
        self.assert_allowed(self.webhook.review(reviews.pod(other)))

    def test_an_empty_list_of_authorities_denies(self) -> None:
        self.put(image_policy("release", f"{self.host}/**"), settings(fail_on_empty_authorities="false"))
        self.denied(reviews.pod(self.signed), f"failed policy: release: spec.containers[0].image\n{self.signed} "
                    "no authorities\n")

    def test_a_host_that_a_glob_crosses_into_is_not_covered_by_a_static_pass(self) -> None:
        self.put(image_policy("pass", "**.trusted.example/**", static("pass")))
        image = f"{self.host}/x.trusted.example/app@sha256:{'1' * 64}"
        self.denied(reviews.pod(image), "no matching policies")

    def test_policies_are_asked_where_the_namespace_has_the_label(self) -> None:
        self.put(self.release())
        answer = self.allowed(reviews.pod(self.unsigned, namespace="elsewhere"))
        self.assertIn(NO_SIGN_POLICY, "\n".join(answer.warnings))
        self.cluster.write("namespaces.yaml", namespace("shop", include="false"), namespace("elsewhere", include="true"))
        try:
            self.denied(reviews.pod(self.unsigned, namespace="elsewhere"), "failed policy: release")
            self.allowed(reviews.pod(self.unsigned))
        finally:
            self.cluster.write("namespaces.yaml", namespace("shop", include="true"), namespace("elsewhere"))
        self.denied(reviews.pod(self.unsigned), "failed policy: release")
        # Of one that is not known nobody can say that it is not labelled.
        self.denied(reviews.pod(self.unsigned, namespace="unheard-of"), "failed policy: release")

    def test_beside_a_policy_of_sign_an_image_must_satisfy_both(self) -> None:
        def sign(key: str):
            return policy({key: public_key(key)}, [rule(f"{self.host}/trusted/*", key)])

        self.put(self.release(), sign=[sign(KEY)])
        self.ask_until(lambda answer: answer.allowed and not answer.warnings, reviews.pod(self.signed))
        answer = self.denied(reviews.pod(self.unsigned), "failed policy: release", "is not signed.")
        self.assertTrue(answer.message.startswith(f"The image: {self.unsigned} is not signed."), answer.message)
        sign_says, _, rest = answer.message.partition("\nvalidation failed: failed policy: release: ")
        self.assertNotIn("NOT_SIGNED", sign_says)
        self.assertIn(f'\n{self.unsigned}: NOT_SIGNED: policy "release"', rest)
        # Each may be the one that denies.
        self.put(self.release(by_key(OTHER_KEY)), sign=[sign(KEY)])
        answer = self.denied(reviews.pod(self.signed), "failed policy: release")
        self.assertTrue(answer.message.startswith("validation failed: "), answer.message)
        self.put(self.release(), sign=[sign(OTHER_KEY)])
        answer = self.denied(reviews.pod(self.signed), "is not signed.")
        self.assertNotIn("validation failed", answer.message)

    def test_of_a_group_one_policy_is_enough(self) -> None:
        policies = [self.release(name="a", options="required"),
                    self.release(by_key(OTHER_KEY), name="b", options="required")]
        self.put(*policies)
        self.denied(reviews.pod(self.signed), "must have PolicyOptions")
        self.put(*policies, policy_options("a", group="release"), policy_options("b", group="release"))
        self.allowed(reviews.pod(self.signed))
        self.allowed(reviews.pod(self.signed_by_other))
        self.denied(reviews.pod(self.unsigned), "failed policy: a: ", "failed policy: b: ")

    def test_a_threshold_wants_so_many_authorities(self) -> None:
        self.put(self.release(by_key(KEY), by_key(OTHER_KEY)), policy_options("release", threshold=2))
        self.allowed(reviews.pod(f"{self.host}/trusted/app:two-signers"))
        self.denied(reviews.pod(self.signed), "1 of the 2 authorities pass that the policy wants")

    def test_a_policy_for_one_digest_denies_the_tags_that_mean_it_and_no_other(self) -> None:
        everything = image_policy("everything", f"{self.host}/**", static("pass"))
        self.put(everything, image_policy("bad", self.by_digest(self.unsigned), static("fail", "recalled")))
        self.denied(reviews.pod(self.unsigned), "recalled")
        self.denied(reviews.pod(self.by_digest(self.unsigned)), "recalled")
        # Which of the tags those are may change: what was let in is what runs, and the last review sees that.
        patched = self.allowed(reviews.pod(self.signed)).patched()
        _, _, digest = self.by_digest(self.signed).partition("@")
        self.assertEqual(reviews.pod_spec({"request": {"object": patched}})["containers"][0]["image"],
                         f"{self.signed}@{digest}")
        self.assertFalse(last_review(self.webhook, reviews.pod(self.signed)).allowed)
        self.assertTrue(last_review(self.webhook, reviews.pod(f"{self.signed}@{digest}")).allowed)

    def test_options_that_cannot_be_used_deny(self) -> None:
        self.put(self.release(), policy_options("release", threshold=2))
        self.denied(reviews.pod(self.signed), "its PolicyOptions cannot be used")

    def test_a_policy_may_want_pods_to_name_a_digest(self) -> None:
        self.put(self.release())
        self.allowed(reviews.pod(self.signed), self.unpinned)
        self.put(self.release(), policy_options("release", pinning="required"))
        self.denied(reviews.pod(self.signed), "(pinning: required, or it is for one digest)", webhook=self.unpinned)
        self.allowed(reviews.pod(self.by_digest(self.signed)), self.unpinned)
        self.allowed(with_container(self.workload("cronjob-web"), "containers", self.signed), self.unpinned)
        self.allowed(reviews.pod(self.signed))


class ChangesTest(SigstoreTestCase):
    """What holds while that changes which policies are made of."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.signed = reviews.pod(f"{cls.host}/trusted/app:signed")
        cls.unsigned = reviews.pod(f"{cls.host}/trusted/app:unsigned")
        cls.signed_by_other = reviews.pod(f"{cls.host}/trusted/keys:{OTHER_KEY}")
        cls.serve(stack)

    def test_a_policy_that_cannot_be_used_denies_its_own_images_alone(self) -> None:
        since = len(self.verifier.log_lines())
        good = image_policy("good", f"{self.host}/trusted/**", by_key(KEY))
        bad = image_policy("bad", f"{self.host}/other/**", {"name": "broken", "key": {"data": "no key"}})
        self.put(good, bad=[bad])
        self.allowed(self.signed)
        self.denied(self.unsigned, "failed policy: good")
        self.denied(reviews.pod(f"{self.host}/other/app:signed"), "failed policy: bad: spec.containers[0].image\n",
                    "POLICY_BROKEN")
        line = self.log_line(since, "ClusterImagePolicy of policy.sigstore.dev bad")
        self.assertEqual(line["logger"], "sigstore-policy")
        self.assertRegex(str(line["place"]), r"^bad\.yaml:[0-9]+$")
        self.assertIn("/spec/authorities/0/key", str(line["error"]))
        # Mended, it is in force.
        self.put(good, bad=[image_policy("bad", f"{self.host}/other/**", by_key(KEY))])
        self.allowed(reviews.pod(f"{self.host}/other/app:signed"))

    def test_what_is_no_manifest_changes_nothing(self) -> None:
        self.put(image_policy("good", f"{self.host}/trusted/**", by_key(KEY)))
        since = len(self.verifier.log_lines())
        self.cluster.write_text("broken.yaml", "apiVersion: policy.sigstore.dev/v1beta1\nkind: [")
        self.log_line(since, "broken.yaml:")
        self.assert_allowed(self.webhook.review(self.signed))
        self.assert_denied(self.webhook.review(self.unsigned), "failed policy: good")

    def test_a_key_in_a_secret_may_change_and_the_last_good_one_stays(self) -> None:
        release = image_policy("release", f"{self.host}/trusted/**", by_secret("release", "release-key"))
        self.put(release, secret=[key_secret("release-key", **{"cosign.pub": public_key(KEY)})])
        self.allowed(self.signed)
        self.denied(self.signed_by_other, "signature key validation failed for authority release for ")
        # The policy is the same, and is not written again.
        self.cluster.write("secret.yaml", key_secret("release-key", **{"cosign.pub": public_key(OTHER_KEY)}))
        self.allowed(self.signed_by_other)
        self.denied(self.signed, "failed policy: release")
        for fault, write in {
                "contains multiple data entries, only one is supported": lambda: self.cluster.write(
                    "secret.yaml", key_secret("release-key", a=public_key(KEY), b=public_key(KEY))),
                "contains an invalid public key": lambda: self.cluster.write("secret.yaml",
                                                                             key_secret("release-key", a="none")),
                "not found": lambda: self.cluster.remove("secret.yaml"),
        }.items():
            with self.subTest(fault):
                since = len(self.verifier.log_lines())
                write()
                line = self.log_line(since, "Secret cosign-system/release-key", fault)
                self.assertEqual(line["logger"], "policy-keys")
                self.assert_allowed(self.webhook.review(self.signed_by_other))
                self.assert_denied(self.webhook.review(self.signed), "failed policy: release")
        # Whoever never saw a good one has none.
        _, fresh = self.stack.serve(self.cluster, [FLAG], name="fresh")
        self.denied(self.signed_by_other, 'secret "release-key" not found', webhook=fresh)

    def test_an_unreadable_key_takes_no_policy_away(self) -> None:
        self.put(image_policy("strict", f"{self.host}/trusted/**", by_secret("gone", "gone")),
                 image_policy("loose", f"{self.host}/**", static("pass")))
        self.denied(self.signed, "failed policy: strict", 'secret "gone" not found')
        self.allowed(reviews.pod(f"{self.host}/other/app:unsigned"))

    def test_without_any_policy_a_labelled_namespace_is_denied_everything(self) -> None:
        for file in list(self.cluster.directory.iterdir()):
            if file.name != "namespaces.yaml":
                self.cluster.remove(file.name)
        self.denied(self.signed, "validation failed: no matching policies: spec.containers[0].image")
        self.allowed(reviews.pod(f"{self.host}/trusted/app:signed", namespace="elsewhere"))


class IdentitiesTest(SigstoreTestCase):
    """Certificates, logs and attestations, which the real cosign has made with a Sigstore like the public one."""

    WORKFLOW = "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3"
    GITHUB = "https://token.actions.githubusercontent.com"
    PROVENANCE = {"name": "provenance", "predicateType": "https://slsa.dev/provenance/v1"}
    SIGNED = ("layer-keyless-rekor1", "bundle-keyless-rekor1", "bundle-keyless-rekor2-tsa",
              "bundle-fallback-keyless-rekor1")
    ATTESTED = ("bundle-att-keyless-rekor1", "bundle-att-keyless-rekor2-tsa")
    JANES = "bundle-fallback-keyless-rekor1"

    @classmethod
    def start(cls, stack: Stack) -> None:
        tree = StorageTree(stack.directory / "storage")
        for name in {*cls.SIGNED, *cls.ATTESTED, "att-key"}:
            put_image(tree, made_images()[name], name)
        cls.host = stack.keep(DockerRegistry(stack.directory / "made", tree.directory, stack.key_pair)).host
        cls.serve(stack, f"--trusted-root={root_file('public')}")

    def image(self, name: str) -> Review:
        return reviews.pod(f"{self.host}/{name}:{TAG}")

    def ci(self, subject: str = WORKFLOW, **more):
        more = more or {"url": "https://fulcio.sigstore.test"}
        return image_policy("ci", f"{self.host}/**", by_identity("ci", subject, self.GITHUB, **more))

    def test_an_identity_signs_in_each_form(self) -> None:
        self.put(self.ci())
        for name in self.SIGNED:
            with self.subTest(name):
                if name == self.JANES:
                    self.denied(self.image(name), "signature keyless validation failed for authority ci for "
                                f"{self.host}/{name}@{made_images()[name].digest}: ", "jane@example.org")
                else:
                    self.allowed(self.image(name))

    def test_another_identity_signs_nothing(self) -> None:
        self.put(self.ci("https://github.com/example/other/.github/workflows/release.yml@refs/tags/v1.2.3"))
        for name in self.SIGNED:
            with self.subTest(name):
                self.denied(self.image(name), "signature keyless validation failed for authority ci for ")

    def test_a_url_of_nobody_that_is_trusted_passes_nothing(self) -> None:
        self.put(self.ci(url="https://fulcio.corp.example"))
        self.denied(self.image("bundle-keyless-rekor1"), "https://fulcio.corp.example belongs to no certificate authority")

    def test_a_trust_root_may_be_named_and_may_come_later(self) -> None:
        ci = self.ci(trustRootRef="corp")
        self.put(ci)
        self.denied(self.image("bundle-keyless-rekor1"), "trustRootRef corp not found")
        self.put(ci, trust=[trust_root("corp", root_file("public"))])
        for name in self.SIGNED:
            if name != self.JANES:
                with self.subTest(name):
                    self.allowed(self.image(name))
        # One that does not know who certified it.
        self.put(ci, trust=[trust_root("corp", root_file("private"))])
        self.denied(self.image("bundle-keyless-rekor1"), "failed policy: ci")

    def test_a_trust_root_that_cannot_be_read_leaves_the_last_good_one(self) -> None:
        ci = self.ci(trustRootRef="corp")
        root = trust_root("corp", root_file("public"))
        self.put(ci, trust=[root])
        self.allowed(self.image("bundle-keyless-rekor1"))
        root["spec"]["sigstoreKeys"]["certificateAuthorities"][0]["certChain"] = "bm8gY2VydGlmaWNhdGU="
        self.put(ci, trust=[root])
        # Whoever never saw a good one has none.
        _, fresh = self.stack.serve(self.cluster, [FLAG], name="fresh")
        self.denied(self.image("bundle-keyless-rekor1"), "failed policy: ci", webhook=fresh)
        self.assert_allowed(self.webhook.review(self.image("bundle-keyless-rekor1")))

    def test_an_attestation_takes_the_place_of_a_signature(self) -> None:
        self.put(self.ci(url="https://fulcio.sigstore.test", attestations=[self.PROVENANCE]))
        for name in self.ATTESTED:
            with self.subTest(name):
                self.allowed(self.image(name))
        self.denied(self.image("bundle-keyless-rekor1"), "attestation keyless validation failed for authority ci for ",
                    "no matching attestations")
        self.put(self.ci(url="https://fulcio.sigstore.test",
                         attestations=[{"name": "scan", "predicateType": "https://example.org/scan"}]))
        self.denied(self.image(self.ATTESTED[0]), "no matching attestations with type https://example.org/scan, checked "
                    f'the following predicateTypes: "{self.PROVENANCE["predicateType"]}" (attestation keyless validation '
                    "failed for authority ci for ")

    def test_an_attestation_by_a_key_is_one(self) -> None:
        for key, holds in ((KEY, True), (OTHER_KEY, False)):
            self.put(image_policy("release", f"{self.host}/**", by_key(key, attestations=[self.PROVENANCE])))
            if holds:
                self.allowed(self.image("att-key"))
            else:
                self.denied(self.image("att-key"), f"attestation key validation failed for authority {key} for ")

    def test_conditions_ask_what_it_says(self) -> None:
        ci = self.ci(url="https://fulcio.sigstore.test", attestations=[self.PROVENANCE])
        for builder, holds in (("https://example.org/builder", True), ("https://example.org/another", False)):
            self.put(ci, policy_options("ci", conditions=[{
                "authority": "ci", "attestation": "provenance", "path": "/predicate/runDetails/builder/id",
                "equals": builder}]))
            image = self.image(self.ATTESTED[0])
            if holds:
                self.allowed(image)
            else:
                self.denied(image, "failed policy: ci")
