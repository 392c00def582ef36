"""Attacks the programs and prints a table; `./dev hostile` runs it. Status 1 where a bound is broken."""

from __future__ import annotations

import argparse
import fnmatch
import sys
import textwrap
import time
import traceback

from e2e.hostile.arena import FULL, SHORT, Arena, Effort
from e2e.hostile.attack import Attack
from e2e.hostile.families import all_attacks
from e2e.hostile.finding import Finding
from e2e.hostile.limits import Limits
from e2e.signals import end_in_order

_WIDTH = 118


def _run(attack: Attack, effort: Effort, limits: Limits) -> Finding:
    try:
        with Arena(effort, limits) as arena:
            return attack.run(arena)
    except KeyboardInterrupt:
        raise
    except Exception as error:  # the next attack must be tried, too
        finding = Finding()
        finding.check("the attack itself", False, f"{type(error).__name__}: {error}", "ends")
        traceback.print_exc()
        return finding


def _line(name: str, text: str) -> None:
    if text:
        for line in textwrap.wrap(f"{name:<18}{text}", _WIDTH - 4, subsequent_indent=" " * 18,
                                  break_on_hyphens=False):
            print(f"    {line}")


def _print(attack: Attack, finding: Finding, seconds: float) -> None:
    broken = finding.broken()
    print(f"\n{'BROKEN' if broken else 'holds ':<8}{attack.name}  ({attack.who}; rule {attack.rule}; "
          f"{seconds:.0f} s)")
    _line("attack", attack.what)
    _line("innocent saw", finding.with_attack)
    _line("without it", finding.without_attack)
    _line("memory, peak", finding.memory)
    _line("CPU s, and after", finding.cpu)
    _line("answer", finding.answer)
    _line("bounds kept", "; ".join(f"{check.what} {check.bound}" for check in finding.checks
                                   if check.holds and check.bound))
    for check in broken:
        _line("BROKEN", f"{check.what}: {check.measured}; must be {check.bound}")
    sys.stdout.flush()


def _chosen(patterns: list[str]) -> list[Attack]:
    return [attack for attack in all_attacks()
            if not patterns or any(fnmatch.fnmatch(attack.name, pattern)
                                   or attack.family == pattern for pattern in patterns)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev hostile", description=(
        "Attacks a verifier and a shim as docs/threat-model.md describes, and measures what an innocent caller sees."))
    parser.add_argument("attacks", nargs="*", metavar="ATTACK",
                        help="a family, a name as --list prints it, or a pattern such as 'memory.*'; all if none")
    parser.add_argument("--list", action="store_true", help="only name the attacks")
    parser.add_argument("--short", action="store_true", help="as large as the tests have them")
    parser.add_argument("--no-limits", action="store_true", help="without control groups")
    arguments = parser.parse_args()
    attacks = _chosen(arguments.attacks)
    if not attacks:
        print("no attack has such a name; --list names them", file=sys.stderr)
        return 2
    if arguments.list:
        for attack in attacks:
            print(f"{attack.name}\n    {attack.what}")
        return 0
    end_in_order()
    limits = Limits(not arguments.no_limits)
    print(limits.what, flush=True)
    broken = []
    try:
        for attack in attacks:
            begun = time.monotonic()
            finding = _run(attack, SHORT if arguments.short else FULL, limits)
            _print(attack, finding, time.monotonic() - begun)
            if finding.broken():
                broken.append(attack.name)
    except KeyboardInterrupt:
        return 130
    print(f"\n{limits.what}\n{len(attacks) - len(broken)} of {len(attacks)} attacks changed nothing that they must "
          "not change")
    for name in broken:
        print(f"  broken: {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
