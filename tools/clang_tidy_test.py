#!/usr/bin/env python3
"""Files are looked at together only where they cannot disturb each other, and nothing wrong gets by."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import clang_tidy  # noqa: E402

# Stands in for clang-tidy: finds fault with `fault`, and as a compiler would with what is defined twice; is ended over
# `crash`, and somebody edits the file `edited` while it looks. Writes down what it was given.
FAKE = r"""#!/bin/bash
if [[ $1 == --version ]]; then echo fake 14; exit; fi
file=$3
echo "$file" >>"$LOOKED_AT"
if grep -q crash "$file"; then kill -KILL $$; fi
if grep -q edited "$file"; then echo "int fault;" >>"$file"; exit; fi
if grep -q fault "$file" || [[ $(grep -c 'int Twice' "$file") -gt 1 ]]; then
  echo "$file:1:1: error: something is wrong"
  exit 1
fi
"""


class NamesDeclaredTest(unittest.TestCase):

    def names(self, text):
        return sorted(clang_tidy.names_declared(text))

    def test_definitions_at_the_margin(self):
        self.assertEqual(self.names("namespace {\n\nconstexpr int kMost = 3;\n"), ["kMost"])
        self.assertEqual(self.names("constexpr std::string_view kText[] = {\n    \"a\",\n};\n"), ["kText"])
        self.assertEqual(self.names("absl::StatusOr<std::string> Read(std::string_view a,\n"), ["Read"])
        self.assertEqual(self.names("struct Part {\n  int member = 0;\n};\n"), ["Part"])
        self.assertEqual(self.names("class Loud final : public kube::Quiet {\n"), ["Loud"])
        self.assertEqual(self.names("using Json = nlohmann::json;\n"), ["Json"])
        self.assertEqual(self.names("int main(int argc, char** argv) {\n"), ["main"])

    def test_macros(self):
        self.assertEqual(self.names("#define BOTH(a) a\n#include \"x.h\"\n"), ["BOTH"])

    def test_members_and_namespaces_disturb_nobody(self):
        self.assertEqual(self.names("void Part::Read(int a) {\n  Use(a);\n}\n"), [])
        self.assertEqual(self.names("namespace countersign {\nnamespace {\n}  // namespace\n"), [])


class CheckTest(unittest.TestCase):

    def setUp(self):
        # Two checkouts of the same, each with an output base of its own.
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = scratch.name
        self.looked_at = os.path.join(self.scratch, "looked_at")
        self.write("programs/clang-tidy", FAKE)
        os.chmod(os.path.join(self.scratch, "programs/clang-tidy"), 0o755)
        environment = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(environment)))
        os.environ["PATH"] = os.path.join(self.scratch, "programs") + ":" + os.environ["PATH"]
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.scratch, "cache")
        os.environ["LOOKED_AT"] = self.looked_at
        self.addCleanup(os.chdir, os.getcwd())

    def write(self, path, text):
        path = os.path.join(self.scratch, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def make_checkout(self, name, files):
        for path, text in files.items():
            self.write("%s/%s" % (name, path), text)
        self.write(name + "/.clang-tidy", "Checks: all")
        self.write(name + "/output/external/com_google_absl/include/absl/own.h", "// of others")
        os.chdir(os.path.join(self.scratch, name))
        os.system("git init --quiet")

    def run_it(self):
        """(result, what was said, the files that were looked at)."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            result = clang_tidy.main("output", "output/generated")
        looked_at = []
        if os.path.exists(self.looked_at):
            with open(self.looked_at, encoding="utf-8") as file:
                looked_at = file.read().split()
            os.remove(self.looked_at)
        return result, said.getvalue(), looked_at

    def test_clean_files_are_looked_at_together_and_once(self):
        self.make_checkout("one", {"a/x.cc": "int X();", "a/y.cc": "int Y();", "a/x_test.cc": "fault"})
        result, said, looked_at = self.run_it()
        self.assertEqual((result, len(looked_at)), (0, 1))
        self.assertIn("2 files, 2 looked at in 1 batches, 0 of them alone, 0 with complaints", said)
        self.assertEqual(self.run_it()[2], [])

    def test_a_fault_is_told_of_its_file_and_the_others_are_remembered(self):
        self.make_checkout("one", {"a/x.cc": "int X();", "a/y.cc": "int fault;"})
        result, said, looked_at = self.run_it()
        self.assertEqual((result, looked_at[1:]), (1, ["a/x.cc", "a/y.cc"]))
        self.assertIn("a/y.cc:1:1: error: something is wrong", said)
        self.assertEqual(self.run_it()[::2], (1, ["a/y.cc"]))

    def test_files_that_share_a_name_are_in_different_batches(self):
        self.make_checkout("one", {"a/x.cc": "int Same();", "a/y.cc": "int Same();", "a/z.cc": "int Z();"})
        self.assertEqual(clang_tidy.batches_of(["a/y.cc", "a/x.cc", "a/z.cc"]), [["a/x.cc", "a/z.cc"], ["a/y.cc"]])

    def test_files_that_disturb_each_other_all_the_same_are_looked_at_alone(self):
        # Which the names at the margin do not show.
        self.make_checkout("one", {"a/x.cc": "  int Twice();", "a/y.cc": "int Twice();"})
        result, said, looked_at = self.run_it()
        self.assertEqual((result, looked_at[1:]), (0, ["a/x.cc", "a/y.cc"]))
        self.assertIn("2 of them alone, 0 with complaints", said)
        self.assertIn("only together there is something to say against a/x.cc, a/y.cc:\n" + looked_at[0], said)

    def test_what_clang_tidy_does_not_come_to_the_end_of_is_not_clean(self):
        self.make_checkout("one", {"a/x.cc": "int X();", "a/y.cc": "int crash;"})
        for _ in range(2):
            result, said, looked_at = self.run_it()
            self.assertEqual((result, looked_at[-1]), (1, "a/y.cc"))
            self.assertIn("a/y.cc: clang-tidy ended with status -9", said)

    def test_what_was_changed_meanwhile_is_not_remembered(self):
        self.make_checkout("one", {"a/x.cc": "int edited;"})
        self.assertEqual(self.run_it()[0], 0)
        self.write("one/a/x.cc", "int fault;")
        self.assertEqual(self.run_it()[0], 1)
        self.write("one/a/x.cc", "int edited;")
        self.assertEqual(len(self.run_it()[2]), 1)

    def test_headers_that_do_not_go_together_are_kept_apart(self):
        self.make_checkout("one", {"a/x.cc": "int X();", "b.cc": "#include <linux/tcp.h>", "crypto/y.cc": "int Y();"})
        self.assertEqual(clang_tidy.batches_of(["a/x.cc", "b.cc", "crypto/y.cc"]), [["a/x.cc"], ["b.cc"], ["crypto/y.cc"]])

    def test_another_checkout_of_the_same_is_known(self):
        files = {"a/x.cc": '#include "a/x.h"\n', "a/x.h": '#include "made.h"\n', "output/generated/made.h": "int made;"}
        self.make_checkout("one", files)
        self.assertEqual(len(self.run_it()[2]), 1)
        self.make_checkout("two", files)
        self.assertEqual(self.run_it()[2], [])
        for path in ["output/external/com_google_absl/include/absl/own.h", "output/generated/made.h", "a/x.h"]:
            self.write("two/" + path, "// another")
            self.assertEqual(len(self.run_it()[2]), 1, path)


if __name__ == "__main__":
    unittest.main()
