"""What the programs are asked in the measurements, and under which policy."""

from __future__ import annotations

import json

from e2e import cluster, expected, programs, reviews, stack

# Signed by the one key of the policy: the init container's and the container's.
IMAGES = ["trusted/keys:ecdsa-p256", "trusted/app:signed"]
KEY = "ecdsa-p256"
EXCLUDED_NAMESPACE = "kube-system"


def by_digest(reference: str) -> str:
    """The same image, named by its digest alone."""
    return f"{reference.partition(':')[0]}@{expected.images()[reference].digest}"


def one_key_cluster(running: stack.Stack, host: str) -> cluster.Cluster:
    """A policy with one P-256 key for all of this registry; the Secrets and ServiceAccounts that
    the captured reviews name, which the registry does not ask for."""
    objects = running.cluster("one-key")
    objects.add_folder(programs.TESTDATA / "cluster", host)
    objects.write_text("policy.yaml", json.dumps(cluster.policy(
        {KEY: stack.public_key(KEY)}, [cluster.rule(f"{host}/*", KEY)], [EXCLUDED_NAMESPACE])))
    return objects


def deployment(host: str, images: list[str]) -> bytes:
    """The creation of a Deployment with an init container and a container, as kube-apiserver sent
    it but for the two images."""
    review = reviews.captured("v1/deployment-web", host)
    spec = reviews.pod_spec(review)
    containers = [*spec["initContainers"], *spec["containers"]]
    for container, image in zip(containers, images, strict=True):
        container["image"] = f"{host}/{image}"
    return compact(review)


def pod(host: str, image: str, namespace: str = "shop") -> bytes:
    """The creation of a Pod with one container."""
    return compact(reviews.pod(f"{host}/{image}", namespace=namespace))


def compact(review: reviews.Review) -> bytes:
    return json.dumps(review, separators=(",", ":")).encode()
