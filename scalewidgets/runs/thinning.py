"""Keep few checkpoints of each run while a log goes by, so that memory holds what is kept and not what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from scalewidgets.errors import RunsError

__all__ = ["Thin", "Thinner"]

Thin = Literal["log", "last"] | int | None

A_DECADE = 20  # checkpoints kept from step 100 to step 1,000, and so on
BUFFER = 1 << 16  # rows at least that are gathered before they are thinned


class Thinner:
    """Gather the rows of a log, given in parts, and keep those that the rule asks for.

    Parameters
    ----------
    thin : {"log", "last"}, int or None
        ``"log"`` keeps the first row of each of 20 steps-per-decade intervals of each run, and its last row;
        ``"last"`` the row of the largest step; a number k every k-th row of each run in the order of the log, and
        the last; None every row.

    Raises
    ------
    RunsError
        If the rule is none of these.

    Examples
    --------
    >>> thinner = Thinner(2)
    >>> thinner.add(["a", "a", "a", "a"], {"step": np.array([1.0, 2.0, 3.0, 4.0])})
    >>> thinner.rows()["step"]
    array([1., 3., 4.])
    """

    def __init__(self, thin: Thin) -> None:
        if thin not in ("log", "last", None) and not (type(thin) is int and thin > 0):
            raise RunsError(f"thin is 'log', 'last', a whole number above 0, or None for every row; got {thin!r}")
        self.thin = thin
        self.codes: dict[str, int] = {}
        self.seen = 0
        self._counts = np.zeros(0, dtype=np.int64)
        self._kept: dict[str, np.ndarray] = {}
        self._parts: list[dict[str, np.ndarray]] = []
        self._waiting = 0

    def add(self, runs: Sequence[str], columns: Mapping[str, np.ndarray]) -> None:
        """Take the next rows: the run of each, and columns of which one is ``step``."""
        n = len(runs)
        code = np.fromiter((self.codes.setdefault(run, len(self.codes)) for run in runs), np.int64, n)
        arrival = np.arange(self.seen, self.seen + n)
        part = {**columns, "run": code, "arrival": arrival, "bucket": self._buckets(code, columns["step"])}
        self.seen += n
        self._parts.append(part)
        self._waiting += n
        # as much again as is kept: thinning then costs the same for every row, however many there are
        if self.thin is not None and self._waiting >= max(BUFFER, len(self._kept.get("run", ()))):
            self._reduce()

    def rows(self) -> dict[str, np.ndarray]:
        """Return the columns of the rows kept, by run and step, with ``run`` the number of the run."""
        self._reduce()
        order = np.lexsort((self._kept["arrival"], self._kept["step"], self._kept["run"]))
        return {name: column[order] for name, column in self._kept.items() if name not in ("arrival", "bucket")}

    def _buckets(self, code: np.ndarray, step: np.ndarray) -> np.ndarray:
        if self.thin == "log":
            return np.floor(A_DECADE * np.log10(np.maximum(step, 1.0)))
        if not isinstance(self.thin, int):
            return np.zeros(len(code))
        self._counts = np.append(self._counts, np.zeros(len(self.codes) - len(self._counts), dtype=np.int64))
        order = np.argsort(code, kind="stable")
        first = np.searchsorted(code[order], code[order])
        rank = np.empty(len(code), dtype=np.int64)
        rank[order] = np.arange(len(code)) - first + self._counts[code[order]]
        self._counts += np.bincount(code, minlength=len(self._counts))
        return rank // self.thin

    def _reduce(self) -> None:
        parts = [self._kept, *self._parts] if self._kept else self._parts
        merged = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._parts, self._waiting = [], 0
        keep = slice(None) if self.thin is None else self._chosen(merged)
        self._kept = {name: column[keep] for name, column in merged.items()}

    def _chosen(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Mark the last row of each run, and the first of each of its buckets."""
        chosen = np.zeros(len(rows["run"]), dtype=bool)
        order = np.lexsort((rows["arrival"], rows["step"], rows["run"]))
        run = rows["run"][order]
        chosen[order[np.append(run[1:] != run[:-1], True)]] = True
        if self.thin != "last":
            order = np.lexsort((rows["arrival"], rows["step"], rows["bucket"], rows["run"]))
            run, bucket = rows["run"][order], rows["bucket"][order]
            chosen[order[np.append(True, (run[1:] != run[:-1]) | (bucket[1:] != bucket[:-1]))]] = True
        return chosen
