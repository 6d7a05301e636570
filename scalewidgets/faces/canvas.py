"""The notebook's drawing widget: Bokeh figures and text slots, moved by one binary trait."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import anywidget
import bokeh
import ipywidgets
import traitlets
from bokeh.embed import json_item
from bokeh.models import Model, Plot
from bokeh.resources import Resources

from scalewidgets.faces.files import HERE, text_of
from scalewidgets.faces.wire import Update, pack
from scalewidgets.live import packing
from scalewidgets.live.bundling import joined

# Bokeh's own colours and their partners on a dark page; figures with other colours bring a palette of their own.
PALETTE = {
    "black": "#e6e9ed",
    "#000000": "#e6e9ed",
    "#444444": "#c3cad2",
    "#5b5b5b": "#c3cad2",
    "#5B5B5B": "#c3cad2",
    "#e5e5e5": "#2b3138",
}


class BokehScript(ipywidgets.Widget):
    """Carry BokehJS to the page: one of these a kernel, shared by all canvases.

    The text is compressed (about 0.4 MB), as notebooks saved with widget state contain it.
    """

    _view_name = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    version = traitlets.Unicode().tag(sync=True)
    script = traitlets.Bytes().tag(sync=True)

    _shared: BokehScript | None = None

    @classmethod
    def shared(cls) -> BokehScript:
        """Return the one of this kernel; a new one if it was closed."""
        if cls._shared is None or cls._shared.comm is None:
            cls._shared = cls(version=bokeh.__version__, script=_compressed_script())
        return cls._shared


@cache
def _compressed_script() -> bytes:
    (text,) = Resources(mode="inline", components=["bokeh"], minified=True, log_level="warn").js_raw[:1]
    return gzip.compress(text.encode(), mtime=0)


class Canvas(anywidget.AnyWidget):
    """Draw Bokeh figures in a notebook and move them without drawing anew.

    Parameters
    ----------
    figures : bokeh model or mapping of str to bokeh model
        One layout or figure, or several by slot. Data sources and ranges that move need unique names.
    titles : mapping of str to str, optional
        Text on the button of each slot; the slot's name otherwise.
    columns : int
        How many figures stand next to each other; the rest wait behind buttons. A narrow output shows one.
    above, below : sequence of str
        Text slots over and under the figures.
    live : sequence of str
        Text slots a screen reader is told about after a pause.
    theme : {"auto", "light", "dark"}
        ``"auto"`` follows the notebook, else the system.
    palette : mapping of str to str
        Dark partner of each light colour in the figures.
    update : Update, optional
        What the figures and slots begin with.
    maps : mapping of str to mapping
        For each slot, where its figure takes columns and ranges from (`Board.map`), where the page computes them.
    inputs : mapping of str to mapping of str to ipywidget
        The widgets of each control by role: ``slider``, ``toggle``, ``select``.
    rows : mapping of str to list
        For each slot, where its points stand for the user's runs (`Board.rows`); a tap on one sends ``{"row": i}``.

    Examples
    --------
    >>> from bokeh.plotting import figure
    >>> canvas = Canvas({"bowl": figure(name="bowl")}, titles={"bowl": "How big?"})
    >>> canvas.push(Update(texts={"cards": "72.4B"}))
    >>> canvas.state.texts["cards"]
    '72.4B'
    """

    _esm = joined(HERE / "canvas.mjs")
    _css = text_of("cards.css") + text_of("canvas.css")

    asset = traitlets.Instance(BokehScript).tag(sync=True, **ipywidgets.widget_serialization)
    figures = traitlets.List(traitlets.Dict()).tag(sync=True)
    update = traitlets.Bytes().tag(sync=True)
    above = traitlets.List(traitlets.Unicode()).tag(sync=True)
    below = traitlets.List(traitlets.Unicode()).tag(sync=True)
    live = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.Int(1, min=1).tag(sync=True)
    program = traitlets.Bytes().tag(sync=True)
    told = traitlets.Dict({"state": {}, "at": {}, "count": 0}).tag(sync=True)
    pins = traitlets.Bytes().tag(sync=True)
    maps = traitlets.Dict().tag(sync=True)
    inputs = traitlets.Dict().tag(sync=True, **ipywidgets.widget_serialization)
    rows = traitlets.Dict().tag(sync=True)
    active = traitlets.Unicode().tag(sync=True)
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    palette = traitlets.Dict(PALETTE).tag(sync=True)

    def __init__(
        self,
        figures: Model | Mapping[str, Model],
        *,
        titles: Mapping[str, str] | None = None,
        columns: int = 1,
        above: Sequence[str] = ("cards",),
        below: Sequence[str] = ("formula", "notes"),
        live: Sequence[str] = ("cards",),
        theme: str = "auto",
        palette: Mapping[str, str] = PALETTE,
        update: Update | None = None,
        **traits: Any,
    ):
        models = dict(figures) if isinstance(figures, Mapping) else {"figure": figures}
        if not models:
            raise ValueError("a canvas without figures draws nothing; give a Bokeh model or {slot: model}")
        titles = titles or {}
        self._state = update or Update()
        self._told: dict[str, Any] = {}
        super().__init__(
            asset=BokehScript.shared(),
            figures=[{"slot": s, "title": titles.get(s, s), "item": item_of(model)} for s, model in models.items()],
            update=pack(self._state),
            active=traits.pop("active", next(iter(models))),
            columns=columns,
            above=list(above),
            below=list(below),
            live=list(live),
            theme=theme,
            palette=dict(palette),
            **traits,
        )

    def tell(self, news: Mapping[str, Any], at: Mapping[str, Mapping[str, Any]]) -> None:
        """Give the page sets, graphs, a state and pins (`scalewidgets.live.program.bundle`), to compute by itself.

        What was told before stays known, so that a view opened later knows it all. `at` is where the widgets of each
        control stand by role: a page whose own stand elsewhere was moved since, and keeps what was moved.
        """
        with self.hold_sync():
            if "sets" in news:
                for part in ("sets", "graphs"):
                    self._told[part] = {**self._told.get(part, {}), **news[part]}
                self._told["controls"] = news["controls"]
                self.program = packing.pack(self._told)
            self.pins = packing.pack({"pins": news["pins"]}) if "pins" in news else b""
            self.told = {"state": news["state"], "at": at, "count": self.told["count"] + 1}

    @property
    def state(self) -> Update:
        """All that was pushed so far, as one update."""
        return self._state

    def push(self, update: Update) -> None:
        """Move the figures and texts.

        What an update leaves out stays. The whole state is sent each time, so the page may skip updates it can't keep
        up with, and a view opened later shows the present.
        """
        self._state = self._state.merged(update)
        self.update = pack(self._state)


def item_of(model: Model) -> str:
    """Return a model as the JSON that BokehJS embeds, as wide as its place and without a ground of its own."""
    item = json_item(model, theme=None)
    if isinstance(model, Plot):
        attributes = item["doc"]["roots"][0]["attributes"]
        if attributes.get("sizing_mode", "fixed") == "fixed":  # a fixed width would overflow a narrow notebook
            attributes["sizing_mode"] = "stretch_width"
        # Bokeh clears the outermost half pixel only in part: an old fill would show as a frame after a theme change.
        for fill in ("border_fill_color", "background_fill_color"):
            attributes.setdefault(fill, None)
    return json.dumps(item, allow_nan=False)
