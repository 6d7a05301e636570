"""The notebook face: real ipywidgets for the state, one canvas that draws and, where the law allows, computes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from scalewidgets.explorers import controls
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.texts import texts
from scalewidgets.faces import fields
from scalewidgets.faces.canvas import Canvas
from scalewidgets.faces.in_turn import TURN, Checkbox, Dropdown, LinearSlider, LogSlider, Text
from scalewidgets.faces.refit_notebook import RefitBox
from scalewidgets.faces.scenario_notebook import ScenarioBar
from scalewidgets.faces.telling import Telling
from scalewidgets.faces.wire import Update
from scalewidgets.views.board import Board
from scalewidgets.views.style import DARK

SIDEBAR = "260px"
FULL = widgets.Layout(width="100%", margin="0 0 2px 0", min_width="0")
# A label leaves room for a reset button behind it, which is there where there is something to reset.
LABEL = widgets.Layout(width="calc(100% - 52px)", margin="0 0 2px 0", min_width="0")
AWAY = widgets.Layout(width="46px", height="24px", margin="0", padding="0")
HOME = widgets.Layout(width="46px", height="24px", margin="0", padding="0", visibility="hidden")
# half a handle sticks out at the end
TRACK = widgets.Layout(width="95%", margin="0 0 2px 0", min_width="0")


class Controls:
    """The ipywidgets of an explorer, by name, kept in step with it in both directions.

    Parameters
    ----------
    ex : BaseExplorer

    Attributes
    ----------
    by_name : dict of str to ipywidget
        The control of each setting: observe it, link it, compose it.
    texts : dict of str to ipywidgets.Text
        The field beside each slider that takes typed values.
    resets : dict of ipywidgets.Button to tuple of str
        The reset buttons of groups and controls, and which controls each takes back.
    listeners : list of callable
        Called with name and value before a control's move is carried out; pages have seen it already.
    """

    def __init__(self, ex: BaseExplorer) -> None:
        self.ex = ex
        self.by_name: dict[str, Any] = {}
        self.texts: dict[str, Text] = {}
        self.switches: dict[str, Checkbox] = {}
        self.errors: dict[str, widgets.HTML] = {}
        self.resets: dict[widgets.Button, tuple[str, ...]] = {}
        self.listeners: list[Callable[[str, Any], None]] = []
        self._writing = False
        self.bar = ScenarioBar(ex) if ex.presets or ex.pinnable else None
        # only an explorer that can fit has a place for runs
        refit = getattr(ex, "refit", None)
        self.runs = None if refit is None else RefitBox(refit)
        self.box = widgets.VBox(
            [*(self._group(group) for group in ex.groups), *([] if self.runs is None else [self.runs.box])],
            layout=widgets.Layout(width=SIDEBAR, min_width="200px", flex="0 1 auto"),
        )
        self.box.add_class("sw-controls")
        self.write()
        ex.param.watch(lambda *_: self.write(), list(ex.names))

    def write(self) -> None:
        """Show the state in the controls."""
        with TURN:
            self._writing = True
            try:
                for group in self.ex.groups:
                    for control in group.controls:
                        now = getattr(self.ex, control.name)
                        if isinstance(control, controls.Choice):
                            _choose(self.by_name[control.name], control, now)
                        else:
                            self._write_slider(control, now)
                home = self.ex.home
                moved = {name for name in self.by_name if not _same(getattr(self.ex, name), home[name])}
                for button, names in self.resets.items():
                    button.layout = AWAY if moved.intersection(names) else HOME
            finally:
                self._writing = False

    def _write_slider(self, control: controls.Slider, now: float | None) -> None:
        self.texts[control.name].value = fields.shown(control, now)
        if control.name in self.switches:
            self.switches[control.name].value = now is not None
            self.texts[control.name].disabled = self.by_name[control.name].disabled = now is None
        slider = self.by_name[control.name]
        if now is not None and abs(control.place(slider.value) - control.place(now)) > 1e-9:
            slider.value = min(max(now, control.low), control.high)

    def _moved(self, name: str, value: Any) -> None:
        """Carry out the move of a control, which the pages follow by themselves."""
        if self._writing:
            return
        for listener in self.listeners:
            listener(name, value)
        self._enter(name, value)

    def _enter(self, name: str, value: Any) -> None:
        if self._writing:
            return
        reason = fields.enter(self.ex, name, value)
        self.errors[name].value = f'<span role="alert" style="color:#c0392b">{escape(reason)}</span>' if reason else ""
        if reason:
            self.write()

    def _group(self, group: controls.Group) -> widgets.Box:
        names = tuple(control.name for control in group.controls)
        parts: list[Any] = [
            widgets.HTML(f"<b>{escape(group.title)}</b>", layout=LABEL),
            self._reset(group.title, names),
        ]
        for control in group.controls:
            self.errors[control.name] = widgets.HTML(layout=FULL)
            if isinstance(control, controls.Slider):
                parts += self._slider(control, group.switch_label if group.switch == control.name else "")
            else:
                parts += self._choice(control)
            parts.append(self.errors[control.name])
        return widgets.Box(parts, layout=widgets.Layout(width="100%", flex_flow="row wrap", margin="0 0 2px 0"))

    def _reset(self, label: str, names: tuple[str, ...]) -> widgets.Button:
        """Return the button that takes controls back to their defaults."""
        button = widgets.Button(description="reset", tooltip=f"Reset {label} to the default", layout=HOME)
        button.on_click(lambda _: self._go_home(names))
        self.resets[button] = names
        return button

    def _go_home(self, names: tuple[str, ...]) -> None:
        with TURN:
            self.ex.reset(*names)
            for name in names:
                self.errors[name].value = ""

    def _slider(self, control: controls.Slider, optional: str) -> list[Any]:
        now = getattr(self.ex, control.name)
        text = Text(value=fields.shown(control, now), continuous_update=False, layout=FULL, tooltip=control.help)
        kind = LogSlider if control.scale == "log" else LinearSlider
        low, high = control.ends
        slider = kind(
            value=min(max(control.rest if now is None else now, control.low), control.high),
            min=low,
            max=high,
            step=control.step,
            readout=False,
            layout=TRACK,
            tooltip=f"{control.title}. {control.help}",
        )
        self.texts[control.name], self.by_name[control.name] = text, slider
        slider.observe(lambda change: self._drag(control, float(change.new)), names="value")
        text.observe(
            lambda change: self._enter(control.name, fields.typed(control, change.new, bool(optional))), names="value"
        )
        shown: list[Any] = [*self._label(control, control.title), text, slider]
        if optional:
            switch = Checkbox(value=now is not None, description=optional, indent=False, layout=FULL)
            switch.observe(
                lambda change: self._moved(control.name, float(slider.value) if change.new else None), names="value"
            )
            self.switches[control.name] = switch
            shown.insert(0, switch)
        return shown

    def _drag(self, control: controls.Slider, value: float) -> None:
        if fields.moved(control, value, getattr(self.ex, control.name)):
            self._moved(control.name, value)

    def _choice(self, control: controls.Choice) -> list[Any]:
        picker = Dropdown(
            options=list(control.options.items()),
            value=control.options[control.chosen(getattr(self.ex, control.name))],
            layout=FULL,
            equals=lambda a, b: a is b or a == b,
            tooltip=control.help,
        )
        self.by_name[control.name] = picker
        picker.observe(lambda change: self._moved(control.name, change.new), names="value")
        return [*self._label(control, control.label), picker]

    def _label(self, control: controls.Slider | controls.Choice, words: str) -> list[Any]:
        """Return the words over a control, and its reset button."""
        return [widgets.Label(words, layout=LABEL), self._reset(control.label, (control.name,))]


class Notebook:
    """One display of an explorer in a notebook.

    Parameters
    ----------
    ex : BaseExplorer
    controls : Controls
        Shared by all displays of the explorer.

    Attributes
    ----------
    widget : ipywidgets.Box
    """

    def __init__(self, ex: BaseExplorer, shared: Controls) -> None:
        self.ex, self.shared = ex, shared
        self.canvas = self._canvas()
        # wraps under the controls where the output is narrow
        self.widget = widgets.Box(
            [*([] if shared.bar is None else [shared.bar.box]), shared.box, self.canvas],
            layout=widgets.Layout(display="flex", flex_flow="row wrap", max_width="960px", width="100%"),
        )
        self.widget.add_class("sw-notebook")
        shared.listeners.append(lambda name, value: self.telling.heard_one(name, value))
        # after all that takes notes for it, such as what a canvas drawn anew follows
        ex.param.watch(lambda *_: self.refresh(), list(ex.names), precedence=1)

    def refresh(self) -> None:
        """Tell the page what it lacks of the present state."""
        with TURN:
            self._refresh()

    def _refresh(self) -> None:
        if (self.ex.look, self.ex.board) != self._drawn:
            # other units are other axes, and runs have charts of their own
            old, self.canvas = self.canvas, self._canvas()
            self.widget.children = [self.canvas if child is old else child for child in self.widget.children]
            return
        if news := self.telling.news():
            self.canvas.tell(news, self._standing())
        if not self.telling.portable:
            frames = self.ex.frames()
            self.canvas.push(self._update(frames, self.telling.texts(frames)))

    def _canvas(self) -> Canvas:
        frames = self.ex.frames()
        self.board, self._drawn = Board.of(self.ex, frames), (self.ex.look, self.ex.board)
        self.telling = Telling(self.ex)
        news = self.telling.news()
        words = texts(self.ex, frames) if self.telling.portable else self.telling.texts(frames)
        canvas = Canvas(
            self.board.figures,
            titles={name: chart.title for name, chart in self.board.charts.items()},
            columns=2,
            palette=DARK,
            update=self._update(frames, words),
            maps=self.board.map(frames),
            inputs=self._inputs(),
            rows={name.partition(".")[2]: sources for name, sources in self.board.rows().items()},
        )
        canvas.on_msg(self._hear)
        canvas.tell(news, self._standing())
        canvas.layout = widgets.Layout(flex="1 1 420px", width="auto", min_width="0")
        return canvas

    def _hear(self, canvas: Canvas, message: Any, buffers: Any) -> None:
        """Take what the page says of itself: which run was tapped."""
        if self.shared.runs is not None and isinstance(message, dict) and "row" in message:
            self.shared.runs.tapped(int(message["row"]))

    def _inputs(self) -> dict[str, dict[str, Any]]:
        """Return the widgets that the page observes, by control and role."""
        found: dict[str, dict[str, Any]] = {}
        for name, control in self.ex.controls_by_name.items():
            role = "select" if isinstance(control, controls.Choice) else "slider"
            found[name] = {role: self.shared.by_name[name]}
            if name in self.shared.switches:
                found[name]["toggle"] = self.shared.switches[name]
        return found

    def _standing(self) -> dict[str, dict[str, Any]]:
        """Return where the widgets of each control stand, by role."""
        return {
            name: {role: widget.index if role == "select" else widget.value for role, widget in roles.items()}
            for name, roles in self._inputs().items()
        }

    def _update(self, frames: Any, words: dict[str, str]) -> Update:
        movement = self.board.movement(frames)
        return Update(sources=movement.sources, ranges=movement.ranges, texts=words)


def _same(one: Any, other: Any) -> bool:
    return one is other or bool(one == other)


def _choose(picker: widgets.Dropdown, control: controls.Choice, now: Any) -> None:
    """Show a choice; its options may have become others."""
    options = tuple(control.options.items())
    with picker.hold_sync():
        if len(options) != len(picker.options) or any(
            old is not new and old != new
            for pair in zip(picker.options, options, strict=True)
            for old, new in zip(*pair, strict=True)
        ):
            picker.options = options
        picker.value = control.options[control.chosen(now)]
