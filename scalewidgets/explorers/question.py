"""What a refit asks for, as one frozen value: runs, which of them count, and how they are fitted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scalewidgets.declare import Law
from scalewidgets.errors import StateError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.surface import fit
from scalewidgets.registry import law as law_named
from scalewidgets.registry import laws
from scalewidgets.runs import Runs

# What a refit lets one choose, beside the runs themselves.
CHOICES = ("dropped", "law", "objective", "delta", "method", "bootstrap")
# What a fit that is refitted had beside them, and keeps.
KEPT = ("residual", "resample", "checked", "seed", "fixed", "tied")
SIZES = "frontier-n"


@dataclass(frozen=True)
class Question:
    """A fit that is asked for.

    Parameters
    ----------
    runs : Runs
        All of them.
    dropped : tuple of int
        Rows that don't count, from 0.
    law : Law or None
    objective, delta, method, bootstrap
        As in `sw.fit`; with another method than the surface, the surface is fitted as well.
    settings : mapping
        Further arguments of `sw.fit`.
    """

    runs: Runs
    dropped: tuple[int, ...]
    law: Law | None
    objective: str
    delta: float
    method: str
    bootstrap: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, made: Fit) -> Question:
        """Return what a fit of `sw.fit` was the answer to.

        Raises
        ------
        StateError
            If the fit keeps no runs or no record of how it was made.
        """
        record = made.record
        if made.runs is None or record is None or record.method != "surface":
            raise StateError(f"{made.name} can't be refitted: it has no runs, or is no fit of sw.fit of the surface")
        settings = {name: getattr(record, name) for name in KEPT if getattr(record, name)}
        return cls(made.runs, (), made.law, record.objective, record.delta, "surface", record.bootstrap, settings)

    @property
    def kept(self) -> Runs:
        """The runs that count; the table itself if none is left out.

        Raises
        ------
        RunsError
            If all are left out.
        """
        return self.runs.subset(np.delete(np.arange(len(self.runs)), self.dropped)) if self.dropped else self.runs

    def point(self, cancelled: Callable[[], bool] | None = None) -> Fit:
        """Return the fit without draws."""
        return self._fit(bootstrap=0, cancelled=cancelled, progress=False)

    def drawn(self, cancelled: Callable[[], bool], progress: Callable[[int, int], None]) -> Fit:
        """Return the fit with its draws.

        Raises
        ------
        FitCancelled
            If it was cancelled.
        """
        return self._fit(bootstrap=self.bootstrap, cancelled=cancelled, progress=progress)

    def sizes(self) -> Fit | None:
        """Return the power law of the best size by the method asked for; None for the surface, which has its own."""
        if self.method == "surface":
            return None
        seed = self.settings.get("seed", 0)
        return fit(SIZES, self.kept, method=self.method, bootstrap=self.bootstrap, seed=seed, progress=False)

    def _fit(self, **more: Any) -> Fit:
        assert self.law is not None
        return fit(self.law, self.kept, objective=self.objective, delta=self.delta, **self.settings, **more)

    def code(self, file: str, how: Mapping[str, str]) -> str:
        """Return the lines of Python that give the fit; `file` and `how` say where the runs were read from."""
        lines = ["import scalewidgets as sw", "", self._source(file, how)]
        runs = "runs"
        if self.dropped:
            lines.insert(0, "import numpy as np")
            lines.append(f"kept = runs.subset(np.delete(np.arange(len(runs)), {list(self.dropped)}))")
            runs = "kept"
        assert self.law is not None
        law = repr(self.law.key) if laws().get(self.law.key) is self.law else "law"
        settings = {name: dict(value) if isinstance(value, Mapping) else value for name, value in self.settings.items()}
        named = {"objective": self.objective, "delta": self.delta, "bootstrap": self.bootstrap, **settings}
        arguments = ", ".join(f"{name}={value!r}" for name, value in named.items())
        lines.append(f"fit = sw.fit({law}, {runs}, {arguments})")
        if self.method != "surface":
            seed = self.settings.get("seed", 0)
            lines.append(
                f"sizes = sw.fit({SIZES!r}, {runs}, method={self.method!r}, bootstrap={self.bootstrap}, seed={seed})"
            )
        return "\n".join(lines)

    def _source(self, file: str, how: Mapping[str, str]) -> str:
        if file:
            return f"runs = sw.read_runs({', '.join([json.dumps(file), *(f'{k}={v!r}' for k, v in how.items())])})"
        if found := re.fullmatch(r"data set (\S+)", self.runs.source):
            return f"runs = sw.datasets.load({found[1]!r})"
        return f"# runs: the table of {len(self.runs)} runs that was given{_from(self.runs.source)}"


def _from(source: str) -> str:
    return f" ({source})" if source else ""


def law_of(value: Law | str | None) -> Law | None:
    """Return a law by itself or by its key."""
    if value is None or isinstance(value, Law):
        return value
    if not isinstance(value, str):
        raise StateError(f"law is a {type(value).__name__}; give a Law, or the key of one in the catalogue")
    return law_named(value)


def rows_of(value: Any, runs: Runs | None, what: str = "runs") -> tuple[int, ...]:
    """Return row numbers in order, each once, from numbers or from text such as "3, 17".

    Raises
    ------
    StateError
        Naming what is no row of the table.
    """
    parts = re.split(r"[\s,;]+", value.strip()) if isinstance(value, str) else list(value)
    rows = set()
    count = 0 if runs is None else len(runs)
    for part in parts:
        if part == "":
            continue
        try:
            row = int(part)
        except (TypeError, ValueError):
            raise StateError(f"{part!r} is not a row; give row numbers from 0, as in 3, 17") from None
        if not count:
            raise StateError(f"there are no {what}, so row {row} can't be left out; load {what} first")
        if not 0 <= row < count:
            raise StateError(f"there is no row {row}; the {count} {what} are rows 0 to {count - 1}")
        rows.add(row)
    return tuple(sorted(rows))
