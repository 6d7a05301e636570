"""The app: Bokeh models in a layout of their own, inside one Panel pane, driven by an explorer.

Python computes the columns and sends them in one message a move; the page writes them to the figures that stand.
"""

from __future__ import annotations

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
    Row,
    Select,
    Slider,
    TextInput,
    Toggle,
)

from scalewidgets.explorers import controls
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import cards_html, formula_html, notes_html
from scalewidgets.faces import fields
from scalewidgets.faces.files import text_of
from scalewidgets.faces.wire import Update, pack
from scalewidgets.views.board import Board
from scalewidgets.views.style import DARK


@cache
def _styles() -> str:
    return text_of("app.css") + text_of("cards.css")


class App:
    """The app of one session.

    Parameters
    ----------
    ex : Explorer

    Attributes
    ----------
    layout : bokeh Column
        All of the app.
    settled : list of callable
        Called when a control comes to rest, rather than at every step.
    """

    def __init__(self, ex: Explorer) -> None:
        self.ex = ex
        self.settled: list[Callable[[], None]] = []
        self._writing = False
        self._move: Callable[[], None] | None = None
        self._style = InlineStyleSheet(css=_styles())
        self._writers: list[Callable[[], None]] = []
        self.slots = {
            "cards": self._div("sw-headline"),
            "formula": self._div("sw-slot"),
            "notes": self._div("sw-slot"),
        }
        self.carrier = ColumnDataSource(data={"block": np.zeros(0, dtype=np.uint8)})
        self.message = self._div("sw-message", visible=False, name="message")
        self._drawn: Any = None
        self.charts = Column(css_classes=["sw-charts"], stylesheets=[self._style], sizing_mode="stretch_width")
        side = [self._group(group) for group in ex.groups]
        self.theme = self._theme_button()
        self._apply_moves()
        brand = self._div("sw-slot", '<span class="sw-brand">scalewidgets</span>')
        self.layout = self._column(
            "sw-app",
            [
                Row(children=[brand, self.theme], css_classes=["sw-top"], stylesheets=[self._style]),
                self._column("sw-side", side),
                self.slots["cards"],
                self._column("sw-main", [self.message, self.charts, self.slots["formula"], self.slots["notes"]]),
            ],
        )
        self.refresh()
        ex.param.watch(lambda *_: self.refresh(), [name for name in ex.param if name != "name"])

    def refresh(self) -> None:
        """Show the present state: columns, ranges, texts and controls."""
        frames = self.ex.frames()
        setting = self.ex.setting
        drawn = (setting.law, setting.has_draws, setting.has_noise, self.ex.fit.runs)
        if drawn != self._drawn:
            # another law, or runs and bands that appear or go, is another set of elements
            self.board, self._drawn = Board.of(self.ex), drawn
            for figure in self.board.figures.values():
                figure.sizing_mode = "stretch_width"
            self.charts.children = list(self.board.figures.values())
            self._write(frames)
            return
        movement = self.board.movement(frames)
        update = Update(sources=movement.sources, ranges=movement.ranges, texts=self._texts(frames))
        # one message instead of one for every column, range and text: the page applies it in one go
        self.carrier.data = {"block": np.frombuffer(pack(update), dtype=np.uint8)}
        self._write_controls()

    def complain(self, sentences: list[str]) -> None:
        """Say above the charts what could not be done."""
        lines = "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)
        self.message.text = f'<div class="sw-error" role="alert">{lines}</div>'
        self.message.visible = True

    def _texts(self, frames: Any) -> dict[str, str]:
        return {
            "cards": cards_html(self.ex, frames),
            "formula": formula_html(self.ex),
            "notes": notes_html(self.ex, frames),
        }

    def _write(self, frames: Any) -> None:
        for name, html in self._texts(frames).items():
            self.slots[name].text = html
        self._write_controls()

    def _write_controls(self) -> None:
        self._writing = True
        try:
            for writer in self._writers:
                writer()
        finally:
            self._writing = False

    def _enter(self, name: str, value: Any, error: Div) -> None:
        reason = fields.enter(self.ex, name, value)
        error.text = f'<div class="sw-error" role="alert">{escape(reason)}</div>' if reason else ""
        error.visible = bool(reason)
        if reason:
            self._write_controls()

    def _soon(self, move: Callable[[], None]) -> None:
        """Make a move after the messages that have arrived are read, so that of a drag only the last one counts."""
        document = self.layout.document
        if document is None or document.session_context is None:
            move()
            return
        waiting, self._move = self._move, move
        if waiting is None:
            document.add_timeout_callback(self._make_move, 1)

    def _make_move(self) -> None:
        move, self._move = self._move, None
        if move is not None:
            move()

    def _settle(self) -> None:
        self._make_move()
        for call in self.settled:
            call()

    def _group(self, group: controls.Group) -> Column:
        rows: list[Any] = [self._div("sw-slot", f'<span class="sw-title">{escape(group.title)}</span>')]
        for control in group.controls:
            if isinstance(control, controls.Slider):
                rows += self._slider(control, group.switch_label if group.switch == control.name else "")
            else:
                rows += self._choice(control)
        return self._column("sw-group", rows)

    def _slider(self, control: controls.Slider, optional: str) -> list[Any]:
        value = getattr(self.ex, control.name)
        error = self._div("sw-slot", visible=False)
        text = TextInput(
            title=f"{control.label} ({control.unit})",
            name=f"{control.name}.text",
            description=control.help or None,
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )
        slider = Slider(
            start=np.log10(control.low),
            end=np.log10(control.high),
            step=fields.step(control),
            value=fields.track(control, value or fields.RESTING[control.name]),
            title=None,
            show_value=False,
            tooltips=False,  # it would show the logarithm; the field above shows the value
            name=f"{control.name}.slider",
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )
        shown: list[Any] = [text, slider, error]
        if optional:
            switch = Checkbox(
                label=optional, active=value is not None, name=f"{control.name}.switch", stylesheets=[self._style]
            )
            switch.on_change("active", lambda attr, old, new: self._switch(control, switch, slider, error))
            shown.insert(0, switch)

        def write() -> None:
            now = getattr(self.ex, control.name)
            text.value = fields.shown(control, now)
            if optional:
                switch.active = now is not None
                text.disabled = slider.disabled = now is None
            if now and abs(fields.track(control, now) - slider.value) > 1e-9:
                slider.value = fields.track(control, now)

        def dragged(attribute: str, old: float, new: float) -> None:
            if not self._writing and fields.moved(control, 10.0**new, getattr(self.ex, control.name)):
                self._soon(lambda: self._enter(control.name, float(10.0**slider.value), error))

        def typed(attribute: str, old: str, new: str) -> None:
            if not self._writing:
                self._enter(control.name, None if optional and new.strip() in ("", "off") else new, error)
                self._settle()

        self._writers.append(write)
        slider.on_change("value", dragged)
        slider.on_change("value_throttled", lambda attr, old, new: self._settle())
        text.on_change("value", typed)
        return shown

    def _switch(self, control: controls.Slider, switch: Checkbox, slider: Slider, error: Div) -> None:
        if not self._writing:
            self._enter(control.name, float(10.0**slider.value) if switch.active else None, error)
            self._settle()

    def _choice(self, control: controls.Choice) -> list[Any]:
        error = self._div("sw-slot", visible=False)
        select = Select(
            title=control.label,
            options=list(control.options),
            value=fields.chosen(control, getattr(self.ex, control.name)),
            name=f"{control.name}.select",
            description=control.help or None,
            stylesheets=[self._style],
            sizing_mode="stretch_width",
        )

        def write() -> None:
            select.value = fields.chosen(control, getattr(self.ex, control.name))

        def picked(attribute: str, old: str, new: str) -> None:
            if not self._writing:
                self._enter(control.name, control.options[new], error)
                self._settle()

        self._writers.append(write)
        select.on_change("value", picked)
        return [select, error]

    def _theme_button(self) -> Toggle:
        """Return the button that switches colours in the page, without Python."""
        button = Toggle(label="Dark", name="theme", stylesheets=[self._style], width=80)
        code = text_of("update.mjs") + text_of("theme.mjs")
        # the carrier is named here so that it belongs to the document
        page = {"button": button, "carrier": self.carrier, "palette": list(DARK.items())}
        show = CustomJS(args=page, code=code, module=True)
        button.js_on_change("active", show)
        # figures drawn later come in light colours
        self.charts.js_on_change("children", show)
        return button

    def _apply_moves(self) -> None:
        """Have the page apply every update that arrives."""
        page = {"carrier": self.carrier, "slots": list(self.slots.items())}
        code = text_of("update.mjs") + text_of("carried.mjs")
        self.carrier.js_on_change("data", CustomJS(args=page, code=code, module=True))

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
