"""Nobody else claims: the three programs as they are linked have the flags that the documents name, name the
one that is wrong, and end with the documented status."""

from __future__ import annotations

import json
import re
import socket
import unittest
from pathlib import Path

from e2e import programs
from e2e.cluster import policy, rule
from e2e.process import Ran
from e2e.stack import Stack, public_key, public_key_file

UNREACHABLE = "127.0.0.1:1"
_ROOT = programs.TESTDATA.parent
# What users of the programs read; flags of others in them.
_DOCUMENTS = ["README.md", *(f"docs/{name}.md" for name in (
    "bazel", "behaviour", "certificates", "explain", "install", "lint", "memory", "metrics", "migrate",
    "moving-from-policy-controller", "moving-from-sign", "rbac", "statusz", "trouble", "tree", "trusted-root", "upgrade", "verify", "verify-api",
    "verify-bundle"))]
_OF_KUBECTL = {"--as", "--dry-run", "--field-selector", "--follow", "--force", "--from", "--from-literal",
               "--ignore-not-found", "--image", "--patch", "--previous", "--selector", "--server-side", "--tail",
               "--type"}
_OF_HELM = {"--reset-then-reuse-values", "--reuse-values", "--set", "--set-file", "--take-ownership", "--values"}
# Of the API server, skopeo, Bazel, cosign, docker, ./dev statusz and examples/verify_api.
_OF_OTHERS = _OF_KUBECTL | _OF_HELM | {
    "--admission-control-config-file", "--all", "--config", "--ca", "--cert", "--pictures", "--predicate", "--raw"}

_COMMANDS = ("certificates", "explain", "lint", "migrate", "review", "tree", "trusted-root", "verify",
             "verify-attestation", "verify-bundle")
_FLAG_IN_HELP = r"(?m)^ +(?:-\w,)?(--[a-z0-9-]+)"
_FLAG_IN_TEXT = r"(?<![\w-])--[a-z][a-z0-9-]+(?![\w-])"


class FlagsTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = cls.enterClassContext(Stack())
        cls.key = public_key_file("ecdsa-p256")
        cls.objects = f"--objects={cls.stack.cluster().directory}"

    def ends(self, status: int, program: Path, *arguments: str) -> Ran:
        """With this status."""
        ran = self.stack.run(program, *arguments)
        self.assertEqual(ran.status, status, ran.said)
        return ran

    def refused(self, program: Path, flag: str, *flags: str) -> None:
        self.assertIn(flag, self.ends(2, program, *flags).said)

    def test_help_names_every_flag_that_the_documentation_names(self) -> None:
        named = {
            programs.VERIFIER: ["--objects", "--kubernetes", "--kubeconfig",
                                "--kubeconfig-context", "--listen", "--tls-cert", "--tls-key",
                                "--client-ca", "--registry-ca", "--insecure-registry", "--allow-unmatched-images",
                                "--registry-credentials-namespace"],
            programs.SHIM: ["--listen", "--tls-cert", "--tls-key", "--verifier", "--unknown-kinds",
                            "--verify-unchanged-images", "--on-verifier-unavailable",
                            "--pin-images", "--template-placeholder"],
            programs.COUNTERSIGN: list(_COMMANDS),
        }
        for program, flags in named.items():
            with self.subTest(program=program.name):
                helped = self.ends(0, program, "--help").output
                for flag in flags:
                    self.assertIn(flag, helped)

    def test_every_flag_that_a_document_names_is_one(self) -> None:
        commands = [[programs.VERIFIER], [programs.SHIM], [programs.COUNTERSIGN],
                    *([programs.COUNTERSIGN, command]
                      for command in _COMMANDS)]
        known = {flag for command in commands
                 for flag in re.findall(_FLAG_IN_HELP, self.ends(0, *command, "--help").output)}
        for document in _DOCUMENTS:
            with self.subTest(document):
                text = (_ROOT / document).read_text(encoding="utf-8")
                named = set(re.findall(_FLAG_IN_TEXT, text))
                self.assertEqual(named - known - _OF_OTHERS, set())

    def test_help_has_one_line_for_each_command(self) -> None:
        lines = self.ends(0, programs.COUNTERSIGN, "--help").output.partition("Subcommands:\n")[2].splitlines()
        listed = [line.split()[0] for line in lines if line.strip()]
        self.assertEqual(sorted(listed), list(_COMMANDS))
        for command in listed:
            with self.subTest(command):
                self.assertIn("\nExit status: 0 if ", self.ends(0, programs.COUNTERSIGN, command, "--help").output)

    def test_a_command_and_its_document_have_the_same_flags(self) -> None:
        for command in ("tree", "trusted-root", "verify-bundle"):
            with self.subTest(command):
                text = (_ROOT / f"docs/{command}.md").read_text(encoding="utf-8")
                # What these flags say is told there once.
                shared = (_ROOT / "docs/verify.md").read_text(encoding="utf-8")
                helped = self.ends(0, programs.COUNTERSIGN, command, "--help").output
                has = set(re.findall(_FLAG_IN_HELP, helped)) - {"--help"}
                self.assertEqual(has - set(re.findall(_FLAG_IN_TEXT, text + shared)), set())
                # The verifier's flags are told beside the command's.
                if command != "trusted-root":
                    self.assertEqual(set(re.findall(_FLAG_IN_TEXT, text)) - has, set())

    def test_the_verifier_says_which_flag_is_wrong(self) -> None:
        for flag, flags in {
                "--objects": [],
                "/no/such/directory": ["--objects=/no/such/directory"],
                "--kubeconfig: /no/such/config": ["--kubeconfig=/no/such/config"],
                "--kubernetes: the environment has no KUBERNETES_SERVICE_HOST": ["--kubernetes"],
                "give one of them": [self.objects, "--kubeconfig=/no/such/config"],
                "--kubeconfig-context": [self.objects, "--kubeconfig-context=c"],
                "--registry-ca": [self.objects, "--registry-ca=/no/such/file"],
                "--trusted-root: /no/such/root": [self.objects, "--trusted-root=/no/such/root"],
                "--trusted-root-state": [self.objects, "--trusted-root-state=/no/such/directory/state"],
                "--trusted-root-grace-days: needs": [self.objects, "--trusted-root-grace-days=7"],
                "--tls-key": [self.objects, f"--tls-cert={self.stack.key_pair.certificate}"],
                "--insecure-plaintext": [self.objects, "--listen=0.0.0.0:0"],
                "--no-such-flag": [self.objects, "--no-such-flag"],
        }.items():
            with self.subTest(flags=flags):
                self.refused(programs.VERIFIER, flag, *flags)

    def test_the_shim_says_which_flag_is_wrong(self) -> None:
        tls = [f"--tls-cert={self.stack.key_pair.certificate}",
               f"--tls-key={self.stack.key_pair.key}"]
        for flag, flags in {
                "--verifier": tls,
                "--tls-cert": [f"--verifier={UNREACHABLE}"],
                "/no/such/file": [f"--verifier={UNREACHABLE}", tls[0], "--tls-key=/no/such/file"],
                "--unknown-kinds": [f"--verifier={UNREACHABLE}", *tls, "--unknown-kinds=perhaps"],
                "--on-verifier-unavailable": [f"--verifier={UNREACHABLE}", *tls,
                                              "--on-verifier-unavailable=perhaps"],
                "--pin-images": [f"--verifier={UNREACHABLE}", *tls, "--pin-images=some"],
        }.items():
            with self.subTest(flags=flags):
                self.refused(programs.SHIM, flag, "--listen=127.0.0.1:0", *flags)

    def test_the_command_says_which_flag_of_a_bundle_is_wrong(self) -> None:
        named = ["--certificate-identity=signer@example.org", "--certificate-oidc-issuer=https://issuer.example"]
        for sentence, flags in {
                "--bundle": [*named, "file"],
                "FILE_OR_DIGEST": [*named, "--bundle=b"],
                "say whose signature it must be": ["--bundle=b", "file"],
                "--certificate-oidc-issuer URL": ["--bundle=b", named[0], "file"],
                "--certificate-identity NAME": ["--bundle=b", named[1], "file"],
                "a key has no identity": ["--bundle=b", *named, "--key=k", "file"],
                "--key: /no/such/key": ["--bundle=b", "--key=/no/such/key", "file"],
                "--trusted-root: /no/such/root": ["--bundle=b", *named, "--trusted-root=/no/such/root", "file"],
                "--bundle: /no/such/bundle": [*named, "--bundle=/no/such/bundle", "--staging", "file"],
        }.items():
            with self.subTest(flags=flags):
                self.refused(programs.COUNTERSIGN, sentence, "verify-bundle", *flags)

    def test_the_command_says_which_flag_of_a_tree_is_wrong(self) -> None:
        for sentence, flag in {
                "--signature-repository: ": "--signature-repository=registry.example/app:1",
                "--attachment-tag-prefix: ": "--attachment-tag-prefix=.release",
                "--key: /no/such/key": "--key=/no/such/key",
        }.items():
            with self.subTest(flag):
                self.refused(programs.COUNTERSIGN, sentence, "tree", flag, f"{UNREACHABLE}/app")

    def test_a_port_that_is_taken_is_said(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.refused(programs.VERIFIER, address, self.objects, f"--listen={address}")

    def test_the_command_ends_with_2_where_it_could_not_ask(self) -> None:
        for flags in (["verify", "nginx"], ["verify"], ["verify", self.objects],
                      ["verify", f"--server={UNREACHABLE}", "--timeout=1", "nginx"],
                      ["verify", "--key=/no/such/file", "nginx"],
                      ["verify", "--certificate-identity=signer@example.org", "nginx"],
                      ["verify", "--type=spdx", self.objects, "nginx"],
                      ["verify-attestation", f"--key={self.key}", "nginx"],
                      ["verify-attestation", "--type=spdx", self.objects, "nginx"],
                      ["review"], ["review", self.objects], ["frobnicate"], [],
                      ["trusted-root", "/no/such/file"], ["trusted-root", "--state=/no/such/directory"],
                      ["trusted-root", "--state=/no/such/directory", "/no/such/file"], ["trusted-root", "--update"],
                      ["trusted-root", "--update", "--state=/no/such/directory/state"],
                      ["trusted-root", "--root=root.json"], ["trusted-root", "--mirror=https://mirror.example"],
                      ["tree"], ["tree", "no such image"], ["tree", "--timeout=1", f"{UNREACHABLE}/app"],
                      ["tree", "--key=/no/such/key", f"{UNREACHABLE}/app"],
                      ["verify-bundle"], ["verify-bundle", "--bundle=/no/such/file", f"--key={self.key}", "file"]):
            with self.subTest(flags=flags):
                self.ends(2, programs.COUNTERSIGN, *flags)

    def test_the_command_shows_the_trusted_root_that_is_shipped(self) -> None:
        shown = self.ends(0, programs.COUNTERSIGN, "trusted-root").output
        self.assertRegex(shown, r"\Alog +https://rekor\.sigstore\.dev ")
        shipped = json.loads(self.ends(0, programs.COUNTERSIGN, "trusted-root", "--output=json").output)
        self.assertEqual(shipped["warnings"], [])
        staging = self.ends(0, programs.COUNTERSIGN, "trusted-root", "--staging").output
        self.assertRegex(staging, r"\Alog +https://rekor\.sigstage\.dev ")

    def test_without_a_policy_the_command_has_no_answer_unless_that_is_one(self) -> None:
        verifier = self.stack.verifier(self.stack.cluster("no-policy"), name="without-policy")
        for source in (self.objects, f"--server={verifier.address}"):
            with self.subTest(source=source):
                self.assertRegex(self.ends(2, programs.COUNTERSIGN, "verify", source, "nginx").output,
                                 r'^undecided +nginx .*"image-policy" not found')
                self.assertRegex(self.ends(0, programs.COUNTERSIGN, "verify", source, "--no-policy=allow",
                                           "nginx").output, r"^allowed +nginx ")

    def test_the_command_ends_with_1_where_an_image_is_denied(self) -> None:
        cluster = self.stack.cluster("deny")
        cluster.write("policy.yaml", policy({}, []))
        ran = self.ends(1, programs.COUNTERSIGN, "verify", "--output=json",
                        f"--objects={cluster.directory}", "nginx", "busybox")
        self.assertEqual([image["decision"] for image in json.loads(ran.output)["images"]],
                         ["deny", "deny"])

    def test_the_command_ends_with_2_where_no_registry_can_be_asked(self) -> None:
        cluster = self.stack.cluster("nowhere")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nowhere = f"127.0.0.1:{taken.getsockname()[1]}"
        cluster.write("policy.yaml",
                      policy({"k": public_key("ecdsa-p256")}, [rule(f"{nowhere}/*", "k")]))
        for images, status in ((["app:1"], 2), (["app:1", "other.example/app:1"], 1)):
            with self.subTest(images=images):
                ran = self.ends(status, programs.COUNTERSIGN, "verify", f"--objects={cluster.directory}",
                                *(image if "/" in image else f"{nowhere}/{image}" for image in images))
                self.assertRegex(ran.output, rf"(?m)^undecided +{nowhere}/app:1 ")
