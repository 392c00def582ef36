"""What the chart makes of values, for tests of it. HELM names the program if it is not in PATH."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Iterator

import yaml

DEPLOY = Path(__file__).resolve().parent
AUTHORITIES = DEPLOY.parent / "testdata" / "authorities"
HELM = os.environ.get("HELM", "helm")
NAMESPACE = "image-policy-system"
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
