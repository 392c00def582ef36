"""Every kind of workload, as a real kube-apiserver sends it: what is checked and answered."""

from __future__ import annotations

import copy
import json
from typing import Any

from e2e import expected, programs, reviews
from e2e.cluster import PLACEHOLDER
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer

EXPECTED = json.loads((programs.TESTDATA / "reviews" / "expected.json").read_text(encoding="utf-8"))

STATUS, IMAGES = "countersign/status", "countersign/images"

# A creation of each kind that is known by itself.
KINDS = ["v1/pod-signed", "v1/replicaset-web", "v1/deployment-web", "v1/job-web",
         "v1/statefulset-web", "v1/daemonset-web", "v1/cronjob-web", "v1/cronjob-batch-v1beta1",
         "v1/replicationcontroller-web", "v1beta1/pod-signed", "v1beta1/deployment-web",
         "v1beta1/job-web", "v1beta1/cronjob-web"]


def _without_digests(value: Any) -> Any:
    """Strings end where a digest begins."""
    match value:
        case dict():
            return {name: _without_digests(member) for name, member in value.items()}
        case list():
            return [_without_digests(element) for element in value]
        case str():
            return value.partition("@sha256:")[0]
    return value


class KindsTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.host = stack.registry().host
        cls.verifier = stack.verifier(standard_cluster(stack, cls.host))
        cls.shim = stack.shim(cls.verifier.address)
        cls.webhook = stack.webhook(cls.shim)
        cls.naming_rollout = stack.webhook(stack.shim(
            cls.verifier.address, ["--pod-template=Rollout.example.org=/spec/template"],
            name="shim-rollout"))
        cls.unknown_allowed = stack.webhook(stack.shim(
            cls.verifier.address, ["--unknown-kinds=allow"], name="shim-unknown"))
        cls.unchanged_verified = stack.webhook(stack.shim(
            cls.verifier.address, ["--verify-unchanged-images"], name="shim-unchanged"))
        cls.signed = f"{cls.host}/trusted/app:signed"
        cls.unsigned = f"{cls.host}/trusted/app:unsigned"

    def captured(self, name: str) -> reviews.Review:
        return reviews.captured(name, self.host)

    def ask(self, name: str) -> Answer:
        return self.webhook.review(self.captured(name))

    def digest(self, image: str) -> str:
        return expected.images()[image.removeprefix(f"{self.host}/")].digest

    # The table of testdata/reviews.

    def test_each_captured_review_is_answered_as_expected(self) -> None:
        for file, row in EXPECTED.items():
            with self.subTest(review=file, why=row["why"]):
                webhook = self.naming_rollout if "with" in row else self.webhook
                answer = webhook.review(self.captured(file.removesuffix(".json")))
                self.assertEqual(answer.allowed, row["allowed"], answer.message)
                failing = [image.replace(PLACEHOLDER, self.host) for image in row["failing"]]
                for image in failing:
                    self.assertIn(f"container image: {image}." if "unmatched/" in image
                                  or image == "nginx" else f"The image: {image} is not signed.",
                                  answer.message)
                for image in row["checked"]:
                    image = image.replace(PLACEHOLDER, self.host)
                    if image not in failing:
                        self.assertNotIn(image, answer.message)

    def test_each_kind_is_allowed_with_signed_and_denied_with_unsigned_images(self) -> None:
        for kind in KINDS:
            with self.subTest(review=kind):
                review = self.captured(kind)
                self.assert_allowed(self.webhook.review(reviews.with_images(review, self.signed)))
                self.assert_denied(
                    self.webhook.review(reviews.with_images(review, self.signed, self.unsigned)),
                    f"The image: {self.unsigned} is not signed.")

    def test_the_same_request_gives_the_same_bytes(self) -> None:
        for name in ("v1/pod-many-images", "v1/deployment-web"):
            with self.subTest(review=name):
                self.assertEqual(len({self.ask(name).body for _ in range(5)}), 1)

    def test_a_denial_is_forbidden_and_changes_nothing(self) -> None:
        answer = self.ask("v1/pod-unsigned")
        self.assertEqual((answer.code, answer.patch), (403, []))

    # Images in every place.

    def test_an_init_container_is_checked(self) -> None:
        review = self.captured("v1/deployment-web")
        reviews.pod_spec(review)["initContainers"][0]["image"] = self.unsigned
        self.assert_denied(self.webhook.review(review), self.unsigned)

    def test_an_ephemeral_container_is_checked(self) -> None:
        self.assert_denied(self.ask("v1/pod-ephemeral-containers"), self.unsigned)
        self.assert_allowed(self.ask("v1/pod-ephemeral-containers-second"))

    def test_an_image_volume_is_checked(self) -> None:
        self.assert_denied(self.ask("v1/pod-image-volume"), self.unsigned)
        review = self.captured("v1/pod-image-volume")
        text = json.dumps(review).replace("trusted/app:unsigned", "trusted/app:signed")
        self.assert_allowed(self.webhook.review(json.loads(text)))

    # What was there before.

    def test_an_update_checks_what_the_old_object_did_not_have(self) -> None:
        self.assert_allowed(self.ask("v1/deployment-unsigned-update-label"))
        self.assert_allowed(self.ask("v1/deployment-unsigned-scale-field"))
        self.assert_denied(self.ask("v1/deployment-update-image"), self.unsigned)
        self.assert_denied(self.ask("v1/pod-update-image"), self.unsigned)

    def test_an_update_checks_all_where_that_is_wanted(self) -> None:
        for name in ("v1/deployment-unsigned-update-label", "v1/deployment-unsigned-scale-field"):
            with self.subTest(review=name):
                self.assert_denied(self.unchanged_verified.review(self.captured(name)),
                                   self.unsigned)

    def test_a_creation_that_brings_an_old_object_along_is_checked_in_full(self) -> None:
        review = self.captured("v1/pod-unsigned")
        review["request"]["oldObject"] = copy.deepcopy(review["request"]["object"])
        self.assert_denied(self.webhook.review(review), self.unsigned)

    def test_deletion_passes(self) -> None:
        for name in ("v1/pod-delete", "v1/pod-delete-collection", "v1/deployment-delete",
                     "v1beta1/pod-delete"):
            with self.subTest(review=name):
                answer = self.ask(name)
                self.assert_allowed(answer)
                self.assertEqual(answer.patch, [])

    def test_an_object_that_is_being_deleted_passes(self) -> None:
        self.assert_allowed(self.ask("v1/pod-being-deleted-update"))

    def test_a_creation_cannot_claim_that_it_is_being_deleted(self) -> None:
        review = self.captured("v1/pod-unsigned")
        review["request"]["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.assert_denied(self.webhook.review(review), self.unsigned)

    def test_an_update_cannot_claim_that_its_object_is_being_deleted(self) -> None:
        review = self.captured("v1/pod-update-image")
        review["request"]["object"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.assert_denied(self.webhook.review(review), self.unsigned)

    def test_a_template_cannot_claim_that_its_object_is_being_deleted(self) -> None:
        review = self.captured("v1/deployment-web-unsigned")
        template = review["request"]["object"]["spec"]["template"]["metadata"]
        template["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.assert_denied(self.webhook.review(review), self.unsigned)

    def test_other_subresources_pass(self) -> None:
        for name in ("v1/pod-binding", "v1/pod-exec", "v1/pod-status", "v1/pod-resize",
                     "v1/deployment-scale", "v1/deployment-status"):
            with self.subTest(review=name):
                answer = self.ask(name)
                self.assert_allowed(answer)
                self.assertEqual(answer.patch, [])

    def test_a_dry_run_is_judged_as_any(self) -> None:
        self.assert_allowed(self.ask("v1/pod-dry-run"))
        review = self.captured("v1/pod-unsigned")
        review["request"]["dryRun"] = True
        self.assert_denied(self.webhook.review(review), self.unsigned)

    # Kinds that nobody named.

    def test_an_unknown_kind_is_denied_with_how_to_configure_it(self) -> None:
        self.assert_denied(self.ask("v1/rollout-web"), "Rollout", "--pod-template",
                           "--unknown-kinds")

    def test_an_unknown_kind_is_admitted_with_a_warning_where_that_is_wanted(self) -> None:
        answer = self.unknown_allowed.review(self.captured("v1/rollout-web"))
        self.assert_allowed(answer)
        self.assertIn("Rollout", " ".join(answer.warnings))

    def test_a_kind_that_the_operator_names_is_checked(self) -> None:
        self.assert_allowed(self.naming_rollout.review(self.captured("v1/rollout-web")))
        review = reviews.with_images(self.captured("v1/rollout-web"), self.unsigned)
        self.assert_denied(self.naming_rollout.review(review), self.unsigned)

    # What a verified resource carries.

    def test_annotations_name_the_status_the_digests_and_the_keys(self) -> None:
        review = self.captured("v1/deployment-web")
        added = self.added_annotations(self.webhook.review(review), review)
        second = f"{self.host}/trusted/keys:rsa-2048"
        self.assertEqual(set(added), {STATUS, IMAGES})
        self.assertEqual(added[STATUS], "verified")
        self.assertEqual(json.loads(added[IMAGES]), {
            self.signed: {"status": "verified", "digest": self.digest(self.signed),
                          "keys": ["ecdsa-p256"]},
            second: {"status": "verified", "digest": self.digest(second), "keys": ["rsa-2048"]}})

    def test_a_pod_is_stored_with_the_digest_that_was_judged(self) -> None:
        answer = self.ask("v1/pod-signed")
        pinned = f"{self.signed}@{self.digest(self.signed)}"
        containers = answer.patched()["spec"]["containers"]
        self.assertIn(pinned, [container["image"] for container in containers])
        self.assertIn(pinned, json.loads(answer.annotations()[IMAGES]))
        again = self.captured("v1/pod-signed")
        again["request"]["object"] = answer.patched()
        self.assertEqual(self.webhook.review(again).patch, [])

    def test_audit_annotations_say_the_same_as_the_annotations(self) -> None:
        answer = self.ask("v1/deployment-web")
        added = self.added_annotations(answer, self.captured("v1/deployment-web"))
        self.assertEqual({name.partition("/")[2]: value for name, value in added.items()},
                         answer.audit_annotations)

    def test_audit_annotations_have_names_that_the_api_server_takes(self) -> None:
        for name in ("v1/deployment-web", "v1/pod-many-images", "v1/pod-system", "v1/pod-exec"):
            for key in self.ask(name).audit_annotations:
                self.assertRegex(key, r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")

    def test_a_pod_template_is_never_changed(self) -> None:
        for kind in KINDS:
            with self.subTest(review=kind):
                review = self.captured(kind)
                self.added_annotations(self.webhook.review(review), review)

    def test_an_excluded_namespace_is_annotated_as_not_enforced(self) -> None:
        answer = self.ask("v1/pod-system")
        self.assertIn("not-enforced", answer.annotations().values())

    def test_forged_annotations_are_replaced_or_removed(self) -> None:
        honest = self.ask("v1/pod-signed").annotations()
        forged = self.captured("v1/pod-signed")
        theirs = {name: "forged" for name in honest}
        theirs |= {name + "-more": "forged" for name in honest if "/" in name}
        forged["request"]["object"]["metadata"]["annotations"] = {**theirs, "team": "shop"}
        after = self.webhook.review(forged).annotations()
        self.assertEqual(after, {**honest, "team": "shop"})

    def test_an_object_in_an_excluded_namespace_cannot_claim_to_be_verified(self) -> None:
        review = self.captured("v1/pod-system")
        review["request"]["object"]["metadata"]["annotations"] = {STATUS: "verified"}
        self.assertEqual(self.webhook.review(review).annotations()[STATUS], "not-enforced")

    def test_an_update_cannot_claim_that_what_was_there_is_verified(self) -> None:
        review = self.captured("v1/deployment-unsigned-update-label")
        metadata = review["request"]["object"]["metadata"]
        forged = json.dumps({self.unsigned: {"status": "verified", "keys": ["ecdsa-p256"]}})
        metadata["annotations"] = {STATUS: "verified", IMAGES: forged}
        after = self.webhook.review(review).annotations()
        self.assertEqual(after[STATUS], "unchecked")
        self.assertEqual(json.loads(after[IMAGES])[self.unsigned], {"status": "unchecked"})

    def test_an_update_keeps_what_was_found_when_the_object_was_created(self) -> None:
        created = self.ask("v1/deployment-web").annotations()
        review = self.captured("v1/deployment-update-label")
        review["request"]["oldObject"]["metadata"].setdefault("annotations", {}).update(created)
        after = self.webhook.review(review).annotations()
        self.assertEqual((after[STATUS], after[IMAGES]), (created[STATUS], created[IMAGES]))

    def added_annotations(self, answer: Answer, review: reviews.Review) -> dict[str, str]:
        """The annotations that the patch adds; it must do nothing else but pin images of pods."""
        self.assert_allowed(answer)
        before = copy.deepcopy(review["request"]["object"])
        after = answer.patched()
        old = before["metadata"].pop("annotations", {})
        new = after["metadata"].pop("annotations", {})
        if review["request"]["kind"]["kind"] == "Pod":
            after, before = _without_digests(after), _without_digests(before)
        self.assertEqual(after, before)
        added = {name: value for name, value in new.items() if old.get(name) != value}
        self.assertTrue(added)
        return added
