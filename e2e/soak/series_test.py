"""What is called flat, and what is not."""

from __future__ import annotations

import random
import unittest

from e2e.soak.series import MEMORY, Kind, Points, Series, Tolerance, judge, quantile, slope


def line(rise: float, count: int = 100, noise: float = 0.0, level: float = 50.0) -> Points:
    chosen = random.Random(1)
    return [(at, level + rise * at + chosen.uniform(-noise, noise)) for at in range(count)]


class SlopeTest(unittest.TestCase):

    def test_of_a_line_it_is_exact(self) -> None:
        self.assertAlmostEqual(slope(line(0.25)), 0.25)
        self.assertAlmostEqual(slope(line(-2.0)), -2.0)

    def test_a_quarter_of_wild_points_decides_nothing(self) -> None:
        points = [(at, value if at % 4 else value + 1000 * (at > 50)) for at, value in line(0.0)]
        self.assertAlmostEqual(slope(points), 0.0)

    def test_noise_is_no_slope(self) -> None:
        self.assertLess(abs(slope(line(0.0, noise=5.0))), 0.03)

    def test_of_one_moment_there_is_none(self) -> None:
        self.assertEqual(slope([]), 0.0)
        self.assertEqual(slope([(1.0, 2.0)]), 0.0)
        self.assertEqual(slope([(1.0, 2.0), (1.0, 9.0)]), 0.0)


class JudgeTest(unittest.TestCase):
    _KIND = Kind("things", "", Tolerance(absolute=4, relative=0.05))

    def is_flat(self, points: Points, begin: float = 33, end: float = 99) -> bool:
        judged = judge(Series(self._KIND, "a", points), begin, end)
        self.assertIsNotNone(judged)
        return judged.is_flat

    def test_a_leak_is_not_flat(self) -> None:
        self.assertTrue(self.is_flat(line(0.0, noise=1.0)))
        self.assertTrue(self.is_flat(line(3.9 / 66)))
        self.assertFalse(self.is_flat(line(4.1 / 66)))
        self.assertFalse(self.is_flat(line(0.1, noise=3.0)))

    def test_of_much_a_part_may_be_gained(self) -> None:
        self.assertTrue(self.is_flat(line(9 / 66, level=200.0)))
        self.assertFalse(self.is_flat(line(12 / 66, level=200.0)))

    def test_what_falls_is_flat(self) -> None:
        self.assertTrue(self.is_flat(line(-1.0)))

    def test_what_was_before_does_not_count(self) -> None:
        points = [(at, min(at, 33.0)) for at in range(100)]
        self.assertTrue(self.is_flat(points))
        self.assertFalse(self.is_flat(points, begin=0))

    def test_a_step_within_is_growth(self) -> None:
        self.assertFalse(self.is_flat([(at, 50.0 if at < 66 else 70.0) for at in range(100)]))

    def test_who_was_not_there_all_the_while_is_not_judged(self) -> None:
        for points in (line(0.0)[:80], line(0.0)[50:], line(0.0)[50:51], []):
            self.assertIsNone(judge(Series(MEMORY, "a", points), 33, 99))
        self.assertIsNotNone(judge(Series(MEMORY, "a", line(0.0)[36:96]), 33, 99))


class QuantileTest(unittest.TestCase):

    def test_values(self) -> None:
        self.assertEqual(quantile([], 0.5), 0.0)
        self.assertEqual(quantile([7.0], 0.99), 7.0)
        self.assertEqual(quantile([float(value) for value in range(100, 0, -1)], 0.99), 100.0)
        self.assertEqual(quantile([3.0, 1.0, 2.0], 0.5), 2.0)
