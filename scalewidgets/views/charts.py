"""What a chart of an explorer is, and where the charts of each explorer are found."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets.explorers.base import BaseExplorer


@dataclass(frozen=True)
class Scale:
    """A bar of colours beside a chart, labelled at some levels with numbers of the frame.

    Parameters
    ----------
    path : (str, str, str)
        View, table and column of the numbers.
    levels : tuple of float
        Where they stand on the bar, from 0 to 1.
    format : str
    """

    path: tuple[str, str, str]
    levels: tuple[float, ...]
    format: str


@dataclass(frozen=True)
class Chart:
    """One chart of an explorer.

    Parameters
    ----------
    title : str
        Its name on a button.
    draw : callable
        ``draw(explorer, frames)`` returns a HoloViews object made of `scalewidgets.views.elements`.
    finish : callable
        ``finish(figure)`` labels the rendered figure.
    x, y : (str, str)
        View and axis of its ranges in a frame.
    tab : str
        Name of the charts that are shown together with it.
    rows : tuple of (str, str, str, str)
        View, table, x and y of the points that stand for the user's runs, row by row.
    words : tuple of (str, str)
        Title and label of the vertical axis for each value, counted from 0, of the note ``response`` of the frame;
        empty where they stay.
    scale : Scale, optional
        What the colours of its cells stand for.
    """

    title: str
    draw: Callable[[Any, Mapping[str, Any]], Any]
    finish: Callable[[Any], None]
    x: tuple[str, str]
    y: tuple[str, str]
    tab: str = "Plan"
    rows: tuple[tuple[str, str, str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    scale: Scale | None = None


def charts_of(ex: BaseExplorer) -> Mapping[str, Chart]:
    """Return the charts of an explorer by name: ``CHARTS`` of the module that its `board` names, or ``charts(ex)``."""
    path = ex.board if "." in ex.board else f"scalewidgets.views.{ex.board}"
    module = importlib.import_module(path)
    charts: Mapping[str, Chart] = module.charts(ex) if hasattr(module, "charts") else module.CHARTS
    return charts
