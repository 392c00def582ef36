"""Ending in order when asked to."""

from __future__ import annotations

import signal
import types


def end_in_order() -> None:
    """From now on SIGTERM and SIGHUP end this process as Ctrl-C does: by KeyboardInterrupt, so that
    what was started is stopped on the way out."""
    def interrupt(number: int, frame: types.FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
