"""The answers of `countersign` about all of testdata are those that were captured, byte for byte."""

from __future__ import annotations

import difflib
import itertools
import os
import unittest
from collections.abc import Iterator

from e2e.captured_answers import DIRECTORY, FILES, countersign_of, text_of
from e2e.stack import Stack

# As much of what differs as a person would read.
MOST_LINES = 6
EXCERPT = 400

ADVICE = """
If the answers are meant to be others now, write them anew and look at the difference:
    bazel run //e2e:capture_answers && git diff --word-diff testdata/captured_answers"""


def differences(captured: str, answered: str) -> Iterator[str]:
    """For each line that differs its number, and both sides from shortly before they part."""
    before, after = captured.removesuffix("\n").split("\n"), answered.removesuffix("\n").split("\n")
    for kind, begin, end, begin_now, end_now in difflib.SequenceMatcher(
            None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        lines = itertools.zip_longest(before[begin:end], after[begin_now:end_now])
        for number, (was, now) in enumerate(lines, begin + 1):
            start = max(0, len(os.path.commonprefix([was or "", now or ""])) - EXCERPT // 4)
            yield "\n".join([f"line {number}, from character {start + 1}:",
                             *(f"{sign}{line[start:start + EXCERPT]}"
                               for sign, line in (("-", was), ("+", now)) if line is not None)])


class DifferencesTest(unittest.TestCase):

    def test_one_byte_is_shown_with_what_is_around_it(self) -> None:
        captured = f"same\n{'x' * 1000} is not signed.\nsame\n"
        shown = list(differences(captured, captured.replace("signed", "Signed")))
        self.assertEqual(len(shown), 1)
        self.assertTrue(shown[0].startswith("line 2, from character 909:\n-xxx"), shown[0])
        self.assertIn("x is not signed.\n+xxx", shown[0])
        self.assertTrue(shown[0].endswith("x is not Signed."), shown[0])

    def test_a_line_more_and_a_line_less_are_shown(self) -> None:
        self.assertEqual(list(differences("a\nb\n", "a\n")), ["line 2, from character 1:\n-b"])
        self.assertEqual(list(differences("a\n", "a\nb\n")), ["line 2, from character 1:\n+b"])

    def test_equal_texts_have_none(self) -> None:
        self.assertEqual(list(differences("a\nb\n", "a\nb\n")), [])


class CapturedAnswersTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls) -> None:
        cls.countersign = countersign_of(cls.enterClassContext(Stack()))

    def compare(self, name: str) -> None:
        captured = (DIRECTORY / name).read_bytes().decode()
        answered = text_of(FILES[name], self.countersign)
        if captured == answered:
            return
        shown = list(differences(captured, answered))
        self.fail("\n".join([f"{name}: {len(shown)} lines differ (-captured, +answered now)",
                             *shown[:MOST_LINES], ADVICE]))

    def test_every_file_is_compared(self) -> None:
        compared = {f"{name.removeprefix('test_')}.txt" for name in dir(self)}
        self.assertLessEqual(set(FILES), compared)
        self.assertEqual({file.name for file in DIRECTORY.iterdir()}, set(FILES))

    def test_review_by_image(self) -> None:
        self.compare("review_by_image.txt")

    def test_review_by_policy(self) -> None:
        self.compare("review_by_policy.txt")

    def test_review_modes(self) -> None:
        self.compare("review_modes.txt")

    def test_verify_by_credential(self) -> None:
        self.compare("verify_by_credential.txt")

    def test_verify_by_key(self) -> None:
        self.compare("verify_by_key.txt")

    def test_verify_by_policy(self) -> None:
        self.compare("verify_by_policy.txt")

    def test_verify_modes(self) -> None:
        self.compare("verify_modes.txt")
