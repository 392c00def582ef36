"""All attacks."""

from __future__ import annotations

from e2e.hostile import credentials, doors, fail_open, frames, memory, queues, redirects, referrers, what_runs
from e2e.hostile.attack import Attack, attacks_of

FAMILIES = [memory, referrers, queues, doors, frames, what_runs, credentials, redirects, fail_open]


def all_attacks() -> list[Attack]:
    return [attack for family in FAMILIES for attack in attacks_of(family)]
