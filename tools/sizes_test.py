#!/usr/bin/env python3
"""No source file is too long to be read at one sitting: 300 lines of what is shipped, 500 of what is only for tests.

A unit that grows beyond that has a second purpose, which wants a unit of its own. Reads the checkout, as arrows_test does.
"""

import os
import tempfile
import unittest
from unittest import mock

import arrows_test
from arrows_test import read, rooms, sources, test_only_files

MOST_LINES = 300
MOST_LINES_OF_TESTS = 500

# What is one file on purpose, so that whoever generates clients of it needs no other, and how long it may be.
LONGER = {"proto/countersign/v1/verifier.proto": 400}

# Rooms with nothing that is shipped.
TESTS_AND_MEASUREMENTS = ["bench", "e2e"]


def is_product(path, only_for_tests):
    return not path.endswith(("_test.cc", "_fuzz.cc", "_fixture.h")) and path not in only_for_tests


def too_long():
    """Lines by path, of the files in the rooms that have too many."""
    found = {}
    for room in rooms():
        only_for_tests = test_only_files(room)
        for path in sources(room, (".h", ".cc", ".proto")):
            is_shipped = room not in TESTS_AND_MEASUREMENTS and is_product(path, only_for_tests)
            lines = len(read(path).splitlines())
            if lines > LONGER.get(path, MOST_LINES if is_shipped else MOST_LINES_OF_TESTS):
                found[path] = lines
    return found


class SizesTest(unittest.TestCase):
    maxDiff = None

    def test_no_file_is_too_long(self):
        self.assertEqual(too_long(), {})

    def test_a_file_that_is_too_long_is_noticed(self):
        build = 'cc_unit(name = "fake_unit", testonly = True)\n'
        files = {
            "base/BUILD.bazel": build, "kube/BUILD.bazel": "", "kube/client/BUILD.bazel": build, "bench/BUILD.bazel": "",
            "base/just_right.h": 300, "base/unit.cc": 301, "kube/unit.h": 302, "kube/client/inner/unit.cc": 303,
            "base/fake_unit.cc": 500, "base/unit_test.cc": 500, "base/unit_fuzz.cc": 500, "base/unit_fixture.h": 500,
            "bench/unit_bench.cc": 500,
            "kube/client/fake_unit.h": 501, "kube/unit_test.cc": 502, "bench/unit_bench.h": 503,
            # That a unit of that name in another room is only for tests says nothing of this one.
            "kube/fake_unit.cc": 304,
            "kube/client/v1/just_right.proto": 300, "kube/client/v1/contract.proto": 305,
        }
        with tempfile.TemporaryDirectory() as root, mock.patch.object(arrows_test, "ROOT", root):
            for path, content in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(content if isinstance(content, str) else "\n" * content)
            self.assertEqual(too_long(), {
                "base/unit.cc": 301, "kube/unit.h": 302, "kube/client/inner/unit.cc": 303, "kube/fake_unit.cc": 304,
                "kube/client/v1/contract.proto": 305,
                "kube/client/fake_unit.h": 501, "kube/unit_test.cc": 502, "bench/unit_bench.h": 503,
            })


if __name__ == "__main__":
    unittest.main()
