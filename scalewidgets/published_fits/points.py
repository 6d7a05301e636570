"""Reference values: single numbers of published fits that can be marked on the curve of their law."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from scalewidgets.declare import Law
from scalewidgets.errors import PublishedError
from scalewidgets.fits.source import LEVELS
from scalewidgets.published_fits.loading import published_fits


@dataclass(frozen=True)
class ReferencePoint:
    """Hold one reference value of a published fit.

    Parameters
    ----------
    fit : str
        Key of the set of coefficients that it belongs to.
    at : mapping of str to float
        A value of every variable of the law.
    text : str
        The response as it is printed, whose digits say how exact it is.
    verified : str
        How well it is known.
    """

    fit: str
    at: Mapping[str, float]
    text: str
    verified: str

    @property
    def value(self) -> float:
        """The response as a number."""
        return float(self.text)


@cache
def reference_points() -> tuple[ReferencePoint, ...]:
    """Return all reference values, in the order of the data file; it is read on the first call.

    Raises
    ------
    PublishedError
        If a row names an unknown fit or level, or not just the variables of its law.

    Examples
    --------
    >>> point = next(point for point in reference_points() if point.fit == "hoffmann2022-printed")
    >>> point.at, point.value, point.verified
    ({'N': 70000000000.0, 'D': 1400000000000.0}, 1.936645, 'recomputed')
    """
    text = (files("scalewidgets") / "reference_points.toml").read_text(encoding="utf-8")
    return tuple(_read(tomllib.loads(text)))


@cache
def points_of(law: Law) -> tuple[ReferencePoint, ...]:
    """Return the reference values of all published fits of a law."""
    fits = published_fits()
    return tuple(point for point in reference_points() if fits[point.fit].law is law)


def _read(document: Mapping[str, Any]) -> Iterator[ReferencePoint]:
    known = published_fits()
    for row in document["points"]:
        key = row["fit"]
        if key not in known:
            raise PublishedError(f"reference values of {key!r}: no such fit; use a key of the published fits")
        if row["verified"] not in LEVELS:
            raise PublishedError(
                f"reference values of {key!r}: level {row['verified']!r}; use one of {', '.join(LEVELS)}"
            )
        symbols = known[key].law.symbols
        if set(row["at"]) != set(symbols):
            raise PublishedError(
                f"reference values of {key!r} are at {', '.join(row['at'])}; its law needs {', '.join(symbols)}"
            )
        for i, text in enumerate(row["values"]):
            at = {symbol: float(row["at"][symbol][i]) for symbol in symbols}
            yield ReferencePoint(key, at, text, row["verified"])
