"""Do the latest of several jobs in a thread: a new one cancels those before it, and nobody waits for a stale answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

Cancelled = Callable[[], bool]
Job = Callable[[Cancelled], None]


class Latest:
    """Run jobs one at a time, of those that wait only the last.

    A thread lives while there is work, and does not keep the process alive.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._waiting: tuple[int, Job] | None = None
        self._number = 0

    def ask(self, job: Job) -> None:
        """Have a job done. It gets a function that tells whether its answer is still wanted."""
        with self._lock:
            self._number += 1
            self._waiting = (self._number, job)
            start = self._idle.is_set()
            self._idle.clear()
        if start:
            threading.Thread(target=self._work, name="scalewidgets-refit", daemon=True).start()

    def cancel(self) -> None:
        """Want no answer any more."""
        with self._lock:
            self._number += 1
            self._waiting = None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until there is nothing to do; tell whether that came in time."""
        return self._idle.wait(seconds)

    def _work(self) -> None:
        try:
            while (taken := self._take()) is not None:
                number, job = taken
                job(lambda number=number: number != self._number)
        except BaseException:
            # a job that fails must not leave the next one waiting for a thread that is gone
            with self._lock:
                self._waiting = None
                self._idle.set()
            raise

    def _take(self) -> tuple[int, Job] | None:
        with self._lock:
            taken, self._waiting = self._waiting, None
            if taken is None:
                self._idle.set()
            return taken
