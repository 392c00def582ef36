"""What a soak's report says, and what makes it fail."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from e2e.soak.report import BEGIN, END, Found, markdown, write
from e2e.soak.series import MEMORY, Series, judge
from e2e.soak.tally import Counts, Outcome, Tally, reason


def judged(rise: float):
    return judge(Series(MEMORY, "shim", [(at, 30.0 + rise * at) for at in range(100)]), 33, 99)


def found(counts: Counts = Counts({}, {}, {}, {}), rise: float = 0.0, died: tuple[str, ...] = (),
          complaints: tuple[str, ...] = ()) -> Found:
    return Found("Today.", [judged(rise)], counts, died, complaints, {"a policy edited": 3})


class TallyTest(unittest.TestCase):

    def setUp(self) -> None:
        self.tally = Tally()

    def test_what_is_right_and_what_is_not(self) -> None:
        self.tally.add("warm", "", Outcome(True), should_be_allowed=True)
        self.tally.add("unsigned", "", Outcome(False, "no"), should_be_allowed=False)
        self.tally.add("unsigned", "a fault", Outcome(True), should_be_allowed=False)
        self.tally.add("warm", "a fault", Outcome(False, "The image: a/b:1 is not signed. 12"), should_be_allowed=True)
        # That nobody answered lets nothing in.
        self.tally.add("unsigned", "", Outcome(failed="TimeoutError: timed out"), should_be_allowed=False)
        self.assertEqual(self.tally.result(), Counts(
            {"warm": 1, "unsigned": 1}, {("unsigned", "a fault"): 1}, {("warm", "a fault", "is not signed. #"): 1},
            {("unsigned", "", "TimeoutError: timed out"): 1}))
        self.assertEqual(self.tally.result().asked, 5)

    def test_a_reason_is_the_same_for_every_image(self) -> None:
        one = f"The image: 127.0.0.1:1/a@sha256:{'1' * 64} is not signed. 127.0.0.1:33 took 1.25 s"
        other = f"The image: 127.0.0.1:2/b@sha256:{'2' * 64} is not signed. 127.0.0.1:44 took 7.5 s"
        self.assertEqual(reason(one), reason(other))


class FoundTest(unittest.TestCase):

    def test_wrong_denies_alone_are_reported_and_fail_nothing(self) -> None:
        some = found(Counts({"warm": 5}, {}, {("warm", "a fault", "why | not"): 2}, {}))
        self.assertEqual(some.failures(), [])
        self.assertIn("| warm | a fault | why \\| not | 2 |", markdown(some, "p.svg"))
        self.assertIn("Well: 1 of 1 series are flat; 0 wrong allows.", markdown(some, "p.svg"))

    def test_what_fails(self) -> None:
        for bad in (found(rise=0.1), found(died=("shim",)), found(complaints=("verifier-2 ended with status 1",)),
                    found(Counts({}, {("unsigned", ""): 1}, {}, {}))):
            self.assertEqual(len(bad.failures()), 1)
            self.assertIn("NOT WELL", markdown(bad, "p.svg"))
            self.assertIn(bad.failures()[0], markdown(bad, "p.svg"))


class WriteTest(unittest.TestCase):

    def test_the_text_around_stays(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "soak.md"
            file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
            write(file, "new")
            self.assertEqual(file.read_text(encoding="utf-8"), f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n")
            file.write_text("no place", encoding="utf-8")
            with self.assertRaises(ValueError):
                write(file, "new")
