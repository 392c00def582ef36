"""What a registry is asked, and sends, when the command looks at an image with all kinds of evidence, cold."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Sequence
from typing import Any

from bench.section import Section, number
from e2e import evidence, programs
from e2e.evidence import OCI_INDEX
from e2e.scripted_registry import Request
from e2e.stack import Stack, public_key_file

_MADE = programs.TESTDATA / "sigstore"
# The same eight pieces of evidence, in a registry with an API for referrers and in one without. Their payloads name the
# registry that cosign pushed them to, not the one that is asked here.
_IMAGES = ("several", "several-fallback")
# An image that is signed under the name that it has here.
_SIGNED = "signed"
_WORKFLOW = ("--certificate-identity=https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3",
             "--certificate-oidc-issuer=https://token.actions.githubusercontent.com")
_TRUST = f"--trusted-root={_MADE / 'public_root.json'}"

_VERIFIED, _DENIED = 0, 1


@dataclasses.dataclass(frozen=True)
class _Question:
    what: str
    flags: Sequence[str]
    command: str = "verify"
    status: int = _VERIFIED


def _key(name: str) -> str:
    return f"--key={public_key_file(name)}"


_QUESTIONS = [
    _Question("by a key: a layer under the signature tag, the first place", [_key("ecdsa-p256")]),
    _Question("keyless: a layer under the signature tag", [
        _TRUST, "--certificate-identity=jane@example.org", "--certificate-oidc-issuer=https://accounts.example.org"]),
    _Question("by a key: a bundle among the referrers", [_key("ecdsa-p384")]),
    _Question("keyless: a bundle among the referrers", [_TRUST, *_WORKFLOW]),
    _Question("attestation by a key: a layer under the attestation tag", ["--type=custom", _key("rsa-2048")],
              "verify-attestation"),
    _Question("keyless attestation: a layer under the attestation tag", ["--type=vuln", _TRUST, *_WORKFLOW],
              "verify-attestation"),
    _Question("keyless attestation: a bundle among the referrers", ["--type=slsaprovenance1", _TRUST, *_WORKFLOW],
              "verify-attestation"),
    _Question("a stranger's signature: everything is read, and nothing verifies", [_key("stranger")], status=_DENIED),
    _Question("a stranger's attestation: everything is read, and nothing verifies",
              ["--type=custom", _key("stranger")], "verify-attestation", _DENIED),
]


class _Registry:
    """A behaviour of a scripted registry: an image of testdata/sigstore with all that hangs on it. Counts requests and
    the bytes of bodies that it sends. Thread-safe."""

    def __init__(self, image: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        self._requests = self._bytes = 0
        self._bodies: dict[str, tuple[str, bytes]] = {}
        start = f"/v2/{image['name']}"
        for text in image["manifests"]:
            body = text.encode()
            digest = evidence.digest_of(body)
            tags = [tag for tag, tagged in image["tags"].items() if tagged == digest]
            for name in (digest, *tags):
                self._bodies[f"{start}/manifests/{name}"] = (json.loads(body)["mediaType"], body)
        for text in image["blobs"]:
            body = text.encode()
            self._bodies[f"{start}/blobs/{evidence.digest_of(body)}"] = ("application/octet-stream", body)
        if image["api"]:
            self._bodies[f"{start}/referrers/{image['image']}"] = (OCI_INDEX, image["referrers"].encode())

    def __call__(self, request: Request) -> None:
        found = self._bodies.get(request.path.partition("?")[0])
        with self._lock:
            self._requests += 1
            if found and request.command == "GET":
                self._bytes += len(found[1])
        if found:
            kind, body = found
            request.answer(200, body, kind, Docker_Content_Digest=evidence.digest_of(body))
        else:
            request.answer(404)

    def take(self) -> tuple[int, int]:
        """Requests and bytes since the last time."""
        with self._lock:
            counted = self._requests, self._bytes
            self._requests = self._bytes = 0
        return counted


def _signed_image(host: str, signer: evidence.Signer) -> dict[str, Any]:
    """As testdata/sigstore has them: an image with one signature under its tag."""
    image = evidence.manifest([])
    digest = evidence.digest_of(image)
    payload = evidence.cosign_payload(f"{host}/{_SIGNED}", digest)
    signatures = evidence.manifest([evidence.Layer(evidence.digest_of(payload), len(payload), signer.sign(payload))])
    return {"name": _SIGNED, "image": digest, "api": True, "referrers": evidence.index([]).decode(),
            "manifests": [image.decode(), signatures.decode()], "blobs": [payload.decode()],
            "tags": {"image": digest, f"{digest.replace(':', '-')}.sig": evidence.digest_of(signatures)}}


def measure(running: Stack) -> Section:
    """Counts, which are the same each time."""
    made = {image["name"]: image for image in json.loads((_MADE / "images.json").read_text(encoding="utf-8"))}
    registries = {name: _Registry(made[name]) for name in _IMAGES}
    host = running.scripted_registry(registries).host
    section = Section("What a registry is asked about an image with eight pieces of evidence, cold", [
        "", "requests", "KiB", "without the API: requests", "KiB"])
    for question in _QUESTIONS:
        cells = []
        for name, registry in registries.items():
            _ask(running, question, f"{host}/{name}:image")
            requests, sent = registry.take()
            cells += [str(requests), number(sent / 1024)]
        section.add(question.what, *cells)
    _measure_signed(running, host, registries, section)
    return section


def _measure_signed(running: Stack, host: str, registries: dict[str, _Registry], section: Section) -> None:
    """Of an image that is signed under the name that it has there, by digest and by tag."""
    signer = evidence.Signer(running.directory / "bench-signer")
    key = running.directory / "bench-signer.pub"
    key.write_text(signer.public_key, encoding="utf-8")
    image = _signed_image(host, signer)
    registries[_SIGNED] = _Registry(image)
    for which, reference in (("digest", f"@{image['image']}"), ("tag", ":image")):
        question = _Question(f"by a key, signed under this name: by {which}", [f"--key={key}"])
        _ask(running, question, f"{host}/{_SIGNED}{reference}")
        requests, sent = registries[_SIGNED].take()
        section.add(question.what, str(requests), number(sent / 1024), "", "")


def _ask(running: Stack, question: _Question, image: str) -> None:
    ran = running.run(programs.COUNTERSIGN, question.command, f"--registry-ca={running.ca}", *question.flags, image)
    if ran.status != question.status:
        raise RuntimeError(f"{image}, {question.what}: exit {ran.status}, not {question.status}: {ran.said}")
