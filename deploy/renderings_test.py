"""What the chart makes of values, with the real helm; check.sh runs it. HELM names the program if it is not in PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Iterator

import yaml

DEPLOY = Path(__file__).resolve().parent
AUTHORITIES = DEPLOY.parent / "testdata" / "authorities"
HELM = os.environ.get("HELM", "helm")
NAMESPACE = "image-policy-system"
PAIRS = {"a.example.org/team": "x", "stage": "test"}
DEFINITIONS = {"clusterimagepolicies.signing.apps.tanzu.vmware.com", "clusterimagepolicies.policy.sigstore.dev",
               "trustroots.policy.sigstore.dev", "policyoptions.policy.countersign.dev"}

Object = dict[str, Any]


def helm(chart: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs helm template."""
    return subprocess.run([HELM, "template", "countersign", str(chart), "--kube-version", "1.34.0", *arguments],
                          capture_output=True, text=True, check=False)


def render(*values: str, chart: Path = DEPLOY / "chart", more: tuple[str, ...] = ()) -> dict[str, Object]:
    """The objects by KIND/NAME; the certificates' Job is Job/certificates. Each value is NAME=VALUE; `more` for helm."""
    done = helm(chart, *[part for value in values for part in ("--set", value)], *more)
    assert done.returncode == 0, done.stderr
    objects = {}
    for item in yaml.safe_load_all(done.stdout):
        if item:
            name = "certificates" if item["kind"] == "Job" else item["metadata"]["name"]
            objects[f"{item['kind']}/{name}"] = item
    return objects


def templates(objects: dict[str, Object]) -> Iterator[tuple[str, Object]]:
    """Each pod template, and what it is in."""
    for name, item in objects.items():
        spec = item.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield name, spec["template"]


def pod(objects: dict[str, Object], component: str) -> Object:
    """The pod spec of a Deployment."""
    return objects[f"Deployment/countersign-{component}"]["spec"]["template"]["spec"]


def arguments(objects: dict[str, Object], component: str) -> list[str]:
    """The flags of a Deployment's program."""
    return pod(objects, component)["containers"][0]["args"]


class PodsTest(unittest.TestCase):
    def test_they_run_on_linux_and_take_names_as_they_are_written(self) -> None:
        seen = 0
        for name, template in templates(render("shim.nodeSelector.disk=ssd")):
            with self.subTest(name):
                selector = {"kubernetes.io/os": "linux"} | ({"disk": "ssd"} if "shim" in name else {})
                self.assertEqual(template["spec"]["nodeSelector"], selector)
                self.assertEqual(template["spec"]["dnsConfig"], {"options": [{"name": "ndots", "value": "1"}]})
                self.assertNotIn("dnsPolicy", template["spec"])
                seen += 1
        self.assertEqual(seen, 4)

    def test_labels_of_yours_are_on_all_objects_and_pods_and_in_no_selector(self) -> None:
        plain = render()
        labelled = render("shim.podLabels.own=mine", more=("--set-json", f"commonLabels={json.dumps(PAIRS)}"))
        for name, item in labelled.items():
            with self.subTest(name):
                self.assertLessEqual(PAIRS.items(), item["metadata"]["labels"].items())
                self.assertEqual(item.get("spec", {}).get("selector"), plain[name].get("spec", {}).get("selector"))
        for name, template in templates(labelled):
            with self.subTest(name):
                own = {"own": "mine"} if "shim" in name else {}
                wanted = dict(templates(plain))[name]["metadata"]["labels"] | PAIRS | own
                self.assertEqual(template["metadata"]["labels"], wanted)

    def test_annotations_and_labels_of_the_certificates_pods(self) -> None:
        objects = render("certificates.podAnnotations.a=b", "certificates.podLabels.c=d")
        for name, template in templates(objects):
            if "certificates" in name:
                self.assertEqual(template["metadata"]["annotations"], {"a": "b"})
                self.assertEqual(template["metadata"]["labels"]["c"], "d")

    def test_the_network_of_the_nodes(self) -> None:
        objects = render("shim.hostNetwork=true", "shim.port=9443", "shim.statusPort=9080", "verifier.port=9090")
        shim = pod(objects, "shim")
        self.assertEqual((shim["hostNetwork"], shim["dnsPolicy"]), (True, "ClusterFirstWithHostNet"))
        self.assertEqual({port["containerPort"] for port in shim["containers"][0]["ports"]}, {9443, 9080})
        flags = arguments(objects, "shim")
        self.assertTrue(any(flag.startswith("--listen=") and flag.endswith(":9443") for flag in flags), flags)
        self.assertTrue(any(flag.startswith("--status-listen=") and flag.endswith(":9080") for flag in flags), flags)
        self.assertIn(f"--verifier=dns:///countersign-verifier.{NAMESPACE}.svc:9090", flags)
        self.assertEqual(objects["Service/countersign-verifier"]["spec"]["ports"][0]["port"], 9090)
        self.assertEqual(objects["Service/image-policy-webhook-service"]["spec"]["ports"][0]["targetPort"], "https")
        # A new pod would find no free port where there are as many nodes as pods.
        self.assertEqual(objects["Deployment/countersign-shim"]["spec"]["strategy"]["rollingUpdate"],
                         {"maxSurge": 0, "maxUnavailable": 1})
        # It comes from an address of a node, and pod security lets it in.
        [ingress] = objects["NetworkPolicy/countersign-verifier"]["spec"]["ingress"]
        self.assertEqual(ingress, {"ports": [{"port": 9090, "protocol": "TCP"}]})
        labels = objects[f"Namespace/{NAMESPACE}"]["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "privileged")
        self.assertNotIn("hostNetwork", pod(objects, "verifier"))

    def test_the_verifiers_on_the_network_of_the_nodes(self) -> None:
        objects = render("verifier.hostNetwork=true", "verifier.dnsPolicy=Default")
        verifier = pod(objects, "verifier")
        self.assertEqual((verifier["hostNetwork"], verifier["dnsPolicy"]), (True, "Default"))
        egress = objects["NetworkPolicy/countersign-shim"]["spec"]["egress"]
        self.assertIn({"ports": [{"port": 8090, "protocol": "TCP"}]}, egress)

    def test_both_on_the_network_of_the_nodes_need_ports_of_their_own(self) -> None:
        both = ("shim.hostNetwork=true", "verifier.hostNetwork=true")
        done = helm(DEPLOY / "chart", *[part for value in both for part in ("--set", value)])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("verifier.statusPort another number", done.stderr)
        self.assertTrue(pod(render(*both, "verifier.statusPort=8081"), "verifier")["hostNetwork"])

    def test_they_listen_on_every_address_unless_told_one(self) -> None:
        for values, shim, verifier in (([], "", "[::]"), (["listenAddress=0.0.0.0"], "0.0.0.0", "0.0.0.0"),
                                       (["listenAddress=[::]"], "[::]", "[::]")):
            objects = render(*values)
            self.assertIn(f"--listen={shim}:8443", arguments(objects, "shim"))
            self.assertIn(f"--listen={verifier}:8090", arguments(objects, "verifier"))
            for component in ("shim", "verifier"):
                self.assertIn(f"--status-listen={shim}:8080", arguments(objects, component))

    def test_the_page_for_people_is_on_no_node(self) -> None:
        for component, port in (("shim", 9099), ("verifier", 9098)):
            flags = arguments(render(), component)
            self.assertIn(f"--statusz-port={port}", flags)
            ports = [entry["containerPort"] for entry in pod(render(), component)["containers"][0]["ports"]]
            self.assertNotIn(port, ports)
            for value in ("hostNetwork=true", "statuszPort=off", "statuszPort=false"):
                self.assertIn("--statusz-port=off", arguments(render(f"{component}.{value}"), component))
            self.assertIn("--statusz-port=9100", arguments(render(f"{component}.statuszPort=9100"), component))

    def test_a_whole_name_of_the_verifiers(self) -> None:
        flags = arguments(render("clusterDomain=cluster.local"), "shim")
        self.assertIn(f"--verifier=dns:///countersign-verifier.{NAMESPACE}.svc.cluster.local:8090", flags)
        self.assertIn(f"--verifier-server-name=countersign-verifier.{NAMESPACE}.svc", flags)

    def test_values_that_are_flags(self) -> None:
        for component, value, flag in (
                ("shim", "shim.templatePlaceholders={auto}", "--template-placeholder=auto"),
                ("verifier", "verifier.denyShortNames=true", "--deny-short-names"),
                ("verifier", "verifier.maxRegistryBytes=128MiB", "--max-registry-bytes=128MiB"),
                ("verifier", "verifier.maxRegistryBytesPerRequest=33554432",
                 "--max-registry-bytes-per-request=33554432"),
                ("verifier", "verifier.signatureCacheBytes=16MiB", "--signature-cache-bytes=16MiB"),
        ):
            with self.subTest(value):
                self.assertIn(flag, arguments(render(value), component))
                self.assertNotIn(flag, arguments(render(), component))

    def test_the_memory_that_each_may_use(self) -> None:
        for values, shim, verifier in (([], "256Mi", "512Mi"), (["limits_memory=1Gi"], "1Gi", "1Gi"),
                                       (["verifier.memoryLimit=640Mi"], "256Mi", "640Mi"),
                                       (["limits_memory=1Gi", "verifier.memoryLimit=640Mi"], "1Gi", "1Gi"),
                                       (["limits_memory=1Gi", "verifier.resources.limits.memory=2Gi"], "1Gi", "2Gi")):
            with self.subTest(values):
                objects = render(*values)
                limits = [pod(objects, component)["containers"][0]["resources"]["limits"]["memory"]
                          for component in ("shim", "verifier")]
                self.assertEqual(limits, [shim, verifier])

    def test_who_may_call_the_webhook(self) -> None:
        for kind, source in (("configMap", {"name": "api"}), ("secret", {"secretName": "api", "defaultMode": 0o440})):
            objects = render(f"shim.clientCA.{kind}=api", "shim.clientCA.key=ca.crt", "shim.allowedClients={cn:api}")
            flags = arguments(objects, "shim")
            self.assertIn("--client-ca=/etc/countersign/callers/ca.pem", flags)
            self.assertIn("--allowed-client=cn:api", flags)
            [volume] = [volume for volume in pod(objects, "shim")["volumes"] if volume["name"] == "callers"]
            self.assertEqual(volume[kind], source | {"items": [{"key": "ca.crt", "path": "ca.pem"}]})
        self.assertFalse([flag for flag in arguments(render(), "shim") if "client-ca" in flag])

    def test_who_may_reach_the_webhook(self) -> None:
        objects = render("networkPolicy.apiServers[0].ipBlock.cidr=192.0.2.0/28")
        [ingress] = objects["NetworkPolicy/countersign-shim"]["spec"]["ingress"]
        self.assertEqual(ingress["from"], [{"ipBlock": {"cidr": "192.0.2.0/28"}}])
        [ingress] = render()["NetworkPolicy/countersign-shim"]["spec"]["ingress"]
        self.assertNotIn("from", ingress)


class LastingTest(unittest.TestCase):
    def test_what_compares_the_cluster_with_the_chart_finds_the_job_as_it_is(self) -> None:
        job = render()["Job/certificates"]
        self.assertEqual(job, render()["Job/certificates"], "another name at each rendering")
        # A Job that is removed when it is done would be missed; one that is changed would be refused.
        self.assertNotIn("ttlSecondsAfterFinished", job["spec"])
        self.assertNotIn("helm.sh/hook", job["metadata"].get("annotations", {}))
        changed = render("certificates.resources.limits.cpu=1")["Job/certificates"]
        self.assertNotEqual(job["metadata"]["name"], changed["metadata"]["name"])
        self.assertEqual(render("certificates.ttlSecondsAfterFinished=60")["Job/certificates"]["spec"]
                         ["ttlSecondsAfterFinished"], 60)

    def test_what_holds_what_is_yours_is_kept(self) -> None:
        kept = {name for name, item in render().items()
                if item["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"}
        self.assertEqual(kept, {f"Namespace/{NAMESPACE}"} |
                         {f"CustomResourceDefinition/{name}" for name in DEFINITIONS} |
                         {f"Secret/countersign-{name}" for name in ("ca", "shim-tls", "verifier-tls",
                                                                    "shim-client-tls")})

    def test_only_the_command_has_secrets_to_fill(self) -> None:
        bundle = f"webhook.caBundle={AUTHORITIES / 'good' / 'one.pem'}"
        for source, more in (("cert-manager", ()), ("existing", ("--set-file", bundle))):
            objects = render(f"certificates.source={source}", more=more)
            self.assertFalse([name for name in objects if name.startswith("Secret/")])


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


class MonitoringTest(unittest.TestCase):
    FILES = DEPLOY / "chart" / "monitoring"

    def test_there_is_none_unless_it_is_asked_for(self) -> None:
        self.assertFalse([name for name in render() if "dashboard" in name or "PrometheusRule" in name])

    def test_the_dashboard_is_the_file_and_has_the_label_of_grafanas_sidecar(self) -> None:
        item = render("monitoring.dashboard.enabled=true")["ConfigMap/countersign-dashboard"]
        self.assertEqual(item["data"], {"countersign.json": (self.FILES / "dashboard.json").read_text()})
        self.assertEqual(item["metadata"]["labels"]["grafana_dashboard"], "1")
        self.assertEqual(item["metadata"]["namespace"], NAMESPACE)
        other = render("monitoring.dashboard.enabled=true", "monitoring.dashboard.namespace=x",
                       "monitoring.dashboard.annotations.grafana_folder=y")["ConfigMap/countersign-dashboard"]["metadata"]
        self.assertEqual((other["namespace"], other["annotations"]), ("x", {"grafana_folder": "y"}))

    def test_the_rules_are_those_of_the_file(self) -> None:
        item = render("monitoring.rules.enabled=true", "monitoring.rules.labels.release=p")["PrometheusRule/countersign"]
        self.assertEqual(item["spec"], yaml.safe_load((self.FILES / "rules.yaml").read_text()))
        self.assertEqual(item["metadata"]["labels"]["release"], "p")

    def test_runbooks_may_be_somewhere_else(self) -> None:
        values = ("monitoring.rules.enabled=true", "monitoring.rules.runbooks=https://example.org/docs/")
        [group] = render(*values)["PrometheusRule/countersign"]["spec"]["groups"]
        for rule in group["rules"]:
            self.assertTrue(rule["annotations"]["runbook_url"].startswith("https://example.org/docs/alerts.md#"), rule)


class DependencyTest(unittest.TestCase):
    def test_it_may_be_a_part_of_another_chart(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            umbrella = Path(folder) / "umbrella"
            shutil.copytree(DEPLOY / "chart", umbrella / "charts" / "countersign")
            (umbrella / "Chart.yaml").write_text(
                "apiVersion: v2\nname: umbrella\nversion: 1.0.0\n"
                "dependencies: [{name: countersign, version: '*', condition: countersign.enabled}]\n")
            (umbrella / "values.yaml").write_text(
                "global: {imageRegistry: x, imagePullSecrets: [y]}\n"
                "countersign: {enabled: true, global: {z: 1}, replicas: 3}\n")
            objects = render("countersign.shim.verbose=true", chart=umbrella)
            self.assertEqual(objects["Deployment/countersign-shim"]["spec"]["replicas"], 3)
            self.assertIn("--verbose", arguments(objects, "shim"))
            self.assertEqual(render("countersign.enabled=false", chart=umbrella), {})


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
