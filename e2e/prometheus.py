"""Debian's Prometheus, on a free loopback port: it scrapes what it is told to, and answers queries."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from e2e.process import Process

_LISTENING = re.compile(r'msg="Listening on" address=(127\.0\.0\.1:[1-9][0-9]*)')
_SCRAPE_INTERVAL = "500ms"


class Prometheus:
    """Serves until it is stopped. `targets` are the addresses of each job's status ports; `rules` a file of them."""

    def __init__(self, directory: Path, targets: Mapping[str, list[str]], rules: Path) -> None:
        directory.mkdir(parents=True)
        config = {
            "global": {"scrape_interval": _SCRAPE_INTERVAL, "scrape_timeout": _SCRAPE_INTERVAL,
                       "evaluation_interval": _SCRAPE_INTERVAL},
            "rule_files": [str(rules.resolve())],
            "scrape_configs": [{"job_name": job, "static_configs": [{"targets": addresses}]}
                               for job, addresses in targets.items()],
        }
        # YAML is a superset of JSON.
        file = directory / "prometheus.yml"
        file.write_text(json.dumps(config), encoding="utf-8")
        self.process = Process(["prometheus", f"--config.file={file}", f"--storage.tsdb.path={directory / 'data'}",
                                "--web.listen-address=127.0.0.1:0"], directory / "log", directory)
        try:
            self.address = self.process.wait_until(self._address, "listening").group(1)
            self.process.wait_until(self._is_ready, "ready")
        except BaseException:
            self.process.kill()
            raise

    def ask(self, path: str, **parameters: str) -> Any:
        """`data` of its answer (prometheus.io, HTTP API). ValueError with its words if it gives none."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise ValueError(f"{parameters or path}: {error.read().decode(errors='replace')}") from error

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant vector, at this moment."""
        return self.ask("query", query=expression)["result"]

    def stop(self) -> int:
        """The exit status."""
        return self.process.stop()

    def _address(self) -> re.Match[str] | None:
        return _LISTENING.search(self.process.output())

    def _is_ready(self) -> bool:
        """It listens before it has read its storage, and answers all with 503 until then."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=30):
                return True
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            return False
