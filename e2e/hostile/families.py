"""All attacks."""

from __future__ import annotations

from e2e.hostile import (attestations, credentials, doors, fail_open, frames, memory, mirror, queues, redirects,
                         referrers, sources, what_runs, witnesses)
from e2e.hostile.attack import Attack, attacks_of

FAMILIES = [memory, referrers, attestations, witnesses, sources, queues, doors, frames, what_runs, credentials, redirects,
            mirror, fail_open]


def all_attacks() -> list[Attack]:
    return [attack for family in FAMILIES for attack in attacks_of(family)]
