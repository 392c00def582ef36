"""Nobody else claims: `countersign tree` shows what hangs on an image in Debian's docker-registry: what the verifier
takes for a signature by a key verifies in it with that key, and nothing else does."""

from __future__ import annotations

import json
from typing import Any

from e2e import programs
from e2e.docker_registry import DockerRegistry
from e2e.expected import images
from e2e.process import Ran
from e2e.stack import Stack, public_key_file
from e2e.stack_test_case import StackTestCase

_SIGNED = "trusted/keys:ecdsa-p256"


class TreeTest(StackTestCase):
    registry: DockerRegistry

    @classmethod
    def start(cls, stack: Stack) -> None:
        cls.registry = stack.registry()

    def tree(self, image: str, *flags: str) -> Ran:
        return self.stack.run(programs.COUNTERSIGN, "tree", f"--registry-ca={self.stack.ca}", *flags,
                              f"{self.registry.host}/{image}")

    def layers(self, image: str, key: str) -> list[dict[str, Any]]:
        """All that hang on the image, judged by the key."""
        ran = self.tree(image, f"--key={public_key_file(key)}", "--output=json")
        self.assertEqual(ran.status, 0, ran.said)
        shown = json.loads(ran.output)
        self.assertTrue(shown["complete"])
        return [layer for place in shown["places"] for manifest in place["manifests"] for layer in manifest["layers"]]

    def test_verifies_what_the_verifier_does(self) -> None:
        compared = 0
        for image in images().values():
            is_plain = image.reference.startswith("trusted/") and not image.is_by_digest
            if not is_plain or image.digest is None or image.difference or image.either:
                continue
            for key in ("ecdsa-p256", "stranger"):
                with self.subTest(image=image.reference, key=key):
                    standings = {layer.get("standing") for layer in self.layers(image.reference, key)
                                 if layer["kind"] == "signature"}
                    self.assertEqual("verified" in standings, key in image.verified_by)
                    compared += 1
        self.assertGreater(compared, 20)

    def test_an_attestation_verifies_and_is_no_signature(self) -> None:
        layer, = self.layers("trusted/app:attested-only", "ecdsa-p256")
        self.assertEqual((layer["kind"], layer["type"], layer["standing"]),
                         ("attestation", "https://cosign.sigstore.dev/attestation/v1", "verified"))

    def test_a_person_sees_a_tree(self) -> None:
        digest = images()[_SIGNED].digest
        assert digest is not None
        ran = self.tree(_SIGNED, f"--key={public_key_file('ecdsa-p256')}")
        self.assertEqual(ran.status, 0, ran.said)
        self.assertRegex(ran.output, rf"\A{self.registry.host}/{_SIGNED}  {digest}\n"
                                     rf"└── tag {digest.replace(':', '-')}\.sig\n"
                                     r"    └── sha256:[0-9a-f]{64}\n"
                                     r"        └── signature  verified  sha256:[0-9a-f]{64}\n"
                                     r"            by a key\n\Z")

    def test_without_a_key_it_says_what_is_missing(self) -> None:
        ran = self.tree(_SIGNED)
        self.assertEqual(ran.status, 0, ran.said)
        self.assertIn("signature  not checked  sha256:", ran.output)
        self.assertIn("by a key; give --key to check it\n", ran.output)

    def test_whose_it_is_not_is_refused(self) -> None:
        ran = self.tree(_SIGNED, f"--key={public_key_file('stranger')}")
        self.assertEqual(ran.status, 0, ran.said)
        self.assertIn("signature  refused  sha256:", ran.output)

    def test_nothing_hangs_on_an_unsigned_image(self) -> None:
        ran = self.tree("trusted/app:unsigned")
        self.assertEqual(ran.status, 0, ran.said)
        self.assertTrue(ran.output.endswith("\n└── nothing\n"), ran.output)

    def test_what_another_repository_has_of_the_image_is_shown_beside_it(self) -> None:
        copy = "other/mirror:signed"
        ran = self.tree(copy, f"--key={public_key_file('ecdsa-p256')}",
                        f"--signature-repository={self.registry.host}/trusted/app")
        self.assertEqual(ran.status, 0, ran.said)
        self.assertRegex(ran.output, rf"\n├── beside the image, in {self.registry.host}/other/mirror\n"
                                     r"│   └── nothing\n"
                                     rf"└── in {self.registry.host}/trusted/app\n"
                                     r"    .── tag sha256-[0-9a-f]{64}\.sig\n")
        self.assertIn("signature  verified  sha256:", ran.output)

    def test_a_repository_that_is_not_there_has_nothing(self) -> None:
        ran = self.tree(_SIGNED, f"--signature-repository={self.registry.host}/no/such/repository",
                        "--attachment-tag-prefix=release-")
        self.assertEqual(ran.status, 0, ran.said)
        self.assertTrue(ran.output.endswith(f"\n└── in {self.registry.host}/no/such/repository, "
                                            "under tags with the prefix release-\n    └── nothing\n"), ran.output)

    def test_an_image_that_is_not_there_has_no_tree(self) -> None:
        ran = self.tree("trusted/app:no-such-tag")
        self.assertEqual((ran.status, ran.output), (2, ""))
        self.assertIn("countersign: ", ran.errors)
