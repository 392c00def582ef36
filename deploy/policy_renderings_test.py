"""What the chart makes of values about policies and authorities, with the real helm; check.sh runs it.

HELM names the program if it is not in PATH.
"""

from __future__ import annotations

import json
import unittest
from typing import Iterator

from renderings import AUTHORITIES, DEFINITIONS, DEPLOY, NAMESPACE, Object, arguments, helm, pod, render


def definitions(objects: dict[str, Object]) -> set[str]:
    """The names of the kinds that are installed."""
    return {item["metadata"]["name"] for item in objects.values() if item["kind"] == "CustomResourceDefinition"}


def schemas(schema: Object, path: str = "") -> Iterator[tuple[str, Object]]:
    """Each part of a structural schema, and where it is."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from schemas(part, f"{path}.{name}")
    if "items" in schema:
        yield from schemas(schema["items"], f"{path}[]")


def versions_of(definition: str) -> dict[str, Object]:
    """The versions of a definition."""
    spec = render()[f"CustomResourceDefinition/{definition}"]["spec"]
    return {version["name"]: version for version in spec["versions"]}


def schema_of(version: Object) -> dict[str, Object]:
    """The parts of its schema by path."""
    return dict(schemas(version["schema"]["openAPIV3Schema"]))


class DefinitionsTest(unittest.TestCase):
    IMAGE_POLICY = "clusterimagepolicies.policy.sigstore.dev"

    def test_which_are_installed(self) -> None:
        for values, wanted in (([], DEFINITIONS), (["policyController.enabled=false"], {
                "clusterimagepolicies.signing.apps.tanzu.vmware.com"}), (["policyController.crds=existing"], {
                    "clusterimagepolicies.signing.apps.tanzu.vmware.com", "policyoptions.policy.countersign.dev"}),
                               (["crd.install=false"], DEFINITIONS - {
                                   "clusterimagepolicies.signing.apps.tanzu.vmware.com"})):
            with self.subTest(values):
                self.assertEqual(definitions(render(*values)), wanted)

    def test_both_versions_of_the_policy_are_served_and_the_same_and_converted_by_nobody(self) -> None:
        spec = render()[f"CustomResourceDefinition/{self.IMAGE_POLICY}"]["spec"]
        self.assertEqual(spec["conversion"], {"strategy": "None"})
        self.assertEqual((spec["names"]["shortNames"], spec["names"]["categories"]), (["cip"], ["all", "sigstore"]))
        old, new = versions_of(self.IMAGE_POLICY)["v1alpha1"], versions_of(self.IMAGE_POLICY)["v1beta1"]
        self.assertEqual(old["schema"], new["schema"])
        self.assertEqual([(version["served"], version["storage"]) for version in (old, new)],
                         [(True, True), (True, False)])
        self.assertEqual(old["additionalPrinterColumns"], new["additionalPrinterColumns"])

    def test_each_has_a_status_that_is_written_by_itself(self) -> None:
        for name in DEFINITIONS:
            for version in versions_of(name).values():
                self.assertEqual(version["subresources"], {"status": {}})

    def test_their_schemas_say_types_and_nothing_else(self) -> None:
        for name in (self.IMAGE_POLICY, "trustroots.policy.sigstore.dev"):
            for version in versions_of(name).values():
                for path, part in schema_of(version).items():
                    if not path.startswith(".status"):
                        with self.subTest(name, path=path):
                            self.assertLessEqual(set(part), {"type", "description", "properties", "items",
                                                             "x-kubernetes-preserve-unknown-fields"})

    def test_they_have_the_members_that_there_are(self) -> None:
        parts = schema_of(versions_of(self.IMAGE_POLICY)["v1beta1"])
        authority = ".spec.authorities[]"
        for path, kind in ((".spec.images[].glob", "string"), (f"{authority}.keyless.insecureIgnoreSCT", "boolean"),
                           (f"{authority}.keyless.ca-cert.secretRef.namespace", "string"),
                           (f"{authority}.source[].signaturePullSecrets[].name", "string"),
                           (f"{authority}.attestations[].policy.configMapRef.key", "string"),
                           (f"{authority}.rfc3161timestamp.trustRootRef", "string"),
                           (".spec.match[].selector.matchExpressions[].values[]", "string"),
                           (".spec.policy.remote.sha256sum", "string"), (".status.observedGeneration", "integer")):
            self.assertEqual(parts[path]["type"], kind, path)
        self.assertEqual(len([path for path, part in parts.items()
                              if path.startswith(".spec.") and part["type"] not in ("object", "array")]), 59)
        parts = schema_of(versions_of("trustroots.policy.sigstore.dev")["v1alpha1"])
        self.assertEqual(len([path for path, part in parts.items()
                              if path.startswith(".spec.") and part["type"] not in ("object", "array")]), 22)

    def test_no_member_that_they_do_not_know_is_dropped(self) -> None:
        for name in DEFINITIONS - {"clusterimagepolicies.signing.apps.tanzu.vmware.com"}:
            for version in versions_of(name).values():
                for path, part in schema_of(version).items():
                    if part.get("type") == "object" and not path.startswith(".metadata"):
                        with self.subTest(name, path=path):
                            self.assertTrue(part.get("x-kubernetes-preserve-unknown-fields") or
                                            "additionalProperties" in part)


class PolicyControllerTest(unittest.TestCase):
    # A real one, so that it can be told from half of one.
    KEY = (DEPLOY.parent / "testdata" / "keys" / "ecdsa-p256.pub").read_text()
    FLAGS = {"--policy-controller-policies", "--policy-controller-namespace=cosign-system",
             "--policy-namespaces=opt-in"}

    def keys(self, **keys: str) -> tuple[str, str]:
        """Arguments for helm."""
        named = {f"gcpkms://{name}": key for name, key in keys.items()}
        return "--set-json", f"policyController.kmsPublicKeys={json.dumps(named)}"

    def test_the_flags_of_the_verifier(self) -> None:
        self.assertLessEqual(self.FLAGS, set(arguments(render(), "verifier")))
        other = render("policyController.namespace=x", "policyController.namespaceSelection=opt-out")
        self.assertLessEqual({"--policy-controller-namespace=x", "--policy-namespaces=opt-out"},
                             set(arguments(other, "verifier")))
        off = arguments(render("policyController.enabled=false", more=self.keys(a=self.KEY)), "verifier")
        self.assertFalse([flag for flag in off if flag.startswith(("--policy", "--kms"))])

    def test_public_keys_of_a_key_management_service(self) -> None:
        objects = render(more=self.keys(a=self.KEY, b=self.KEY))
        entries = objects["ConfigMap/countersign-kms-public-keys"]["data"]
        self.assertEqual(set(entries.values()), {self.KEY})
        folder = "/etc/countersign/kms-public-keys"
        flags = [flag.removeprefix("--kms-public-key=") for flag in arguments(objects, "verifier") if "kms" in flag]
        self.assertEqual({flag.partition("=")[0] for flag in flags}, {"gcpkms://a", "gcpkms://b"})
        self.assertEqual({flag.partition("=")[2] for flag in flags}, {f"{folder}/{entry}" for entry in entries})
        spec = pod(objects, "verifier")
        self.assertIn({"name": "kms-public-keys", "configMap": {"name": "countersign-kms-public-keys"}},
                      spec["volumes"])
        self.assertIn({"name": "kms-public-keys", "mountPath": folder, "readOnly": True},
                      spec["containers"][0]["volumeMounts"])
        # Where a verifier that is not replaced yet reads the key of b.
        self.assertEqual([flag for flag in arguments(render(more=self.keys(b=self.KEY)), "verifier") if "kms" in flag],
                         [f"--kms-public-key={flag}" for flag in flags if flag.startswith("gcpkms://b")])

    def test_what_is_no_public_key_is_refused_and_not_printed(self) -> None:
        private = self.KEY.replace("PUBLIC", "PRIVATE")
        for key in ("", "x", private, self.KEY + self.KEY, self.KEY + private, self.KEY.replace("-----END", "--END")):
            done = helm(DEPLOY / "chart", *self.keys(a=key))
            self.assertNotEqual(done.returncode, 0, key)
            self.assertIn("gcpkms://a: is not one PEM public key", done.stderr)
            self.assertNotIn(self.KEY.splitlines()[1], done.stdout + done.stderr)

    def webhooks(self, *values: str, more: tuple[str, ...] = ()) -> dict[str, Object]:
        """Those that have policies checked."""
        configuration = render(*values, more=more)[
            "ValidatingWebhookConfiguration/image-policy-validating-webhook-configuration"]
        return {webhook["name"].partition(".")[0]: webhook for webhook in configuration["webhooks"]}

    def test_what_is_checked_when_it_is_applied(self) -> None:
        webhooks = self.webhooks()
        self.assertEqual(set(webhooks), {"image-policy-validator", "image-policy-settings-validator"})
        for webhook in webhooks.values():
            self.assertEqual(webhook["clientConfig"]["service"]["path"], "/validate-policy")
            self.assertEqual(webhook["failurePolicy"], "Ignore")
            for rule in webhook["rules"]:
                self.assertEqual(rule["operations"], ["CREATE", "UPDATE"])
                self.assertFalse([resource for resource in rule["resources"] if "/" in resource])
        asked = {f"{group}/{version}/{resource}" for rule in webhooks["image-policy-validator"]["rules"]
                 for group in rule["apiGroups"] for version in rule["apiVersions"] for resource in rule["resources"]}
        served = {f"{item['spec']['group']}/{version['name']}/{item['spec']['names']['plural']}"
                  for item in render().values() if item["kind"] == "CustomResourceDefinition"
                  for version in item["spec"]["versions"]}
        self.assertLessEqual(served, asked)
        off = self.webhooks("policyController.enabled=false")
        self.assertEqual(set(off), {"image-policy-validator"})
        self.assertEqual(len(off["image-policy-validator"]["rules"]), 1)

    def test_a_policy_whose_spec_stays_is_not_asked_about(self) -> None:
        # Else nobody could take a finalizer from one that would be refused today.
        [condition] = self.webhooks()["image-policy-validator"]["matchConditions"]
        self.assertTrue(condition["expression"].startswith("request.operation != 'UPDATE' || "), condition)

    def test_no_other_config_map_is_asked_about(self) -> None:
        webhook = self.webhooks("policyController.namespace=x")["image-policy-settings-validator"]
        self.assertEqual(webhook["namespaceSelector"], {"matchLabels": {"kubernetes.io/metadata.name": "x"}})
        [condition] = webhook["matchConditions"]
        self.assertIn("object.metadata.name == 'config-policy-controller'", condition["expression"])
        self.assertEqual(webhook["rules"][0]["resources"], ["configmaps"])
        # An older API server would not heed the condition.
        self.assertEqual(set(self.webhooks(more=("--kube-version", "1.27.9"))), {"image-policy-validator"})

    def test_where_pods_are_asked_about_hangs_on_no_label_of_either_language(self) -> None:
        wanted = [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [NAMESPACE, "kube-system"]}]
        for values in ([], ["policyController.enabled=false"], ["policyController.namespaceSelection=opt-out"]):
            for kind, name in (("Mutating", "mutating"), ("Validating", "final")):
                [webhook] = render(*values)[f"{kind}WebhookConfiguration/image-policy-{name}-webhook-configuration"][
                    "webhooks"]
                self.assertEqual(webhook["namespaceSelector"]["matchExpressions"], wanted)

    def test_no_secret_is_listed_and_one_config_map_is_read(self) -> None:
        for values in ([], ["verifier.credentialNamespaces={shop}"]):
            for item in render(*values).values():
                for rule in item.get("rules", []) if item["kind"] in ("Role", "ClusterRole") else []:
                    if "secrets" in rule["resources"]:
                        self.assertFalse({"list", "watch"} & set(rule["verbs"]))
                    if "configmaps" in rule["resources"]:
                        self.assertEqual(rule["resourceNames"], ["config-policy-controller"])
                    self.assertNotIn("*", rule["resources"] + rule["verbs"])


class AuthoritiesTest(unittest.TestCase):
    # Both values that hold certificates, and what must be given beside them.
    VALUES = {"custom_cas[0].ca_content": [], "webhook.caBundle": ["--set", "certificates.source=existing"]}

    def test_the_chart_takes_what_the_verifier_takes(self) -> None:
        files = sorted(AUTHORITIES.glob("*/*.pem"))
        self.assertGreaterEqual(len(files), 18)
        for file in files:
            for value, more in self.VALUES.items():
                with self.subTest(f"{file.parent.name}/{file.name}", value=value):
                    done = helm(DEPLOY / "chart", "--set-file", f"{value}={file}", *more)
                    self.assertEqual(done.returncode == 0, file.parent.name == "good", done.stderr)

    def test_what_is_written_out_reaches_the_verifier_byte_by_byte(self) -> None:
        for file in sorted(AUTHORITIES.glob("good/*.pem")):
            with self.subTest(file.name):
                objects = render(more=("--set-file", f"custom_cas[0].ca_content={file}"))
                self.assertEqual(objects["ConfigMap/countersign-registry-authorities"]["data"],
                                 {"0.pem": file.read_bytes().decode()})
                self.assertIn("--registry-ca=/etc/countersign/registry-authorities/0.pem",
                              arguments(objects, "verifier"))

    def test_no_refusal_prints_a_line_of_the_file(self) -> None:
        for file in sorted(AUTHORITIES.glob("bad/*.pem")):
            lines = [line for line in file.read_text().splitlines() if len(line) > 20 and not line.startswith("-")]
            values = [*self.VALUES, "custom_cas[0]", "custom_cas", "webhook", "custom_ca_secrets[0]", "shim.extraEnv",
                      "replicas", "credentialProviders.config", "global"]
            for value in values:
                with self.subTest(file.name, value=value):
                    done = helm(DEPLOY / "chart", "--set-file", f"{value}={file}", *self.VALUES.get(value, []))
                    self.assertNotEqual(done.returncode, 0)
                    for line in lines:
                        self.assertNotIn(line, done.stdout + done.stderr)

    def test_those_of_a_config_map_are_mounted_as_they_are(self) -> None:
        objects = render("custom_ca_config_maps[0].name=bundle", "custom_ca_config_maps[0].key=ca-bundle.crt")
        self.assertIn("--registry-ca=/etc/countersign/registry-authorities-0/ca.pem", arguments(objects, "verifier"))
        spec = pod(objects, "verifier")
        [volume] = [volume for volume in spec["volumes"] if volume["name"] == "registry-authorities-0"]
        # No subPath, which the kubelet does not follow.
        self.assertEqual(volume["configMap"], {"name": "bundle", "items": [{"key": "ca-bundle.crt", "path": "ca.pem"}]})
        self.assertIn({"name": "registry-authorities-0", "mountPath": "/etc/countersign/registry-authorities-0",
                       "readOnly": True}, spec["containers"][0]["volumeMounts"])


if __name__ == "__main__":
    unittest.main()
