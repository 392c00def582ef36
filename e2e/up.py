"""A registry, the verifier and the shim on loopback until Ctrl-C, and how to talk to them."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from e2e import programs, reviews
from e2e.docker_registry import DockerRegistry
from e2e.servers import Shim, Verifier
from e2e.signals import end_in_order
from e2e.stack import Stack, standard_cluster

_TEXT = """
Running until Ctrl-C; everything is below {directory}

  registry  https://{registry}, the images of testdata/README.md, signed by cosign
  verifier  {verifier} (gRPC, plaintext), process {verifier_pid}, log {verifier_log}
  shim      https://127.0.0.1:{shim}, process {shim_pid}, log {shim_log}
  policy    {policy}
            edit it: a change holds within a second
  reviews   {reviews}    AdmissionReviews that a kube-apiserver sent

Ask the webhook, as kube-apiserver does:
  curl --cacert {ca} -H 'Content-Type: application/json' \\
    -d @{reviews}/pod-signed.json 'https://127.0.0.1:{shim}/signing-policy-check?timeout=10s'

Ask the verifier:
  {countersign} verify --server {verifier} \\
    {registry}/trusted/app:signed {registry}/trusted/app:unsigned
  grpcurl -plaintext -d '{{"images": [{{"reference": "{registry}/trusted/app:signed"}}]}}' \\
    {verifier} countersign.v1.Verifier/VerifyImages

Ask without either server:
  {countersign} review --objects {objects} --registry-ca {ca} \\
    < {reviews}/pod-unsigned.json
  {countersign} verify --key testdata/keys/ecdsa-p256.pub --registry-ca {ca} \\
    {registry}/trusted/app:signed
"""


def _write_reviews(directory: Path, host: str) -> None:
    """The captured reviews, about this registry."""
    directory.mkdir()
    for file in (programs.TESTDATA / "reviews" / "v1").iterdir():
        review = reviews.captured(f"v1/{file.stem}", host)
        (directory / file.name).write_text(json.dumps(review), encoding="utf-8")


def _explain(stack: Stack, registry: DockerRegistry, verifier: Verifier, shim: Shim) -> str:
    objects = stack.directory / "objects"
    return _TEXT.format(
        directory=stack.directory, registry=registry.host, verifier=verifier.address,
        verifier_pid=verifier.process.pid, verifier_log=verifier.process.log, shim=shim.port,
        shim_pid=shim.process.pid, shim_log=shim.process.log,
        policy=objects / "policy.yaml", objects=objects, ca=stack.ca,
        reviews=stack.directory / "reviews", countersign=programs.COUNTERSIGN)


def _serve(stack: Stack) -> int:
    registry = stack.registry()
    verifier = stack.verifier(standard_cluster(stack, registry.host))
    shim = stack.shim(verifier.address)
    _write_reviews(stack.directory / "reviews", registry.host)
    print(_explain(stack, registry, verifier, shim), flush=True)
    processes = [registry.process, verifier.process, shim.process]
    while all(process.is_running() for process in processes):
        time.sleep(0.5)
    for process in processes:
        if not process.is_running():
            print(f"{process.name} has ended:\n{process.output()[-2000:]}", file=sys.stderr)
    return 1


def main() -> int:
    end_in_order()
    try:
        with Stack() as stack:
            return _serve(stack)
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0


if __name__ == "__main__":
    sys.exit(main())
