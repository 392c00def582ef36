#!/usr/bin/env python3
"""Each test case counts once, and nothing that failed or did not run is taken for passed."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import count_tests  # noqa: E402

GOOD = '<testcase classname="Suite" name="Good"/>'
OTHER = '<testcase classname="Suite" name="Other"/>'
BAD = '<testcase classname="Suite" name="Bad"><failure/></testcase>'
SKIPPED = '<testcase classname="Suite" name="Skipped"><skipped/></testcase>'
DISABLED = '<testcase classname="Suite" name="Disabled" status="notrun"/>'


class CountTestsTest(unittest.TestCase):

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name

    def write_run(self, name, results, ended="SUCCESS", not_built=()):
        """A run's events: results are (label, status, the cases in its XML file or None)."""
        events = []
        for number, (label, status, cases) in enumerate(results):
            outputs = [{"name": "test.log", "uri": "file:///nowhere"}]
            if cases is not None:
                xml = os.path.join(self.scratch, "%s %d.xml" % (name, number))
                with open(xml, "w", encoding="utf-8") as file:
                    file.write("<testsuites><testsuite>%s</testsuite></testsuites>" % "".join(cases))
                outputs.append({"name": "test.xml", "uri": "file://" + xml.replace(" ", "%20")})
            events.append({
                "id": {"testResult": {"label": label}},
                "testResult": {"status": status, "testActionOutput": outputs},
            })
        events += [{"id": {"targetCompleted": {"label": label}}, "completed": {}} for label in not_built]
        events.append({"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": ended}}})
        path = os.path.join(self.scratch, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(map(json.dumps, events)))
        return path

    def count(self, *paths):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            result = count_tests.main(paths)
        return result, said.getvalue().splitlines()

    def test_a_case_of_several_runs_counts_once(self):
        runs = [
            self.write_run("asan", [("//a:x", "PASSED", [GOOD, OTHER])]),
            self.write_run("tsan", [("//a:x", "PASSED", [GOOD, OTHER])]),
            self.write_run("default", [("//a:y", "PASSED", [GOOD])]),
        ]
        self.assertEqual(self.count(*runs), (0, [
            "asan: 2 passed, 0 failed",
            "tsan: 2 passed, 0 failed",
            "default: 1 passed, 0 failed",
            "3 passed, 0 failed",
        ]))

    def test_a_case_that_fails_in_one_run_failed(self):
        good = self.write_run("asan", [("//a:x", "PASSED", [GOOD, OTHER])])
        race = '<testcase classname="Suite" name="Good"><error/></testcase>'
        bad = self.write_run("tsan", [("//a:x", "FAILED", [race, OTHER])], ended="TESTS_FAILED")
        for runs in [(good, bad), (bad, good)]:
            result, said = self.count(*runs)
            self.assertEqual((result, said[-1]), (1, "1 passed, 1 failed"))
            self.assertIn("FAILED tsan: //a:x Suite.Good", said)

    def test_what_was_skipped_or_disabled_is_no_case(self):
        run = self.write_run("asan", [("//a:x", "PASSED", [GOOD, SKIPPED, DISABLED])])
        self.assertEqual(self.count(run)[1][-1], "1 passed, 0 failed")

    def test_a_crash_is_a_failure_of_its_own(self):
        # The sanitizer ends the process: it writes no XML, or what it writes has no failure.
        for cases in [None, [GOOD]]:
            run = self.write_run("tsan", [("//a:x", "FAILED", cases)], ended="TESTS_FAILED")
            result, said = self.count(run)
            self.assertEqual((result, said[-1]), (1, "%d passed, 1 failed" % len(cases or [])))
            self.assertIn("FAILED tsan: //a:x (FAILED)", said)

    def cut(self, name):
        """Leaves half of a file."""
        path = os.path.join(self.scratch, name)
        os.truncate(path, os.path.getsize(path) // 2)

    def test_what_was_cut_in_the_middle_failed(self):
        run = self.write_run("tsan", [("//a:x", "TIMEOUT", [GOOD, OTHER]), ("//a:y", "PASSED", [GOOD])])
        self.cut("tsan 0.xml")
        result, said = self.count(run)
        self.assertEqual((result, said[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("FAILED tsan: //a:x (TIMEOUT)", said)
        # Nor does it help that Bazel was content.
        self.cut("tsan 1.xml")
        result, said = self.count(run)
        self.assertEqual((result, said[-1]), (1, "0 passed, 2 failed"))
        self.assertTrue(any(line.startswith("FAILED tsan: //a:y (test.xml: ") for line in said), said)

    def test_a_test_that_passed_and_does_not_say_what_failed(self):
        run = self.write_run("asan", [("//a:x", "PASSED", None)])
        result, said = self.count(run)
        self.assertEqual((result, said[-1]), (1, "0 passed, 1 failed"))
        run = self.write_run("asan", [("//a:x", "PASSED", [GOOD])])
        os.remove(os.path.join(self.scratch, "asan 0.xml"))
        self.assertEqual(self.count(run)[0], 1)

    def test_events_that_were_cut_in_the_middle_are_no_good_end(self):
        run = self.write_run("asan", [("//a:x", "PASSED", [GOOD])])
        with open(run, encoding="utf-8") as file:
            text = file.read()
        with open(run, "w", encoding="utf-8") as file:
            file.write(text[:-5])
        result, said = self.count(run)
        self.assertEqual((result, said[-1]), (1, "1 passed, 0 failed"))
        self.assertIn("asan: no tests ran, or Bazel failed before all could", said)

    def test_what_could_not_be_built_failed(self):
        run = self.write_run("asan", [("//a:x", "PASSED", [GOOD])], ended="BUILD_FAILURE", not_built=["//a:y"])
        self.assertEqual(self.count(run)[1][-1], "1 passed, 1 failed")

    def test_an_end_that_is_none_is_told(self):
        run = self.write_run("asan", [("//a:x", "PASSED", [GOOD])], ended="INTERRUPTED")
        self.assertEqual(self.count(run)[0], 1)
        self.assertEqual(self.count(self.write_run("asan", []))[0], 1)
        self.assertEqual(self.count(os.path.join(self.scratch, "nothing.json"))[0], 1)


if __name__ == "__main__":
    unittest.main()
