"""Nobody else claims: the definition of ClusterImagePolicy takes what the verifier takes, and refuses what
could not be a policy."""

from __future__ import annotations

import copy
import re
import unittest
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from e2e import manifest

ROOT = Path(__file__).parent.parent
CLUSTER = ROOT / "testdata" / "cluster"
BAD = ROOT / "testdata" / "cluster_bad"
DEFINITION = manifest.of_kind(manifest.load(), "CustomResourceDefinition")[
    "clusterimagepolicies.signing.apps.tanzu.vmware.com"]
VERSION = DEFINITION["spec"]["versions"][0]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, also refusing members that it does not name (the API server drops those)."""
    schema = copy.deepcopy(schema)
    for member in schema.get("properties", {}):
        schema["properties"][member] = closed(schema["properties"][member])
    if "items" in schema:
        schema["items"] = closed(schema["items"])
    if "properties" in schema:
        schema["additionalProperties"] = False
    return schema


def faults(policy: Any) -> list[str]:
    """What the schema says about an object, member names included."""
    policy = {**policy, "metadata": {}}
    return [error.message for error in jsonschema.Draft4Validator(closed(SCHEMA)).iter_errors(policy)]


def policies(text: str) -> list[Any]:
    return [item for item in yaml.safe_load_all(text) if item and item["kind"] == "ClusterImagePolicy"]


def policy(**verification: Any) -> dict[str, Any]:
    return {"apiVersion": "signing.apps.tanzu.vmware.com/v1beta1", "kind": "ClusterImagePolicy",
            "spec": {"verification": verification}}


class PolicyDefinitionTest(unittest.TestCase):
    def test_policies_of_the_documents_and_of_the_tests_fit(self) -> None:
        texts = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
        found = [item for text in texts for item in policies(text)] + policies((CLUSTER / "policy.yaml").read_text())
        self.assertGreaterEqual(len(found), 2)
        for item in found:
            self.assertEqual(faults(item), [])

    def test_what_is_wrong_in_a_part_is_left_to_the_webhook(self) -> None:
        for name in ("bad-pem", "duplicate-key-names", "every-bad-key", "incomplete-keys",
                     "incomplete-secret-reference", "no-keys", "no-spec", "rule-without-keys", "two-policies",
                     "unknown-key", "wrong-name"):
            with self.subTest(name):
                found = policies((BAD / f"{name}.yaml").read_text())
                self.assertTrue(found)
                for item in found:
                    errors = jsonschema.Draft4Validator(SCHEMA).iter_errors(item)
                    self.assertEqual([error.message for error in errors], [])

    def test_what_is_of_the_wrong_type_is_refused(self) -> None:
        for name in ("images-no-list", "keys-no-list", "exclude-no-object", "namespaces-no-list", "bad-namespaces"):
            with self.subTest(name):
                self.assertTrue(any(faults(item) for item in policies((BAD / f"{name}.yaml").read_text())))

    def test_nothing_limits_how_much_a_policy_may_hold(self) -> None:
        images = [{"namePattern": f"r.io/{number}", "keys": [{"name": "k"}]} for number in range(10_000)]
        self.assertEqual(faults(policy(keys=[], images=images)), [])
        self.assertNotIn("maxItems", yaml.dump(SCHEMA))

    def test_nothing_is_required_of_a_policy(self) -> None:
        self.assertNotIn("required", yaml.dump({**SCHEMA["properties"], "status": None}))
        for item in (policy(), policy(exclude={}), policy(images=[{}], keys=[{}])):
            self.assertEqual(faults(item), [])

    def test_members_are_those_of_a_policy(self) -> None:
        self.assertTrue(faults(policy(image=[])))
        self.assertTrue(faults(policy(images=[{"pattern": "*"}])))

    def test_a_status_as_verifiers_write_it_fits(self) -> None:
        condition = {"type": "Accepted", "status": "False", "reason": "PartlyInvalid", "message": "/spec: x",
                     "observedGeneration": 2, "lastTransitionTime": "2026-01-02T03:04:05Z"}
        status = {"observedGeneration": 2, "keys": 1, "images": 0, "conditions": [condition]}
        self.assertEqual(faults({**policy(), "status": status}), [])
        self.assertEqual(VERSION["subresources"], {"status": {}})

    def test_columns_tell_whether_it_is_in_force(self) -> None:
        names = {column["name"]: column.get("priority", 0) for column in VERSION["additionalPrinterColumns"]}
        self.assertEqual(names, {"Accepted": 0, "Reason": 1, "Keys": 0, "Images": 0, "Age": 0})

    def test_uninstalling_keeps_it(self) -> None:
        self.assertEqual(DEFINITION["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")
