"""Signature manifests with something wrong, and storage that lost or changed bytes."""

import json

import registry as r
from sign import base64_of, sign

P256, SECOND = "ecdsa-p256", "ecdsa-p256-second"
REPOSITORY = "crafted/manifest"


def good(payload, key=P256, media_type=r.SIMPLE_SIGNING):
    return payload, {r.SIGNATURE: base64_of(sign(key, payload))}, media_type


def forged(c):
    """What an attacker with the right to push would try; beside the images that people use."""
    repository = "trusted/app"
    signed = c.registry.head(repository, "signed")[0]
    theirs = c.signature_manifest(repository, signed)

    digest = c.image(repository, "copied-signature", tag="copied-signature")
    c.registry.push_manifest(repository, r.signature_tag(digest), theirs, r.OCI_MANIFEST)
    c.tagged(repository, "copied-signature", "the signature manifest of trusted/app:signed, copied")

    digest = c.image(repository, "tampered-payload", tag="tampered-payload")
    layer = json.loads(theirs)["layers"][0]
    payload = c.registry.blob(repository, layer["digest"]).replace(signed.encode(), digest.encode())
    c.put_layers(repository, digest, [(payload, layer["annotations"], r.SIMPLE_SIGNING)])
    c.tagged(repository, "tampered-payload",
             "the payload of trusted/app:signed with this image's digest put in, the signature kept")

    digest = c.image(repository, "tampered-signature", tag="tampered-signature")
    c.sign(repository, digest, P256)
    layer = json.loads(c.signature_manifest(repository, digest))["layers"][0]
    payload = c.registry.blob(repository, layer["digest"])
    text = layer["annotations"][r.SIGNATURE]
    flipped = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    c.put_layers(repository, digest, [(payload, {r.SIGNATURE: flipped}, r.SIMPLE_SIGNING)])
    c.tagged(repository, "tampered-signature", "one character of the signature changed")

    digest = c.image(repository, "tampered-manifest", tag="tampered-manifest")
    c.sign(repository, digest, P256)
    other = c.registry.manifest(repository, digest).replace(b'"schemaVersion":2', b'"schemaVersion": 2')
    c.spoil.append((digest, other))
    c.case(f"{repository}:tampered-manifest", "a signed image whose manifest's bytes were changed in the "
           "registry's storage: by tag", [P256], "tampered-manifest", either=True)
    c.case(f"{repository}@{digest}", "the same by digest: only what hangs on the digest is fetched", [P256])


def layers(c):
    def add(tag, what, make_layers, verified_by=(), difference=None, either=False):
        digest = c.image(REPOSITORY, tag, tag=tag)
        manifest = c.put_layers(REPOSITORY, digest, make_layers(c.payload(REPOSITORY, digest)))
        c.tagged(REPOSITORY, tag, what, verified_by, difference, either)
        return digest, manifest

    add("no-layers", "a signature manifest without layers", lambda payload: [])
    add("no-annotation", "one layer, no signature annotation",
        lambda payload: [(payload, None, r.SIMPLE_SIGNING)])
    add("annotation-in-other-case", "the annotation's name in upper case",
        lambda payload: [(payload, {r.SIGNATURE.upper(): base64_of(sign(P256, payload))}, r.SIMPLE_SIGNING)])
    add("no-annotation-and-good", "a layer without annotation, then a good one",
        lambda payload: [(b'{"no": "signature"}', None, r.SIMPLE_SIGNING), good(payload)], [P256])
    add("good-and-no-annotation", "a good layer, then one without annotation",
        lambda payload: [good(payload), (b'{"no": "signature"}', None, r.SIMPLE_SIGNING)], [P256])
    add("not-json-and-good", "a well signed payload that is no JSON, then a good one",
        lambda payload: [good(b"not a payload"), good(payload)], [P256])
    add("same-layer-thrice", "one payload three times: a stranger's, a bad, a good signature",
        lambda payload: [good(payload, "stranger"), (payload, {r.SIGNATURE: "AAAA"}, r.SIMPLE_SIGNING),
                         good(payload)], [P256, "stranger"])
    add("thirty-bad-one-good", "thirty layers with another image's digest, then a good one",
        lambda payload: [good(payload.replace(b"sha256:", b"sha256:%02d" % i, 1)) for i in range(30)]
        + [good(payload)], [P256])
    add("other-layer-type", "a layer of another media type",
        lambda payload: [good(payload, media_type="text/plain")], [P256])
    add("certificate-rubbish", "a good signature beside a certificate annotation that is none",
        lambda payload: [(payload, {**good(payload)[1], "dev.sigstore.cosign/certificate": "rubbish"},
                          r.SIMPLE_SIGNING)], either=True)
    add("bundle-rubbish", "a good signature beside a bundle annotation that is none",
        lambda payload: [(payload, {**good(payload)[1], "dev.sigstore.cosign/bundle": "rubbish"},
                          r.SIMPLE_SIGNING)], either=True)


def tags(c):
    """Something else at the signature's tag."""
    digest = c.image(REPOSITORY, "signature-is-index", tag="signature-is-index")
    c.put_layers(REPOSITORY, digest, [good(c.payload(REPOSITORY, digest))])
    manifest = c.signature_manifest(REPOSITORY, digest)
    index = r.to_json({"schemaVersion": 2, "mediaType": r.OCI_INDEX,
                       "manifests": [r.descriptor(r.OCI_MANIFEST, manifest)]})
    c.registry.push_manifest(REPOSITORY, r.signature_tag(digest), index, r.OCI_INDEX)
    c.tagged(REPOSITORY, "signature-is-index", "an index at the signature's tag, the good manifest in it",
             [P256], either=True)

    digest = c.image(REPOSITORY, "signature-is-image", tag="signature-is-image")
    c.registry.push_manifest(REPOSITORY, r.signature_tag(digest),
                             c.registry.manifest(REPOSITORY, digest), r.OCI_MANIFEST)
    c.tagged(REPOSITORY, "signature-is-image", "the image itself at the signature's tag")


def storage(c):
    """What the registry says it has, but lost or changed."""
    def sign_twice(tag):
        digest = c.image(REPOSITORY, tag, tag=tag)
        payload = c.payload(REPOSITORY, digest)
        second = payload.replace(b'"optional":null', b'"optional":{"by":"second"}')
        return digest, payload, second

    for tag, what, put in [("blob-missing", "lost", None), ("blob-changed", "changed", b"x")]:
        digest, payload, second = sign_twice(tag)
        c.put_layers(REPOSITORY, digest, [good(payload)])
        c.spoil.append((r.digest_of(payload), put and payload.replace(b"critical", b"Critical")))
        c.tagged(REPOSITORY, tag, f"the payload's bytes were {what} in the registry's storage")

        digest, payload, second = sign_twice(tag + "-and-good")
        c.put_layers(REPOSITORY, digest, [good(payload), good(second, SECOND)])
        c.spoil.append((r.digest_of(payload), put and payload.replace(b"critical", b"Critical")))
        c.tagged(REPOSITORY, tag + "-and-good",
                 f"the first payload's bytes were {what}, the second's signature is good", [SECOND])

    digest, payload, _ = sign_twice("blob-truncated")
    c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((r.digest_of(payload), payload[:-40]))
    c.tagged(REPOSITORY, "blob-truncated", "the payload's last bytes were lost")

    digest, payload, _ = sign_twice("signature-manifest-changed")
    manifest = c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((r.digest_of(manifest), manifest.replace(b'"schemaVersion":2', b'"schemaVersion": 2')))
    c.tagged(REPOSITORY, "signature-manifest-changed", "the signature manifest's bytes are not those of the "
             "digest that the registry states; the signature in it is good", [P256], either=True)

    digest, payload, _ = sign_twice("signature-manifest-rubbish")
    manifest = c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((r.digest_of(manifest), b"no manifest at all\n"))
    c.tagged(REPOSITORY, "signature-manifest-rubbish",
             "no manifest at the signature's tag: the registry answers 500")

    digest, payload, _ = sign_twice("signature-manifest-missing")
    manifest = c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((r.digest_of(manifest), None))
    c.tagged(REPOSITORY, "signature-manifest-missing", "the signature's tag is there, its manifest is lost")

    digest, payload, _ = sign_twice("manifest-missing")
    c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((digest, None))
    c.case(f"{REPOSITORY}:manifest-missing", "the tag is there, the image's manifest is lost; signed")
    c.case(f"{REPOSITORY}@{digest}", "the same by digest: only what hangs on the digest is fetched", [P256])

    digest, payload, _ = sign_twice("manifest-rubbish")
    c.put_layers(REPOSITORY, digest, [good(payload)])
    c.spoil.append((digest, b"no manifest at all\n"))
    c.case(f"{REPOSITORY}:manifest-rubbish", "the image's manifest is no manifest: the registry answers 500")
    c.case(f"{REPOSITORY}@{digest}", "the same by digest: only what hangs on the digest is fetched", [P256])

    digest, payload, _ = sign_twice("config-missing")
    manifest = c.put_layers(REPOSITORY, digest, [good(payload)])
    config = b'{"this config":"belongs to one signature manifest"}'
    c.registry.push_blob(REPOSITORY, config)
    changed = json.loads(manifest)
    changed["config"] = r.descriptor(r.OCI_CONFIG, config)
    c.registry.push_manifest(REPOSITORY, r.signature_tag(digest), r.to_json(changed), r.OCI_MANIFEST)
    c.spoil.append((r.digest_of(config), None))
    c.tagged(REPOSITORY, "config-missing", "the signature manifest's config was lost: nobody needs it", [P256])


def make(c):
    for step in (forged, layers, tags, storage):
        step(c)
