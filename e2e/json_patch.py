"""JSON Patch (RFC 6902), as much of it as an admission webhook may send."""

from __future__ import annotations

import copy
from typing import Any

Json = Any


def apply(patch: list[dict[str, Json]], document: Json) -> Json:
    """A changed copy of `document`. ValueError where the API server would refuse the patch."""
    result = copy.deepcopy(document)
    for operation in patch:
        names = [_unescape(name) for name in operation["path"].split("/")[1:]]
        if not names:
            raise ValueError("would replace the whole document")
        parent = result
        for name in names[:-1]:
            parent = parent[int(name)] if isinstance(parent, list) else _member(parent, name)
        _apply_one(operation, parent, names[-1])
    return result


def _apply_one(operation: dict[str, Json], parent: Json, name: str) -> None:
    if not isinstance(parent, dict):
        raise ValueError(f"{operation['path']}: its parent is no object")
    match operation["op"]:
        case "add":
            parent[name] = operation["value"]
        case "replace":
            _member(parent, name)
            parent[name] = operation["value"]
        case "remove":
            _member(parent, name)
            del parent[name]
        case other:
            raise ValueError(f"op {other!r} is not for a webhook of ours")


def _member(parent: Json, name: str) -> Json:
    if not isinstance(parent, dict) or name not in parent:
        raise ValueError(f"there is no {name!r} to go to")
    return parent[name]


def _unescape(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
