"""Nobody else claims: the objects with which GitHub's chart has artifact attestations enforced are accepted as they
are, and enforced upon attestations as GitHub makes them of public and of private repositories.

Those attestations are of testdata/sigstore: made by the real cosign, with a Sigstore like the public one and one like
GitHub's. So for enforcing them its policy has the addresses of the one, and its TrustRoot states the other, whose place
nobody can be asked for."""

from __future__ import annotations

from typing import Any

import yaml

from e2e import programs, reviews
from e2e.docker_registry import DockerRegistry
from e2e.made_images import TAG, made_images, put_image, root_file
from e2e.reviews import Review
from e2e.sigstore_test_case import SigstoreTestCase, policy_review, settings, trust_root, validate
from e2e.stack import Stack
from e2e.storage_tree import StorageTree

_FOLDER = programs.TESTDATA / "policy_controller" / "github"
_FILES = ("policy.yaml", "exempt_policy.yaml", "trust_root.yaml", "trust_root_of_an_enterprise.yaml")
# Of a public repository, of a private one; the last are not attestations of GitHub's at all.
_PUBLIC, _PRIVATE = "bundle-att-keyless-rekor1", "bundle-att-private-keyless-tsa"
_BY_KEY, _SIGNATURE = "bundle-att-key", "bundle-keyless-rekor1"
_UNATTESTED = "layer-key"


def objects(name: str) -> list[Any]:
    """Those of a file, as they stand there."""
    return [each for each in yaml.safe_load_all((_FOLDER / name).read_text(encoding="utf-8")) if each]


def of_test_sigstore(name: str, organization: str = "example") -> list[Any]:
    """Those of a file, with the addresses of the Sigstore that is like the public one, and another organization."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    for host in ("fulcio", "rekor"):
        text = text.replace(f"https://{host}.sigstore.dev", f"https://{host}.sigstore.test")
    text = text.replace("https://github.com/example/", f"https://github.com/{organization}/")
    return [each for each in yaml.safe_load_all(text) if each]


class GithubPoliciesTest(SigstoreTestCase):

    @classmethod
    def start(cls, stack: Stack) -> None:
        tree = StorageTree(stack.directory / "storage")
        for name in (_PUBLIC, _PRIVATE, _BY_KEY, _SIGNATURE, _UNATTESTED):
            put_image(tree, made_images()[name], name)
        cls.host = stack.keep(DockerRegistry(stack.directory / "made", tree.directory, stack.key_pair)).host
        cls.serve(stack, f"--trusted-root={root_file('public')}")

    def image(self, name: str) -> Review:
        return reviews.pod(f"{self.host}/{name}:{TAG}")

    def test_the_objects_of_the_chart_are_accepted_as_they_are(self) -> None:
        for name in _FILES:
            for manifest in objects(name):
                with self.subTest(name, object=manifest["metadata"]["name"]):
                    answer = validate(self.webhook, policy_review(manifest))
                    self.assert_allowed(answer)

    def test_attestations_of_public_and_private_repositories_are_admitted_and_nothing_else(self) -> None:
        self.put(*of_test_sigstore("policy.yaml"), trust=[trust_root("github", root_file("private"))])
        for name in (_PUBLIC, _PRIVATE):
            with self.subTest(name):
                self.allowed(self.image(name))
        for name in (_BY_KEY, _SIGNATURE, _UNATTESTED):
            with self.subTest(name):
                self.denied(self.image(name), "failed policy: github-policy: spec.containers[0].image\n",
                            *(f"attestation keyless validation failed for authority {authority} for {self.host}/{name}@"
                              for authority in ("github", "public-good")))

    def test_those_of_another_organization_are_denied(self) -> None:
        self.put(*of_test_sigstore("policy.yaml", organization="somebody-else"),
                 trust=[trust_root("github", root_file("private"))])
        for name in (_PUBLIC, _PRIVATE):
            with self.subTest(name):
                self.denied(self.image(name), "failed policy: github-policy")

    def test_without_its_trust_root_only_public_repositories_are_attested(self) -> None:
        self.put(*of_test_sigstore("policy.yaml"))
        self.allowed(self.image(_PUBLIC))
        self.denied(self.image(_PRIVATE), "trustRootRef github not found")

    def test_as_it_stands_it_trusts_no_other_authority_of_public_repositories(self) -> None:
        # The trusted root here knows none at these addresses.
        self.put(*objects("policy.yaml"), trust=[trust_root("github", root_file("private"))])
        self.denied(self.image(_PUBLIC), "https://fulcio.sigstore.dev belongs to no certificate authority")
        self.allowed(self.image(_PRIVATE))

    def test_exempt_images_are_covered_and_still_asked_for_an_attestation_by_the_policy_for_all(self) -> None:
        exempt, = objects("exempt_policy.yaml")
        exempt["spec"]["images"].append({"glob": f"{self.host}/{_UNATTESTED}**"})
        self.put(exempt, settings(no_match_policy="deny"))
        self.allowed(self.image(_UNATTESTED))
        self.denied(self.image(_PUBLIC), "no matching policies")
        self.put(exempt, *of_test_sigstore("policy.yaml"), trust=[trust_root("github", root_file("private"))])
        # All policies that match must hold, as in the Policy Controller.
        self.denied(self.image(_UNATTESTED), "failed policy: github-policy")
        self.allowed(self.image(_PUBLIC))
