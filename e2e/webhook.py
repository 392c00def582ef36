"""A client of the shim: what kube-apiserver would send, and what comes back."""

from __future__ import annotations

import base64
import dataclasses
import http.client
import json
import ssl
from pathlib import Path
from typing import Any

from e2e import json_patch
from e2e.certificates import KeyPair
from e2e.process import START_SECONDS, wait_until
from e2e.reviews import Review

PATH = "/signing-policy-check"
_PATIENCE = 30.0


@dataclasses.dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Answer:
    """An AdmissionReview that answers `review`. ValueError if an API server would not take it."""

    def __init__(self, body: bytes, review: Review) -> None:
        answer = json.loads(body)
        if answer["kind"] != "AdmissionReview" or answer["apiVersion"] != review["apiVersion"]:
            raise ValueError(f"answers another question: {body[:200]!r}")
        response = answer["response"]
        if response["uid"] != review["request"]["uid"]:
            raise ValueError(f"another uid: {response['uid']!r}")
        self.body = body
        self.allowed: bool = response["allowed"]
        status = response.get("status", {})
        self.code: int = status.get("code", 0)
        self.message: str = status.get("message", "")
        self.warnings: list[str] = response.get("warnings", [])
        self.audit_annotations: dict[str, str] = response.get("auditAnnotations", {})
        self.patch: list[dict[str, Any]] = []
        if "patch" in response:
            if response["patchType"] != "JSONPatch":
                raise ValueError(f"patchType {response['patchType']!r}")
            self.patch = json.loads(base64.b64decode(response["patch"], validate=True))
        if not self.allowed and self.patch:
            raise ValueError("a denial with a patch")
        self._object = review["request"].get("object")

    def patched(self) -> Any:
        """The object as the API server would have it after the patch."""
        return json_patch.apply(self.patch, self._object)

    def annotations(self) -> dict[str, str]:
        """The object's annotations after the patch."""
        return self.patched()["metadata"].get("annotations", {})

    def __repr__(self) -> str:
        return f"{'allowed' if self.allowed else 'denied'}: {self.message} {self.warnings}"


class WebhookClient:
    """Asks the shim on a loopback port, a connection a question, from the loopback address `source`
    and with `client`'s certificate if there is one. Thread-safe.

    `within` is how many seconds may pass without anything happening on the connection: TimeoutError
    if the shim needs longer to shake hands, to take the question, or to begin its answer."""

    def __init__(self, port: int, ca: Path, *, source: str = "127.0.0.1",
                 client: KeyPair | None = None) -> None:
        self._port = port
        self._source = source
        self._tls = ssl.create_default_context(cafile=str(ca))
        if client:
            self._tls.load_cert_chain(client.certificate, client.key)

    def review(self, review: Review, timeout: int = 10, within: float = _PATIENCE) -> Answer:
        """As kube-apiserver asks, with so many seconds. ValueError unless the answer is one it
        takes."""
        reply = self.post(json.dumps(review).encode(), timeout=f"{timeout}s", within=within)
        if reply.status != 200:
            raise ValueError(f"HTTP status {reply.status}: {reply.text}")
        return Answer(reply.body, review)

    def post(self, body: bytes, path: str = PATH, timeout: str = "10s",
             content_type: str = "application/json", within: float = _PATIENCE) -> Reply:
        return self._ask("POST", f"{path}?timeout={timeout}", body, {"Content-Type": content_type}, within)

    def get(self, path: str, within: float = _PATIENCE) -> Reply:
        return self._ask("GET", path, None, {}, within)

    def is_ready(self) -> bool:
        return self.get("/readyz").status == 200

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        wait_until(self.is_ready, "/readyz answers 200", seconds)

    def connect(self, within: float = _PATIENCE) -> http.client.HTTPSConnection:
        """A connection to keep."""
        return http.client.HTTPSConnection("127.0.0.1", self._port, timeout=within, context=self._tls,
                                           source_address=(self._source, 0))

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str],
             within: float) -> Reply:
        connection = self.connect(within)
        try:
            try:
                connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
                pass  # it has answered and closed before it read everything: the answer is there
            response = connection.getresponse()
            return Reply(response.status, response.read())
        finally:
            connection.close()
