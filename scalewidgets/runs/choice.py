"""Find which column of a table holds N, D, C, the loss, the run's name or a score, where the caller does not say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from scalewidgets.errors import RunsError, UnknownName

__all__ = ["Asked", "alike", "choose_column"]

Asked = str | Literal[False] | None  # a column; none at all; or whichever is found

# What people call these columns, without letter case, spaces and punctuation.
COMMON = {
    "N": r"n|(n|num)?(params?|parameters)|model(size|params|parameters)",
    "D": r"d|(n|num|train|training)?(input)?tokens(seen)?",
    "C": r"c|(total|train|training)?(flops?|compute)|(compute)?budget",
    "loss": r"(final|val|validation|eval|test|train|training)?loss",
    "step": r"(train|training)?(global|optimi[sz]er)?(steps?|iter(ation)?s?)",
    "name": r"run(id|name)?|name",
    "score": r"(mean|average|avg|task)*(scores?|accuracy|acc)",
    "error": r"(mean|average|avg|task)*(error|err)(rate)?",
    "label": r"labels?|model(name|size)?|run(id|name)?|name",
}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def alike(symbol: str, columns: Iterable[str]) -> list[str]:
    """List the columns that are named like a symbol."""
    return [name for name in columns if re.fullmatch(COMMON[symbol], _plain(name))]


def choose_column(symbol: str, asked: Asked, columns: Iterable[str], source: str) -> str | None:
    """Return the column that holds a symbol: the one asked for, else the one named like it, else None.

    Raises
    ------
    RunsError
        If the column asked for is absent, or several columns are named like the symbol.
    """
    names = list(columns)
    if asked is False:
        return None
    if asked is not None:
        if not isinstance(asked, str):
            raise RunsError(f"{symbol}= takes the name of a column, or False for none; got {asked!r}")
        if asked not in names:
            raise RunsError(f"{symbol}={asked!r}: {UnknownName.among(source, 'column', asked, names)}")
        return asked
    if symbol in names:
        return symbol
    found = alike(symbol, names)
    if len(found) > 1:
        listed = ", ".join(map(repr, found))
        raise RunsError(f"{source}: {symbol} could be any of {listed}; say which with {symbol}=, or {symbol}=False")
    return found[0] if found else None
