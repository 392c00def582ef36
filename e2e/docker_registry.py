"""Debian's docker-registry, serving a storage tree read-only on a free loopback port."""

from __future__ import annotations

import json
import re
from pathlib import Path

from e2e.certificates import KeyPair
from e2e.process import Process

_LISTENING = re.compile(r"listening on (127\.0\.0\.1:[0-9]+)")


class DockerRegistry:
    """Serves until it is stopped: over TLS if it is given a key pair, and only to the users of
    `htpasswd` if there is one. `host` is what image names begin with."""

    def __init__(self, directory: Path, storage: Path, key_pair: KeyPair | None = None,
                 htpasswd: Path | None = None) -> None:
        directory.mkdir(parents=True)
        http: dict[str, object] = {"addr": "127.0.0.1:0"}
        if key_pair:
            http["tls"] = {"certificate": str(key_pair.certificate), "key": str(key_pair.key)}
        config = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(storage.resolve())},
                        "maintenance": {"uploadpurging": {"enabled": False},
                                        "readonly": {"enabled": True}}},
            "http": http,
        }
        if htpasswd:
            config["auth"] = {"htpasswd": {"realm": "e2e", "path": str(htpasswd.resolve())}}
        # YAML is a superset of JSON.
        file = directory / "config.yml"
        file.write_text(json.dumps(config), encoding="utf-8")
        self.process = Process(["docker-registry", "serve", str(file)],
                               directory / "log", directory)
        try:
            self.host = self.process.wait_until(self._address, "listening").group(1)
        except BaseException:
            self.process.kill()
            raise

    def _address(self) -> re.Match[str] | None:
        return _LISTENING.search(self.process.output())

    def stop(self) -> None:
        # It has no graceful end: requests in progress are cut off.
        self.process.stop()
