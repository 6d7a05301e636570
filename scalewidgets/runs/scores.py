"""Read pairs of loss and score, which the law of task error over loss is fitted to, as runs of that law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from scalewidgets.errors import RunsError
from scalewidgets.runs.cells import is_missing
from scalewidgets.runs.choice import alike, choose_column
from scalewidgets.runs.read import read_runs
from scalewidgets.runs.sources import Table, read_table
from scalewidgets.runs.table import Runs

__all__ = ["read_scores"]

LAW, SHORT = "error-from-loss", "l"


def read_scores(
    source: Any,
    *,
    loss: str | None = None,
    score: str | None = None,
    error: str | None = None,
    label: str | None = None,
) -> Runs:
    """Read pairs of loss and score from a file, a data frame, a mapping or a list.

    Columns that are not named are found by their usual names (``loss``, ``eval_loss``, ``score``, ``accuracy``,
    ``error``, ``label``, ``model``, ...). No row is left out.

    Parameters
    ----------
    source : path, data frame, mapping of columns, list of rows, or list of (loss, score)
    loss : str, optional
        Column of the loss, nats/token.
    score, error : str, optional
        Column of the right answers or of the wrong ones, as shares between 0 and 1; one of both.
    label : str, optional
        Column that says what a pair belongs to; labels may repeat.

    Returns
    -------
    Runs
        Column L, and the error as response; ``1 - score`` where scores were given.

    Raises
    ------
    RunsError
        If a column is absent or could be several, or a cell can't be used: row and column are named.

    Examples
    --------
    >>> pairs = read_scores({"eval loss": [2.5, 3.0], "accuracy": [0.47, 0.36], "model": ["1B", "150M"]})
    >>> pairs["L"].tolist(), pairs.loss.tolist(), pairs.names
    ([2.5, 3.0], [0.53, 0.64], ('1B', '150M'))
    """
    rows = _rows(source)
    table = read_table(rows)
    losses, answers, right = _columns(table, loss, score, error)
    runs = read_runs(rows, L=losses, loss=answers, law=LAW, N=False, D=False, C=False, name=False)
    refuse_other_than_shares(runs.loss, lambda row: table.place(row, answers))
    return replace(runs, loss=1 - runs.loss if right else runs.loss, names=_labels(table, label))


def _rows(source: Any) -> Any:
    """Return a list of (loss, score) as columns; anything else as it is."""
    if not isinstance(source, list | tuple) or not source or isinstance(source[0], Mapping):
        return source
    if any(not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2 for pair in source):
        raise RunsError("in a list of pairs each is (loss, score), two numbers; give rows as mappings otherwise")
    return {"loss": [pair[0] for pair in source], "score": [pair[1] for pair in source]}


def _columns(table: Table, loss: str | None, score: str | None, error: str | None) -> tuple[str, str, bool]:
    """Return the column of the loss, that of the answers, and whether it counts the right ones."""
    listed = ", ".join(map(repr, table.columns))
    losses = choose_column("loss", loss, table.columns, table.source)
    losses = losses or next((column for column in table.columns if column.lower() == SHORT), None)
    if losses is None:
        raise RunsError(f"{table.source} has no column for the loss among {listed}; say which with loss=")
    # a column that is named is meant, whatever else there is
    asked = {"score": score, "error": error}
    wanted = [name for name, column in asked.items() if column is not None] or list(asked)
    found = {name: choose_column(name, asked[name], table.columns, table.source) for name in wanted}
    answers = {name: column for name, column in found.items() if column is not None}
    if not answers:
        raise RunsError(
            f"{table.source} has no column for the score or the error among {listed}; name it 'score' or 'error', or "
            "say which with score= or error="
        )
    if len(answers) > 1:
        either = " and ".join(map(repr, answers.values()))
        raise RunsError(f"{table.source} has {either}; one is enough: say which with score= or error=")
    ((kind, column),) = answers.items()
    if column == losses:
        raise RunsError(f"{table.source}: column {losses!r} cannot be both the loss and the {kind}")
    return losses, column, kind == "score"


def _labels(table: Table, asked: str | None) -> tuple[str, ...] | None:
    """Return what each pair is called, empty where its cell is; None without such a column."""
    usual = None if "label" in table.columns else next(iter(alike("label", table.columns)), None)
    column = choose_column("label", asked or usual, table.columns, table.source)
    return tuple("" if is_missing(cell) else str(cell) for cell in table.columns[column]) if column else None


def refuse_other_than_shares(values: np.ndarray, place: Callable[[int], str]) -> None:
    """Refuse a score or an error that is no share of answers; `place` names a row for the message."""
    wrong = ~((values > 0) & (values < 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise RunsError(
            f"{place(row)}: {values[row]:g} is not allowed; scores and errors are shares of answers, above 0 and below "
            "1: divide percentages by 100, and leave out a pair of exactly 0 or 1"
        )
