"""Images that the real cosign signed, as people use it, and their unsigned neighbours."""

import json

import registry as r

P256, SECOND, P384, P521 = "ecdsa-p256", "ecdsa-p256-second", "ecdsa-p384", "ecdsa-p521"
HASHES = {P384: "larger-hash", P521: "larger-hash", "ed25519": "ed25519ph"}


def key_types(c):
    repository = "trusted/keys"
    for key in [P256, P384, P521, "rsa-2048", "rsa-3072", "rsa-4096", "ed25519", "cosign-generated"]:
        password = "test-only" if key == "cosign-generated" else ""
        c.sign(repository, c.image(repository, key, tag=key), key, COSIGN_PASSWORD=password)
        c.tagged(repository, key, f"signed by cosign with {key}", [key], HASHES.get(key))


def plain(c):
    repository = "trusted/app"
    c.sign(repository, c.image(repository, "signed", tag="signed"), P256)
    digest = c.tagged(repository, "signed", "signed, the plain case", [P256])
    c.case(f"{repository}:signed@{digest}", "tag and digest of the plain case", [P256])
    c.case(f"{repository}:unsigned@{digest}", "another image's tag: the digest alone decides", [P256])
    c.case(f"{repository}:absent@{digest}", "a tag that does not exist: the digest alone decides", [P256])
    c.case(f"{repository}:{r.signature_tag(digest)}", "the signature manifest itself as an image")

    c.image(repository, "unsigned", tag="unsigned")
    c.tagged(repository, "unsigned", "not signed")

    c.sign(repository, c.image(repository, "by-stranger", tag="signed-by-stranger"), "stranger")
    c.tagged(repository, "signed-by-stranger", "signed, by a key that is in no policy", ["stranger"])

    c.case(f"{repository}:absent", "no such tag")
    c.case(f"{repository}@sha256:{'0' * 64}", "no such digest, no signature")
    c.case("trusted/absent:signed", "no such repository")

    for repository in ("trusted/team/backend/app", "standalone"):
        c.sign(repository, c.image(repository, "signed", tag="signed"), P256)
        c.tagged(repository, "signed", "signed, in a deeper or a flatter repository", [P256])


def several(c):
    repository = "trusted/app"
    digest = c.image(repository, "two-signers", tag="two-signers")
    for key in (P256, "rsa-2048"):
        c.sign(repository, digest, key)
    c.tagged(repository, "two-signers", "two signatures by two keys", [P256, "rsa-2048"])

    digest = c.image(repository, "many-signers", tag="many-signers")
    keys = [P256, SECOND, P384, P521, "rsa-3072", "ed25519"]
    for key in keys:
        c.sign(repository, digest, key)
    c.tagged(repository, "many-signers", "six signatures by six keys", keys, "many-hashes")

    digest = c.image(repository, "stranger-first", tag="stranger-first")
    for key in ("stranger", P256):
        c.sign(repository, digest, key)
    c.tagged(repository, "stranger-first", "a stranger's signature, then a good one", [P256, "stranger"])

    digest = c.image(repository, "annotated", tag="annotated")
    c.sign(repository, digest, P256, "-a", "environment=production", "-a", "team=backend")
    c.tagged(repository, "annotated", "signed with annotations (-a) in the payload", [P256])

    digest = c.image(repository, "annotated-twice", tag="annotated-twice")
    c.sign(repository, digest, P256, "-a", "environment=staging")
    c.sign(repository, digest, P256, "-a", "environment=production")
    c.tagged(repository, "annotated-twice", "two signatures by one key, other annotations", [P256])

    digest = c.image(repository, "timestamped", tag="timestamped")
    c.sign(repository, digest, P256, "--record-creation-timestamp")
    c.tagged(repository, "timestamped", "signed with --record-creation-timestamp", [P256])

    digest = c.image(repository, "other-identity", tag="other-identity")
    c.sign(repository, digest, P256, "--sign-container-identity",
           "registry.example.org/production/app:v1")
    c.tagged(repository, "other-identity",
             "signed with --sign-container-identity: docker-reference names another place", [P256])

    digest = c.image(repository, "attested", tag="attested-only")
    predicate = f"{c.scratch}/predicate.json"
    with open(predicate, "w") as file:
        file.write('{"scanner": "none"}')
    c.cosign("attest", "--key", f"{c.private_keys}/{P256}.key", "--tlog-upload=false", "--yes",
             "--predicate", predicate, f"{c.host}/{repository}@{digest}")
    c.tagged(repository, "attested-only", "an attestation (.att), but no signature")


def moved(c):
    repository = "trusted/app"
    old = c.image(repository, "moved, before", tag="moved")
    c.sign(repository, old, P256)
    c.image(repository, "moved, after", tag="moved")
    c.tagged(repository, "moved", "the tag was moved to an image that is not signed")
    c.case(f"{repository}@{old}", "what the moved tag named before: signed", [P256])
    c.case(f"{repository}:moved@{old}", "the moved tag with its old digest", [P256])


def other_projects(c):
    c.sign("other/app", c.image("other/app", "signed", tag="signed"), P256)
    c.tagged("other/app", "signed", "signed, in another project", [P256])
    c.image("other/app", "unsigned", tag="unsigned")
    c.tagged("other/app", "unsigned", "not signed, in another project")

    # The same bytes in two projects: signatures are looked for beside the image only.
    digest = c.registry.head("trusted/app", "signed")[0]
    for repository in ("other/mirror", "other/mirror-with-signature"):
        for blob in _blobs(c, "trusted/app", digest):
            c.registry.push_blob(repository, blob)
        c.registry.push_manifest(repository, "signed", c.registry.manifest("trusted/app", digest),
                                 r.OCI_MANIFEST)
    c.tagged("other/mirror", "signed", "the bytes of trusted/app:signed, copied without signature")

    manifest = c.signature_manifest("trusted/app", digest)
    for blob in _blobs(c, "trusted/app", r.signature_tag(digest)):
        c.registry.push_blob("other/mirror-with-signature", blob)
    c.registry.push_manifest("other/mirror-with-signature", r.signature_tag(digest), manifest,
                             r.OCI_MANIFEST)
    c.tagged("other/mirror-with-signature", "signed",
             "the bytes of trusted/app:signed, copied with their signature", [P256])


def _blobs(c, repository, reference):
    manifest = json.loads(c.registry.manifest(repository, reference))
    for entry in [manifest["config"], *manifest["layers"]]:
        yield c.registry.blob(repository, entry["digest"])


def indexes(c):
    repository = "trusted/multi"
    digest, children = c.index(repository, "signed")
    c.sign(repository, digest, P256)
    c.tagged(repository, "signed", "an index signed as itself", [P256])
    for child in children:
        c.case(f"{repository}@{child}", "a child of the signed index: not signed thereby")

    digest, children = c.index(repository, "signed-recursively")
    c.sign(repository, digest, P256, "--recursive")
    c.tagged(repository, "signed-recursively", "an index signed with --recursive", [P256])
    for child in children:
        c.case(f"{repository}@{child}", "a child of the recursively signed index", [P256])

    digest, children = c.index(repository, "only-child-signed")
    c.sign(repository, children[0], P256)
    c.tagged(repository, "only-child-signed", "an index of which only one child is signed")
    c.case(f"{repository}@{children[0]}", "the signed child of an index that is not signed", [P256])

    c.index(repository, "unsigned")
    c.tagged(repository, "unsigned", "an index, not signed")

    digest, _ = c.index(repository, "docker-list", docker=True)
    c.sign(repository, digest, P256)
    c.tagged(repository, "docker-list", "a signed Docker manifest list", [P256])


def docker_types(c):
    repository = "trusted/docker"
    c.sign(repository, c.image(repository, "schema2", tag="schema2", docker=True), P256)
    c.tagged(repository, "schema2", "a Docker schema 2 image", [P256])
    digest = c.image(repository, "docker-signature", tag="docker-signature", docker=True)
    c.sign(repository, digest, P256, COSIGN_DOCKER_MEDIA_TYPES="1")
    c.tagged(repository, "docker-signature",
             "a Docker schema 2 image, its signature manifest of Docker's types too", [P256])
    c.image(repository, "unsigned", tag="unsigned", docker=True)
    c.tagged(repository, "unsigned", "a Docker schema 2 image, not signed")


def make(c):
    for step in (key_types, plain, several, moved, other_projects, indexes, docker_types):
        step(c)
