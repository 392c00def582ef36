"""Nobody else claims: deploy/countersign.yaml is what the chart makes, asks for no more than the documents say,
and fits the programs."""

from __future__ import annotations

import json
import re
import subprocess
import unittest
from pathlib import Path

from deploy.chart_digest import chart_digest

from e2e import manifest, programs

NAMESPACE = "image-policy-system"
DOCS = Path(__file__).parent.parent / "docs"
CHART = manifest.DEPLOY / "chart"
OBJECTS = manifest.load()
DEPLOYMENTS = manifest.of_kind(OBJECTS, "Deployment")
TEMPLATES = manifest.pod_templates(OBJECTS)
PROGRAMS = {
    "/usr/bin/countersign-shim": [str(programs.SHIM)],
    "/usr/bin/countersign-verifier": [str(programs.VERIFIER)],
    "/usr/bin/countersign": [str(programs.COUNTERSIGN)],
}
# Objects of a namespace; all others are the cluster's.
NAMESPACED = {"ConfigMap", "CronJob", "Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Role",
              "RoleBinding", "Secret", "Service", "ServiceAccount"}


def permissions() -> set[tuple[str, ...]]:
    """What the manifest's bindings give, one tuple for each rule, as docs/rbac.md's rows."""
    roles = manifest.of_kind(OBJECTS, "Role")
    cluster_roles = manifest.of_kind(OBJECTS, "ClusterRole")
    given = set()
    for binding in OBJECTS:
        if binding["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        reference = binding["roleRef"]
        role = (roles if reference["kind"] == "Role" else cluster_roles)[reference["name"]]
        where = "cluster" if binding["kind"] == "ClusterRoleBinding" else "its namespace"
        for subject in binding["subjects"]:
            assert subject["kind"] == "ServiceAccount" and subject["namespace"] == NAMESPACE, subject
            for rule in role["rules"]:
                assert set(rule) <= {"apiGroups", "resources", "resourceNames", "verbs"}, rule
                given.add((subject["name"], where, ", ".join(group or '""' for group in rule["apiGroups"]),
                           ", ".join(rule["resources"]), ", ".join(rule.get("resourceNames", ["any"])),
                           ", ".join(rule["verbs"])))
    return given


def flags_of(container: manifest.Object) -> list[str]:
    """The names of the flags that a container's program is started with."""
    return [argument.partition("=")[0] for argument in container["args"] if argument.startswith("--")]


def documented_flags(container: manifest.Object) -> set[str]:
    """Those that its program's --help lists."""
    command = PROGRAMS[container["command"][0]] + [a for a in container["args"] if not a.startswith("--")]
    text = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^ +(?:-\w,)?(--[a-z0-9-]+)", text, re.MULTILINE))


class ManifestTest(unittest.TestCase):
    def test_it_was_rendered_from_this_chart(self) -> None:
        stated = re.search(r"^# chart: (\S+)$", manifest.MANIFEST.read_text(), re.MULTILINE)
        self.assertEqual(stated and stated[1], chart_digest(CHART),
                         "the chart has changed: run deploy/render.sh")

    def test_everything_is_in_its_namespace(self) -> None:
        for item in OBJECTS:
            with self.subTest(kind=item["kind"], name=item["metadata"]["name"]):
                wanted = NAMESPACE if item["kind"] in NAMESPACED else None
                self.assertEqual(item["metadata"].get("namespace"), wanted)

    def test_permissions_are_those_that_docs_rbac_lists(self) -> None:
        rows = manifest.markdown_table(DOCS / "rbac.md", "service account")
        self.assertEqual(permissions(), {tuple(row.values()) for row in rows})

    def test_no_role_is_left_unbound_and_no_account_unknown(self) -> None:
        bound = {item["roleRef"]["name"] for item in OBJECTS if item["kind"].endswith("Binding")}
        roles = {item["metadata"]["name"] for item in OBJECTS if item["kind"] in ("Role", "ClusterRole")}
        self.assertEqual(bound, roles)
        accounts = manifest.of_kind(OBJECTS, "ServiceAccount")
        used = {template["spec"]["serviceAccountName"] for template in TEMPLATES.values()}
        self.assertEqual(used | {"image-policy-registry-credentials"}, set(accounts))

    def test_only_what_has_a_role_gets_a_token(self) -> None:
        holders = {row[0] for row in permissions()}
        for name, template in TEMPLATES.items():
            with self.subTest(name):
                spec = template["spec"]
                self.assertIs(spec["automountServiceAccountToken"], spec["serviceAccountName"] in holders)

    def test_images_have_the_version_of_the_chart_and_of_the_programs(self) -> None:
        chart = manifest.load(CHART / "Chart.yaml")[0]
        version = subprocess.run([programs.SHIM, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(chart["appVersion"], version.split()[-1])
        for name, template in TEMPLATES.items():
            for container in manifest.containers(template):
                with self.subTest(name):
                    self.assertRegex(container["image"], rf":{re.escape(chart['appVersion'])}$")


def paths_of(values: object, path: str = "") -> set[str]:
    """The dotted names of all values that are no objects of named values themselves."""
    if not isinstance(values, dict) or not values:
        return {path}
    return {inner for name, value in values.items() for inner in paths_of(value, f"{path}.{name}".strip("."))}


class ValuesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.values = manifest.load(CHART / "values.yaml")[0]
        self.paths = paths_of(self.values)

    def test_every_value_is_in_docs_install(self) -> None:
        documented = set(re.findall(r"`([a-zA-Z_.]+)`", (DOCS / "install.md").read_text()))
        for path in sorted(self.paths):
            with self.subTest(path):
                parts = path.split(".")
                self.assertTrue({".".join(parts[:count]) for count in range(1, len(parts) + 1)} & documented)

    def test_the_schema_knows_exactly_the_values_there_are(self) -> None:
        schema = json.loads((CHART / "values.schema.json").read_text())

        def compare(values: dict, described: dict, path: str) -> None:
            known = described.get("properties")
            if known is None or not values:
                return
            self.assertIs(described["additionalProperties"], False, path)
            # Helm gives every chart a value of this name.
            self.assertEqual(set(values), set(known) - {"global"}, path)
            for name, value in values.items():
                if isinstance(value, dict):
                    compare(value, known[name], f"{path}.{name}")

        compare(self.values, schema, "")

    def test_values_of_sign_keep_their_names_and_but_for_replicas_and_memory_their_defaults(self) -> None:
        sign = {"allow_unmatched_images": False, "custom_ca_secrets": [], "custom_cas": [],
                "deployment_namespace": NAMESPACE, "limits_cpu": "200m", "limits_memory": None,
                "quota": {"pod_number": "5"}, "replicas": 2, "requests_cpu": "100m", "requests_memory": "50Mi"}
        self.assertEqual({name: self.values[name] for name in sign}, sign)

    def test_each_may_use_the_memory_that_has_room_for_all_it_may_hold(self) -> None:
        for component in ("shim", "verifier"):
            [container] = manifest.containers(TEMPLATES[f"Deployment/countersign-{component}"])
            self.assertEqual(container["resources"]["limits"]["memory"], self.values[component]["memoryLimit"])


class PodsTest(unittest.TestCase):
    def test_they_meet_the_restricted_pod_security_standard(self) -> None:
        for name, template in TEMPLATES.items():
            with self.subTest(name):
                spec = template["spec"]
                security = spec["securityContext"]
                self.assertIs(security["runAsNonRoot"], True)
                self.assertEqual((security["runAsUser"], security["runAsGroup"]), (65532, 65532))
                self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertFalse({"hostNetwork", "hostPID", "hostIPC"} & set(spec))
                for volume in spec.get("volumes", []):
                    self.assertIn("secret", volume)
                for container in manifest.containers(template):
                    self.assertEqual(container["securityContext"], {
                        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]}})
                    self.assertEqual(set(container["resources"]), {"limits", "requests"})

    def test_they_run_on_linux_and_take_names_as_they_are_written(self) -> None:
        for name, template in TEMPLATES.items():
            with self.subTest(name):
                self.assertEqual(template["spec"]["nodeSelector"], {"kubernetes.io/os": "linux"})
                self.assertEqual(template["spec"]["dnsConfig"], {"options": [{"name": "ndots", "value": "1"}]})

    def test_a_finished_job_stays_so_that_nobody_misses_it(self) -> None:
        jobs = [item for item in OBJECTS if item["kind"] == "Job"]
        self.assertEqual(len(jobs), 1)
        self.assertNotIn("ttlSecondsAfterFinished", jobs[0]["spec"])
        self.assertNotIn("annotations", jobs[0]["metadata"])

    def test_their_flags_are_those_of_the_programs(self) -> None:
        for name, template in TEMPLATES.items():
            for container in manifest.containers(template):
                with self.subTest(name):
                    self.assertLessEqual(set(flags_of(container)), documented_flags(container))

    def test_the_files_that_flags_name_are_mounted(self) -> None:
        for name, template in TEMPLATES.items():
            for container in manifest.containers(template):
                mounts = [mount["mountPath"] + "/" for mount in container.get("volumeMounts", [])]
                for argument in container["args"]:
                    value = argument.partition("=")[2]
                    if value.startswith("/"):
                        with self.subTest(name, flag=argument):
                            self.assertTrue(value.startswith(tuple(mounts)), mounts)

    def test_each_mounts_the_secrets_that_docs_certificates_gives_it(self) -> None:
        readers: dict[str, set[str]] = {"shims": set(), "verifiers": set(), "this command alone": set()}
        for row in manifest.markdown_table(DOCS / "certificates.md", "object"):
            name = re.fullmatch(r"Secret `(.*)`", row["object"])
            if name:
                readers[row["read by"]].add(name[1])
        for kind, component in (("shims", "shim"), ("verifiers", "verifier")):
            spec = DEPLOYMENTS[f"countersign-{component}"]["spec"]["template"]["spec"]
            self.assertEqual({volume["secret"]["secretName"] for volume in spec["volumes"]}, readers[kind])

    def test_each_waits_for_the_entries_of_its_secrets_that_its_flags_name(self) -> None:
        for name, deployment in DEPLOYMENTS.items():
            spec = deployment["spec"]["template"]["spec"]
            container = spec["containers"][0]
            named = {argument.partition("=")[2] for argument in container["args"]}
            for volume in spec["volumes"]:
                [mount] = [mount for mount in container["volumeMounts"] if mount["name"] == volume["name"]]
                for item in volume["secret"]["items"]:
                    with self.subTest(name, item=item["key"]):
                        self.assertEqual(item["key"], item["path"])
                        self.assertIn(f"{mount['mountPath']}/{item['path']}", named)

    def test_they_listen_where_services_probes_and_network_policies_say(self) -> None:
        for name, deployment in DEPLOYMENTS.items():
            with self.subTest(name):
                container = deployment["spec"]["template"]["spec"]["containers"][0]
                ports = {port["name"]: port["containerPort"] for port in container["ports"]}
                listened = {flag: int(value.rpartition(":")[2]) for flag, _, value in
                            (argument.partition("=") for argument in container["args"]) if "listen" in flag}
                self.assertEqual(set(listened.values()), set(ports.values()))
                self.assertEqual(listened["--status-listen"], ports["status"])
                for probe, path in (("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                    self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "status"})
                policy = manifest.of_kind(OBJECTS, "NetworkPolicy")[name]["spec"]
                opened = {port["port"] for rule in policy["ingress"] for port in rule["ports"]}
                self.assertEqual(opened, {listened["--listen"]})

    def test_the_shim_asks_the_verifiers_headless_service(self) -> None:
        service = manifest.of_kind(OBJECTS, "Service")["countersign-verifier"]["spec"]
        self.assertEqual((service["clusterIP"], service["publishNotReadyAddresses"]), ("None", False))
        arguments = DEPLOYMENTS["countersign-shim"]["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertIn(f"--verifier=dns:///countersign-verifier.{NAMESPACE}.svc:{service['ports'][0]['port']}",
                      arguments)

    def test_the_verifiers_serve_the_shims_certificate_alone(self) -> None:
        rows = manifest.markdown_table(DOCS / "certificates.md", "object")
        [named] = [re.search(r"named `(.*?)`", row["holds"]) for row in rows if "shim-client" in row["object"]]
        arguments = DEPLOYMENTS["countersign-verifier"]["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertEqual([argument for argument in arguments if "allowed-client" in argument],
                         [f"--allowed-client=dns:{named[1].replace('NAMESPACE', NAMESPACE)}=*"])

    def test_every_selector_finds_pods_of_one_component(self) -> None:
        selectors = {}
        for item in OBJECTS:
            name = f"{item['kind']}/{item['metadata']['name']}"
            spec = item.get("spec", {})
            if item["kind"] == "Service":
                selectors[name] = spec["selector"]
            elif item["kind"] in ("Deployment", "PodDisruptionBudget"):
                selectors[name] = spec["selector"]["matchLabels"]
            elif item["kind"] == "NetworkPolicy":
                selectors[name] = spec["podSelector"]["matchLabels"]
        for name, template in TEMPLATES.items():
            for index, spread in enumerate(template["spec"].get("topologySpreadConstraints", [])):
                selectors[f"{name}/{index}"] = spread["labelSelector"]["matchLabels"]
        self.assertGreaterEqual(len(selectors), 13)
        for name, selector in selectors.items():
            with self.subTest(name):
                components = {template["metadata"]["labels"]["app.kubernetes.io/component"]
                              for template in TEMPLATES.values()
                              if manifest.matches(selector, template["metadata"]["labels"])}
                self.assertEqual(len(components), 1)
                if "countersign-" in name:
                    self.assertIn(components.pop(), name)

    def test_two_of_each_serve_and_one_may_be_away(self) -> None:
        for name, deployment in DEPLOYMENTS.items():
            with self.subTest(name):
                self.assertEqual(deployment["spec"]["replicas"], 2)
                budget = manifest.of_kind(OBJECTS, "PodDisruptionBudget")[name]["spec"]
                self.assertEqual(budget["maxUnavailable"], 1)
                self.assertEqual(deployment["spec"]["strategy"]["rollingUpdate"],
                                 {"maxSurge": 1, "maxUnavailable": 0})

    def test_no_priority_class_is_asked_for(self) -> None:
        for template in TEMPLATES.values():
            self.assertNotIn("priorityClassName", template["spec"])
        self.assertEqual(manifest.of_kind(OBJECTS, "ResourceQuota"), {})


class SecretsTest(unittest.TestCase):
    def test_the_namespace_stays_when_the_chart_goes(self) -> None:
        namespace = manifest.of_kind(OBJECTS, "Namespace")[NAMESPACE]
        self.assertEqual(namespace["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})

    def test_those_that_the_command_fills_are_installed_empty_and_kept(self) -> None:
        secrets = manifest.of_kind(OBJECTS, "Secret")
        rows = manifest.markdown_table(DOCS / "certificates.md", "object")
        documented = {name[1] for name in (re.fullmatch(r"Secret `(.*)`", row["object"]) for row in rows) if name}
        self.assertEqual(set(secrets), documented)
        for name, secret in secrets.items():
            with self.subTest(name):
                # With data, applying the manifest would wipe certificates; with a type, it would be refused where
                # there is a Secret of another one.
                self.assertEqual(set(secret), {"apiVersion", "kind", "metadata"})
                self.assertEqual(secret["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})


class WebhooksTest(unittest.TestCase):
    def setUp(self) -> None:
        configurations = manifest.of_kind(OBJECTS, "MutatingWebhookConfiguration")
        self.assertEqual(list(configurations), ["image-policy-mutating-webhook-configuration"])
        [self.mutating] = configurations["image-policy-mutating-webhook-configuration"]["webhooks"]
        configurations = manifest.of_kind(OBJECTS, "ValidatingWebhookConfiguration")
        self.assertEqual(set(configurations), {"image-policy-validating-webhook-configuration",
                                               "image-policy-final-webhook-configuration"})
        self.validating, self.settings = configurations["image-policy-validating-webhook-configuration"]["webhooks"]
        [self.final] = configurations["image-policy-final-webhook-configuration"]["webhooks"]

    def test_the_api_server_asks_the_shims_service_for_ten_seconds(self) -> None:
        self.assertEqual(self.mutating["name"], "image-policy-webhook.signing.apps.tanzu.com")
        self.assertEqual(self.validating["name"], "image-policy-validator.signing.apps.tanzu.com")
        service = manifest.of_kind(OBJECTS, "Service")["image-policy-webhook-service"]
        self.assertEqual(self.final["name"], "image-policy-final.signing.apps.tanzu.com")
        self.assertEqual(self.settings["name"], "image-policy-settings-validator.signing.apps.tanzu.com")
        for webhook, path in ((self.mutating, "/signing-policy-check"), (self.validating, "/validate-policy"),
                              (self.settings, "/validate-policy"), (self.final, "/signing-policy-check/final")):
            self.assertEqual(webhook["clientConfig"]["service"], {
                "name": "image-policy-webhook-service", "namespace": NAMESPACE, "path": path,
                "port": service["spec"]["ports"][0]["port"]})
            self.assertEqual(webhook["timeoutSeconds"], 10)
            self.assertEqual(webhook["sideEffects"], "None")
            self.assertEqual(webhook["matchPolicy"], "Equivalent")

    def test_no_authority_is_given_so_that_applying_again_wipes_none(self) -> None:
        for webhook in (self.mutating, self.validating, self.settings, self.final):
            self.assertNotIn("caBundle", webhook["clientConfig"])

    def test_what_could_not_be_asked_about_is_refused_but_for_a_policy(self) -> None:
        self.assertEqual(self.mutating["failurePolicy"], "Fail")
        self.assertEqual(self.validating["failurePolicy"], "Ignore")
        self.assertEqual(self.settings["failurePolicy"], "Ignore")

    def test_its_own_namespace_and_the_clusters_are_exempt_and_no_others(self) -> None:
        self.assertEqual(self.mutating["namespaceSelector"], {"matchExpressions": [{
            "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [NAMESPACE, "kube-system"]}]})
        self.assertEqual(self.mutating["objectSelector"], {})

    def test_the_last_word_is_asked_for_where_and_as_the_first(self) -> None:
        for member in ("failurePolicy", "namespaceSelector", "objectSelector", "timeoutSeconds", "matchPolicy"):
            self.assertEqual(self.final[member], self.mutating[member])
        resources = [resource for rule in self.final["rules"] for resource in rule["resources"]]
        self.assertEqual(resources, ["pods", "pods/ephemeralcontainers"])
        self.assertEqual([condition["name"] for condition in self.final["matchConditions"]], ["not-being-deleted"])

    def test_what_can_keep_pods_from_starting_carries_the_label_and_nothing_else(self) -> None:
        labelled = {item["metadata"]["name"] for item in OBJECTS
                    if item["metadata"].get("labels", {}).get("countersign/admission") == "images"}
        self.assertEqual(labelled, {"image-policy-mutating-webhook-configuration",
                                    "image-policy-final-webhook-configuration"})

    def test_every_kind_that_makes_pods_is_asked_about_when_created_and_updated(self) -> None:
        asked = {f"{group}/{version}/{resource}" for rule in self.mutating["rules"]
                 for group in rule["apiGroups"] for version in rule["apiVersions"]
                 for resource in rule["resources"]}
        self.assertLessEqual({"/v1/pods", "/v1/pods/ephemeralcontainers", "/v1/replicationcontrollers",
                              "apps/v1/deployments", "apps/v1/replicasets", "apps/v1/statefulsets",
                              "apps/v1/daemonsets", "batch/v1/jobs", "batch/v1/cronjobs",
                              "batch/v1beta1/cronjobs"}, asked)
        for rule in self.mutating["rules"]:
            self.assertEqual(rule["operations"], ["CREATE", "UPDATE"])

    def test_conditions_keep_only_updates_away(self) -> None:
        conditions = {condition["name"]: condition["expression"] for condition in self.mutating["matchConditions"]}
        self.assertEqual(set(conditions), {"not-being-deleted", "pod-template-may-have-changed"})
        for expression in conditions.values():
            self.assertTrue(expression.startswith("request.operation != 'UPDATE' || "), expression)
