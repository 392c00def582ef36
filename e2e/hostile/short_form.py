"""The attacks of each family as tests: smaller ones, and of the bounds those that a busy machine does not change."""

from __future__ import annotations

import unittest
from types import ModuleType

from e2e.hostile.arena import SHORT, Arena
from e2e.hostile.attack import Attack, attacks_of
from e2e.hostile.families import FAMILIES
from e2e.hostile.limits import Limits


def _tests_of(family: ModuleType) -> type[unittest.TestCase]:
    """A test case with a method for each attack that has a short form."""
    methods = {f"test_{attack.name.rpartition('.')[2]}": _method(attack)
               for attack in attacks_of(family) if attack.in_short}
    return type(_name(family), (unittest.TestCase,), {"__module__": __name__, **methods})


def _name(family: ModuleType) -> str:
    return family.__name__.rpartition(".")[2].title().replace("_", "") + "Test"


def _method(attack: Attack):
    def test(self: unittest.TestCase) -> None:
        with Arena(SHORT, Limits(wanted=False)) as arena:
            finding = attack.run(arena)
        broken = finding.broken(with_timing=False)
        if broken:
            self.fail("\n".join(f"{check.what}: {check.measured}; must be {check.bound}" for check in broken))
    test.__doc__ = attack.what
    return test


# Such as MemoryTest: test_runner finds them by their names.
globals().update({_name(family): _tests_of(family) for family in FAMILIES})
