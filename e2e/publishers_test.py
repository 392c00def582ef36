"""Nobody else claims: each command of docs/verify.md, taken from there, verifies an image that the real cosign made as
the command's publisher does (testdata/sigstore), and denies it to everybody else with whose evidence is there."""

from __future__ import annotations

import dataclasses
import json
import shutil
import unittest
from collections.abc import Iterator, Mapping
from typing import Any

from e2e import programs
from e2e.cluster import Cluster, policy, rule
from e2e.docker_registry import DockerRegistry
from e2e.documented_commands import Place, documented_commands
from e2e.evidence import OCI_INDEX, OCI_MANIFEST
from e2e.made_images import TAG, MadeImage, made_images, put_image, root_file
from e2e.process import Ran, run
from e2e.stack import Stack, public_key, public_key_file
from e2e.stack_test_case import StackTestCase
from e2e.storage_tree import StorageTree

_DOCUMENT = programs.TESTDATA.parent / "docs" / "verify.md"
# Of what cosign has made, by whom.
_KEY = "ecdsa-p256"
_WORKFLOW = "https://github.com/example/app/.github/workflows/release.yml@refs/tags/v1.2.3"
_GITHUB = "https://token.actions.githubusercontent.com"
_SERVICE_ACCOUNT = "krel-trust@k8s-releng-prod.iam.gserviceaccount.com"
_OUR_PATTERN = r"^https://github\.com/example/app/\.github/workflows/release\.yml@.*$"
# What others are called in the document.
_THEIR_WORKFLOW = "https://github.com/shop/web/.github/workflows/release.yml@refs/heads/main"
_DOCKERS_PATTERN = r"^https://github\.com/docker/github-builder/\.github/workflows/build\.yml@.*$"
_SIGNATURE_TYPE = "https://sigstore.dev/cosign/sign/v1"


@dataclasses.dataclass(frozen=True)
class Wrong:
    """`word` replaced by `other`: denied, and `says` is a part of why."""

    word: str
    other: str
    says: str


_STRANGER = Wrong("cosign.pub", "stranger.pub", "none of the keys made it")
_NOBODY = Wrong(_WORKFLOW, "nobody@example.org", f'its certificate is of "{_WORKFLOW}", as "{_GITHUB}" says')
_NOT_SIGNED = "No signature was found"


@dataclasses.dataclass(frozen=True)
class Row:
    """How a documented command is asked: the repositories of images that it must verify, which words of it have others
    in their place, and what must be denied. In words, {host} is the registry, and there are {server} and {strangers}:
    verifiers with the policy for the signer's key and for another."""

    repositories: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    instead_of: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # If it is not asked for by the tag.
    digest: str | None = None


_BY_KEY = ("layer-key", "layer-key-rekor1", "layer-cosign3-key-rekor1", "bundle-key", "bundle-fallback-key",
           "bundle-cosign2-key", "referring-fallback-layer-key")
_SOME_BY_KEY = ("layer-key", "bundle-fallback-key")
_BY_WORKFLOW = ("layer-keyless-rekor1", "layer-cosign3-keyless-rekor1-tsa", "bundle-keyless-rekor1",
                "bundle-keyless-rekor2-tsa", "bundle-cosign2-keyless-rekor1-tsa",
                "referring-fallback-layer-keyless-rekor1")
_MANIFEST_OF_DOCKER = "bundle-keyless-rekor1"
_OF_WORKFLOW = {_THEIR_WORKFLOW: _WORKFLOW}

_ROWS: Mapping[Place, tuple[Row, ...]] = {
    ("Verifying images from a terminal", 1): (Row(_SOME_BY_KEY, (_STRANGER,)),),
    ("Verifying images from a terminal", 2): (Row(("layer-keyless-rekor1",), (_NOBODY,), _OF_WORKFLOW),),
    ("Verifying images from a terminal", 3): (
        Row(("att-key",), (_STRANGER, Wrong("slsaprovenance1", "spdx", '"https://slsa.dev/provenance/v1"'))),),
    ("Verifying images from a terminal", 4): (
        Row(_SOME_BY_KEY, (Wrong("manifests/", "strangers/", "none of the keys made it"),)),),
    ("Verifying images from a terminal", 5): (
        Row(_SOME_BY_KEY, (Wrong("{server}", "{strangers}", "none of the keys made it"),),
            {"127.0.0.1:8090": "{server}"}),),
    ("cosign", 1): (Row(_BY_KEY, (_STRANGER,)),),
    ("cosign", 2): (Row(_BY_WORKFLOW, (_NOBODY,), {"NAME": _WORKFLOW, "URL": _GITHUB}),),
    ("cosign", 3): (
        Row(("att-key", "att-key-rekor1"), (_STRANGER,)),
        Row(("bundle-att-key",), (_STRANGER,), {"slsaprovenance1": "vuln"}),
        Row(("bundle-att-cosign2-key", "att-cosign3-key"), (_STRANGER,), {"slsaprovenance1": "custom"})),
    ("cosign", 4): (
        Row(("kept-elsewhere/layer", "kept-elsewhere/bundle"),
            (_STRANGER, Wrong("{host}/signatures", "{host}/nothing", _NOT_SIGNED)),
            {"REPOSITORY": "{host}/signatures"}),),
    ("cosign", 5): (
        Row(("prefixed",), (_STRANGER, Wrong("team-", "other-", _NOT_SIGNED)), {"PREFIX": "team-"}),),
    ("GitHub's attestations", 1): (
        Row(("bundle-att-keyless-rekor1",),
            (_NOBODY, Wrong("runnerEnvironment=github-hosted", "runnerEnvironment=self-hosted",
                            'with runnerEnvironment "github-hosted"')),
            _OF_WORKFLOW),),
    ("GitHub's attestations", 2): (
        Row(("bundle-att-private-keyless-tsa",),
            (_NOBODY, Wrong("github.json", "public.json", "not made by the trusted authority")), _OF_WORKFLOW),),
    ("registry.k8s.io", 1): (
        Row(("layer-service-account-rekor1", "several-fallback"),
            (Wrong(_SERVICE_ACCOUNT, "nobody@example.org", f'"{_SERVICE_ACCOUNT}", as "https://accounts.google.com"'),
             Wrong("https://accounts.google.com", "https://accounts.example.org", f'"{_SERVICE_ACCOUNT}", as'))),),
    ("Docker's images", 1): (
        Row(("docker/app",), (Wrong(_OUR_PATTERN, _DOCKERS_PATTERN, f'its certificate is of "{_WORKFLOW}"'),),
            {_DOCKERS_PATTERN: _OUR_PATTERN}, digest=made_images()[_MANIFEST_OF_DOCKER].digest),),
    ("Several identities", 1): (Row(("several-fallback",), (_STRANGER,)),),
    ("Several identities", 2): (
        Row(("several-fallback",), (Wrong("jane@example.org", "nobody@example.org", '"jane@example.org"'),),
            {"NAME": "jane@example.org", "URL": "https://accounts.example.org"}),),
}
# The made images whose repositories do not have their names, and how they are kept there.
_KEPT_OTHERWISE: Mapping[str, tuple[str, dict[str, str]]] = {
    "kept-elsewhere/layer": ("layer-key", {"evidence": "signatures"}),
    "kept-elsewhere/bundle": ("bundle-fallback-key", {"evidence": "signatures"}),
    "prefixed": ("layer-key", {"tag_prefix": "team-"}),
    "docker/app": (_MANIFEST_OF_DOCKER, {}),
    "docker/moved": (_MANIFEST_OF_DOCKER, {"evidence": "docker/signatures"}),
}
_INDEX_TAG = "index"


@dataclasses.dataclass(frozen=True)
class Question:
    """One image, asked about as a documented command does."""

    place: Place
    row: Row
    repository: str
    wrong: Wrong | None = None

    def words(self) -> list[str]:
        """Before what is in braces is known; the last one is the image."""
        words = [self.row.instead_of.get(word, word) for word in _commands()[self.place]]
        if self.wrong:
            if self.wrong.word not in words:
                raise ValueError(f"{self.place}: no {self.wrong.word} in {words}")
            words = [self.wrong.other if word == self.wrong.word else word for word in words]
        end = f"@{self.row.digest}" if self.row.digest else f":{TAG}"
        return [*words[:-1], f"{{host}}/{self.repository}{end}"]


def _rows() -> Iterator[tuple[Place, Row]]:
    for place, rows in _ROWS.items():
        for row in rows:
            yield place, row


def _commands() -> dict[Place, list[str]]:
    return documented_commands(_DOCUMENT.read_text(encoding="utf-8"), "countersign")


def _made_in(repository: str) -> MadeImage:
    return made_images()[_KEPT_OTHERWISE[repository][0] if repository in _KEPT_OTHERWISE else repository]


def _fill(tree: StorageTree) -> None:
    for repository in sorted({name for _, row in _rows() for name in row.repositories} | set(_KEPT_OTHERWISE)):
        _, how = _KEPT_OTHERWISE.get(repository, ("", {}))
        put_image(tree, _made_in(repository), repository, **how)
    for repository in ("docker/app", "docker/moved"):
        _put_index(tree, repository)


def _put_index(tree: StorageTree, repository: str) -> None:
    """As Docker's builders push it: beside the image is the manifest that they sign, whose own content is of no account
    here."""
    image, signed = made_images()["layer-key"], made_images()[_MANIFEST_OF_DOCKER]
    tree.put_manifest(repository, image.manifest)
    tree.put_manifest(repository, json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [
        {"mediaType": OCI_MANIFEST, "size": len(image.manifest), "digest": image.digest,
         "platform": {"architecture": "amd64", "os": "linux"}},
        {"mediaType": OCI_MANIFEST, "size": len(signed.manifest), "digest": signed.digest,
         "platform": {"architecture": "unknown", "os": "unknown"},
         "annotations": {"vnd.docker.reference.digest": image.digest,
                         "vnd.docker.reference.type": "attestation-manifest"}}]}).encode(), _INDEX_TAG)


class RowsTest(unittest.TestCase):
    """Guards the table."""

    def test_each_command_of_the_document_has_a_row_and_each_row_a_command(self) -> None:
        self.assertEqual(sorted(_commands()), sorted(_ROWS))

    def test_no_command_of_the_document_is_overlooked(self) -> None:
        self.assertEqual(len(_commands()), _DOCUMENT.read_text(encoding="utf-8").count("countersign verify"))

    def test_what_is_replaced_is_in_the_command_and_something_is_wrong(self) -> None:
        for place, row in _rows():
            with self.subTest(place=place):
                self.assertEqual(set(row.instead_of) - set(_commands()[place]), set())
                self.assertNotEqual(row.wrong, ())

    def test_both_versions_of_cosign_have_signed_by_key_and_without(self) -> None:
        for names in (_BY_KEY, _BY_WORKFLOW):
            made_by = {piece["made_by"].split(".")[0] for name in names for piece in made_images()[name].evidence}
            self.assertEqual(made_by, {"cosign v2", "cosign v3"})


class PublishersTest(StackTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        tree = StorageTree(stack.directory / "storage")
        _fill(tree)
        cls.registry = stack.keep(DockerRegistry(stack.directory / "registry", tree.directory, stack.key_pair))
        # The commands are run in a folder with the files that they name.
        for name, source in {"cosign.pub": public_key_file(_KEY), "stranger.pub": public_key_file("stranger"),
                             "github.json": root_file("private"), "public.json": root_file("public")}.items():
            shutil.copy(source, stack.directory / name)
        verifiers = {folder: stack.verifier(cls.cluster(folder, key), name=f"verifier-{folder}")
                     for folder, key in (("manifests", _KEY), ("strangers", "stranger"))}
        cls.values = {"host": cls.registry.host, "server": verifiers["manifests"].address,
                      "strangers": verifiers["strangers"].address}

    @classmethod
    def cluster(cls, folder: str, key: str) -> Cluster:
        cluster = cls.stack.cluster(folder)
        cluster.write("policy.yaml", policy({key: public_key(key)}, [rule(f"{cls.registry.host}/*", key)]))
        return cluster

    def run_command(self, words: list[str]) -> Ran:
        """The words of a documented command, with what it takes to ask this registry about these images."""
        _, command, *others = (word.format(**self.values) for word in words)
        more = []
        if "--server" not in others:
            more.append(f"--registry-ca={self.stack.ca}")
        if any(word.startswith("--certificate-identity") for word in others) and "--trusted-root" not in others:
            more.append("--trusted-root=public.json")
        return run([programs.COUNTERSIGN, command, *more, *others], self.stack.directory, seconds=60,
                   folder=self.stack.directory)

    def assert_verified(self, words: list[str], digest: str) -> None:
        ran = self.run_command(words)
        self.assertEqual((ran.status, ran.errors), (0, ""), ran.said)
        self.assertIn(words[-1].format(**self.values), ran.output)
        self.assertIn(digest, ran.output)

    def assert_denied_with(self, words: list[str], says: str) -> None:
        ran = self.run_command(words)
        self.assertEqual((ran.status, ran.errors), (1, ""), ran.said)
        self.assertIn(f"The image: {words[-1].format(**self.values)} is not signed. ", ran.output)
        self.assertIn(says, ran.output)

    def test_each_command_verifies_what_its_publisher_signed(self) -> None:
        asked = 0
        for place, row in _rows():
            for repository in row.repositories:
                with self.subTest(place=place, repository=repository):
                    self.assert_verified(Question(place, row, repository).words(), _made_in(repository).digest)
                    asked += 1
        self.assertGreater(asked, 30)

    def test_each_command_denies_it_to_others_and_says_whose_it_is(self) -> None:
        for place, row in _rows():
            for repository in row.repositories:
                for wrong in row.wrong:
                    with self.subTest(place=place, repository=repository, wrong=wrong.other):
                        self.assert_denied_with(Question(place, row, repository, wrong).words(), wrong.says)

    def docker_question(self, image: str, *flags: str) -> list[str]:
        """The documented command for Docker's images, about another image of this registry."""
        place = ("Docker's images", 1)
        row, = _ROWS[place]
        return [*Question(place, row, "docker/app").words()[:-1], *flags, f"{{host}}/{image}"]

    def test_of_an_image_beside_a_signed_manifest_in_its_index_the_answer_is_not_signed(self) -> None:
        for image in (f"docker/app:{_INDEX_TAG}", f"docker/app@{made_images()['layer-key'].digest}"):
            with self.subTest(image=image):
                self.assert_denied_with(self.docker_question(image), _NOT_SIGNED)

    def test_a_manifest_whose_signature_is_in_another_repository_needs_to_be_told_which(self) -> None:
        digest = made_images()[_MANIFEST_OF_DOCKER].digest
        image = f"docker/moved@{digest}"
        self.assert_denied_with(self.docker_question(image), _NOT_SIGNED)
        self.assert_verified(self.docker_question(image, "--signature-repository={host}/docker/signatures"), digest)

    def test_an_image_of_several_is_verified_by_each_of_them(self) -> None:
        image = made_images()["several-fallback"]
        self.assertGreater(len({_signer(piece) for piece in image.evidence}), 4)
        for piece in image.evidence:
            with self.subTest(made_by=piece["made_by"]):
                self.assert_verified(["countersign", "verify", *_signer(piece), *_type(piece),
                                      f"{{host}}/several-fallback:{TAG}"], image.digest)


def _signer(piece: dict[str, Any]) -> tuple[str, ...]:
    """The flags that ask for who made the piece of evidence, as exactly as it says."""
    if "key" in piece:
        return f"--key={public_key_file(piece['key'])}",
    identity = piece["identity"]
    return (f"--certificate-identity={identity['subject']}", f"--certificate-oidc-issuer={identity['issuer']}",
            *(f"--certificate-extension={name}={value}" for name, value in identity.get("extensions", {}).items()))


def _type(piece: dict[str, Any]) -> tuple[str, ...]:
    is_signature = piece.get("predicate_type", _SIGNATURE_TYPE) == _SIGNATURE_TYPE
    return () if is_signature else (f"--type={piece['predicate_type']}",)
