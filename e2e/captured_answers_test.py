"""Nobody else claims: the answers of `countersign` about all of testdata (every image, key, policy and review)
are those that were captured, byte for byte."""

from __future__ import annotations

import unittest

from e2e.captured_answers import DIRECTORY, FILES, countersign_of, differences, what_differs
from e2e.stack import Stack


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
        different = what_differs(name, self.countersign)
        if different:
            self.fail(different)

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
