"""Public keys, as many as are wanted and at once, that are told apart and verify nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from bench.curve import GENERATOR, Point, add, public_key


def made_keys(count: int) -> list[str]:
    """PEM. The generator's multiples by 2, 3, 4 ..., whose private keys everybody knows."""
    return [public_key(point) for point in itertools.islice(_multiples(), count)]


def _multiples() -> Iterator[Point]:
    point = add(GENERATOR, GENERATOR)
    while True:
        yield point
        point = add(point, GENERATOR)
