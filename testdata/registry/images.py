"""Tiny images, and what is said about each: `Collection` pushes, signs with cosign, and keeps the table."""

import gzip
import io
import os
import subprocess
import tarfile

import registry as r

KEYS = ["ecdsa-p256", "ecdsa-p256-second", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "rsa-3072",
        "rsa-4096", "ed25519", "cosign-generated", "stranger"]


def _layer():
    """One file in a tar, always the same bytes: (tar, tar.gz)."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        text = b"An image of Countersign's test data. There is nothing to run.\n"
        entry = tarfile.TarInfo("README")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    return plain.getvalue(), gzip.compress(plain.getvalue(), mtime=0)


TAR, LAYER = _layer()


class Collection:
    def __init__(self, host, scratch, private_keys):
        self.registry = r.Registry(host)
        self.host = host
        self.scratch = scratch
        self.private_keys = private_keys
        self.cases = []   # what is to be looked at: see `case`
        self.spoil = []   # what is done to the storage tree once the registry has stopped

    # Images.

    def image(self, repository, name, tag=None, docker=False, architecture="amd64"):
        """An image that is like no other, since its label is `name`. Returns its digest."""
        config = r.to_json({
            "architecture": architecture, "os": "linux",
            "config": {"Cmd": ["/README"], "Labels": {"name": f"{repository}:{name}"}},
            "rootfs": {"type": "layers", "diff_ids": [r.digest_of(TAR)]},
            "history": [{"created_by": "testdata/registry/make.sh"}]})
        config_type = r.DOCKER_CONFIG if docker else r.OCI_CONFIG
        layer_type = r.DOCKER_LAYER if docker else r.OCI_LAYER
        media_type = r.DOCKER_MANIFEST if docker else r.OCI_MANIFEST
        manifest = r.to_json({
            "schemaVersion": 2, "mediaType": media_type,
            "config": r.descriptor(config_type, config),
            "layers": [r.descriptor(layer_type, LAYER)]})
        self.registry.push_blob(repository, config)
        self.registry.push_blob(repository, LAYER)
        return self.registry.push_manifest(repository, tag or r.digest_of(manifest), manifest, media_type)

    def index(self, repository, tag, docker=False):
        """Two platforms. Returns the index's digest and its children's."""
        media_type = r.DOCKER_LIST if docker else r.OCI_INDEX
        children, entries = [], []
        for architecture in ("amd64", "arm64"):
            child = self.image(repository, f"{tag} {architecture}", docker=docker,
                               architecture=architecture)
            body = self.registry.manifest(repository, child)
            children.append(child)
            entries.append(r.descriptor(r.DOCKER_MANIFEST if docker else r.OCI_MANIFEST, body,
                                        platform={"architecture": architecture, "os": "linux"}))
        body = r.to_json({"schemaVersion": 2, "mediaType": media_type, "manifests": entries})
        return self.registry.push_manifest(repository, tag, body, media_type), children

    # Signatures.

    def cosign(self, *arguments, **environment):
        done = subprocess.run(["cosign", *arguments], capture_output=True, text=True,
                              env={**os.environ, **environment})
        if done.returncode != 0:
            raise RuntimeError(f"cosign {' '.join(arguments)}: {done.stderr}")

    def sign(self, repository, digest, key, *options, **environment):
        """The real cosign signs."""
        self.cosign("sign", "--key", f"{self.private_keys}/{key}.key", "--tlog-upload=false", "--yes",
                    *options, f"{self.host}/{repository}@{digest}", **environment)

    def signature_manifest(self, repository, digest):
        return self.registry.manifest(repository, r.signature_tag(digest))

    def put_layers(self, repository, digest, layers):
        """Our own signature manifest for `digest`; layers are (payload, annotations, media type)."""
        config = r.to_json({"architecture": "", "created": "0001-01-01T00:00:00Z", "history": [],
                            "os": "", "rootfs": {"type": "layers", "diff_ids": []}, "config": {}})
        self.registry.push_blob(repository, config)
        descriptors = []
        for payload, annotations, media_type in layers:
            self.registry.push_blob(repository, payload)
            more = {"annotations": annotations} if annotations else {}
            descriptors.append(r.descriptor(media_type, payload, **more))
        manifest = r.to_json({
            "schemaVersion": 2, "mediaType": r.OCI_MANIFEST,
            "config": r.descriptor(r.OCI_CONFIG, config), "layers": descriptors})
        self.registry.push_manifest(repository, r.signature_tag(digest), manifest, r.OCI_MANIFEST)
        return manifest

    def payload(self, repository, digest):
        """The bytes that cosign itself would sign."""
        return r.to_json({
            "critical": {"identity": {"docker-reference": f"{self.host}/{repository}"},
                         "image": {"docker-manifest-digest": digest},
                         "type": "cosign container image signature"},
            "optional": None})

    # The table.

    def case(self, reference, what, verified_by=(), difference=None, either=False):
        """`verified_by`: the keys that hold for it. `difference`: a name in expected.py's DIFFERENCES,
        where that is not cosign's answer. `either`: neither answer would be a fault."""
        self.cases.append({"reference": reference, "what": what, "verified_by": sorted(verified_by),
                           "difference": difference, "either": either})

    def tagged(self, repository, tag, what, verified_by=(), difference=None, either=False):
        """The image by its tag and by its digest, with the same answer."""
        digest = self.registry.head(repository, tag)[0]
        self.case(f"{repository}:{tag}", what, verified_by, difference, either)
        self.case(f"{repository}@{digest}", what, verified_by, difference, either)
        return digest
