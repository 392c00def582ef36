"""An image of one layer as an OCI image layout: a directory that skopeo, crane and others read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from deploy.images.layer import Layer, compress, digest

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_INDEX = "application/vnd.oci.image.index.v1+json"
# The one time that every part of an image is of.
_CREATED = "1970-01-01T00:00:00Z"


@dataclasses.dataclass(frozen=True)
class Settings:
    """How the image's program is run."""

    architecture: str  # as Go and Debian call it: amd64, arm64
    entrypoint: list[str]
    user: str  # uid:gid
    ports: list[int]  # TCP
    environment: dict[str, str]
    labels: dict[str, str]
    tag: str


def write_layout(directory: Path, layer: Layer, settings: Settings) -> str:
    """Writes into the empty `directory`; returns the digest of the image's manifest."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(media_type: str, contents: bytes) -> dict[str, object]:
        name = digest(contents)
        (blobs / name.removeprefix("sha256:")).write_bytes(contents)
        return {"mediaType": media_type, "digest": name, "size": len(contents)}

    archive = layer.archive()
    config = blob(_CONFIG, _json(_config(settings, digest(archive))))
    manifest = blob(_MANIFEST, _json({
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": config,
        "layers": [blob(_LAYER, compress(archive))],
        "annotations": settings.labels,
    }))
    named = dict(manifest, annotations={"org.opencontainers.image.ref.name": settings.tag})
    (directory / "index.json").write_bytes(
        _json({"schemaVersion": 2, "mediaType": _INDEX, "manifests": [named]}))
    (directory / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    return str(manifest["digest"])


def _config(settings: Settings, diff_id: str) -> dict[str, object]:
    return {
        "created": _CREATED,
        "architecture": settings.architecture,
        "os": "linux",
        "config": {
            "User": settings.user,
            "ExposedPorts": {f"{port}/tcp": {} for port in settings.ports},
            "Env": [f"{name}={value}" for name, value in sorted(settings.environment.items())],
            "Entrypoint": settings.entrypoint,
            "WorkingDir": "/",
            "Labels": settings.labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": _CREATED, "created_by": "bazel build"}],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
