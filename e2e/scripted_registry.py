"""Registries that misbehave, each in one way, which the repository's name chooses."""

from __future__ import annotations

import http.server
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping

from e2e.certificates import KeyPair
from e2e.evidence import OCI_MANIFEST, Layer, digest_of, manifest

# The digest that HEAD states for every tag.
STATED_DIGEST = "sha256:" + "5" * 64
_PAYLOAD = b'{"critical":{"image":{"docker-manifest-digest":"' + STATED_DIGEST.encode() + b'"}}}'
# What is given in place of the signature's payload.
_OTHER_PAYLOAD = _PAYLOAD.replace(b"5", b"6")

_REFERRERS_TAG = re.compile(r"/manifests/sha256-[0-9a-f]{64}$")
_SIGNATURE_MANIFEST = manifest([Layer(digest_of(_PAYLOAD), len(_PAYLOAD), "AAAA")])


class Request(http.server.BaseHTTPRequestHandler):
    """One connection's requests; each goes to the behaviour that the repository's name says."""

    protocol_version = "HTTP/1.1"
    server: ScriptedRegistry

    def do_GET(self) -> None:
        name = self.path.removeprefix("/v2/").partition("/")[0]
        self.server.behaviours.get(name, not_found)(self)

    do_HEAD = do_GET

    @property
    def is_for_signature(self) -> bool:
        return self.path.endswith(".sig")

    @property
    def is_for_referrers(self) -> bool:
        """By the registry's list, or the tag of one that clients keep."""
        return "/referrers/" in self.path or bool(_REFERRERS_TAG.search(self.path))

    def answer(self, status: int, body: bytes = b"", content_type: str = OCI_MANIFEST,
               **headers: str) -> None:
        """Names of headers with _ for -."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args) -> None:
        pass


def not_found(request: Request) -> None:
    request.answer(404)


def answers_nothing(request: Request) -> None:
    request.server.ending.wait()
    request.hang_up()


def drips(request: Request) -> None:
    """A byte now and then, so that the connection is never idle."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not request.server.ending.wait(0.1):
        request.wfile.write(b"x")
    request.hang_up()


def closes(request: Request) -> None:
    request.hang_up()


def speaks_no_http(request: Request) -> None:
    request.wfile.write(b"220 mail.example.org ESMTP\r\n")
    request.hang_up()


def unauthorized(request: Request) -> None:
    request.answer(401, WWW_Authenticate='Basic realm="nobody"')


def unauthorized_without_challenge(request: Request) -> None:
    request.answer(401)


def _wants_token(request: Request, of: str) -> None:
    scheme = "https" if request.server.key_pair else "http"
    realm = f"{scheme}://{request.headers['Host']}/v2/{of}/token"
    request.answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="e2e"')


def no_token(request: Request) -> None:
    """The token endpoint refuses."""
    _wants_token(request, "unauthorized")


def token_is_no_use(request: Request) -> None:
    """Every token is given, none is taken."""
    if request.path.partition("?")[0].endswith("/token"):
        request.answer(200, b'{"token": "secret-of-no-use"}', "application/json")
    else:
        _wants_token(request, "useless-token")


def forbidden(request: Request) -> None:
    request.answer(403)


def too_many_requests(request: Request) -> None:
    request.answer(429, Retry_After="3600")


def server_error(request: Request) -> None:
    request.answer(500, b"something with <b>markup</b> and a secret-of-the-server", "text/html")


def unavailable(request: Request) -> None:
    request.answer(503)


def redirects_to_itself(request: Request) -> None:
    request.answer(307, Location=request.path)


def redirects_to_plain_http(request: Request) -> None:
    request.answer(307, Location="http://" + request.headers["Host"] + request.path)


def _only_signature(spoil: Callable[[Request], None]) -> Callable[[Request], None]:
    """The tag is resolved; what is asked about its signature is spoilt. Nothing refers to it."""
    def behave(request: Request) -> None:
        if request.is_for_signature or "/blobs/" in request.path:
            spoil(request)
        elif request.is_for_referrers:
            not_found(request)
        else:
            request.answer(200, Docker_Content_Digest=STATED_DIGEST)
    return behave


def truncated(request: Request) -> None:
    body = _SIGNATURE_MANIFEST
    request.answer(200, body[:100], Content_Length=str(len(body)))
    request.hang_up()


def over_long_stated(request: Request) -> None:
    request.answer(200, b"{", Content_Length=str(10 << 30))
    request.hang_up()


def over_long_endless(request: Request) -> None:
    """No length stated, and no end."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + OCI_MANIFEST.encode() + b"\r\n\r\n")
    chunk = b" " * (1 << 20)
    while not request.server.ending.is_set():
        request.wfile.write(chunk)


def not_json(request: Request) -> None:
    request.answer(200, b"<html>Please log in</html>", "text/html")


def nested_json(request: Request) -> None:
    request.answer(200, b"[" * 100_000)


def other_manifest(request: Request) -> None:
    """Other bytes than the header says they are."""
    request.answer(200, _SIGNATURE_MANIFEST, Docker_Content_Digest="sha256:" + "7" * 64)


def other_blob(request: Request) -> None:
    if "/blobs/" in request.path:
        request.answer(200, _OTHER_PAYLOAD, "application/octet-stream")
    else:
        request.answer(200, _SIGNATURE_MANIFEST)


def malformed_digest(request: Request) -> None:
    if request.is_for_referrers:
        not_found(request)
    else:
        request.answer(200, Docker_Content_Digest="sha256:zz")


# By the first part of the repository's name.
BEHAVIOURS: dict[str, Callable[[Request], None]] = {
    "answers-nothing": answers_nothing,
    "drips": drips,
    "closes": closes,
    "no-http": speaks_no_http,
    "unauthorized": unauthorized,
    "no-challenge": unauthorized_without_challenge,
    "no-token": no_token,
    "useless-token": token_is_no_use,
    "forbidden": forbidden,
    "too-many-requests": too_many_requests,
    "server-error": server_error,
    "unavailable": unavailable,
    "redirect-loop": redirects_to_itself,
    "redirect-to-http": redirects_to_plain_http,
    "truncated": _only_signature(truncated),
    "over-long": _only_signature(over_long_stated),
    "endless": _only_signature(over_long_endless),
    "not-json": _only_signature(not_json),
    "nested": _only_signature(nested_json),
    "other-manifest": _only_signature(other_manifest),
    "other-blob": _only_signature(other_blob),
    "malformed-digest": malformed_digest,
}


class ScriptedRegistry(http.server.ThreadingHTTPServer):
    """Serves on a free port of a loopback address, or the one that it is given, over TLS if it is given a key pair, until stop().
    `behaviours`, by the first part of the repository's name, take the place of those above."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, key_pair: KeyPair | None = None,
                 behaviours: Mapping[str, Callable[[Request], None]] = BEHAVIOURS,
                 address: str = "127.0.0.1", port: int = 0) -> None:
        self.key_pair = key_pair
        self.behaviours = behaviours
        self.ending = threading.Event()
        self._tls: ssl.SSLContext | None = None
        if key_pair:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(key_pair.certificate, key_pair.key)
        super().__init__((address, port), Request)
        self.host = f"{address}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def get_request(self):
        connection, address = super().get_request()
        if self._tls:
            # The handshake is left to the connection's own thread.
            connection = self._tls.wrap_socket(connection, server_side=True,
                                               do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address) -> None:
        pass  # a client that has gone away, or does not like the certificate

    def stop(self) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class DeafPort:
    """A loopback port that refuses connections (`listen` false), or takes and forgets them."""

    def __init__(self, listen: bool) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        if listen:
            self._socket.listen()
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def stop(self) -> None:
        self._socket.close()
