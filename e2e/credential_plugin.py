"""A credential provider plugin, as the kubelet runs them: what it answers can be changed, and what it was asked
is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

_API = "credentialprovider.kubelet.k8s.io/v1"
# Answers with what is in the file `answer` beside it. One write a question: it may run several times at once.
_PLUGIN = """#!/bin/sh
cd "$(dirname "$0")"
printf '%s\\n' "$(cat)" >> questions
sleep PAUSE
if [ -e fails ]; then
  echo "no role for $PROFILE" >&2
  exit 1
fi
exec cat answer
"""


class CredentialPlugin:
    """For the images of these registries; each run takes `pause` seconds. The verifier is started with `flags`."""

    def __init__(self, directory: Path, hosts: Sequence[str], pause: float = 0.0) -> None:
        directory.mkdir()
        self.program = directory / "cloud"
        self._directory = directory
        config = directory / "config.yaml"
        self.flags = [f"--image-credential-provider-config={config}",
                      f"--image-credential-provider-bin-dir={directory}"]
        # YAML is a superset of JSON.
        config.write_text(json.dumps({
            "apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig",
            "providers": [{"name": self.program.name, "matchImages": list(hosts), "defaultCacheDuration": "1h",
                           "apiVersion": _API, "args": ["get-credentials"],
                           "env": [{"name": "PROFILE", "value": "a-profile"}]}],
        }), encoding="utf-8")
        self.program.write_text(_PLUGIN.replace("PAUSE", str(pause)), encoding="utf-8")
        self.program.chmod(0o755)

    def answer(self, host: str, user: str, password: str, **more: str) -> None:
        """What it says from now on; `more` are other members of its answer."""
        (self._directory / "fails").unlink(missing_ok=True)
        (self._directory / "answer").write_text(json.dumps({
            "apiVersion": _API, "kind": "CredentialProviderResponse", "cacheKeyType": "Registry",
            "auth": {host: {"username": user, "password": password}}, **more}), encoding="utf-8")

    def fail(self) -> None:
        (self._directory / "fails").touch()

    def questions(self) -> list[dict[str, str]]:
        """What it was asked, so far."""
        file = self._directory / "questions"
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return [json.loads(line) for line in text.splitlines()]
