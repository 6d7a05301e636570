"""The charts of an explorer, rendered once to Bokeh figures, and the way from a frame to their columns.

Every display has a board of its own: its figures belong to one document. The names of its data sources and ranges are
unique, so that several explorers can share a page.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import holoviews as hv
import numpy as np
from bokeh.models import ColorBar

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.formats import format_value
from scalewidgets.views.charts import Chart, charts_of
from scalewidgets.views.drawings import drawing
from scalewidgets.views.elements import Leaf, column_of, leaves
from scalewidgets.views.style import restyle

_numbers = itertools.count(1)
# Title and label of the vertical axis: their part of a figure, and its property.
_WORDS = (("title", "text"), ("label", "axis_label"))


@dataclass(frozen=True)
class Movement:
    """What a state changes in the charts: columns by source name, limits by range name, words by model and property."""

    sources: Mapping[str, Mapping[str, np.ndarray]]
    ranges: Mapping[str, tuple[float, float]]
    words: Mapping[tuple[str, str], Any] = field(default_factory=dict)


def elements(ex: BaseExplorer) -> dict[str, Any]:
    """Return the charts of an explorer as HoloViews objects, to restyle and compose."""
    frames = ex.frames()
    with _bokeh_loaded():
        return {name: chart.draw(ex, frames) for name, chart in charts_of(ex).items()}


class _bokeh_loaded:
    """Let HoloViews work for Bokeh inside a block, and give the user's own backend back after it."""

    def __enter__(self) -> None:
        self.before = hv.Store.current_backend
        import holoviews.plotting.bokeh  # noqa: F401 - registers the backend; hv.extension would load scripts from a CDN

        # options are refused while the current backend is one that was never loaded, as it is by default
        hv.Store.current_backend = "bokeh"

    def __exit__(self, *_: object) -> None:
        hv.Store.current_backend = self.before


def _drawn(ex: BaseExplorer, frames: Mapping[str, Any], key: str, chart: Chart) -> tuple[Any, list[Leaf]]:
    """Return a figure of its own and its leaves; what moves in it is that of any state of such an explorer."""

    def draw() -> tuple[Any, list[Leaf]]:
        with _bokeh_loaded():
            from holoviews.plotting.bokeh import BokehRenderer

            # an instance of our own: the shared renderer's settings are the user's
            plot = BokehRenderer.instance(webgl=False).get_plot(chart.draw(ex, frames))
            figure = plot.state
            restyle(figure)
            chart.finish(figure)
            return figure, leaves(plot)

    if any(name.startswith("runs") for name in ex.inputs):
        # words that go with runs, such as their names, are drawn and not moved
        return draw()
    return drawing((type(ex), ex.board, ex.look, key), draw).copy()


def _name(figure: Any, found: list[Leaf], board: str, key: str) -> None:
    """Name the models that move, uniquely in a page; what the page moves or zooms is the page's own."""
    figure.name = f"{board}.{key}"
    figure.x_range.name, figure.y_range.name = f"{board}.{key}.x", f"{board}.{key}.y"
    for part, model in _speaking(figure).items():
        model.name = f"{board}.{key}.{part}"
    for limits in (figure.x_range, figure.y_range):
        limits.reset_start = limits.reset_end = None
        limits.syncable = False
    for leaf in found:
        leaf.source.name = f"{board}.{leaf.view}.{leaf.table}"
        leaf.source.syncable = False


def _speaking(figure: Any) -> dict[str, Any]:
    """Return the parts of a figure whose words a state may change."""
    bars = [each for each in figure.right if isinstance(each, ColorBar)]
    return {"title": figure.title, "label": figure.yaxis[0], **({"scale": bars[0]} if bars else {})}


@dataclass
class Board:
    """Rendered charts of one explorer in one display.

    Attributes
    ----------
    figures : dict of str to bokeh figure
    """

    figures: dict[str, Any]
    name: str
    charts: Mapping[str, Chart]
    leaves: dict[str, list[Leaf]] = field(repr=False)

    @classmethod
    def of(
        cls,
        ex: BaseExplorer,
        frames: Mapping[str, Any] | None = None,
        *,
        former: Board | None = None,
        only: Container[str] | None = None,
    ) -> Board:
        """Render the charts in the present state, or only some; those that a former board has are taken from it."""
        name = f"sw{next(_numbers)}" if former is None else former.name
        frames = ex.frames() if frames is None else frames
        charts = {key: chart for key, chart in charts_of(ex).items() if only is None or key in only}
        figures = {} if former is None else {key: figure for key, figure in former.figures.items() if key in charts}
        found = {} if former is None else {key: former.leaves[key] for key in figures}
        for key, chart in charts.items():
            if key not in figures:
                figures[key], found[key] = _drawn(ex, frames, key, chart)
                _name(figures[key], found[key], name, key)
        board = cls({key: figures[key] for key in charts}, name, charts, found)
        board.apply(board.movement(frames))
        return board

    def name_of(self, key: str) -> str:
        """Return the name of a chart's figure, rendered or not."""
        return f"{self.name}.{key}"

    def map(self, frames: Mapping[str, Any]) -> dict[str, Any]:
        """Return for each figure its name, and which paths of the frame its columns and ranges come from.

        ``sources``: source, then column, then one path or two (an edge, and the other edge backwards).
        ``ranges``: range, then the paths of its start and end. ``words``: model, then its property, and by the number
        at a path its texts. ``scales``: bar of colours, then the path of its numbers, their levels and format.
        """
        found = {}
        for key, chart in self.charts.items():
            sources = {}
            for leaf in self.leaves[key]:
                table = f"tables/{leaf.view}/{leaf.table}"
                lies = leaf.lies(frames["tables"][leaf.view][leaf.table])
                sources[leaf.source.name] = {c: [f"{table}/{part}" for part in parts] for c, parts in lies.items()}
            ranges = {
                f"{self.name}.{key}.{axis}": [f"ranges/{view}/{name}/{end}" for end in ("low", "high")]
                for axis, (view, name) in (("x", chart.x), ("y", chart.y))
            }
            found[key] = {"name": self.name_of(key), "sources": sources, "ranges": ranges}
            if chart.words:
                found[key]["words"] = {
                    f"{self.name}.{key}.{part}": {"property": name, "path": "notes/response", "texts": list(texts)}
                    for (part, name), texts in zip(_WORDS, zip(*chart.words, strict=True), strict=True)
                }
            if chart.scale is not None:
                found[key]["scales"] = {
                    f"{self.name}.{key}.scale": {
                        "path": "/".join(("tables", *chart.scale.path)),
                        "levels": list(chart.scale.levels),
                        "format": chart.scale.format,
                    }
                }
        return found

    def rows(self) -> dict[str, list[list[str]]]:
        """Return by figure where its points stand for the user's runs: names of source, x and y."""
        return {
            self.name_of(key): [[f"{self.name}.{view}.{table}", x, y] for view, table, x, y in chart.rows]
            for key, chart in self.charts.items()
            if chart.rows
        }

    def movement(self, frames: Mapping[str, Any]) -> Movement:
        """Return what a frame changes."""
        sources = {}
        for leaf in itertools.chain.from_iterable(self.leaves.values()):
            table = frames["tables"][leaf.view][leaf.table]
            sources[leaf.source.name] = {column: column_of(table, parts) for column, parts in leaf.lies(table).items()}
        ranges = {}
        for key, chart in self.charts.items():
            for axis, (view, name) in (("x", chart.x), ("y", chart.y)):
                limits = frames["ranges"][view][name]
                ranges[f"{self.name}.{key}.{axis}"] = (float(limits["low"]), float(limits["high"]))
        return Movement(sources, ranges, self._words(frames))

    def _words(self, frames: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """Return what parts of the charts say in a state, by part and property."""
        found: dict[tuple[str, str], Any] = {}
        for key, chart in self.charts.items():
            if chart.words:
                said = chart.words[int(frames["notes"]["response"])]
                found |= {(f"{key}.{part}", name): text for (part, name), text in zip(_WORDS, said, strict=True)}
            if chart.scale is not None:
                view, table, column = chart.scale.path
                numbers = zip(chart.scale.levels, frames["tables"][view][table][column], strict=True)
                texts = {level: format_value(float(number), chart.scale.format) for level, number in numbers}
                found[f"{key}.scale", "major_label_overrides"] = texts
        return found

    def apply(self, movement: Movement) -> None:
        """Write a movement to the models of this process: only what changed, and no axis the user has zoomed."""
        for source in (leaf.source for leaf in itertools.chain.from_iterable(self.leaves.values())):
            columns = movement.sources[source.name]
            changed = {k: v for k, v in columns.items() if not np.array_equal(source.data[k], v, equal_nan=True)}
            if changed:
                source.data = {**source.data, **changed}
        for key, figure in self.figures.items():
            for part, model in _speaking(figure).items():
                said = {name: text for (place, name), text in movement.words.items() if place == f"{key}.{part}"}
                model.update(**{name: text for name, text in said.items() if getattr(model, name) != text})
            for limits in (figure.x_range, figure.y_range):
                low, high = movement.ranges[limits.name]
                zoomed = limits.reset_start is not None and (limits.start, limits.end) != (
                    limits.reset_start,
                    limits.reset_end,
                )
                limits.update(**({} if zoomed else {"start": low, "end": high}), reset_start=low, reset_end=high)
