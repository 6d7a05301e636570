"""The charts of an explorer, rendered once to Bokeh figures, and the way from a frame to their columns.

Every display has a board of its own: its figures belong to one document. The names of its data sources and ranges are
unique, so that several explorers can share a page.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import holoviews as hv
import numpy as np

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.views import allocation, frontier, lifetime
from scalewidgets.views.elements import leaves
from scalewidgets.views.style import restyle

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Movement:
    """What a state changes in the charts: columns by source name, limits by range name."""

    sources: Mapping[str, Mapping[str, np.ndarray]]
    ranges: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """One chart: its title, how to draw it, how to finish it, and where its ranges are in a frame."""

    title: str
    draw: Callable[[Explorer, Mapping[str, Any]], Any]
    finish: Callable[[Any], None]
    x: tuple[str, str]
    y: tuple[str, str]


CHARTS: dict[str, Chart] = {
    "allocation": Chart(
        "Budget",
        lambda ex, f: allocation.chart(ex.fit.law, f["tables"]["allocation"]),
        allocation.finish,
        ("allocation", "x"),
        ("allocation", "y"),
    ),
    "sizes": Chart(
        "Sizes",
        lambda ex, f: frontier.chart("sizes", ex.fit.law, f["tables"]["frontier"], ex.fit.runs),
        lambda figure: frontier.finish("sizes", figure),
        ("frontier", "x"),
        ("frontier", "sizes.y"),
    ),
    "tokens": Chart(
        "Tokens",
        lambda ex, f: frontier.chart("tokens", ex.fit.law, f["tables"]["frontier"], ex.fit.runs),
        lambda figure: frontier.finish("tokens", figure),
        ("frontier", "x"),
        ("frontier", "tokens.y"),
    ),
    "lifetime": Chart(
        "Lifetime cost",
        lambda ex, f: lifetime.chart(f["tables"]["lifetime"]),
        lifetime.finish,
        ("lifetime", "x"),
        ("lifetime", "y"),
    ),
}


def elements(ex: Explorer) -> dict[str, Any]:
    """Return the charts of an explorer as HoloViews objects, to restyle and compose."""
    frames = ex.frames()
    with _bokeh_loaded():
        return {name: chart.draw(ex, frames) for name, chart in CHARTS.items()}


class _bokeh_loaded:
    """Let HoloViews work for Bokeh inside a block, and give the user's own backend back after it."""

    def __enter__(self) -> None:
        self.before = hv.Store.current_backend
        import holoviews.plotting.bokeh  # noqa: F401 - registers the backend; hv.extension would load scripts from a CDN

        # options are refused while the current backend is one that was never loaded, as it is by default
        hv.Store.current_backend = "bokeh"

    def __exit__(self, *_: object) -> None:
        hv.Store.current_backend = self.before


@dataclass
class Board:
    """Rendered charts of one explorer in one display.

    Attributes
    ----------
    figures : dict of str to bokeh figure
    """

    figures: dict[str, Any]
    name: str
    _sources: list[tuple[str, str, Any, Callable[..., Any]]] = field(repr=False)

    @classmethod
    def of(cls, ex: Explorer) -> Board:
        """Render the charts in the present state."""
        name = f"sw{next(_numbers)}"
        frames = ex.frames()
        figures, sources = {}, []
        with _bokeh_loaded():
            from holoviews.plotting.bokeh import BokehRenderer

            # an instance of our own: the shared renderer's settings are the user's
            renderer = BokehRenderer.instance(webgl=False)
            for key, chart in CHARTS.items():
                plot = renderer.get_plot(chart.draw(ex, frames))
                figure = plot.state
                restyle(figure)
                chart.finish(figure)
                figure.name = f"{name}.{key}"
                figure.x_range.name, figure.y_range.name = f"{name}.{key}.x", f"{name}.{key}.y"
                for limits in (figure.x_range, figure.y_range):
                    limits.reset_start = limits.reset_end = None
                for view, table, source, adapt in leaves(plot):
                    source.name = f"{name}.{view}.{table}"
                    sources.append((view, table, source, adapt))
                figures[key] = figure
        board = cls(figures, name, sources)
        board.apply(board.movement(frames))
        return board

    def movement(self, frames: Mapping[str, Any]) -> Movement:
        """Return what a frame changes."""
        sources = {}
        for view, table, source, adapt in self._sources:
            columns = {k: np.atleast_1d(np.asarray(v, dtype=float)) for k, v in frames["tables"][view][table].items()}
            sources[source.name] = {k: v for k, v in adapt(columns).items() if k in source.data}
            if "opacity" in columns:
                sources[source.name]["alpha"] = columns["opacity"]
        ranges = {}
        for key, chart in CHARTS.items():
            for axis, (view, name) in (("x", chart.x), ("y", chart.y)):
                limits = frames["ranges"][view][name]
                ranges[f"{self.name}.{key}.{axis}"] = (float(limits["low"]), float(limits["high"]))
        return Movement(sources, ranges)

    def apply(self, movement: Movement) -> None:
        """Write a movement to the models of this process: only what changed, and no axis the user has zoomed."""
        for _, _, source, _ in self._sources:
            columns = movement.sources[source.name]
            changed = {k: v for k, v in columns.items() if not np.array_equal(source.data[k], v, equal_nan=True)}
            if changed:
                source.data = {**source.data, **changed}
        for figure in self.figures.values():
            for limits in (figure.x_range, figure.y_range):
                low, high = movement.ranges[limits.name]
                zoomed = limits.reset_start is not None and (limits.start, limits.end) != (
                    limits.reset_start,
                    limits.reset_end,
                )
                limits.update(**({} if zoomed else {"start": low, "end": high}), reset_start=low, reset_end=high)
