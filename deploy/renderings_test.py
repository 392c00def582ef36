"""What the chart makes of values, with the real helm; check.sh runs it. HELM names the program if it is not in PATH."""

from __future__ import annotations

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import yaml

from renderings import AUTHORITIES, DEFINITIONS, DEPLOY, NAMESPACE, arguments, helm, pod, render, templates

PAIRS = {"a.example.org/team": "x", "stage": "test"}


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


if __name__ == "__main__":
    unittest.main()
