"""The notebook's bar over an explorer: scenarios to begin with, and a scenario pinned as A to compare with."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.faces.in_turn import TURN, Button, Dropdown
from scalewidgets.live.program import state_of

OWN = ("Your own", "")


class ScenarioBar:
    """The ipywidgets of scenarios, in step with the explorer.

    Parameters
    ----------
    ex : BaseExplorer

    Attributes
    ----------
    box : ipywidgets.HBox
    """

    def __init__(self, ex: BaseExplorer) -> None:
        # what has presets has `preset`, and what is pinnable `pin`
        self.ex: Any = ex
        self._writing = False
        # where the scenario that was chosen last left the controls
        self._left: dict[str, Any] = {}
        self.picker = Dropdown(options=[OWN], description="Scenario", layout=widgets.Layout(width="300px"))
        self.pin = Button(layout=widgets.Layout(width="84px"), tooltip="Compare what follows with this state.")
        self.sentence = widgets.HTML(layout=widgets.Layout(flex="1 1 320px", min_width="0"))
        shown = [*([self.picker] if ex.presets else []), *([self.pin] if ex.pinnable else []), self.sentence]
        # wraps where the output is narrow
        layout = widgets.Layout(flex="1 1 100%", flex_flow="row wrap", align_items="baseline", min_width="0")
        self.box = widgets.HBox(shown, layout=layout)
        self.picker.observe(lambda change: self._choose(change.new), names="value")
        self.pin.on_click(lambda _: self.ex.pin() if self.ex.pinned is None else self.ex.unpin())
        ex.param.watch(lambda *_: self.write(), list(ex.names))
        self.write()

    def write(self) -> None:
        """Show the scenario of the present state, and whether one is pinned."""
        with TURN:
            self._write()

    def _write(self) -> None:
        presets = self.ex.presets
        options = (OWN, *((preset.label, key) for key, preset in presets.items()))
        self._writing = True
        try:
            with self.picker.hold_sync():
                now = self.picker.value if state_of(self.ex) == self._left else OWN[1]
                if self.picker.options != options:
                    self.picker.options = options
                self.picker.value = now if now in presets else OWN[1]
        finally:
            self._writing = False
        self.sentence.value = escape(presets[self.picker.value].sentence) if self.picker.value else ""
        self.pin.description = "Pin A" if getattr(self.ex, "pinned", None) is None else "Unpin"

    def _choose(self, key: str) -> None:
        if self._writing or not key:
            return
        twin = self.ex.twin()
        twin.preset(key)
        self._left = state_of(twin)
        self.ex.preset(key)
        self.write()
