"""Objects of policy.sigstore.dev, and what tests have in common whose programs enforce them."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from e2e import reviews
from e2e.cluster import Cluster, Manifest
from e2e.pem import pem
from e2e.process import wait_until
from e2e.reviews import Review
from e2e.servers import LogLine, Verifier
from e2e.stack import Stack, public_key
from e2e.stack_test_case import StackTestCase
from e2e.webhook import Answer, WebhookClient

FLAG = "--policy-controller-policies"
KEYS_NAMESPACE = "cosign-system"
# A change promises to hold within a second, and keys are read once in one; more than that is for a busy machine.
CHANGE_SECONDS = 20.0
_MARKER = "marker.test/x@sha256:" + "0" * 64


def image_policy(name: str, glob: str, *authorities: Manifest, version: str = "v1beta1", options: str = "",
                 **spec: Any) -> Manifest:
    """A ClusterImagePolicy; `options` is the annotation that says whether it must have PolicyOptions."""
    metadata: Manifest = {"name": name}
    if options:
        metadata["annotations"] = {"policy.countersign.dev/options": options}
    return {"apiVersion": f"policy.sigstore.dev/{version}", "kind": "ClusterImagePolicy", "metadata": metadata,
            "spec": {"images": [{"glob": glob}], "authorities": list(authorities), **spec}}


def by_key(key: str, **more: Any) -> Manifest:
    """An authority with the name of a key of testdata/keys."""
    return {"name": key, "key": {"data": public_key(key)}, **more}


def by_secret(name: str, secret: str) -> Manifest:
    return {"name": name, "key": {"secretRef": {"name": secret}}}


def by_identity(name: str, subject: str, issuer: str, *, attestations: Sequence[Manifest] = (),
                **keyless: Any) -> Manifest:
    authority: Manifest = {"name": name, "keyless": {"identities": [{"subject": subject, "issuer": issuer}], **keyless}}
    if attestations:
        authority["attestations"] = list(attestations)
    return authority


def static(action: str, message: str = "") -> Manifest:
    return {"name": "static", "static": {"action": action, **({"message": message} if message else {})}}


def policy_options(name: str, **spec: Any) -> Manifest:
    return {"apiVersion": "policy.countersign.dev/v1alpha1", "kind": "PolicyOptions", "metadata": {"name": name},
            "spec": spec}


def settings(**data: str) -> Manifest:
    """The ConfigMap; with _ for - in names."""
    return {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "config-policy-controller", "namespace": KEYS_NAMESPACE},
            "data": {name.replace("_", "-"): value for name, value in data.items()}}


def key_secret(name: str, **entries: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": KEYS_NAMESPACE},
            "stringData": entries}


def namespace(name: str, **labels: str) -> Manifest:
    """`include` and `exclude` are labels of the Policy Controller's."""
    return {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {f"policy.sigstore.dev/{label}": value
                                                  for label, value in labels.items()}}}


def trust_root(name: str, file: Path) -> Manifest:
    """The TrustRoot that states what a trusted_root.json holds."""
    root = json.loads(file.read_text(encoding="utf-8"))
    keys: Manifest = {}
    for member in ("certificateAuthorities", "timestampAuthorities"):
        keys[member] = [{"subject": authority["subject"], "uri": authority["uri"], "certChain": _text(
            *(pem("CERTIFICATE", each["rawBytes"]) for each in authority["certChain"]["certificates"]))}
            for authority in root.get(member, [])]
    for member, source in (("tLogs", "tlogs"), ("ctLogs", "ctlogs")):
        keys[member] = [{"baseURL": log["baseUrl"], "hashAlgorithm": "sha-256",
                         "publicKey": _text(pem("PUBLIC KEY", log["publicKey"]["rawBytes"]))}
                        for log in root.get(source, [])]
    return {"apiVersion": "policy.sigstore.dev/v1alpha1", "kind": "TrustRoot", "metadata": {"name": name},
            "spec": {"sigstoreKeys": {member: entries for member, entries in keys.items() if entries}}}


def _text(*parts: str) -> str:
    return base64.b64encode("".join(parts).encode()).decode()


def policy_review(manifest: Manifest, before: Manifest | None = None, operation: str = "") -> Review:
    """What an API server asks when the object is applied, in the place of `before` if there was one."""
    group, _, version = str(manifest["apiVersion"]).rpartition("/")
    request: dict[str, Any] = {
        "uid": "00000000-0000-4000-8000-000000000000", "operation": operation or ("UPDATE" if before else "CREATE"),
        "kind": {"group": group, "version": version, "kind": manifest["kind"]},
        "name": manifest["metadata"]["name"], "userInfo": {}, "object": manifest}
    if before:
        request["oldObject"] = before
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def validate(webhook: WebhookClient, review: Review) -> Answer:
    """What is said of it by the webhook for policies."""
    return _answer_at("/validate-policy", webhook, review)


def last_review(webhook: WebhookClient, review: Review) -> Answer:
    """What is said of it by the webhook that sees what the others have made of it."""
    return _answer_at("/signing-policy-check/final", webhook, review)


def _answer_at(path: str, webhook: WebhookClient, review: Review) -> Answer:
    reply = webhook.post(json.dumps(review).encode(), path=path)
    if reply.status != 200:
        raise ValueError(f"HTTP status {reply.status}: {reply.text}")
    return Answer(reply.body, review)


class SigstoreTestCase(StackTestCase):
    """Tests of a verifier and a shim that enforce what `put` has put into their directory. What holds is
    asked until it does, since each kind of object is told by itself."""

    cluster: Cluster
    verifier: Verifier
    webhook: WebhookClient
    _state = 0

    @classmethod
    def serve(cls, stack: Stack, *verifier_flags: str) -> None:
        cls.cluster = stack.cluster()
        cls.cluster.write("namespaces.yaml", namespace("shop", include="true"), namespace("elsewhere"))
        cls.verifier, cls.webhook = stack.serve(cls.cluster, [FLAG, *verifier_flags])

    def put(self, *manifests: Manifest, **files: Sequence[Manifest]) -> None:
        """These objects, and those of the files, are all that there is, beside the namespaces."""
        wanted = {f"{name}.yaml": tuple(each) for name, each in files.items()}
        SigstoreTestCase._state += 1
        words = f"state {SigstoreTestCase._state}"
        for file in list(self.cluster.directory.iterdir()):
            if not file.name.startswith(".") and file.name not in ("namespaces.yaml", "objects.yaml", *wanted):
                self.cluster.remove(file.name)
        for name, each in wanted.items():
            self.cluster.write(name, *each)
        marker = image_policy("zz-marker", "marker.test/**", static("fail", words))
        self.cluster.write("objects.yaml", *manifests, marker)
        self.ask_until(lambda answer: words in answer.message, reviews.pod(_MARKER))

    def ask_until(self, holds: Callable[[Answer], bool], review: Review,
                  webhook: WebhookClient | None = None) -> Answer:
        """The answer for which it holds; asked again until there is one."""
        last: list[Answer] = []

        def ask() -> Answer | None:
            last[:] = [(webhook or self.webhook).review(review)]
            return last[0] if holds(last[0]) else None

        try:
            return wait_until(ask, "the answer", CHANGE_SECONDS)
        except TimeoutError:
            self.fail(f"{last[0]!r}")

    def log_line(self, since: int, *words: str) -> LogLine:
        """An error that the verifier logged after so many lines, and that has these words."""
        def found() -> LogLine | None:
            return next((line for line in self.verifier.log_lines()[since:]
                         if line["level"] == "error" and all(word in str(line) for word in words)), None)

        return wait_until(found, f"{words} in the log", CHANGE_SECONDS)

    def allowed(self, review: Review, webhook: WebhookClient | None = None) -> Answer:
        return self.ask_until(lambda answer: answer.allowed, review, webhook)

    def denied(self, review: Review, *sentences: str, webhook: WebhookClient | None = None) -> Answer:
        """Each sentence is a part of what is said."""
        return self.ask_until(lambda answer: not answer.allowed
                              and all(sentence in answer.message for sentence in sentences), review, webhook)


def with_container(review: Review, member: str, image: str, place: int = 0) -> Review:
    """A copy in which that container (of containers, initContainers, ephemeralContainers) has another image."""
    changed = copy.deepcopy(review)
    reviews.pod_spec(changed)[member][place]["image"] = image
    return changed
