"""The app: Bokeh models in a layout of their own, inside one Panel pane, driven by an explorer.

The page computes: its module moves figures, texts and controls, and tells Python the state. Python answers with what
the page lacks: a state set elsewhere, the numbers of other coefficients, or columns where a law runs in Python only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from html import escape
from typing import Any

import numpy as np
from bokeh.models import (
    Checkbox,
    Column,
    ColumnDataSource,
    CustomJS,
    Div,
    InlineStyleSheet,
    RadioButtonGroup,
    Row,
    Select,
    Slider,
    TextInput,
    Toggle,
)

from scalewidgets.explorers import controls
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.texts import texts
from scalewidgets.faces import fields
from scalewidgets.faces.files import HERE, text_of
from scalewidgets.faces.refit_app import RefitPanel
from scalewidgets.faces.telling import Telling
from scalewidgets.live.bundling import joined
from scalewidgets.live.packing import pack
from scalewidgets.live.program import settings_of
from scalewidgets.views.board import Board
from scalewidgets.views.style import DARK


@cache
def _styles() -> str:
    return text_of("app.css") + text_of("cards.css")


class App:
    """The app of one session.

    Parameters
    ----------
    ex : BaseExplorer
    gallery : str
        Address of the page that lists all laws, where one is served beside the app.

    Attributes
    ----------
    layout : bokeh Column
        All of the app.
    start : bokeh CustomJS
        Starts the page's module; it starts at the first move otherwise.
    settled : list of callable
        Called when the page tells its state, rather than at every step.
    """

    def __init__(self, ex: BaseExplorer, gallery: str = "") -> None:
        self.ex = ex
        self.settled: list[Callable[[], None]] = []
        self._waiting: dict[str, Any] = {}
        self._hearing = False
        self._heard = 0
        self._style = InlineStyleSheet(css=_styles())
        self._errors: dict[str, Div] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self.slots = {
            "cards": self._div("sw-headline"),
            "formula": self._div("sw-slot"),
            "notes": self._div("sw-slot"),
        }
        self.message = self._div("sw-message", visible=False, name="message")
        self.charts = Column(css_classes=["sw-charts"], stylesheets=[self._style], sizing_mode="stretch_width")
        # What Python tells the page, and the page Python.
        self.down = ColumnDataSource(data={"block": np.zeros(0, dtype=np.uint8)}, syncable=False)
        self.up = ColumnDataSource(data={}, name="up")
        self.tabs = RadioButtonGroup(name="tabs", css_classes=["sw-tabs"], stylesheets=[self._style], active=0)
        self.tabs.on_change("active", lambda attribute, old, new: self._show_tab())
        side = [self._group(group) for group in ex.groups]
        # only an explorer that can fit has a place for runs
        refit = getattr(ex, "refit", None)
        self.panel = None if refit is None else RefitPanel(refit, self._style)
        if self.panel is not None:
            side.append(self.panel.layout)
        self.theme = self._theme_button()
        others = f'<a class="sw-others" href="{escape(gallery)}">All laws</a>' if gallery else ""
        brand = self._div("sw-slot", f'<span class="sw-brand">{escape(ex.title)}</span>{others}')
        self.layout = self._column(
            "sw-app",
            [
                Row(children=[brand, self.theme], css_classes=["sw-top"], stylesheets=[self._style]),
                self._column("sw-side", side),
                self.slots["cards"],
                self._column(
                    "sw-main", [self.message, self.tabs, self.charts, self.slots["formula"], self.slots["notes"]]
                ),
            ],
        )
        self.telling = Telling(ex)
        self._drawn: Any = None
        self._draw(ex.frames())
        self.start = self._connect()
        self.refresh()
        ex.param.watch(lambda *_: self.refresh(), list(ex.names))

    def refresh(self) -> None:
        """Tell the page what it lacks of the present state."""
        if self._hearing:
            return
        message: dict[str, Any] = {}
        if self._drawn != (self.ex.look, self.ex.board) or not self.telling.began:
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
        lines = "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)
        self.message.text = f'<div class="sw-error" role="alert">{lines}</div>'
        self.message.visible = True

    def _draw(self, frames: Any) -> None:
        """Draw the charts, and write the texts that a page begins with."""
        # where only charts are added, those that stand stay
        former = self.board if self._drawn is not None and self._drawn[0] == self.ex.look else None
        self.board, self._drawn = Board.of(self.ex, frames, former=former), (self.ex.look, self.ex.board)
        for figure in self.board.figures.values():
            figure.sizing_mode = "stretch_width"
        self.tabs.labels = list(dict.fromkeys(chart.tab for chart in self.board.charts.values()))
        self.tabs.visible = len(self.tabs.labels) > 1
        self.tabs.active = min(self.tabs.active, len(self.tabs.labels) - 1)
        self._show_tab()
        if self.panel is not None:
            self.panel.listen(self.board)
        self.charts.children = list(self.board.figures.values())
        for name, html in texts(self.ex, frames).items():
            self.slots[name].text = html

    def _show_tab(self) -> None:
        """Show the charts of the chosen tab."""
        for key, chart in self.board.charts.items():
            self.board.figures[key].visible = chart.tab == self.tabs.labels[self.tabs.active]

    def _connect(self) -> CustomJS:
        """Have the page's module called by every control and every message."""
        run = CustomJS(
            args={
                "up": self.up,
                "down": self.down,
                "slots": list(self.slots.items()),
                "controls": [[name, list(models.items())] for name, models in self._models.items()],
            },
            code=joined(HERE / "app.mjs"),
            module=True,
        )
        changes = {"text": ["value"], "slider": ["value", "value_throttled"], "toggle": ["active"], "select": ["value"]}
        for models in self._models.values():
            for role, model in models.items():
                for change in changes[role]:
                    model.js_on_change(change, run)
        self.down.js_on_change("data", run)
        self.up.on_change("tags", lambda attribute, old, new: self._hear(json.loads(new[-1])))
        return run

    def _hear(self, message: dict[str, Any]) -> None:
        """Take a state of the page after all messages that have arrived, so that of a drag only the last one counts."""
        typed = self._waiting.get("typed", {}) | message.get("typed", {})
        idle = not self._waiting
        self._waiting = {**message, "typed": typed}
        document = self.layout.document
        if document is None or document.session_context is None:
            self._take()
        elif idle:
            document.add_timeout_callback(self._take, 1)

    def _take(self) -> None:
        message, self._waiting = self._waiting, {}
        self._heard = message["count"]
        self._hearing = True
        try:
            self.telling.heard(message["state"])
            for name, value in settings_of(self.ex, message["state"]).items():
                self._enter(name, value)
            for name, text in message["typed"].items():
                optional = self.ex.param[name].allow_None
                self._enter(name, fields.typed(text, optional))
                self.telling.forget(name)
        finally:
            self._hearing = False
        self.refresh()
        for call in self.settled:
            call()

    def _enter(self, name: str, value: Any) -> None:
        reason = fields.enter(self.ex, name, value)
        error = self._errors[name]
        error.text = f'<div class="sw-error" role="alert">{escape(reason)}</div>' if reason else ""
        error.visible = bool(reason)

    def _group(self, group: controls.Group) -> Column:
        rows: list[Any] = [self._div("sw-slot", f'<span class="sw-title">{escape(group.title)}</span>')]
        for control in group.controls:
            if isinstance(control, controls.Slider):
                models = self._slider(control, group.switch_label if group.switch == control.name else "")
            else:
                models = {"select": self._choice(control)}
            for model in models.values():
                model.syncable = False  # the page tells the state in one piece
            self._models[control.name] = models
            self._errors[control.name] = self._div("sw-slot", visible=False)
            rows += [*models.values(), self._errors[control.name]]
        return self._column("sw-group", rows)

    def _slider(self, control: controls.Slider, optional: str) -> dict[str, Any]:
        value = getattr(self.ex, control.name)
        low, high = control.ends
        models: dict[str, Any] = {}
        if optional:
            models["toggle"] = Checkbox(
                label=optional, active=value is not None, name=f"{control.name}.switch", stylesheets=[self._style]
            )
        models["text"] = TextInput(
            title=control.title,
            value=fields.shown(control, value),
            disabled=value is None,
            name=f"{control.name}.text",
            description=control.help or None,
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )
        models["slider"] = Slider(
            start=low,
            end=high,
            step=control.step,
            value=control.place(control.rest if value is None else value),
            disabled=value is None,
            title=None,
            show_value=False,
            tooltips=False,  # it would show the logarithm; the field above shows the value
            name=f"{control.name}.slider",
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )
        return models

    def _choice(self, control: controls.Choice) -> Select:
        return Select(
            title=control.label,
            options=list(control.options),
            value=control.chosen(getattr(self.ex, control.name)),
            name=f"{control.name}.select",
            description=control.help or None,
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )

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
