"""Where the sliders of a law's explorer begin, end and stand: from its declaration and the fits that are shipped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from scalewidgets.declare import Coefficient, Law, Variable
from scalewidgets.errors import StateError, UnknownName
from scalewidgets.explorers.quantity import PLAIN, Quantity, bits_alone
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.formats import format_value
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.units import parse_quantity, unit_named

# Curves of a family, and where they lie between the ends of their variable.
FAMILY = (0.1, 0.3, 0.5, 0.7, 0.9)
# How far a chart reaches beyond the runs.
MARGIN = 10.0
MINUS_SIGNS = ("-", "\N{MINUS SIGN}")


class Number(Quantity):
    """A number that may be negative where its bounds say so, and may be set from text."""

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str) and val.strip().startswith(MINUS_SIGNS) and self.bounds[0] < 0:
            val = -parse_quantity(val.strip()[1:], self.name, unit=self.unit)
        super().__set__(obj, val)


class Place(Number):
    """The value of a variable: whatever makes sense for it, in the unit that it is declared in."""

    def __init__(self, variable: Variable | None = None, **settings: Any) -> None:
        self.variable = variable
        super().__init__(unit="" if variable is None else expected(variable.unit), **settings)

    __slots__ = ["variable"]

    def __set__(self, obj: Any, val: Any) -> None:
        if isinstance(val, str) and self.variable is not None and self.variable.unit == "bits":
            val = bits_alone(val)
        super().__set__(obj, val)

    def _validate_bounds(self, val: Any, bounds: Any, inclusive_bounds: Any) -> None:
        if self.variable is not None and not self.variable.allows(val):
            raise StateError(
                f"{self.variable.symbol} = {val:g} is not allowed; "
                f"{self.variable.label.lower()} must be {self.variable.allowed}"
            )


def expected(unit: str) -> str:
    """Return the unit that typed values are expected in: that of plain numbers for one that the table lacks.

    >>> expected("FLOP"), expected("experts"), expected("bits")
    ('FLOP', '%', '%')
    """
    # in the table, bits are those of a loss
    if unit in ("", "bits"):
        return PLAIN
    try:
        unit_named(unit)
    except UnknownName:
        return PLAIN
    return unit


def published_of(law: Law) -> tuple[Fit, ...]:
    """Return the shipped fits of a law."""
    return tuple(fit for fit in published_fits().values() if fit.law is law)


def illustrative(law: Law) -> Fit:
    """Return neutral values that show the form where no fit is known; from no paper, and saying so."""
    return Fit(
        law,
        {coefficient.name: coefficient.illustrative for coefficient in law.coefficients},
        Source(law.citation, "illustrative"),
        title="Illustrative values",
    )


def between(low: float, high: float, share: float, scale: str) -> float:
    """Return the value at a share of the way from one end to the other."""
    if scale == "log":
        return math.exp(math.log(low) * (1 - share) + math.log(high) * share)
    return low * (1 - share) + high * share


def rounded(value: float, digits: int) -> float:
    """Round to so many significant digits."""
    return float(f"{value:.{digits - 1}e}")


def stand(variable: Variable, fits: Sequence[Fit]) -> float:
    """Return where a variable's slider stands at first: where it is declared to, or amid the runs of the first fit.

    Only the part of the runs counts that lies on the slider's track.
    """
    ranges = (fit.source.ranges.get(variable.symbol) for fit in fits)
    low, high = next(filter(None, ranges), (variable.low, variable.high))
    if variable.typical is not None and low <= variable.typical <= high:
        return variable.typical
    if max(low, variable.low) < min(high, variable.high):
        low, high = max(low, variable.low), min(high, variable.high)
    value = rounded(between(low, high, 0.5, variable.scale), 2)
    return value if variable.allows(value) else between(low, high, 0.5, variable.scale)


def span(variable: Variable, fit: Fit) -> tuple[float, float]:
    """Return how far a chart over this variable reaches: somewhat beyond the runs, as far as its slider does."""
    if variable.symbol not in fit.source.ranges or variable.scale != "log":
        return variable.low, variable.high
    low, high = fit.source.ranges[variable.symbol]
    low, high = max(variable.low, low / MARGIN), min(variable.high, high * MARGIN)
    return (low, high) if low < high else (variable.low, variable.high)


def planes(law: Law) -> tuple[str, ...]:
    """Return the pairs of variables that a heat map can lie over: first those with a valley, if there are two."""
    if len(law.symbols) < 2 or law.simplex:
        return ("",)
    pairs = [(a, b) for i, a in enumerate(law.symbols) for b in law.symbols[i + 1 :]]
    # of a size or an amount of data more is better in the end; a valley over the others is what a map is for
    valleys = [symbol for symbol in law.bends if symbol not in ("N", "D", "C")]
    pairs.sort(key=lambda pair: not set(pair) <= set(valleys))
    return tuple(" ".join(pair) for pair in pairs)


def family(variable: Variable) -> tuple[float, ...]:
    """Return round values of a variable for a family of curves."""
    low, high = variable.low, variable.high
    values = [between(low, high, share, variable.scale) for share in FAMILY]
    near = [rounded(value, 1 if variable.scale == "log" else 2) for value in values]
    return tuple(n if low <= n <= high else v for n, v in zip(near, values, strict=True))


def family_text(variable: Variable, value: float) -> str:
    """Return what a curve of a family is called."""
    key = "tick" if variable.format == "short" else variable.format
    return f"{variable.symbol} = {format_value(value, key)}"


def bounds(variable: Variable) -> tuple[float, float]:
    """Return closed bounds inside the domain, since a page can check no open ones."""
    low, high = variable.domain
    if not variable.closed and math.isfinite(low):
        low += (variable.low - low) * 1e-6
    if not variable.closed and math.isfinite(high):
        high -= (high - variable.high) * 1e-6
    return low, high


def coefficient_track(coefficient: Coefficient, fits: Sequence[Fit]) -> tuple[float, float, str]:
    """Return the ends and the scale of a coefficient's slider: around every known value and every likely one."""
    known = [fit.values[coefficient.name] for fit in fits]
    values = np.array([*known, *coefficient.start])
    low, high = float(values.min()), float(values.max())
    if coefficient.kind in ("amplitude", "scale") and low > 0 and coefficient.low >= 0:
        return max(coefficient.low, low / 10) or low / 10, min(coefficient.high, high * 10), "log"
    margin = 0.25 * ((high - low) or abs(high) or 1.0)
    return max(coefficient.low, low - margin), min(coefficient.high, high + margin), "linear"
