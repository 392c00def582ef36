"""What came of all that was asked."""

from __future__ import annotations

import collections
import dataclasses
import re
import threading

_SENTENCES = 12
_VARYING = re.compile(r"sha256[:-][0-9a-f]{64}|\b127(?:\.\d+){3}(?::\d+)?|\d{4}-\d\d-\d\dT[\d:.]+Z?|[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """An answer; `failed` says why there was none."""

    is_allowed: bool = False
    message: str = ""
    failed: str = ""


def reason(message: str) -> str:
    """A sentence without what differs from one image to the next, and not longer than a line."""
    sentence = re.sub(r"The image: \S+ ", "", message)
    return _VARYING.sub("#", sentence)[:140]


class Tally:
    """Thread-safe. `what` is the kind of what was asked, and `during` what was going on then; "" is nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._right: collections.Counter[str] = collections.Counter()
        self._wrong_allows: collections.Counter[tuple[str, str]] = collections.Counter()
        self._wrong_denies: collections.Counter[tuple[str, str, str]] = collections.Counter()
        self._unanswered: collections.Counter[tuple[str, str, str]] = collections.Counter()

    def add(self, what: str, during: str, outcome: Outcome, *, should_be_allowed: bool) -> None:
        with self._lock:
            if outcome.failed:
                self._unanswered[(what, during, reason(outcome.failed))] += 1
            elif outcome.is_allowed == should_be_allowed:
                self._right[what] += 1
            elif outcome.is_allowed:
                self._wrong_allows[(what, during)] += 1
            else:
                self._wrong_denies[(what, during, reason(outcome.message))] += 1

    def result(self) -> Counts:
        with self._lock:
            return Counts(dict(self._right), dict(self._wrong_allows), dict(self._wrong_denies), dict(self._unanswered))


@dataclasses.dataclass(frozen=True)
class Counts:
    """`right` by kind; the others by kind and what was going on, and why."""

    right: dict[str, int]
    wrong_allows: dict[tuple[str, str], int]
    wrong_denies: dict[tuple[str, str, str], int]
    unanswered: dict[tuple[str, str, str], int]

    @property
    def asked(self) -> int:
        return sum(sum(part.values()) for part in (self.right, self.wrong_allows, self.wrong_denies, self.unanswered))

    def of(self, part: dict[tuple[str, ...], int], place: int, value: str) -> int:
        return sum(count for key, count in part.items() if key[place] == value)

    def reasons(self) -> list[tuple[str, str, str, int]]:
        """Of denials that should not have been and of what was not answered, the most frequent first."""
        all_of_them = [(*key, count) for part in (self.wrong_denies, self.unanswered) for key, count in part.items()]
        return sorted(all_of_them, key=lambda row: -row[3])[:_SENTENCES]
