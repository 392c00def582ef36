"""The registry's storage tree on disk: drop what nothing names any more, then lose and change bytes."""

import json
import os
import shutil

import registry as r


class Storage:
    def __init__(self, root):
        self.blobs = f"{root}/docker/registry/v2/blobs/sha256"
        self.repositories = f"{root}/docker/registry/v2/repositories"

    def _blob(self, digest):
        hexadecimal = digest.removeprefix("sha256:")
        return f"{self.blobs}/{hexadecimal[:2]}/{hexadecimal}"

    def _names(self):
        for path, folders, _ in os.walk(self.repositories):
            if "_manifests" in folders:
                yield os.path.relpath(path, self.repositories)

    def _reachable(self, digest, manifests, blobs):
        if digest in manifests:
            return
        manifests.add(digest)
        with open(self._blob(digest) + "/data", "rb") as file:
            manifest = json.load(file)
        for child in manifest.get("manifests", []):
            self._reachable(child["digest"], manifests, blobs)
        for part in [manifest.get("config"), *manifest.get("layers", [])]:
            if part:
                blobs.add(part["digest"])

    def prune(self, references):
        """Keeps what a tag or one of the references names, and what hangs on it."""
        everything = set()
        for name in list(self._names()):
            base = f"{self.repositories}/{name}"
            manifests, blobs = set(), set()
            for tag in os.listdir(f"{base}/_manifests/tags"):
                with open(f"{base}/_manifests/tags/{tag}/current/link") as link:
                    self._reachable(link.read(), manifests, blobs)
            for repository, _, digest in map(r.split_reference, references):
                revision = f"{base}/_manifests/revisions/{digest.replace(':', '/')}" if digest else ""
                if repository == name and digest and os.path.exists(revision):
                    self._reachable(digest, manifests, blobs)
            shutil.rmtree(f"{base}/_uploads", ignore_errors=True)
            self._keep(f"{base}/_manifests/revisions/sha256", manifests)
            self._keep(f"{base}/_layers/sha256", blobs)
            for tag in os.listdir(f"{base}/_manifests/tags"):
                self._keep(f"{base}/_manifests/tags/{tag}/index/sha256", manifests)
            everything |= manifests | blobs
        for prefix in os.listdir(self.blobs):
            self._keep(f"{self.blobs}/{prefix}", everything)
            if not os.listdir(f"{self.blobs}/{prefix}"):
                os.rmdir(f"{self.blobs}/{prefix}")

    @staticmethod
    def _keep(folder, digests):
        for entry in os.listdir(folder):
            if "sha256:" + entry not in digests:
                shutil.rmtree(f"{folder}/{entry}")

    def spoil(self, changes):
        """Each (digest, bytes): the blob has those bytes now, or is gone if they are None."""
        for digest, body in changes:
            if body is None:
                shutil.rmtree(self._blob(digest))
            else:
                with open(self._blob(digest) + "/data", "wb") as file:
                    file.write(body)
