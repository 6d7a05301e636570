"""The notebook face: real ipywidgets for the state, one canvas that draws."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from scalewidgets.explorers import controls
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.texts import cards_html, formula_html, notes_html
from scalewidgets.faces import fields
from scalewidgets.faces.canvas import Canvas
from scalewidgets.faces.wire import Update
from scalewidgets.views.board import CHARTS, Board
from scalewidgets.views.style import DARK

SIDEBAR = "260px"
FULL = widgets.Layout(width="100%", margin="0 0 2px 0", min_width="0")


class Controls:
    """The ipywidgets of an explorer, by name, kept in step with it in both directions.

    Parameters
    ----------
    ex : Explorer

    Attributes
    ----------
    by_name : dict of str to ipywidget
        The control of each setting: observe it, link it, compose it.
    texts : dict of str to ipywidgets.Text
        The field beside each slider that takes typed values.
    """

    def __init__(self, ex: Explorer) -> None:
        self.ex = ex
        self.by_name: dict[str, Any] = {}
        self.texts: dict[str, widgets.Text] = {}
        self.switches: dict[str, widgets.Checkbox] = {}
        self.errors: dict[str, widgets.HTML] = {}
        self._writing = False
        self.box = widgets.VBox(
            [self._group(group) for group in ex.groups],
            layout=widgets.Layout(width=SIDEBAR, min_width="200px", flex="0 1 auto"),
        )
        self.write()
        ex.param.watch(lambda *_: self.write(), [name for name in ex.param if name != "name"])

    def write(self) -> None:
        """Show the state in the controls."""
        self._writing = True
        try:
            for group in self.ex.groups:
                for control in group.controls:
                    now = getattr(self.ex, control.name)
                    if isinstance(control, controls.Choice):
                        self.by_name[control.name].value = control.options[fields.chosen(control, now)]
                    else:
                        self._write_slider(control, now)
        finally:
            self._writing = False

    def _write_slider(self, control: controls.Slider, now: float | None) -> None:
        self.texts[control.name].value = fields.shown(control, now)
        if control.name in self.switches:
            self.switches[control.name].value = now is not None
            self.texts[control.name].disabled = self.by_name[control.name].disabled = now is None
        slider = self.by_name[control.name]
        if now and abs(slider.value / now - 1) > 1e-9:
            slider.value = min(max(now, control.low), control.high)

    def _enter(self, name: str, value: Any) -> None:
        if self._writing:
            return
        reason = fields.enter(self.ex, name, value)
        self.errors[name].value = f'<span role="alert" style="color:#c0392b">{escape(reason)}</span>' if reason else ""
        if reason:
            self.write()

    def _group(self, group: controls.Group) -> widgets.VBox:
        parts: list[Any] = [widgets.HTML(f"<b>{escape(group.title)}</b>", layout=FULL)]
        for control in group.controls:
            self.errors[control.name] = widgets.HTML(layout=FULL)
            if isinstance(control, controls.Slider):
                parts += self._slider(control, group.switch_label if group.switch == control.name else "")
            else:
                parts += self._choice(control)
            parts.append(self.errors[control.name])
        return widgets.VBox(parts, layout=FULL)

    def _slider(self, control: controls.Slider, optional: str) -> list[Any]:
        now = getattr(self.ex, control.name)
        label = f"{control.label} ({control.unit})"
        text = widgets.Text(
            value=fields.shown(control, now), continuous_update=False, layout=FULL, tooltip=control.help
        )
        slider = widgets.FloatLogSlider(
            value=now or fields.RESTING[control.name],
            base=10,
            min=fields.end(control.low),
            max=fields.end(control.high),
            step=fields.step(control),
            readout=False,
            layout=FULL,
            tooltip=f"{label}. {control.help}",
        )
        self.texts[control.name], self.by_name[control.name] = text, slider
        slider.observe(lambda change: self._drag(control, float(change.new)), names="value")
        text.observe(lambda change: self._enter(control.name, _typed(change.new, bool(optional))), names="value")
        shown: list[Any] = [widgets.Label(label, layout=FULL), text, slider]
        if optional:
            switch = widgets.Checkbox(value=now is not None, description=optional, indent=False, layout=FULL)
            switch.observe(
                lambda change: self._enter(control.name, float(slider.value) if change.new else None), names="value"
            )
            self.switches[control.name] = switch
            shown.insert(0, switch)
        return shown

    def _drag(self, control: controls.Slider, value: float) -> None:
        if fields.moved(control, value, getattr(self.ex, control.name)):
            self._enter(control.name, value)

    def _choice(self, control: controls.Choice) -> list[Any]:
        picker = widgets.Dropdown(
            options=list(control.options.items()),
            value=control.options[fields.chosen(control, getattr(self.ex, control.name))],
            layout=FULL,
            equals=lambda a, b: a is b or a == b,
            tooltip=control.help,
        )
        self.by_name[control.name] = picker
        picker.observe(lambda change: self._enter(control.name, change.new), names="value")
        return [widgets.Label(control.label, layout=FULL), picker]


class Notebook:
    """One display of an explorer in a notebook.

    Parameters
    ----------
    ex : Explorer
    controls : Controls
        Shared by all displays of the explorer.

    Attributes
    ----------
    widget : ipywidgets.Box
    """

    def __init__(self, ex: Explorer, shared: Controls) -> None:
        self.ex = ex
        self._drawn = self._kind()
        self.canvas = self._canvas()
        # wraps under the controls where the output is narrow
        self.widget = widgets.Box(
            [shared.box, self.canvas],
            layout=widgets.Layout(display="flex", flex_flow="row wrap", max_width="1100px", width="100%"),
        )
        ex.param.watch(lambda *_: self.refresh(), [name for name in ex.param if name != "name"])

    def refresh(self) -> None:
        """Show the present state."""
        if self._kind() != self._drawn:
            # another law, or runs and bands that appear or go, is another set of elements
            self._drawn = self._kind()
            old, self.canvas = self.canvas, self._canvas()
            self.widget.children = [self.canvas if child is old else child for child in self.widget.children]
            return
        self.canvas.push(self._update())

    def _kind(self) -> tuple[Any, ...]:
        setting = self.ex.setting
        return setting.law, setting.has_draws, setting.has_noise, self.ex.fit.runs

    def _canvas(self) -> Canvas:
        self.board = Board.of(self.ex)
        canvas = Canvas(
            self.board.figures,
            titles={name: chart.title for name, chart in CHARTS.items()},
            columns=2,
            palette=DARK,
            update=self._update(),
        )
        canvas.layout = widgets.Layout(flex="1 1 420px", width="auto", min_width="0")
        return canvas

    def _update(self) -> Update:
        frames = self.ex.frames()
        movement = self.board.movement(frames)
        texts = {
            "cards": cards_html(self.ex, frames),
            "formula": formula_html(self.ex),
            "notes": notes_html(self.ex, frames),
        }
        return Update(sources=movement.sources, ranges=movement.ranges, texts=texts)


def _typed(text: str, optional: bool) -> str | None:
    return None if optional and text.strip().lower() in ("", "off") else text
