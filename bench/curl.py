"""Single HTTPS requests timed by curl, one after the other over one connection."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Request:
    url: str
    head: bool = False
    accept: str = "*/*"
    body: Path | None = None  # posted, as JSON

    def arguments(self) -> list[str]:
        arguments = ["--header", f"Accept: {self.accept}"]
        if self.head:
            arguments.append("--head")
        if self.body:
            arguments += ["--header", "Content-Type: application/json",
                          "--data-binary", f"@{self.body}"]
        return [*arguments, self.url]


@dataclasses.dataclass(frozen=True)
class Timed:
    milliseconds: float  # the connection's TCP and TLS handshakes included, where one was made
    connected: bool
    body: bytes


def fetch(requests: Sequence[Request], ca: Path, directory: Path) -> list[Timed]:
    """RuntimeError unless each is answered with 200. Bodies go through files in `directory`."""
    command = ["curl"]
    for number, request in enumerate(requests):
        command += ["--next"] if number else []
        command += ["--silent", "--show-error", "--max-time", "30", "--cacert", str(ca),
                    "--output", str(directory / f"body-{number}"),
                    "--write-out", "%{http_code} %{num_connects} %{time_total}\n",
                    *request.arguments()]
    ran = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         timeout=30 * len(requests) + 10)
    timed = []
    for number, line in enumerate(ran.stdout.decode().splitlines()):
        status, connects, seconds = line.split()
        if status != "200":
            raise RuntimeError(f"{requests[number].url}: HTTP status {status}")
        timed.append(Timed(float(seconds) * 1000, connects != "0",
                           (directory / f"body-{number}").read_bytes()))
    return timed
