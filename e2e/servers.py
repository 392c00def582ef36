"""The verifier and the shim as processes on free loopback ports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from e2e import programs
from e2e.certificates import KeyPair
from e2e.process import Process

LogLine = dict[str, object]


class Server:
    """A program of ours that listens on one port. It listens when this has been constructed."""

    def __init__(self, program: Path, directory: Path, arguments: Sequence[str]) -> None:
        directory.mkdir(parents=True)
        # Of several on one machine one alone would have the port that is the default.
        if not any(argument.startswith("--statusz-port") for argument in arguments):
            arguments = ["--statusz-port=off", *arguments]
        self.process = Process([str(program), *arguments], directory / "log", directory)
        try:
            self.port = self.process.wait_until(self._port, "serving")
        except BaseException:
            self.process.kill()
            raise

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def status_port(self) -> int:
        """Of a server that was started with --status-listen."""
        return next(int(str(line["status_port"])) for line in self.log_lines() if "status_port" in line)

    def statusz_port(self) -> int:
        """Of a server that was started with --statusz-port=0."""
        return next(int(str(line["statusz_port"])) for line in self.log_lines() if "statusz_port" in line)

    def log_lines(self) -> list[LogLine]:
        """What it logged; a line that is no JSON object is a ValueError."""
        lines = []
        for line in self._whole_lines():
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError(f"{self.process.name} logged no JSON object: {line}")
            lines.append(value)
        return lines

    def stop(self) -> int:
        """The exit status."""
        return self.process.stop()

    def _whole_lines(self) -> list[str]:
        return [line for line in self.process.output().splitlines(keepends=True)
                if line.endswith("\n")]

    def _port(self) -> int | None:
        for line in self._whole_lines():
            if '"port"' in line:
                return int(json.loads(line)["port"])
        return None


class Verifier(Server):
    """With TLS if it is given a key pair; `arguments` are more of its flags."""

    def __init__(self, directory: Path, objects: Path, *, key_pair: KeyPair | None = None,
                 listen: str = "127.0.0.1:0", arguments: Sequence[str] = ()) -> None:
        flags = [f"--listen={listen}", f"--objects={objects}", *_serving(key_pair), *arguments]
        super().__init__(programs.VERIFIER, directory, flags)


class Shim(Server):
    """Asks the verifiers at `verifier`, a gRPC target; `arguments` are more of its flags."""

    def __init__(self, directory: Path, verifier: str, *, key_pair: KeyPair,
                 listen: str = "127.0.0.1:0", arguments: Sequence[str] = ()) -> None:
        flags = [f"--listen={listen}", f"--verifier={verifier}", *_serving(key_pair), *arguments]
        super().__init__(programs.SHIM, directory, flags)


def asking_over_tls(whom: str, ca: Path, client: KeyPair | None = None) -> list[str]:
    """The flags of a program that trusts this authority where it asks `whom` (server or verifier), and shows
    the client's certificate there."""
    shown = [f"--{whom}-cert={client.certificate}", f"--{whom}-key={client.key}"] if client else []
    return [f"--{whom}-ca={ca}", *shown]


def _serving(key_pair: KeyPair | None) -> list[str]:
    if not key_pair:
        return []
    return [f"--tls-cert={key_pair.certificate}", f"--tls-key={key_pair.key}"]
