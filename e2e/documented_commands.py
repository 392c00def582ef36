"""The commands that a document tells a person to type."""

from __future__ import annotations

import collections
import re
import shlex

_HEADING = re.compile(r"#+ (.*)")
_FENCE = "```"
_INDENT = "    "

# The heading above a command, and which of that section's commands it is, from 1.
Place = tuple[str, int]


def documented_commands(text: str, program: str) -> dict[Place, list[str]]:
    """As words, those that begin with the program's name and have more words: in indented and fenced blocks and in code
    spans, at the beginning of a line or span. Pipes and redirections are words like others."""
    found: dict[Place, list[str]] = {}
    seen: collections.Counter[str] = collections.Counter()
    section, is_fenced = "", False
    # A line that ends so goes on in the next one.
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith(_FENCE):
            is_fenced = not is_fenced
            continue
        is_code = is_fenced or line.startswith(_INDENT)
        heading = None if is_code else _HEADING.fullmatch(line)
        if heading:
            section = heading.group(1)
        for command in [line.strip()] if is_code else re.findall("`([^`]+)`", line):
            if command.startswith(f"{program} "):
                seen[section] += 1
                found[section, seen[section]] = shlex.split(command, comments=True)
    return found
