"""Nobody else claims: the report says of an aim that it is reached where the median of what was measured reaches it."""

from __future__ import annotations

import dataclasses
import unittest

from bench import aims
from bench.aims import Goal

# Of every goal, something.
_MEASURED = {goal: [[0.5]] * max(1, len(goal.aims)) for goal in vars(aims).values() if isinstance(goal, Goal)}


class AimsTest(unittest.TestCase):

    def row(self, goal: Goal, *rounds: list[float]) -> list[str]:
        """Its cells after the first."""
        section = aims.report({**_MEASURED, goal: list(rounds)})
        return [list(row[1:]) for row in section.rows if row[0] == goal.what][0]

    def test_shares_are_to_be_reached_at_least(self) -> None:
        self.assertEqual(self.row(aims.SHARE_16, [0.36, 0.30, 0.40]), ["0.360", "0.300, 0.400", "≥ 0.350", "yes"])
        self.assertEqual(self.row(aims.SHARE_16, [0.34, 0.30, 0.40]), ["0.340", "0.300, 0.400", "≥ 0.350", "no"])

    def test_costs_may_be_reached_at_most(self) -> None:
        self.assertEqual(self.row(aims.COLD_CPU, [0.5]), ["0.500", "", "≤ 0.500", "yes"])
        self.assertEqual(self.row(aims.COLD_CPU, [0.51]), ["0.510", "", "≤ 0.500", "no"])

    def test_every_number_of_a_row_is_to_reach_its_own(self) -> None:
        for by_digest, by_tag, reached in [(1, 2, "yes"), (1, 3, "no"), (2, 2, "no")]:
            with self.subTest(by_digest=by_digest, by_tag=by_tag):
                self.assertEqual(self.row(aims.COLD_REQUESTS, [by_digest] * 5, [by_tag] * 5),
                                 [f"{by_digest} / {by_tag}", "", "≤ 1 / 2", reached])

    def test_what_has_no_aim_is_measured_only(self) -> None:
        self.assertEqual(self.row(aims.SWITCHES, [3.25]), ["3.25", "", "", ""])

    def test_an_aim_in_words_says_its_bound(self) -> None:
        self.assertEqual(self.row(aims.NINE_KEYS, [1.04])[2:], ["as with one key (≤ 1.10)", "yes"])

    def test_what_was_not_measured_is_an_error(self) -> None:
        for missing in _MEASURED:
            with self.subTest(missing.what), self.assertRaises(KeyError):
                aims.report({goal: rounds for goal, rounds in _MEASURED.items() if goal != missing})

    def test_a_number_without_an_aim_of_its_own_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            self.row(dataclasses.replace(aims.RESIDENT), [30], [45], [50])


if __name__ == "__main__":
    unittest.main()
