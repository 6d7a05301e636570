"""The user's own pairs of loss and score as a table: where it is from, which rows count, and the law fitted to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from typing import Any, Self

import numpy as np

from scalewidgets.errors import RunsError, StateError
from scalewidgets.explorers.question import rows_of
from scalewidgets.explorers.studio_task_fits import fit_of_pairs
from scalewidgets.explorers.upload import read_upload
from scalewidgets.fits.fit import Fit
from scalewidgets.formats import format_value
from scalewidgets.runs import Runs, read_scores

# Pairs are few: a larger file is likely another one, and a fit would keep a visitor waiting.
MOST_BYTES, MOST_PAIRS = 1_000_000, 10_000
ENDINGS = (".csv", ".tsv", ".txt")
# What a table that was pasted is called: code can only name a file.
PASTED = "pairs.csv"
EXAMPLE = 'loss="eval loss", score=accuracy'
SAVED = 'pairs = sw.Fit.load("pairs.json")  # saved with ex.task_pairs.save("pairs.json")'


@dataclass(frozen=True)
class TaskTable:
    """Hold pairs of loss and score.

    Parameters
    ----------
    pairs : Runs
        All of them, as `sw.read_scores` returns them.
    origin : str
        File that they are from; empty if they are from none.
    how : mapping
        Arguments of `sw.read_scores` that it was read with.
    dropped : tuple of int
        Rows left out, counted from 0.

    Examples
    --------
    >>> table = TaskTable.of([(2.1, 0.57), (2.5, 0.46), (3.0, 0.37), (3.5, 0.29), (4.0, 0.25)])
    >>> len(table.without("1, 3").kept)
    3
    """

    pairs: Runs
    origin: str = ""
    how: Mapping[str, object] = field(default_factory=dict)
    dropped: tuple[int, ...] = ()

    @classmethod
    def of(cls, given: Any) -> Self:
        """Return the table of what Python was given: a path, a frame, a mapping, a list, or runs."""
        pairs = given if isinstance(given, Runs) else read_scores(given)
        return cls(pairs, fspath(given) if isinstance(given, str | PathLike) else "")

    @classmethod
    def uploaded(cls, name: str, content: bytes, how: str = "") -> Self:
        """Return the table of a file that was uploaded.

        Raises
        ------
        RunsError, StateError
            If it is too large, no text table, or can't be read.
        """
        if not name.lower().endswith(ENDINGS):
            raise RunsError(f"{name}: pairs of loss and score are read from text; save them as {' or '.join(ENDINGS)}")
        if len(content) > MOST_BYTES:
            raise RunsError(
                f"{name} is larger than the {MOST_BYTES / 1e6:g} MB that pairs of loss and score may have: keep the "
                "columns of loss and score alone, with a row a model"
            )
        pairs, named = read_upload(name, content, how, read_scores, EXAMPLE)
        if len(pairs) > MOST_PAIRS:
            raise RunsError(f"{name} has {len(pairs):,} pairs, and {MOST_PAIRS:,} are the most: keep a row a model")
        return cls(pairs, name, named)

    def without(self, rows: Any) -> Self:
        """Return the table with these rows left out and no others; numbers from 0, or text such as "3, 17".

        Raises
        ------
        StateError
            Naming what is no row, or if none would be left.
        """
        dropped = rows_of(rows, self.pairs, "pairs")
        if len(dropped) == len(self.pairs):
            raise StateError(f"all {len(self.pairs)} pairs would be left out; keep some, or remove them")
        return replace(self, dropped=dropped)

    @property
    def kept(self) -> Runs:
        """The pairs that count."""
        return self.pairs.subset(np.delete(np.arange(len(self.pairs)), self.dropped)) if self.dropped else self.pairs

    def fit(self) -> Fit:
        """Return the law of error over loss, fitted to the pairs that count."""
        return fit_of_pairs(self.kept)

    def told(self, fit: Fit) -> str:
        """Say how many pairs count, where they are from, and how well the law describes them."""
        missed = self.kept.loss - fit(L=self.kept["L"])
        worst = int(np.argmax(np.abs(missed)))
        label = self.kept.names[worst] if self.kept.names else ""
        row = int(np.delete(np.arange(len(self.pairs)), self.dropped)[worst])
        which = f"row {row}{f' ({label})' if label else ''}"
        used = f"{len(self.kept)} of {len(self.pairs)} pairs used, {len(self.dropped) or 'none'} left out"
        source = f" · {self.origin}" if self.origin else ""
        typical = format_value(float(np.sqrt(np.mean(missed**2))), "percent")
        return f"{used}{source} · typical miss {typical} of answers, most at {which}"

    def code(self) -> str:
        """Return the lines of Python that make ``pairs``, which say what file they need."""
        if not self.origin:
            return SAVED
        named = "".join(f", {name}={value!r}" for name, value in self.how.items())
        note = "  # the table that was pasted" if self.origin == PASTED else ""
        lines = [f"pairs = sw.read_scores({self.origin!r}{named}){note}"]
        if self.dropped:
            lines.append(f"pairs = pairs.subset([row for row in range(len(pairs)) if row not in {self.dropped}])")
        return "\n".join(lines)
