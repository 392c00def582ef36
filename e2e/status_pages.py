"""What the status port of a program says."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from e2e.servers import Server

LISTEN = ["--status-listen=127.0.0.1:0"]


def page(server: Server, path: str) -> tuple[int, str]:
    """The status code and the body."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.status_port()}{path}", timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def metrics(server: Server) -> dict[str, float]:
    """By name and labels, as Prometheus reads them."""
    lines = page(server, "/metrics")[1].splitlines()
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in lines if line and not line.startswith("#")}


def exported(server: Server) -> set[str]:
    """The names of its metrics, a histogram's without what Prometheus appends."""
    return set(re.findall(r"(?m)^# TYPE (\S+) ", page(server, "/metrics")[1]))
