"""What a registry is asked about an image that cosign has signed under the name that it has there: one request by digest,
two by tag. What it takes to be let in (the first 401 of a repository, a token, `/v2/`) is not counted."""

from __future__ import annotations

import threading
from pathlib import Path

from e2e import evidence, programs
from e2e.evidence import OCI_MANIFEST, Layer, Signer
from e2e.scripted_registry import Request, ScriptedRegistry
from e2e.stack import Stack
from e2e.stack_test_case import StackTestCase

_IMAGE = evidence.manifest([])
_DIGEST = evidence.digest_of(_IMAGE)
_SIGNATURE_TAG = f"{_DIGEST.replace(':', '-')}.sig"
_TOKEN = "Bearer let-me-in"


class _Repository:
    """A behaviour of a scripted registry: an image under the tag "v1", and what was put beside it. Remembers what was asked,
    but for what it took to be let in. Thread-safe."""

    def __init__(self, name: str, *, wants_token: bool = False) -> None:
        self._path = f"/v2/{name}"
        self._wants_token = wants_token
        self._lock = threading.Lock()
        self._asked: list[str] = []
        self._challenges = 0
        self._bodies = {"manifests/v1": _IMAGE, f"manifests/{_DIGEST}": _IMAGE}

    def put_signature(self, payload: bytes, signature: str) -> None:
        layer = Layer(evidence.digest_of(payload), len(payload), signature)
        self._bodies[f"blobs/{layer.digest}"] = payload
        self._bodies[f"manifests/{_SIGNATURE_TAG}"] = evidence.manifest([layer])

    def __call__(self, request: Request) -> None:
        what = request.path.partition("?")[0].removeprefix(f"{self._path}/")
        if what == "token":
            request.answer(200, b'{"token": "let-me-in", "expires_in": 300}', "application/json")
        elif self._wants_token and request.headers.get("Authorization") != _TOKEN:
            with self._lock:
                self._challenges += 1
            realm = f"https://{request.headers['Host']}{self._path}/token"
            request.answer(401, WWW_Authenticate=f'Bearer realm="{realm}",service="e2e"')
        else:
            with self._lock:
                self._asked.append(f"{request.command} {what}")
            body = self._bodies.get(what)
            if body is None:
                request.answer(404)
            else:
                request.answer(200, body, OCI_MANIFEST, Docker_Content_Digest=evidence.digest_of(body))

    def take(self) -> tuple[list[str], int]:
        """What was asked, and how often nobody was let in, since the last time."""
        with self._lock:
            taken = self._asked, self._challenges
            self._asked, self._challenges = [], 0
        return taken


class RequestsTest(StackTestCase):
    key: Path
    registry: ScriptedRegistry
    repositories: dict[str, _Repository]

    @classmethod
    def start(cls, stack: Stack) -> None:
        signer = Signer(stack.directory / "signer")
        cls.key = stack.directory / "signer.pub"
        cls.key.write_text(signer.public_key, encoding="utf-8")
        cls.repositories = {"open": _Repository("open"), "closed": _Repository("closed", wants_token=True),
                            "copied": _Repository("copied")}
        cls.registry = stack.scripted_registry(cls.repositories)
        for name, repository in cls.repositories.items():
            signed_as = "first.example.org/app" if name == "copied" else f"{cls.registry.host}/{name}"
            payload = evidence.cosign_payload(signed_as, _DIGEST)
            repository.put_signature(payload, signer.sign(payload))

    def ask(self, name: str, which: str) -> tuple[list[str], int]:
        """What it is asked when the image is verified."""
        ran = self.stack.run(programs.COUNTERSIGN, "verify", f"--registry-ca={self.stack.ca}", f"--key={self.key}",
                             f"{self.registry.host}/{name}{which}")
        self.assertEqual(ran.status, 0, ran.said)
        return self.repositories[name].take()

    def test_one_by_digest(self) -> None:
        for name, challenges in (("open", 0), ("closed", 1)):
            with self.subTest(repository=name):
                self.assertEqual(self.ask(name, f"@{_DIGEST}"), ([f"GET manifests/{_SIGNATURE_TAG}"], challenges))

    def test_two_by_tag(self) -> None:
        for name, challenges in (("open", 0), ("closed", 1)):
            with self.subTest(repository=name):
                self.assertEqual(self.ask(name, ":v1"),
                                 (["HEAD manifests/v1", f"GET manifests/{_SIGNATURE_TAG}"], challenges))

    def test_one_more_where_the_payload_names_another_repository(self) -> None:
        asked, _ = self.ask("copied", f"@{_DIGEST}")
        self.assertEqual(len(asked), 2, asked)
        self.assertTrue(asked[1].startswith("GET blobs/sha256:"), asked)
