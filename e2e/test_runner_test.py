"""Nobody else claims: the runner reports every method, and what failed, to whoever counts."""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from xml.etree import ElementTree

from e2e.process import run

_MODULE = textwrap.dedent("""
    import unittest

    class GoodTest(unittest.TestCase):
        def test_passes(self): pass
        def test_is_skipped(self): self.skipTest("not today")

    class BadTest(unittest.TestCase):
        def test_fails(self): self.assertEqual(1, 2)
        def test_raises(self): raise OSError("control \\x00 character")
        def test_fails_in_part(self):
            for number in range(3):
                with self.subTest(number=number): self.assertEqual(number, 1)

    class NeverStartedTest(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise OSError("no port")
        def test_never_runs(self): pass
""")


class TestRunnerTest(unittest.TestCase):

    def run_module(self, text: str, **environment: str) -> tuple[int, ElementTree.Element]:
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "sample.py").write_text(text, encoding="utf-8")
            xml = Path(directory) / "test.xml"
            ran = run([sys.executable, "-B", "-m", "e2e.test_runner", "sample"], Path(directory), seconds=60,
                      PYTHONPATH=f"{directory}:{os.getcwd()}", XML_OUTPUT_FILE=str(xml), **environment)
            self.last_line = ran.output.splitlines()[-1]
            return ran.status, ElementTree.parse(xml).getroot()

    def failed(self, root: ElementTree.Element) -> dict[str, int]:
        return {case.get("name"): len(case.findall("failure")) for case in root.iter("testcase")}

    def test_each_method_is_a_case_and_failures_are_failures(self) -> None:
        status, root = self.run_module(_MODULE)
        self.assertEqual(status, 1)
        self.assertEqual(self.failed(root), {
            "test_passes": 0, "test_is_skipped": 0, "test_fails": 1, "test_raises": 1,
            "test_fails_in_part": 2, "setUpClass": 1})
        self.assertEqual(len(list(root.iter("skipped"))), 1)
        self.assertEqual(self.last_line, "1 passed, 4 failed")

    def test_a_module_whose_tests_pass_succeeds(self) -> None:
        status, root = self.run_module(_MODULE.partition("class BadTest")[0])
        self.assertEqual(status, 0)
        self.assertEqual(self.failed(root), {"test_passes": 0, "test_is_skipped": 0})

    def test_a_name_may_hold_dots(self) -> None:
        named = "setattr(GoodTest, 'test_reads[v0.1]', lambda self: None)\n"
        _, root = self.run_module(_MODULE.partition("class BadTest")[0] + named)
        self.assertIn(("sample.GoodTest", "test_reads[v0.1]"),
                      [(case.get("classname"), case.get("name")) for case in root.iter("testcase")])

    def test_a_module_without_tests_fails(self) -> None:
        self.assertEqual(self.run_module("")[0], 1)

    def test_a_filter_chooses(self) -> None:
        status, root = self.run_module(_MODULE, TESTBRIDGE_TEST_ONLY="test_passes")
        self.assertEqual((status, self.failed(root)), (0, {"test_passes": 0}))
