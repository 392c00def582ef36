"""Checks that many attacks share."""

from __future__ import annotations

from collections.abc import Sequence

from e2e.hostile.finding import Finding
from e2e.hostile.innocent import Asked


def in_words(asked: Sequence[Asked]) -> str:
    """How many were answered how, and one's words."""
    if not asked:
        return "nothing asked"
    allowed = sum(one.allowed for one in asked)
    failed = [one for one in asked if one.failed]
    words = failed[0].failed if failed else asked[0].message
    return (f"{len(asked) - allowed - len(failed)} denied, {allowed} allowed, {len(failed)} failed; "
            f"longest {max(one.seconds for one in asked):.1f} s: {words[:160]}")


def check_denied(finding: Finding, asked: Sequence[Asked], timeout: float) -> None:
    """All of them, by an answer, before the deadline that the API server set."""
    finding.check("answers", all(not one.allowed and not one.failed for one in asked),
                  in_words(asked), "all denied")
    longest = max(one.seconds for one in asked)
    finding.check("answered before the deadline", longest < timeout, f"{longest:.1f} s",
                  f"< {timeout:g} s", timing=True)


def check_allowed(finding: Finding, asked: Sequence[Asked], what: str = "answers") -> None:
    finding.check(what, all(one.allowed for one in asked), in_words(asked), "all allowed")


def check_unsaid(finding: Finding, asked: Sequence[Asked], *secrets: str) -> None:
    """None of these texts is in what people are told."""
    said = [secret for secret in secrets for one in asked if secret in one.message + one.failed]
    finding.check("foreign text in the answer", not said, said or "none", "none")
