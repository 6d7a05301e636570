"""A further view of a law: what it computes with portable operations, and by which marks its tables are shown.

A module of `scalewidgets.explorers.families` with a function ``view(setting)`` adds one to every law that it suits, and
a law can declare such functions itself; nothing else is edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scalewidgets.declare import Variable
from scalewidgets.explorers import families
from scalewidgets.explorers.law_scene import LawScene, LawSetting


@dataclass(frozen=True)
class Mark:
    """How a table is drawn.

    Parameters
    ----------
    kind : {"curve", "points", "cells", "bars", "names"}
        Cells and bars have the columns ``left, bottom, right, top``; cells are coloured by ``level``, from 0 to 1. The
        other kinds have ``x, y``.
    table : str
    role : str
        What it stands for, which decides its looks: "here", "best", "same", "reference", "level" of cells, "part 0" to
        "part 5" of a whole, or "name" and "state" of words.
    hover : tuple of (str, str)
        Words and column, or a text with "{column}" alone, shown when the pointer rests on it.
    texts : mapping of str to tuple of str
        Columns of words, which do not move; ``text`` is what names show.
    hollow : bool
        Whether a point is an outline.
    """

    kind: str
    table: str
    role: str
    hover: tuple[tuple[str, str], ...] = ()
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hollow: bool = False


@dataclass(frozen=True)
class LawView:
    """A further view of a law.

    Parameters
    ----------
    key : str
        Its name in frames.
    tab, title : str
        Name of the tab it stands on, and what the chart says.
    frame : callable
        ``frame(scene)`` returns ``tables`` (table, then column) and ``ranges`` (axis, then low and high), made with
        `scalewidgets.ops`.
    marks : tuple of Mark
        From back to front.
    x : Variable
    y : Variable, optional
        None where the height has no numbers, as that of bars.
    legend : str
        A sentence that says what its marks are.
    levels : tuple of float
        For a view with cells, the levels whose values stand beside their colours: column ``value`` of the table
        ``levels``. No bar of colours without.
    format : str
        Of the values beside the bar.
    """

    key: str
    tab: str
    title: str
    frame: Callable[[LawScene], dict[str, Any]]
    marks: tuple[Mark, ...]
    x: Variable
    y: Variable | None = None
    legend: str = ""
    levels: tuple[float, ...] = ()
    format: str = "plain"


@cache
def views_of(setting: LawSetting) -> tuple[LawView, ...]:
    """Return the further views of a law: its own, and those of the modules in the order of their names."""
    modules = pkgutil.iter_modules(families.__path__, f"{families.__name__}.")
    makers = (*setting.law.views, *(importlib.import_module(info.name).view for info in modules))
    return tuple(view for make in makers if (view := make(setting)) is not None)
