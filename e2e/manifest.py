"""The objects of deploy/countersign.yaml."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any, Iterator

import yaml

DEPLOY = Path(os.environ.get("COUNTERSIGN_DEPLOY", Path(__file__).parent.parent / "deploy"))
MANIFEST = DEPLOY / "countersign.yaml"

Object = dict[str, Any]


def load(path: Path = MANIFEST) -> list[Object]:
    """All objects of a manifest."""
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    """Those of one kind by their names, which must be unique."""
    found = [item for item in objects if item["kind"] == kind]
    by_name = {item["metadata"]["name"]: item for item in found}
    assert len(found) == len(by_name), f"two objects of kind {kind} have one name"
    return by_name


def pod_templates(objects: list[Object]) -> dict[str, Object]:
    """Every pod template by KIND/NAME of what it is in."""
    templates = {}
    for item in objects:
        spec = item.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            templates[f"{item['kind']}/{item['metadata']['name']}"] = spec["template"]
    return templates


def containers(template: Object) -> Iterator[Object]:
    """All containers of a pod template."""
    spec = template["spec"]
    return itertools.chain(spec.get("initContainers", []), spec["containers"])


def matches(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether labels match a selector's matchLabels."""
    return selector.items() <= labels.items()


def markdown_table(path: Path, first_column: str) -> list[dict[str, str]]:
    """The rows of the first table whose first column has that heading, by heading."""
    rows: list[dict[str, str]] = []
    headings: list[str] = []
    for line in path.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            if headings:
                break
        elif not headings:
            headings = cells if cells[0] == first_column else []
        elif not set(line) <= set("|- "):
            rows.append(dict(zip(headings, cells, strict=True)))
    return rows
