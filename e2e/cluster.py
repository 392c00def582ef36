"""A directory of Kubernetes manifests that stands in for the cluster (the verifier's --objects)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

# Stands in testdata/ for the registry that serves testdata/registry/storage.
PLACEHOLDER = "registry.test:5000"

Manifest = dict[str, object]


class Cluster:
    """The manifests in `directory`, which is made. Each change of a file is one step."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        self.directory = directory

    def add_folder(self, source: Path, registry: str) -> None:
        """All manifests of a folder, with the registry's address in the placeholder's place."""
        for file in sorted(source.iterdir()):
            if file.suffix in (".yaml", ".json"):
                self.add_file(file, registry)

    def add_file(self, source: Path, registry: str, name: str | None = None) -> None:
        # Bytes: some of the bad ones are no text.
        content = source.read_bytes().replace(PLACEHOLDER.encode(), registry.encode())
        self._replace(name or source.name, content)

    def write(self, name: str, *manifests: Manifest) -> None:
        """One file `name` of these manifests."""
        text = "\n---\n".join(json.dumps(manifest) for manifest in manifests)
        self._replace(name, text.encode())

    def write_text(self, name: str, text: str) -> None:
        self._replace(name, text.encode())

    def remove(self, name: str) -> None:
        (self.directory / name).unlink()

    def _replace(self, name: str, content: bytes) -> None:
        temporary = self.directory / f".{name}.new"
        temporary.write_bytes(content)
        os.replace(temporary, self.directory / name)


def rule(pattern: str, *keys: str, secret: str | None = None) -> Manifest:
    """An entry of the policy's images; `secret` is NAMESPACE/NAME."""
    written: Manifest = {"namePattern": pattern, "keys": [{"name": key} for key in keys]}
    if secret:
        namespace, name = secret.split("/")
        written["secretRef"] = {"name": name, "namespace": namespace}
    return written


def policy(keys: Mapping[str, str], rules: Sequence[Manifest],
           excluded: Sequence[str] = ()) -> Manifest:
    """The ClusterImagePolicy; `keys` are PEM by name."""
    verification: Manifest = {
        "keys": [{"name": name, "publicKey": pem} for name, pem in keys.items()],
        "images": list(rules),
    }
    if excluded:
        verification["exclude"] = {"resources": {"namespaces": list(excluded)}}
    return {"apiVersion": "signing.apps.tanzu.vmware.com/v1beta1", "kind": "ClusterImagePolicy",
            "metadata": {"name": "image-policy"}, "spec": {"verification": verification}}


def pull_secret(namespace: str, name: str, registry: str, user: str, password: str) -> Manifest:
    config = {"auths": {registry: {"username": user, "password": password}}}
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"namespace": namespace, "name": name},
            "stringData": {".dockerconfigjson": json.dumps(config)}}


def service_account(namespace: str, name: str, *secrets: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"namespace": namespace, "name": name},
            "imagePullSecrets": [{"name": secret} for secret in secrets]}
