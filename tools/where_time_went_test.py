#!/usr/bin/env python3
"""A run's time is told by what it was spent on."""

import gzip
import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import where_time_went  # noqa: E402


def result(label, milliseconds, **more):
    return {"id": {"testResult": {"label": label}}, "testResult": dict(more, testAttemptDurationMillis=milliseconds)}


EVENTS = [
    {"started": {"startTimeMillis": "1000"}},
    result("//a:quick", "500"),
    result("//a:slow", "2000"),
    result("//a:slow", "2000"),
    result("//a:remembered", "9000", cachedLocally=True),
    result("//a:remembered_elsewhere", "9000", executionInfo={"cachedRemotely": True}),
    {"finished": {"finishTimeMillis": "11000"}},
    {"buildMetrics": {"actionSummary": {"actionsExecuted": "7"}}},
]


def action(name, seconds):
    return {"cat": "action processing", "name": name, "dur": seconds * 1e6}


PROFILE = [
    action("Compiling a/x.cc", 9),
    action("Compiling a/y.cc", 3),
    action("Linking a/x_test", 2),
    action("Executing genrule //a:made", 1),
    action("Testing //a:x_test", 5),
    {"cat": "critical path component", "name": "Compiling a/x.cc", "dur": 1e9},
    {"name": "thread_name"},
]


class WhereTimeWentTest(unittest.TestCase):

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.events = os.path.join(scratch.name, "asan.json")
        with open(self.events, "w", encoding="utf-8") as file:
            file.write("\n".join(map(json.dumps, EVENTS)))
        self.profile = os.path.join(scratch.name, "asan.profile.gz")

    def test_building_and_testing_share_the_time_by_what_their_actions_took(self):
        with gzip.open(self.profile, "wt", encoding="utf-8") as file:
            json.dump({"traceEvents": PROFILE}, file)
        self.assertEqual(where_time_went.describe(self.events, 1).splitlines(), [
            "asan: 10 s, 7 actions and 2 test targets ran: building 8 s, testing 2 s "
            "(compiling 12 s, testing 5 s, linking 2 s, other building 1 s)",
            "     4.0 s  //a:slow",
        ])

    def test_without_a_profile_the_length_is_told(self):
        self.assertEqual(
            where_time_went.describe(self.events, 0), "asan: 10 s, 7 actions and 2 test targets ran")


if __name__ == "__main__":
    unittest.main()
