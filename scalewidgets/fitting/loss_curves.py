"""`sw.read_curves`: loss curves with their learning rates, several runs at once, from a table of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError
from scalewidgets.runs.cells import parse_column, text_column
from scalewidgets.runs.choice import choose_column
from scalewidgets.runs.sources import Table, read_table
from scalewidgets.schedules.curve import Curve, logged_schedule
from scalewidgets.schedules.schedule import Schedule

RATES = ("lr", "learning_rate", "learning rate", "train/learning_rate", "train/lr")


def read_curves(
    source: Any,
    *,
    run: str | None = None,
    warmup: int | None = None,
    step: str | None = None,
    lr: str | None = None,
    loss: str | None = None,
    schedules: Mapping[str, Schedule] | None = None,
) -> tuple[Curve, ...]:
    """Read loss curves.

    Parameters
    ----------
    source : path, data frame, mapping of columns, or sequence of rows as mappings
        With columns of step, learning rate and loss.
    run : str, optional
        Column that names the run of each row; without it all rows are one run.
    warmup : int, optional
        Steps of the warm-up of every run; needed where the log begins after it.
    step, lr, loss : str, optional
        Names of the columns.
    schedules : mapping of str to Schedule, optional
        The schedule of a run by its name, instead of lines between the logged rates.

    Returns
    -------
    tuple of Curve

    Raises
    ------
    RunsError
        Saying which column, row or run.

    Examples
    --------
    >>> rows = {"step": [0, 100, 500, 1000], "lr": [0, 1e-3, 1e-3, 1e-4], "loss": [9.0, 5.0, 4.0, 3.5]}
    >>> read_curves(rows)
    (Curve('run': 4 losses at steps 0 to 1000; Schedule(custom: 1000 steps, peak 0.001, warm-up 100, end 0.0001)),)
    """
    table = read_table(source)
    steps = parse_column(table, _column(table, "step", step), equal=True)
    losses = parse_column(table, _column(table, "loss", loss))
    schedules = schedules or {}
    names = np.array(text_column(table, _given(table, "run", run)) if run else ["run"] * len(steps))
    labels = list(dict.fromkeys(names.tolist()))
    rates = None
    if set(labels) - set(schedules):
        rates = parse_column(table, _rate_column(table, lr), equal=True)
    found = []
    for name in labels:
        rows = np.flatnonzero(names == name)
        rows = rows[np.argsort(steps[rows], kind="stable")]
        at = steps[rows]
        if (np.diff(at) == 0).any() or (at != np.round(at)).any():
            raise RunsError(f"curve {name!r}: its steps must be whole and differ; name the column of runs with run=")
        schedule = schedules.get(name)
        if schedule is None:
            assert rates is not None
            schedule = logged_schedule(at, rates[rows], name, warmup)
        found.append(Curve(schedule, at.astype(int), losses[rows], name))
    return tuple(found)


def _given(table: Table, what: str, column: str) -> str:
    if column not in table.columns:
        raise RunsError(f"{table.source} has no column {column!r} for {what}=; it has {', '.join(table.columns)}")
    return column


def _column(table: Table, symbol: str, asked: str | None) -> str:
    found = choose_column(symbol, asked, table.columns, table.source)
    if found is None:
        raise RunsError(f"{table.source} has no column of {symbol}; say which with {symbol}='column'")
    return found


def _rate_column(table: Table, asked: str | None) -> str:
    if asked is not None:
        return _given(table, "lr", asked)
    for column in table.columns:
        if column.lower() in RATES:
            return column
    raise RunsError(f"{table.source} has no column of learning rates; say which with lr='column', or give schedules=")
