"""Nobody else claims: in another workspace, which somebody else's Bazel runs (run_test.sh), `image_policy_test`s
pass or fail with the sentence, and their results are kept or not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from e2e import programs
from e2e.process import run
from e2e.stack import Stack, standard_cluster

_EXAMPLE = Path(__file__).parent
_CHECKOUT = _EXAMPLE.parent.parent
_SERVER_ADDRESS = "verifier.test:8090"
# What a policy says of the image that nobody signed, as in docs/behaviour.md.
_NOT_SIGNED = "The image: {host}/trusted/app:unsigned is not signed."
_RESULT = re.compile(r"^(//\S*:\S+) +(\(cached\) )?([A-Z]+)\b", re.MULTILINE)


class Workspace:
    """A copy of the example, about this registry and this verifier."""

    def __init__(self, stack: Stack, host: str, verifier: str) -> None:
        self.directory = stack.directory / "example"
        self._output = stack.directory / "output"
        self._home = stack.directory
        self._command = stack.directory / "command"
        shutil.copytree(_EXAMPLE, self.directory, ignore=lambda _, names: [
            name for name in names if name.startswith(("run_test", "bazel-", "__"))])
        for name in ("BUILD.bazel", "policy.yaml"):
            file = self.directory / name
            text = file.read_text(encoding="utf-8").replace("registry.test:5000", host)
            file.write_text(text.replace(_SERVER_ADDRESS, verifier), encoding="utf-8")
        shutil.copy(stack.ca, self.directory / "ca.pem")
        shutil.copy(stack.key_pair.certificate, self.directory / "client.pem")
        shutil.copy(stack.key_pair.key, self.directory / "client.key")
        self._command.mkdir()
        (self._command / "WORKSPACE").touch()
        (self._command / "BUILD.bazel").write_text(
            'exports_files(["countersign"], visibility = ["//visibility:public"])', encoding="utf-8")
        shutil.copy(programs.COUNTERSIGN, self._command / "countersign")

    def test(self, *arguments: str) -> tuple[int, str]:
        """`bazel test`; its exit status and output."""
        repositories = {
            "countersign": _CHECKOUT,
            "countersign_command": self._command,
            "remote_coverage_tools": _CHECKOUT / "third_party" / "coverage_tools",
        }
        return self._bazel(
            "test", *(f"--override_repository={name}={path}" for name, path in repositories.items()),
            "--noshow_progress", "--curses=no", "--color=no", *arguments)

    def shut_down(self) -> None:
        self._bazel("shutdown")
        # Bazel leaves its outputs without permission to change them.
        subprocess.run(["chmod", "-R", "u+w", str(self._output)], check=False)

    def _bazel(self, command: str, *arguments: str) -> tuple[int, str]:
        ran = run(["bazel", f"--output_base={self._output}", "--max_idle_secs=60",
                   "--host_jvm_args=-Xmx500m", command, *arguments],
                  self._home, folder=self.directory, seconds=600)
        return ran.status, ran.said


def results(output: str) -> dict[str, str]:
    """What Bazel says of each test in the list at its end, such as PASSED."""
    return {label: (cached or "") + result for label, cached, result in _RESULT.findall(output)}


def log_of(output: str, label: str) -> str:
    """The test's log, as --test_output=errors shows it."""
    start = output.index(f"==================== Test output for {label}:")
    return output[start:output.index("=" * 80, start)]


class ExampleTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls) -> None:
        stack = cls.enterClassContext(Stack())
        cls.host = stack.registry().host
        verifier = stack.verifier(standard_cluster(stack, cls.host), [f"--client-ca={stack.ca}"],
                                  key_pair=stack.key_pair)
        cls.workspace = Workspace(stack, cls.host, verifier.address)
        cls.addClassCleanup(cls.workspace.shut_down)
        cls.status, cls.output = cls.workspace.test("//...")
        cls.results = results(cls.output)
        print(cls.output, file=sys.stderr)

    def test_signed_images_pass_by_policy_by_key_and_by_a_server(self) -> None:
        for name in ("signed_test", "key_test", "server_test"):
            self.assertEqual(self.results.get(f"//:{name}"), "PASSED")

    def test_an_unsigned_image_fails_with_the_sentence(self) -> None:
        self.assertEqual(self.results.get("//:unsigned_test"), "FAILED")
        log = log_of(self.output, "//:unsigned_test")
        self.assertIn(_NOT_SIGNED.format(host=self.host), log)
        self.assertRegex(log, rf"(?m)^allowed +{re.escape(self.host)}/trusted/app:signed ")

    def test_files_without_a_policy_are_no_reason_to_pass(self) -> None:
        self.assertEqual(self.results.get("//:no_policy_test"), "FAILED")
        log = log_of(self.output, "//:no_policy_test")
        self.assertRegex(log, r'(?m)^undecided .*"image-policy" not found')

    def test_bazel_tells_that_tests_failed(self) -> None:
        self.assertEqual(self.status, 3)

    def test_results_are_kept_for_digests_and_not_for_tags_and_servers(self) -> None:
        _, output = self.workspace.test("//...")
        again = results(output)
        self.assertEqual(again.get("//:signed_test"), "(cached) PASSED", output)
        self.assertEqual(again.get("//:server_test"), "PASSED", output)
        self.assertEqual(again.get("//:unsigned_test"), "FAILED", output)

    def test_without_the_command_bazel_says_what_to_do(self) -> None:
        status, output = self.workspace.test("--@countersign//bazel:countersign="
                                             "@countersign//bazel:not_given", "//:signed_test")
        self.assertNotEqual(status, 0)
        self.assertIn("build --@countersign//bazel:countersign=LABEL", output)
