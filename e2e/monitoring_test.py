"""Nobody else claims: every query of the dashboard is answered with data, and every alert can be evaluated, by a real
Prometheus that scrapes a loaded verifier and shim; they name no metric that there is not; and each alert's runbook is
there."""

from __future__ import annotations

import json
import math
import re
import threading
import unittest
from pathlib import Path
from typing import Any

import yaml

from e2e import programs, reviews
from e2e.hostile.tuf_repository import TufRepository
from e2e.process import run, wait_until
from e2e.prometheus import Prometheus
from e2e.scripted_registry import Request
from e2e.servers import asking_over_tls
from e2e.sigstore_test_case import FLAG, KEYS_NAMESPACE, by_key, image_policy, namespace, settings
from e2e.stack import Stack, standard_cluster
from e2e.stack_test_case import StackTestCase
from e2e.status_pages import LISTEN, exported, page
from e2e.webhook import WebhookClient

DEPLOY = programs.TESTDATA.parent / "deploy"
DOCUMENT = programs.TESTDATA.parent / "docs" / "alerts.md"
RULES = DEPLOY / "chart" / "monitoring" / "rules.yaml"
DASHBOARD = json.loads((DEPLOY / "chart" / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
ALERTS = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
# Until everything has been scraped twice under load; long, as the machine may be busy.
LOADED_SECONDS = 90.0
RATE_INTERVAL = "15s"
JOB = "countersign"
SIGNED = "sha256:d8c45174a9a0fcee5c6904ed1a202f95c15bc222b20f2a1760bdb2232799cae3"  # trusted/app:signed
TRUSTED_ROOT = b'{"mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json"}'
_METRIC = re.compile(r"\b((?:countersign|process)_\w+)")


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries() -> dict[str, str]:
    """Each query of the dashboard as Grafana asks it, by its panel and letter."""
    return {f"{panel['title']}, {target['refId']}":
            target["expr"].replace("$job", ".*").replace("$__rate_interval", RATE_INTERVAL)
            for panel in panels() for target in panel["targets"]}


def names_in(expression: str) -> set[str]:
    """Metrics that it names, a histogram's without what Prometheus appends."""
    return {re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name) for name in _METRIC.findall(expression)}


def headings(text: str) -> dict[str, str]:
    """What is below each heading of the second level, by the anchor that leads there."""
    parts = re.split(r"(?m)^## (.*)\n", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-"): body
            for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


class DashboardTest(unittest.TestCase):
    """The file alone."""

    def test_panels_have_numbers_and_places_of_their_own(self) -> None:
        self.assertEqual(len({panel["id"] for panel in DASHBOARD["panels"]}), len(DASHBOARD["panels"]))
        taken: dict[tuple[int, int], str] = {}
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])):
                self.assertNotIn(cell, taken, panel["title"])
                taken[cell] = panel["title"]

    def test_the_data_source_is_a_variable(self) -> None:
        variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
        self.assertEqual(variables["datasource"]["type"], "datasource")
        for item in [*panels(), variables["job"]]:
            self.assertEqual(item["datasource"], {"type": "prometheus", "uid": "${datasource}"})

    def test_every_series_is_of_the_chosen_job_and_has_a_name(self) -> None:
        for panel in panels():
            letters = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(set(letters)), len(letters), panel["title"])
            for target in panel["targets"]:
                self.assertTrue(target["legendFormat"], panel["title"])
                for selector in re.findall(_METRIC.pattern + r"(\{[^}]*\})?", target["expr"]):
                    self.assertIn('job=~"$job"', selector[1], target["expr"])


class AlertsTest(unittest.TestCase):
    """The rules, with what promtool and the documents say of them."""

    def test_promtool_accepts_the_rules(self) -> None:
        ran = run(["promtool", "check", "rules", "--lint-fatal", RULES], Path("/tmp"))
        self.assertEqual(ran.status, 0, ran.said)

    def test_they_fire_when_they_should_and_not_before(self) -> None:
        ran = run(["promtool", "test", "rules", DEPLOY / "monitoring_rules_test.yaml"], Path("/tmp"))
        self.assertEqual(ran.status, 0, ran.said)

    def test_each_is_seen_to_fire(self) -> None:
        tests = (DEPLOY / "monitoring_rules_test.yaml").read_text(encoding="utf-8")
        fired = set(re.findall(r'ALERTS\{alertname="(\w+)", alertstate="firing"[^}]*\}\', value: 1', tests))
        fired.update(re.findall(r"alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:\n", tests))
        self.assertEqual({alert["alert"] for alert in ALERTS} - fired, set())

    def test_each_says_what_to_do_and_where_that_is_explained(self) -> None:
        sections = headings(DOCUMENT.read_text(encoding="utf-8"))
        explained: dict[str, set[str]] = {anchor: set(re.findall(r"`(Countersign[A-Z]\w+)`", body))
                                          for anchor, body in sections.items()}
        for alert in ALERTS:
            with self.subTest(alert["alert"]):
                self.assertEqual(set(alert["annotations"]), {"summary", "description", "runbook_url"})
                self.assertIn(alert["labels"]["severity"], ("critical", "warning"))
                document, _, anchor = alert["annotations"]["runbook_url"].partition("#")
                self.assertEqual(document, "docs/alerts.md")
                self.assertIn(alert["alert"], explained.get(anchor, set()))
        self.assertEqual(set().union(*explained.values()), {alert["alert"] for alert in ALERTS})


class Load:
    """Asks about images, and what is no question, again and again until it is stopped."""

    def __init__(self, webhook: WebhookClient, images: list[str]) -> None:
        self._webhook = webhook
        self._images = images
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ended.is_set():
            for image in self._images:
                self._webhook.review(reviews.pod(image))
            self._webhook.post(b"{}")


class MonitoringTest(StackTestCase):
    """A pair with policies of both languages and a trusted root that is refreshed, under load."""

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.registry = stack.registry()
        # One that no policy names by its host.
        cls.stranger = stack.scripted_registry({"mirror": cls._mirror(stack), "fails": lambda request:
                                                request.answer(500)}, plain_http=True)
        cluster = standard_cluster(stack, cls.registry.host)
        cluster.write("sigstore.yaml", namespace("shop", include="true"), namespace(KEYS_NAMESPACE),
                      settings(no_match_policy="allow"),
                      image_policy("shop", f"{cls.registry.host}/**", by_key("ecdsa-p256")),
                      image_policy("anywhere", "**/fails/**", by_key("ecdsa-p256")))
        cls.verifier = stack.verifier(cluster, [
            *LISTEN, FLAG, "--allow-unmatched-images", f"--insecure-registry={cls.stranger.host}", f"--trusted-root-state={stack.directory / 'trust'}",
            f"--trusted-root-mirror=http://{cls.stranger.host}/v2/mirror/",
            f"--trusted-root-tuf-root={stack.directory / 'root.json'}"], key_pair=stack.key_pair)
        cls.shim = stack.shim(cls.verifier.address, [*LISTEN, *asking_over_tls("verifier", stack.ca)])
        cls.webhook = stack.webhook(cls.shim)
        cls.prometheus = stack.keep(Prometheus(stack.directory / "prometheus", {JOB: [
            f"127.0.0.1:{server.status_port()}" for server in (cls.verifier, cls.shim)]}, RULES))
        cls.load = stack.keep(Load(cls.webhook, [
            *(f"{cls.registry.host}/trusted/app:{tag}" for tag in ("signed", "unsigned", "signed-by-stranger")),
            f"{cls.registry.host}/trusted/app@{SIGNED}", f"{cls.stranger.host}/fails/x:1"]))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.load.stop()
        super().tearDownClass()

    @classmethod
    def _mirror(cls, stack: Stack):
        """Serves what a trusted root is refreshed from."""
        repository = TufRepository(stack.directory / "tuf")
        (stack.directory / "root.json").write_bytes(repository.root(1))
        files = repository.files(1, TRUSTED_ROOT)

        def serve(request: Request) -> None:
            body = files.get(request.path.removeprefix("/v2/mirror/"))
            request.answer(404 if body is None else 200, body or b"", "application/json")

        return serve

    def test_every_query_of_the_dashboard_has_data(self) -> None:
        left = queries()
        self.assertGreater(len(left), 60)

        def all_answered() -> bool:
            for title, expression in list(left.items()):
                if any(math.isfinite(float(sample["value"][1])) for sample in self.prometheus.query(expression)):
                    del left[title]
            return not left

        try:
            wait_until(all_answered, "data", LOADED_SECONDS)
        except TimeoutError:
            self.fail(f"no data for {json.dumps(left, indent=1)}")

    def test_every_alert_is_evaluated(self) -> None:
        def evaluated() -> list[dict[str, Any]] | None:
            rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
            return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None

        rules = wait_until(evaluated, "the rules are evaluated", LOADED_SECONDS)
        self.assertEqual({rule["name"] for rule in rules}, {alert["alert"] for alert in ALERTS})
        self.assertEqual({rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"}, {})

    def test_no_metric_is_named_that_there_is_not(self) -> None:
        wait_until(lambda: "countersign_trusted_root_expiry_timestamp_seconds" in exported(self.verifier),
                   "the trusted root is refreshed", LOADED_SECONDS)
        there = exported(self.verifier) | exported(self.shim)
        for expression in [*queries().values(), *(alert["expr"] for alert in ALERTS)]:
            with self.subTest(expression):
                self.assertTrue(names_in(expression))
                self.assertEqual(names_in(expression) - there, set())

    def test_promtool_accepts_what_both_serve(self) -> None:
        for server in (self.verifier, self.shim):
            ran = run(["promtool", "check", "metrics"], self.stack.directory, stdin=page(server, "/metrics")[1])
            self.assertEqual((ran.status, ran.said), (0, ""))

    def test_only_registries_that_a_policy_names_are_told_apart(self) -> None:
        def named() -> set[str]:
            return set(re.findall(r'countersign_registry_host_requests_total\{[^}]*registry="([^"]*)"',
                                  page(self.verifier, "/metrics")[1]))

        failed = 'countersign_registry_host_requests_total{registry="other", outcome="unavailable"} > 0'
        wait_until(lambda: self.prometheus.query(failed) and len(named()) > 1, "both were asked", LOADED_SECONDS)
        self.assertEqual(named(), {"other", self.registry.host})
        self.assertNotIn(self.stranger.host, page(self.verifier, "/metrics")[1])
