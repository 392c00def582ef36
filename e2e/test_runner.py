"""Runs the unittest cases of a module, or of a class in one, and writes the test.xml that Bazel asks for.

usage: python3 -m e2e.test_runner MODULE[.CLASS]

Bazel would write one of its own with a single case; this has one for each test method. The last line of its
output is "N passed, N failed", for who runs it without Bazel. The environment variables are Bazel's:
XML_OUTPUT_FILE, and TESTBRIDGE_TEST_ONLY (--test_filter), a substring or pattern of test names.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time
import unittest
from xml.etree import ElementTree


@dataclasses.dataclass
class _Case:
    class_name: str
    name: str
    seconds: float = 0.0
    failures: list[str] = dataclasses.field(default_factory=list)
    skipped: str | None = None


class _Result(unittest.TextTestResult):
    """Also keeps what happened to each method; a class's set-up or end counts where it failed."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.cases: dict[str, _Case] = {}
        self._begun = time.monotonic()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._begun = time.monotonic()
        self._case(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self._case(test).seconds = time.monotonic() - self._begun

    def addFailure(self, test, err) -> None:
        super().addFailure(test, err)
        self._case(test).failures.append(self._exc_info_to_string(err, test))

    def addError(self, test, err) -> None:
        super().addError(test, err)
        self._case(test).failures.append(self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err) -> None:
        super().addSubTest(test, subtest, err)
        if err:
            text = self._exc_info_to_string(err, test)
            self._case(test).failures.append(f"{subtest}\n{text}")

    def addSkip(self, test, reason) -> None:
        super().addSkip(test, reason)
        self._case(test).skipped = reason

    def _case(self, test) -> _Case:
        if isinstance(test, unittest.TestCase):
            # Which may hold dots, where it was made for data.
            name = test._testMethodName
            class_name = test.id().removesuffix("." + name)
        else:  # "setUpClass (module.Class)"
            name, _, class_name = test.id().rstrip(")").partition(" (")
        return self.cases.setdefault(test.id(), _Case(class_name.removeprefix("e2e."), name))


def _write_xml(path: str, suite: str, cases: list[_Case]) -> None:
    root = ElementTree.Element("testsuites")
    written = ElementTree.SubElement(
        root, "testsuite", name=suite, tests=str(len(cases)),
        failures=str(sum(bool(case.failures) for case in cases)))
    for case in cases:
        element = ElementTree.SubElement(written, "testcase", classname=case.class_name,
                                         name=case.name, time=f"{case.seconds:.3f}")
        if case.skipped is not None:
            ElementTree.SubElement(element, "skipped", message=case.skipped)
        for failure in case.failures:
            # XML has no place for control characters.
            text = "".join(c if c.isprintable() or c == "\n" else "?" for c in failure)
            message = text.strip().splitlines()[-1]
            ElementTree.SubElement(element, "failure", message=message).text = text
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def main(name: str) -> int:
    loader = unittest.TestLoader()
    chosen = os.environ.get("TESTBRIDGE_TEST_ONLY")
    if chosen:
        loader.testNamePatterns = [chosen if "*" in chosen else f"*{chosen}*"]
    suite = loader.loadTestsFromName(name)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_Result)
    result = runner.run(suite)
    cases = list(result.cases.values())
    if "XML_OUTPUT_FILE" in os.environ:
        _write_xml(os.environ["XML_OUTPUT_FILE"], name, cases)
    failed = sum(bool(case.failures) for case in cases)
    print(f"{sum(case.skipped is None for case in cases) - failed} passed, {failed} failed")
    # A module without tests shows nothing.
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
