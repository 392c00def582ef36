#!/usr/bin/env python3
"""Each case of Go's tests counts once, and what did not come to its end failed."""

import contextlib
import io
import json
import os
import sys
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import count_go_tests  # noqa: E402

ENDED_WELL = {"Action": "pass"}


def events(test, *actions):
    return [{"Action": action, "Test": test} for action in actions]


class CountGoTestsTest(unittest.TestCase):

    def count(self, *told):
        lines = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in told]
        said = io.StringIO()
        with contextlib.redirect_stdout(said), mock.patch.object(sys, "stdin", lines):
            result = count_go_tests.main()
        return result, said.getvalue().splitlines()

    def test_cases_are_counted_and_what_is_printed_is_passed_on(self):
        result, said = self.count(
            {"Action": "output", "Output": "=== RUN   TestA\n"}, {"Action": "output", "Output": "a line\n"},
            "no event\n", *events("TestA", "run", "pass"), *events("TestB", "run", "skip"), ENDED_WELL)
        self.assertEqual((result, said), (0, ["a line", "no event", "1 passed, 0 failed"]))

    def test_a_test_with_subtests_counts_as_those(self):
        both = [*events("TestA", "run"), *events("TestA/x", "run", "pass"), *events("TestA/y", "run", "pass")]
        self.assertEqual(self.count(*both, *events("TestA", "pass"), ENDED_WELL)[1], ["2 passed, 0 failed"])
        # It failed beside them.
        self.assertEqual(self.count(*both, *events("TestA", "fail"))[1], ["FAILED TestA", "2 passed, 1 failed"])
        fails = [*events("TestA", "run"), *events("TestA/x", "run", "fail"), *events("TestA", "fail")]
        self.assertEqual(self.count(*fails), (1, ["FAILED TestA/x", "0 passed, 1 failed"]))

    def test_what_does_not_come_to_its_end_failed(self):
        self.assertEqual(self.count(*events("TestA", "run", "pass"), *events("TestB", "run")),
                         (1, ["FAILED TestB", "1 passed, 1 failed"]))
        self.assertEqual(self.count(*events("TestA", "run", "pass"), {"Action": "fail"}),
                         (1, ["FAILED around the tests", "1 passed, 1 failed"]))
        self.assertEqual(self.count(), (1, ["FAILED around the tests", "0 passed, 1 failed"]))
        self.assertEqual(self.count(ENDED_WELL), (1, ["0 passed, 0 failed"]))


if __name__ == "__main__":
    unittest.main()
