"""What an attack did, and what it must not do."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Check:
    """One bound. `timing`: whether it holds depends on how busy the machine is, too."""

    what: str
    measured: str
    bound: str
    holds: bool
    timing: bool = False


@dataclasses.dataclass
class Finding:
    """A row of the table: figures in words, and the bounds."""

    with_attack: str = ""
    without_attack: str = ""
    memory: str = ""
    cpu: str = ""
    answer: str = ""
    checks: list[Check] = dataclasses.field(default_factory=list)

    def check(self, what: str, holds: bool, measured: object, bound: str, *,
              timing: bool = False) -> None:
        self.checks.append(Check(what, str(measured), bound, bool(holds), timing))

    def broken(self, with_timing: bool = True) -> list[Check]:
        return [check for check in self.checks
                if not check.holds and (with_timing or not check.timing)]
