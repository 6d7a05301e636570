"""Tell how far a long read or download is: to a function, as a bar on a terminal or in a notebook, or to nobody."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

__all__ = ["Progress", "Report", "reporter"]

Report = Callable[[int, int], None]
Progress = Report | bool | None  # a function; a bar or none; or a bar where somebody can see it

PATIENCE = 0.5  # seconds before a bar appears, so that what is quick shows none
PAUSE = 0.1  # seconds between two states of the bar
WIDTH = 30  # characters


def reporter(progress: Progress, what: str) -> Report:
    """Return the function to call with how much is done and how much there is.

    Parameters
    ----------
    progress : function of (done, total), bool, or None
        A function is called as it is; True draws a bar on stderr; False is silent; None draws the bar only on a
        terminal or in a notebook.
    what : str
        What the bar is called.
    """
    if callable(progress):
        return progress
    return _Bar(what) if progress or (progress is None and _is_watched()) else _silent


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def _is_watched() -> bool:
    """Say whether stderr is a terminal or the output of a notebook, without importing IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return type(shell).__name__ == "ZMQInteractiveShell" or (sys.stderr is not None and sys.stderr.isatty())


class _Bar:
    """Draw one line of text that is overwritten as the work goes on."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.drawn = self.ended = False
        self.next = time.monotonic() + PATIENCE

    def __call__(self, done: int, total: int) -> None:
        finished = done >= total
        if self.ended or (time.monotonic() < self.next and not (finished and self.drawn)):
            return
        self.next, self.drawn, self.ended = time.monotonic() + PAUSE, True, finished
        share = min(done / total, 1.0) if total else 1.0
        bar = ("█" * round(WIDTH * share)).ljust(WIDTH, "·")
        print(f"\r{self.what} {bar} {share:4.0%}", end="\n" if finished else "", file=sys.stderr, flush=True)
