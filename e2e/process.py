"""Programs that run beside this one and never outlive it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# Long: the machine may be busy.
START_SECONDS = 60.0
STOP_SECONDS = 40.0
_POLL_SECONDS = 0.02


def environment(home: Path) -> dict[str, str]:
    """What our programs see of ours: nothing that would change an answer, such as a person's own
    registry credentials or a proxy; but what the sanitizers are told."""
    seen = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
    seen.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
    return seen


@dataclasses.dataclass(frozen=True)
class Ran:
    """What a program that has ended wrote."""

    status: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        return self.output + self.errors


def run(arguments: Sequence[object], home: Path, *, stdin: str = "", seconds: float = 30.0,
        folder: Path | None = None, **more: str) -> Ran:
    """A program to its end, in `folder` if there is one; it also sees the environment variables
    `more`. TimeoutExpired if it has not ended by then."""
    ran = subprocess.run([str(argument) for argument in arguments], input=stdin.encode(), capture_output=True,
                         timeout=seconds, env=environment(home) | more, cwd=folder)
    return Ran(ran.returncode, *(text.decode(errors="backslashreplace") for text in (ran.stdout, ran.stderr)))


def wait_until(found: Callable[[], T | None], what: str, seconds: float) -> T:
    """Asks until there is something true to return. TimeoutError, with `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(_POLL_SECONDS)


class Process:
    """A program that runs until it is stopped. Its output goes to `log`; it also sees the environment
    variables `more`.

    Ctrl-C does not reach it: whoever started it stops it, in order. If this process is killed, the
    kernel kills it too, so start it on a thread that stays.
    """

    def __init__(self, arguments: list[str], log: Path, home: Path, **more: str) -> None:
        self.name = Path(arguments[0]).name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *arguments], env=environment(home) | more,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, found: Callable[[], T | None], what: str,
                   seconds: float = START_SECONDS) -> T:
        """As wait_until, but gives up when the program ends: RuntimeError with its last words."""
        def found_or_ended() -> T | None:
            result = found()
            if not result and not self.is_running():
                raise RuntimeError(f"{self.name} ended with status {self._process.returncode} "
                                   f"before {what}:\n{self.output()[-4000:]}")
            return result

        return wait_until(found_or_ended, f"{self.name}: {what}", seconds)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """The exit status; TimeoutExpired if it has none by then."""
        return self._process.wait(seconds)

    def ask_to_end(self) -> None:
        if self.is_running():
            self._process.terminate()

    def stop(self) -> int:
        """Asks it to end, and ends it if it does not. The exit status, minus the signal's number if
        that ended it. May be called again."""
        self.ask_to_end()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            return self.wait()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
