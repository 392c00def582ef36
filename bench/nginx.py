"""nginx answering any request with a fixed body over TLS: what HTTPS alone costs on a machine."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from e2e.certificates import KeyPair
from e2e.process import Process

# One process: master_process off makes the only worker the process that was started.
_CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    default_type application/json;
    set $chunk "{chunk}";
    location / {{ return 200 "{body}"; }}
  }}
}}
"""

# What is longer than 4,096 bytes is no word of a configuration.
_CHUNK_BYTES = 2048


def _body(size: int) -> str:
    return "${chunk}" * (size // _CHUNK_BYTES) + "x" * (size % _CHUNK_BYTES)


class Nginx:
    """Answers with `body_bytes` bytes on a free loopback port until it is stopped."""

    def __init__(self, directory: Path, key_pair: KeyPair, body_bytes: int) -> None:
        directory.mkdir()
        self.port = _free_port()
        file = directory / "nginx.conf"
        file.write_text(_CONFIGURATION.format(
            directory=directory, port=self.port, certificate=key_pair.certificate,
            key=key_pair.key, chunk="x" * _CHUNK_BYTES, body=_body(body_bytes)), encoding="utf-8")
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
        self.process = Process([program, "-p", str(directory), "-e", str(directory / "error.log"),
                                "-c", str(file)], directory / "log", directory)
        try:
            self.process.wait_until(self._listens, "listening")
        except BaseException:
            self.process.kill()
            raise

    def stop(self) -> None:
        self.process.stop()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _free_port() -> int:
    """nginx cannot say which port the kernel gave it, so it is told one that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
