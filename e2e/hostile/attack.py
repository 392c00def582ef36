"""Attacks by name: each is a function that is given an arena and says what it found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import ModuleType

from e2e.hostile.arena import Arena
from e2e.hostile.finding import Finding

Run = Callable[[Arena], Finding]


@dataclasses.dataclass(frozen=True)
class Attack:
    """`who` is an attacker and `rule` a rule (or "words", or "addresses") of docs/threat-model.md; `what` describes it on a line."""

    name: str
    family: str
    who: str
    rule: int | str
    what: str
    run: Run
    in_short: bool


_ATTACK = "_attack"


def attack(who: str, rule: int | str, what: str, *, in_short: bool = True) -> Callable[[Run], Run]:
    """Declares a function of a family's module to be an attack. Those that are not `in_short` need more time or
    connections than a test may take."""
    def declare(run: Run) -> Run:
        family = run.__module__.rpartition(".")[2]
        name = f"{family}.{run.__name__}"
        setattr(run, _ATTACK, Attack(name, family, who, rule, what, run, in_short))
        return run
    return declare


def attacks_of(family: ModuleType) -> list[Attack]:
    """In the order of the module's text."""
    return [getattr(value, _ATTACK) for value in vars(family).values() if hasattr(value, _ATTACK)]
