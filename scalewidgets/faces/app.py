"""The app: Bokeh models in a layout of their own, inside one Panel pane, driven by an explorer.

The page computes: its module moves figures, texts and controls, and tells Python the state. Python answers with what
the page lacks: a state set elsewhere, the numbers of other coefficients, or columns where a law runs in Python only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from typing import Any
from urllib.parse import urlencode

import numpy as np
from bokeh.models import Column, ColumnDataSource, CustomJS, Div, InlineStyleSheet, RadioButtonGroup, Row, Toggle

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.texts import texts
from scalewidgets.faces import fields
from scalewidgets.faces.app_controls import AppControls, error_html
from scalewidgets.faces.checks_app import ChecksPanel
from scalewidgets.faces.files import HERE, text_of
from scalewidgets.faces.refit_app import RefitPanel
from scalewidgets.faces.scores_app import ScoresPanel
from scalewidgets.faces.telling import Telling
from scalewidgets.faces.topbar import TopBar
from scalewidgets.live.bundling import joined
from scalewidgets.live.packing import pack
from scalewidgets.views.board import Board
from scalewidgets.views.charts import charts_of
from scalewidgets.views.style import DARK

# A longer message, a file, is not told again with the next.
KEPT = 100_000


@cache
def _styles() -> str:
    return "".join(map(text_of, ("app.css", "app_controls.css", "cards.css")))


class App:
    """The app of one session.

    Parameters
    ----------
    ex : BaseExplorer
    gallery : str
        Address of the page that lists all laws, where one is served beside the app.
    query : mapping, optional
        An address, which may say on what hardware.

    Attributes
    ----------
    layout : bokeh Column
        All of the app.
    settled : list of callable
        Called when the page tells a state that has come to rest, rather than on the way of a drag.
    bar : TopBar
    checks : ChecksPanel or None
        Only for an explorer with a feasibility table.
    scores : ScoresPanel or None
        Only for an explorer that shows task errors.
    """

    def __init__(self, ex: BaseExplorer, gallery: str = "", query: Mapping[str, Any] | None = None) -> None:
        self.ex = ex
        self.settled: list[Callable[[], None]] = []
        self._waiting: dict[str, Any] = {}
        self._hearing = False
        self._heard = 0
        self._style = InlineStyleSheet(css=_styles())
        self.controls = AppControls(ex, self._style)
        self.slots = {
            "cards": self._div("sw-slot"),
            "costs": self._div("sw-slot"),
            "formula": self._div("sw-slot"),
            "checks": self._div("sw-slot"),
            "notes": self._div("sw-slot"),
        }
        self.message = self._div("sw-message", visible=False, name="message")
        self.charts = Column(css_classes=["sw-charts"], stylesheets=[self._style], sizing_mode="stretch_width")
        # What Python tells the page, and the page Python.
        self.down = ColumnDataSource(data={"block": np.zeros(0, dtype=np.uint8)}, syncable=False)
        self.up = ColumnDataSource(data={}, name="up")
        self.answers = ColumnDataSource(data={}, name="answers")
        self.address = ColumnDataSource(data={}, name="address")
        self._told = 0
        self._complaints: list[str] = []
        refused: list[str] = []
        self.tabs, self.chips = self._buttons("tabs"), self._buttons("chips")
        self._opened: set[str] = set()
        self.tabs.on_change("active", lambda attribute, old, new: self._open(self.tabs.labels[new]))
        self.chips.on_change("active", lambda attribute, old, new: self._open(self.tabs.tags[new][3]))
        side = [*self.controls.groups]
        self.checks = ChecksPanel(ex, self._style, self.tell) if hasattr(ex, "feasibility") else None
        if self.checks is not None:
            side.append(self.checks.layout)
            # before the page is told anything: what it is told first holds the charts
            refused = self.checks.restore(query or {})
            self.settled.append(self.checks.soon)
        # only an explorer that can fit has a place for runs
        refit = getattr(ex, "refit", None)
        self.panel = None if refit is None else RefitPanel(refit, self._style)
        if self.panel is not None:
            side.append(self.panel.layout)
        # only an explorer that shows task errors has a place for scores
        self.scores = ScoresPanel(ex, self._style) if hasattr(ex, "task_upload") else None
        if self.scores is not None:
            side.append(self.scores.layout)
        self.groups = side
        self.theme = self._theme_button()
        self.bar = TopBar(ex, self._style, self.tell, self.checks)
        others = f'<a class="sw-others" href="{escape(gallery)}">All laws</a>' if gallery else ""
        brand = self._div("sw-slot", f'<span class="sw-brand">{escape(ex.title)}</span>{others}')
        self.layout = self._column(
            "sw-app",
            [
                Row(children=[brand, self.bar.html, self.theme], css_classes=["sw-top"], stylesheets=[self._style]),
                self._column("sw-side", side),
                self._column("sw-headline", [self.slots["cards"], self.slots["costs"]]),
                self._column("sw-main", [self.message, self.tabs, self.chips, self.charts]),
                self._column("sw-words", [self.slots[name] for name in ("formula", "checks", "notes")]),
            ],
        )
        self.telling = Telling(ex)
        self._drawn: Any = None
        self._draw(ex.frames())
        self._connect()
        self.refresh()
        if refused:
            self.complain(refused)
        ex.param.watch(lambda *_: self.refresh(), list(ex.names))

    def refresh(self) -> None:
        """Tell the page what it lacks of the present state."""
        if self._hearing:
            return
        message: dict[str, Any] = {}
        if self._drawn != self._drawing() or not self.telling.began:
            if self.telling.began:
                self._draw(self.ex.frames())
            message["map"] = self.board.map(self.ex.frames())
        message |= self.telling.news()
        if not self.telling.portable:
            frames = self.ex.frames()
            movement = self.board.movement(frames)
            message["update"] = {
                "sources": movement.sources,
                "ranges": movement.ranges,
                "texts": self.telling.texts(frames),
            }
        if message:
            message["heard"] = self._heard
            self.down.data = {"block": np.frombuffer(pack(message), dtype=np.uint8)}

    def complain(self, sentences: list[str]) -> None:
        """Say above the charts what could not be done."""
        self._complaints += sentences
        self.message.text = error_html(self._complaints)
        self.message.visible = True

    def tell(self, message: Mapping[str, Any]) -> None:
        """Tell the page something that is not part of the state."""
        self._told += 1
        # the page counts: of two answers at once it would else see the second one only
        kept = [tag for tag in self.answers.tags[-3:] if len(tag) < KEPT]
        self.answers.tags = [*kept, json.dumps({**message, "count": self._told})]

    def show_address(self, query: Mapping[str, Any]) -> None:
        """Have the browser's address name this query, once the state rests."""
        # only the last one counts
        self.address.tags = [urlencode(query)]

    def _drawing(self) -> tuple[Any, ...]:
        """Return what the charts are drawn from."""
        return self.ex.look, self.ex.board, frozenset(self._opened)

    def _open(self, tab: str) -> None:
        """Draw the charts of a tab, when it is opened for the first time: drawing is most of what a visitor costs."""
        if tab not in self._opened:
            self._opened.add(tab)
            self.refresh()

    def _draw(self, frames: Any) -> None:
        """Draw the charts of the tabs that were opened, and write the texts that a page begins with."""
        charts = charts_of(self.ex)
        self.tabs.labels = list(dict.fromkeys(chart.tab for chart in charts.values()))
        self.tabs.visible = len(self.tabs.labels) > 1
        self.tabs.active = min(self.tabs.active, len(self.tabs.labels) - 1)
        self.chips.labels = [chart.title for chart in charts.values()]
        shown = self.tabs.labels[self.tabs.active]
        self._opened.add(shown)
        # where only charts are added, those that stand stay
        former = self.board if self._drawn is not None and self._drawn[0] == self.ex.look else None
        only = {key for key, chart in charts.items() if chart.tab in self._opened}
        self.board, self._drawn = Board.of(self.ex, frames, former=former, only=only), self._drawing()
        # the page shows tabs by itself
        self.tabs.tags = [[key, self.board.name_of(key), chart.title, chart.tab] for key, chart in charts.items()]
        for key, figure in self.board.figures.items():
            figure.sizing_mode = "stretch_width"
            figure.visible = charts[key].tab == shown
        if self.panel is not None:
            self.panel.listen(self.board)
        self.charts.children = list(self.board.figures.values())
        for name, html in texts(self.ex, frames).items():
            self.slots[name].text = html

    def _connect(self) -> None:
        """Have the page's module called by the first layout, by every control and every message."""
        run = CustomJS(
            args={
                "up": self.up,
                "down": self.down,
                "slots": list(self.slots.items()),
                "controls": [[name, list(models.items())] for name, models in self.controls.models.items()],
                "answers": self.answers,
                "address": self.address,
                "message": self.message,
                "shelf": {"tabs": self.tabs, "chips": self.chips, "charts": self.charts},
                "groups": self.groups,
                "resets": self.controls.resets,
                "bar": {"slot": self.bar.html, "asks": self.bar.asks, "presets": self.bar.presets},
                "named": [] if self.panel is None else self.panel.named,
            },
            code=joined(HERE / "app.mjs"),
            module=True,
        )
        changes = {"text": ["value"], "slider": ["value", "value_throttled"], "toggle": ["active"], "select": ["value"]}
        for models in self.controls.models.values():
            for role, model in models.items():
                for change in changes[role]:
                    model.js_on_change(change, run)
        self.down.js_on_change("data", run)
        for told in (self.answers, self.address):
            told.js_on_change("tags", run)
        # wherever and whenever it is shown: a document is ready only once
        for figure in self.board.figures.values():
            figure.js_on_change("inner_width", run)
        for buttons in (self.tabs, self.chips):
            buttons.js_on_change("active", run)
        self.up.on_change("tags", lambda attribute, old, new: self._hear(json.loads(new[-1])))

    def _hear(self, message: dict[str, Any]) -> None:
        """Take a state of the page.

        Where Python computes, after all messages that have arrived, so that of a drag only the last one counts.
        """
        typed = self._waiting.get("typed", {}) | message.get("typed", {})
        idle = not self._waiting
        self._waiting = {**message, "typed": typed}
        document = self.layout.document
        if document is None or document.session_context is None or (idle and self.telling.portable):
            self._take()
        elif idle:
            document.add_timeout_callback(self._take, 1)

    def _take(self) -> None:
        message, self._waiting = self._waiting, {}
        self._heard = message["count"]
        settled = message.get("settled", True)
        if self.checks is not None:
            self.checks.held = not settled
        self._hearing = True
        try:
            heard = self.telling.heard(message["state"])
            if "pinned" in heard:
                # from the page's own settings, which it can't refuse
                self.ex.param.update(pinned=heard.pop("pinned"))
            for name, value in heard.items():
                self._enter(name, value)
            for name, text in message["typed"].items():
                control, optional = self.ex.controls_by_name[name], self.ex.param[name].allow_None
                self._enter(name, fields.typed(control, text, optional))
                self.telling.forget(name)
        finally:
            self._hearing = False
        if self.checks is not None and self.telling.agrees:
            self.checks.shown = message.get("cards")
        self.refresh()
        if settled:
            for call in self.settled:
                call()

    def _enter(self, name: str, value: Any) -> None:
        self.controls.refuse(name, fields.enter(self.ex, name, value))

    def _buttons(self, name: str) -> RadioButtonGroup:
        return RadioButtonGroup(name=name, css_classes=[f"sw-{name}"], stylesheets=[self._style], active=0)

    def _theme_button(self) -> Toggle:
        """Return the button that switches colours in the page, without Python."""
        button = Toggle(label="Dark", name="theme", stylesheets=[self._style], width=80)
        # both sources are named here so that they belong to the document
        page = {"button": button, "palette": list(DARK.items()), "up": self.up, "down": self.down}
        show = CustomJS(args=page, code=joined(HERE / "theme.mjs"), module=True)
        button.js_on_change("active", show)
        # figures drawn later come in light colours
        self.charts.js_on_change("children", show)
        return button

    def _column(self, name: str, children: list[Any]) -> Column:
        return Column(children=children, css_classes=[name], stylesheets=[self._style], sizing_mode="stretch_width")

    def _div(self, css: str, text: str = "", **more: Any) -> Div:
        return Div(
            text=text,
            css_classes=[css],
            stylesheets=[self._style],
            sizing_mode="stretch_width",
            disable_math=True,
            **more,
        )
