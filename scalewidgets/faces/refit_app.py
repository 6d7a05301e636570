"""The app's group "Your runs": upload a table, choose how it is fitted, see which runs count, and take back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from html import escape
from typing import Any

from bokeh.models import (
    Button,
    Column,
    ColumnDataSource,
    CustomJS,
    Div,
    FileInput,
    InlineStyleSheet,
    Row,
    Select,
    Slider,
    TextInput,
)

from scalewidgets.explorers import controls
from scalewidgets.explorers.refit import Refit
from scalewidgets.explorers.upload import EXAMPLE
from scalewidgets.faces import fields
from scalewidgets.faces.app_controls import heading
from scalewidgets.faces.files import HERE
from scalewidgets.faces.refit_texts import ACCEPTED, status_html
from scalewidgets.live.bundling import joined
from scalewidgets.views.board import Board


class RefitPanel:
    """The controls of a refit in one session.

    Parameters
    ----------
    refit : Refit
    style : InlineStyleSheet

    Attributes
    ----------
    layout : bokeh Column
    named : list
        Each slider with its field and its label, so that the page can name its handle.
    """

    def __init__(self, refit: Refit, style: InlineStyleSheet) -> None:
        self.refit = refit
        self.named: list[list[Any]] = []
        self._style = style
        self._writing = False
        self._writers: list[Callable[[], None]] = []
        self._moves: dict[str, Callable[[], None]] = {}
        self.heard = ColumnDataSource(data={}, name="taps")
        self.heard.on_change("tags", lambda attribute, old, new: self._tapped(json.loads(new[-1])["row"]))
        self.status, self.error = self._div(), self._div()
        self.fields = Column(children=self._fields(), stylesheets=[style], sizing_mode="stretch_width")
        self.layout = Column(
            children=[heading("Your runs", style), *self._upload(), self.error, self.status, self.fields],
            css_classes=["sw-group"],
            stylesheets=[style],
            sizing_mode="stretch_width",
        )
        refit.deliver = self._deliver
        refit.param.watch(lambda *_: self.write(), list(refit.param))
        self.write()

    def listen(self, board: Board) -> None:
        """Have taps on the charts drop and restore runs."""
        code = joined(HERE / "tap.mjs")
        for figure in board.figures.values():
            sources = board.rows().get(figure.name)
            if sources and "tap" not in figure.js_event_callbacks:
                args = {"heard": self.heard, "sources": sources}
                figure.js_on_event("tap", CustomJS(args=args, code=code, module=True))

    def write(self) -> None:
        """Show the state of the refit."""
        refit = self.refit
        self._writing = True
        try:
            self.status.text = status_html(refit)
            self.error.text = f'<div class="sw-error" role="alert">{escape(refit.error)}</div>' if refit.error else ""
            self.error.visible = bool(refit.error)
            self.status.visible = self.fields.visible = refit.runs is not None
            for writer in self._writers:
                writer()
        finally:
            self._writing = False

    def _deliver(self, call: Callable[[], None]) -> None:
        """Run a function of the fitting thread where the session's models may be changed."""
        document = self.layout.document
        if document is None or document.session_context is None:
            call()
        else:
            document.add_next_tick_callback(call)

    def _tapped(self, row: int) -> None:
        self._try(lambda: self.refit.toggle(row))

    def _try(self, change: Callable[[], None]) -> None:
        """Make a change; what is refused is said, and the field shows the old value again."""
        if self._writing:
            return
        reason = fields.refused(change, self.refit.controls)
        if reason:
            self.refit.error = reason
            self.write()

    def _soon(self, name: str, change: Callable[[], None]) -> None:
        """Make a change after the messages that have arrived are read, so that of a drag only the last one counts."""
        document = self.layout.document
        if document is None or document.session_context is None:
            self._try(change)
            return
        if name not in self._moves:
            document.add_timeout_callback(lambda: self._try(self._moves.pop(name)), 1)
        self._moves[name] = change

    def _upload(self) -> list[Any]:
        about = "CSV or Parquet with a row a run: N and D (or C), and the loss."
        file = FileInput(
            title="Table of runs", accept=ACCEPTED, description=about, name="runs.file", **self._stretched()
        )
        how = TextInput(
            title="How to read it",
            placeholder=EXAMPLE,
            description="Only if a column isn't found: names of columns, as in sw.read_runs.",
            name="runs.how",
            **self._stretched(),
        )

        def load() -> None:
            if file.value:
                self.refit.load(file.filename, base64.b64decode(file.value), how.value)

        # name and content come one after the other
        file.on_change("value", lambda attribute, old, new: self._soon("load", load))
        file.on_change("filename", lambda attribute, old, new: self._soon("load", load))
        how.on_change("value", lambda attribute, old, new: self._soon("load", load))
        return [file, how]

    def _fields(self) -> list[Any]:
        rows: list[Any] = []
        for control in self.refit.controls:
            rows += self._slider(control) if isinstance(control, controls.Slider) else [self._choice(control)]
        dropped = self._text("Left out (rows from 0)", "dropped", "Click a run in a chart to drop it or bring it back.")
        dropped.on_change("value", lambda attribute, old, new: self._try(lambda: self.refit.drop(new)))
        self._writers.append(lambda: dropped.update(value=", ".join(map(str, self.refit.dropped))))
        draws = self._text("Resamples", "bootstrap", "Refits of resampled runs behind the bands; 0 for none.")
        draws.on_change("value", lambda attribute, old, new: self._try(lambda: self.refit.resample(new)))
        self._writers.append(lambda: draws.update(value=str(self.refit.bootstrap)))
        undo = self._button("Undo run change", self.refit.undo, lambda: self.refit.undoable)
        restore = self._button("Restore all", self.refit.restore, lambda: bool(self.refit.dropped))
        cancel = self._button("Cancel", self.refit.cancel, lambda: self.refit.busy)
        self._writers.append(lambda: cancel.update(visible=self.refit.busy))
        buttons = Row(children=[undo, restore, cancel], css_classes=["sw-buttons"], **self._stretched())
        return [*rows, draws, dropped, buttons]

    def _choice(self, control: controls.Choice) -> Select:
        select = Select(title=control.label, name=f"runs.{control.name}", **self._stretched())
        select.description = control.help or None

        def write() -> None:
            now = next(each for each in self.refit.controls if each.name == control.name)
            select.options = list(now.options)
            select.value = now.chosen(getattr(self.refit, control.name)) if now.options else ""

        def pick(attribute: str, old: str, new: str) -> None:
            now = next(each for each in self.refit.controls if each.name == control.name)
            self._try(lambda: setattr(self.refit, control.name, now.options[new]))

        select.on_change("value", pick)
        self._writers.append(write)
        return select

    def _slider(self, control: controls.Slider) -> list[Any]:
        low, high = control.ends
        text = self._text(control.title, control.name, control.help)
        value = getattr(self.refit, control.name)
        slider = Slider(
            start=low,
            end=high,
            step=control.step,
            value=control.place(value),
            title=None,
            show_value=False,
            tooltips=False,
            name=f"runs.{control.name}.slider",
            **self._stretched(),
        )

        def set_to(new: Any) -> None:
            setattr(self.refit, control.name, new)

        def write() -> None:
            now = getattr(self.refit, control.name)
            text.value = fields.shown(control, now)
            if fields.moved(control, control.value_at(slider.value), now):
                slider.value = control.place(now)

        def drag(attribute: str, old: float, new: float) -> None:
            if not self._writing and fields.moved(control, control.value_at(new), getattr(self.refit, control.name)):
                self._soon(control.name, lambda: set_to(control.value_at(new)))

        self.named.append([slider, text, control.label])
        text.on_change("value", lambda attribute, old, new: self._try(lambda: set_to(new)))
        slider.on_change("value", drag)
        self._writers.append(write)
        return [text, slider]

    def _text(self, title: str, name: str, about: str) -> TextInput:
        return TextInput(title=title, name=f"runs.{name}", description=about, **self._stretched())

    def _button(self, label: str, press: Callable[[], None], usable: Callable[[], bool]) -> Button:
        button = Button(label=label, name=f"runs.{label}", stylesheets=[self._style])
        button.on_click(lambda: self._try(press))
        self._writers.append(lambda: button.update(disabled=not usable()))
        return button

    def _stretched(self) -> dict[str, Any]:
        return {"stylesheets": [self._style], "sizing_mode": "stretch_width"}

    def _div(self, text: str = "") -> Div:
        return Div(text=text, css_classes=["sw-slot"], disable_math=True, **self._stretched())
