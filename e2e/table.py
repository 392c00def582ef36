"""A table of questions and answers for a person's terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from typing import TextIO

_MOST_COLUMNS = 120
_ASKED = 47
_ANSWER = 9
_MILLISECONDS = 7
_LONGEST_WHY = 9  # lines
_DIGEST = re.compile(r"(sha256[:-][0-9a-f]{8})[0-9a-f]{56}")


class Table:
    """Writes a line, or a few, for each row as it comes. Colours only on a terminal. Digests are
    shortened; what was said in the same section already is shown by its beginning."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colours = out.isatty() and "NO_COLOR" not in os.environ
        columns = shutil.get_terminal_size((_MOST_COLUMNS, 24)).columns
        self._columns = max(90, min(_MOST_COLUMNS, columns))
        self._said: set[str] = set()

    def title(self, text: str) -> None:
        self._write(self._bold(text))

    def text(self, text: str) -> None:
        self._write(text)

    def head(self) -> None:
        head = (f"{'asked':<{_ASKED}}{'answer':<{_ANSWER}}{'ms':>{_MILLISECONDS - 2}}  why")
        self._write(self._dim(head))
        self._write(self._dim("─" * self._columns))

    def section(self, name: str) -> None:
        self._said.clear()
        self._write("")
        self._write(self._bold(name))

    def row(self, asked: str, allowed: bool, why: str, seconds: float, wrong: str = "") -> None:
        """What was asked may have several lines; `wrong` says what is not as it should be."""
        asked_lines = [line for paragraph in asked.splitlines()
                       for line in textwrap.wrap(paragraph, _ASKED - 4)]
        why_lines = self._wrap(why)
        answer = "allowed" if allowed else "denied"
        milliseconds = f"{seconds * 1000:.0f}" if seconds >= 0.01 else f"{seconds * 1000:.1f}"
        for number in range(max(len(asked_lines), len(why_lines))):
            left = asked_lines[number] if number < len(asked_lines) else ""
            right = why_lines[number] if number < len(why_lines) else ""
            if number == 0:
                self._write(f"  {left:<{_ASKED - 2}}"
                            + self._answer(f"{answer:<{_ANSWER}}", allowed)
                            + f"{milliseconds:>{_MILLISECONDS - 2}}  {right}")
            else:
                gap = " " * (_ANSWER + _MILLISECONDS)
                self._write(self._dim(f"    {left:<{_ASKED - 4}}{gap}{right}"))
        if wrong:
            self._write(self._red(f"  NOT AS EXPECTED: {wrong}"))

    def verdict(self, text: str, good: bool) -> None:
        self._write("")
        self._write(self._green(text) if good else self._red(text))

    def _wrap(self, why: str) -> list[str]:
        why = _DIGEST.sub(r"\1…", why)
        most = 1 if why in self._said else _LONGEST_WHY
        self._said.add(why)
        width = self._columns - _ASKED - _ANSWER - _MILLISECONDS
        lines = [line for paragraph in why.splitlines()
                 for line in textwrap.wrap(paragraph, width, break_on_hyphens=False)]
        if len(lines) > most:
            lines = lines[:most]
            lines[-1] = lines[-1][:width - 2] + " …"
        return lines or [""]

    def _write(self, line: str) -> None:
        print(line.rstrip(), file=self._out, flush=True)

    def _answer(self, text: str, allowed: bool) -> str:
        return self._green(text) if allowed else self._red(text)

    def _coloured(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and text else text

    def _bold(self, text: str) -> str:
        return self._coloured("1", text)

    def _dim(self, text: str) -> str:
        return self._coloured("2", text)

    def _green(self, text: str) -> str:
        return self._coloured("32", text)

    def _red(self, text: str) -> str:
        return self._coloured("31", text)
