"""Tick labels that people in the field read: 70B and 1.4T, 1e21, never 7e+10."""

from __future__ import annotations

import math
from typing import Any

from bokeh.models import FixedTicker, LogTicker, NoOverlap, NumeralTickFormatter

from scalewidgets.formats import format_value

_MANTISSAS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)


def label_axis(axis: Any, low: int, high: int, key: str, *, dense: bool = False) -> None:
    """Label a logarithmic axis from 10^low to 10^high.

    Labels are looked up by tick, since a formatter written in JavaScript would need eval in the page.

    Parameters
    ----------
    axis : bokeh Axis
    low, high : int
        Powers of ten that the axis can come to show.
    key : str
        Formatter of the labels.
    dense : bool
        For an axis of two or three decades: ticks at 1, 2 and 5 rather than at powers of ten.
    """
    powers = range(low, high + 1)
    if dense:
        axis.ticker = FixedTicker(ticks=[float(f"{m}e{power}") for power in powers for m in (1, 2, 5)])
    else:
        axis.ticker = LogTicker(mantissas=[1, 2, 5], desired_num_ticks=6)
    labels = {}
    for power in powers:
        for mantissa in _MANTISSAS:
            tick = float(f"{mantissa}e{power}")
            # the page computes its ticks by multiplication, which from 1e23 on can miss the nearest float by one
            for near in {tick, math.nextafter(tick, 0), math.nextafter(tick, math.inf)} if power > 21 else {tick}:
                labels[near] = format_value(tick, key)
    axis.major_label_overrides = labels
    axis.formatter = NumeralTickFormatter(format="0.[0]a")
    # a chart may be as narrow as a phone
    axis.major_label_policy = NoOverlap()
