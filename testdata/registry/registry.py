"""A registry on loopback: just enough of the OCI distribution API to push and read back images."""

import hashlib
import json
import re
import urllib.error
import urllib.request

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"


def digest_of(body):
    return "sha256:" + hashlib.sha256(body).hexdigest()


def signature_tag(digest):
    return digest.replace(":", "-") + ".sig"


def descriptor(media_type, body, **more):
    return {"mediaType": media_type, "size": len(body), "digest": digest_of(body), **more}


def to_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Registry:
    def __init__(self, host):
        self.host = host

    def _ask(self, method, url, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        return urllib.request.urlopen(request, timeout=30)

    def push_blob(self, repository, body):
        begun = self._ask("POST", f"http://{self.host}/v2/{repository}/blobs/uploads/", b"")
        url = begun.headers["Location"]
        url += ("&" if "?" in url else "?") + "digest=" + digest_of(body)
        self._ask("PUT", url, body, Content_Type="application/octet-stream")
        return digest_of(body)

    def push_manifest(self, repository, reference, body, media_type):
        self._ask("PUT", f"http://{self.host}/v2/{repository}/manifests/{reference}", body,
                  Content_Type=media_type)
        return digest_of(body)

    def manifest(self, repository, reference):
        accept = ", ".join([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST])
        return self._ask("GET", f"http://{self.host}/v2/{repository}/manifests/{reference}",
                         Accept=accept).read()

    def blob(self, repository, digest):
        return self._ask("GET", f"http://{self.host}/v2/{repository}/blobs/{digest}").read()

    def head(self, repository, reference):
        """(digest, media type) as the registry states them; None for what it does not have."""
        accept = ", ".join([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST])
        try:
            answer = self._ask("HEAD", f"http://{self.host}/v2/{repository}/manifests/{reference}",
                               Accept=accept)
        except urllib.error.HTTPError:
            return None
        return answer.headers["Docker-Content-Digest"], answer.headers["Content-Type"]


def split_reference(reference):
    """repository, tag or None, digest or None."""
    match = re.fullmatch(r"([^:@]+)(?::([^@]+))?(?:@(.+))?", reference)
    return match.group(1), match.group(2), match.group(3)
