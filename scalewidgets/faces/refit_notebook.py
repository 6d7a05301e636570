"""The notebook's group "Your runs": ipywidgets for the runs and how they are fitted, in step with the refit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from scalewidgets.explorers import controls
from scalewidgets.explorers.refit import Refit
from scalewidgets.explorers.upload import EXAMPLE
from scalewidgets.faces import fields
from scalewidgets.faces.in_turn import TURN, Button, Dropdown, FileUpload, LogSlider, Text
from scalewidgets.faces.refit_texts import ACCEPTED, status_html

FULL = widgets.Layout(width="100%", margin="0 0 2px 0", min_width="0")


class RefitBox:
    """The ipywidgets of a refit.

    Parameters
    ----------
    refit : Refit

    Attributes
    ----------
    box : ipywidgets.VBox
    by_name : dict of str to ipywidget
    """

    def __init__(self, refit: Refit) -> None:
        self.refit = refit
        self.by_name: dict[str, Any] = {}
        self._writing = False
        self._writers: list[Callable[[], None]] = []
        self.error, self.status = widgets.HTML(layout=FULL), widgets.HTML(layout=FULL)
        # a layout of its own, since it is hidden as long as there are no runs
        self.fields = widgets.VBox(self._fields(), layout=widgets.Layout(width="100%", min_width="0"))
        title = widgets.HTML("<b>Your runs</b>", layout=FULL)
        self.box = widgets.VBox([title, *self._upload(), self.error, self.status, self.fields], layout=FULL)
        refit.deliver = _into_loop()
        refit.param.watch(lambda *_: self.write(), list(refit.param))
        self.write()

    def write(self) -> None:
        """Show the state of the refit."""
        with TURN:
            self._write()

    def _write(self) -> None:
        refit = self.refit
        self._writing = True
        try:
            error = f'<span role="alert" style="color:#c0392b">{escape(refit.error)}</span>' if refit.error else ""
            self.error.value, self.status.value = error, status_html(refit)
            self.fields.layout.display = None if refit.runs is not None else "none"
            for writer in self._writers:
                writer()
        finally:
            self._writing = False

    def tapped(self, row: int) -> None:
        """Drop the run that was tapped, or bring it back."""
        with TURN:
            self._try(lambda: self.refit.toggle(row))

    def _try(self, change: Callable[[], None]) -> None:
        """Make a change; what is refused is said, and the widget shows the old value again."""
        if self._writing:
            return
        reason = fields.refused(change)
        if reason:
            self.refit.error = reason
            self.write()

    def _upload(self) -> list[Any]:
        file = FileUpload(accept=ACCEPTED, multiple=False, description="Table of runs", layout=FULL)
        file.tooltip = "CSV or Parquet with a row a run: N and D (or C), and the loss."
        how = Text(placeholder=EXAMPLE, continuous_update=False, layout=FULL)
        how.tooltip = "Only if a column isn't found: names of columns, as in sw.read_runs."

        def load(change: Any) -> None:
            for found in file.value:
                self.refit.load(found["name"], bytes(found["content"]), how.value)

        file.observe(load, names="value")
        how.observe(load, names="value")
        self.by_name |= {"file": file, "how": how}
        return [file, self._label("How to read it"), how]

    def _fields(self) -> list[Any]:
        rows: list[Any] = []
        for control in self.refit.controls:
            rows += self._slider(control) if isinstance(control, controls.Slider) else self._choice(control)
        draws = self._text("bootstrap", "Refits of resampled runs behind the bands; 0 for none.", self.refit.resample)
        self._writers.append(lambda: setattr(draws, "value", str(self.refit.bootstrap)))
        dropped = self._text("dropped", "Click a run in a chart to drop it or bring it back.", self.refit.drop)
        self._writers.append(lambda: setattr(dropped, "value", ", ".join(map(str, self.refit.dropped))))
        buttons = [
            self._button("Undo", self.refit.undo, lambda: self.refit.undoable),
            self._button("Restore all", self.refit.restore, lambda: bool(self.refit.dropped)),
            self._button("Cancel", self.refit.cancel, lambda: self.refit.busy),
        ]
        labelled = [self._label("Resamples"), draws, self._label("Left out (rows from 0)"), dropped]
        return [*rows, *labelled, widgets.HBox(buttons, layout=FULL)]

    def _choice(self, control: controls.Choice) -> list[Any]:
        picker = Dropdown(layout=FULL, tooltip=control.help)

        def write() -> None:
            now = next(each for each in self.refit.controls if each.name == control.name)
            with picker.hold_sync():
                if picker.options != tuple(now.options):
                    picker.options = tuple(now.options)
                if now.options:
                    picker.value = now.chosen(getattr(self.refit, control.name))

        def pick(change: Any) -> None:
            now = next(each for each in self.refit.controls if each.name == control.name)
            self._try(lambda: setattr(self.refit, control.name, now.options[change.new]))

        picker.observe(pick, names="value")
        self._writers.append(write)
        self.by_name[control.name] = picker
        return [self._label(control.label), picker]

    def _slider(self, control: controls.Slider) -> list[Any]:
        def set_to(new: Any) -> None:
            setattr(self.refit, control.name, new)

        low, high = control.ends
        text = self._text(f"{control.name}.text", control.help, set_to)
        slider = LogSlider(
            value=getattr(self.refit, control.name),
            min=low,
            max=high,
            step=control.step,
            readout=False,
            layout=FULL,
            tooltip=f"{control.title}. {control.help}",
        )

        def write() -> None:
            now = getattr(self.refit, control.name)
            text.value = fields.shown(control, now)
            if fields.moved(control, slider.value, now):
                slider.value = min(max(now, control.low), control.high)

        def drag(change: Any) -> None:
            if fields.moved(control, change.new, getattr(self.refit, control.name)):
                self._try(lambda: set_to(float(change.new)))

        slider.observe(drag, names="value")
        self._writers.append(write)
        self.by_name[control.name] = slider
        return [self._label(control.title), text, slider]

    def _label(self, text: str) -> Any:
        return widgets.Label(text, layout=FULL)

    def _text(self, name: str, about: str, enter: Callable[[str], object]) -> Any:
        text = Text(continuous_update=False, layout=FULL, tooltip=about)
        text.observe(lambda change: self._try(lambda: enter(change.new)), names="value")
        self.by_name[name] = text
        return text

    def _button(self, label: str, press: Callable[[], None], usable: Callable[[], bool]) -> Any:
        button = Button(description=label, layout=widgets.Layout(width="auto"))
        button.on_click(lambda _: self._try(press))
        self._writers.append(lambda: setattr(button, "disabled", not usable()))
        return button


def _into_loop() -> Callable[[Callable[[], None]], Any]:
    """Return what brings a function from the fitting thread to the kernel's loop; at once where there is none."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return _in_turn
    return lambda call: loop.call_soon_threadsafe(_in_turn, call)


def _in_turn(call: Callable[[], None]) -> None:
    with TURN:
        call()
