"""What a page has to be told so that it can show the present state by itself, and what it knows already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice
from scalewidgets.explorers.texts import notes_html, texts
from scalewidgets.live.program import bundle, fingerprint, graph_of, set_key, state_of


class Telling:
    """Follow what one page knows of an explorer.

    Attributes
    ----------
    began : bool
        Whether the page was told anything.
    portable : bool
        Whether the page can compute the present state.
    """

    def __init__(self, ex: BaseExplorer) -> None:
        self.ex = ex
        self.began = False
        self.portable = True
        self._state: dict[str, Any] = {}
        self._sets: dict[str, str] = {}
        self._graphs: set[str] = set()

    def heard(self, state: Mapping[str, Any]) -> None:
        """Note what the page says of itself."""
        self._state = dict(state)

    def heard_one(self, name: str, value: Any) -> None:
        """Note that a control of the page was moved."""
        control = self.ex.controls_by_name[name]
        self._state[name] = control.key(value) if isinstance(control, Choice) else value

    def forget(self, name: str) -> None:
        """Have a control written anew, whatever the page shows there."""
        self._state.pop(name, None)

    def news(self) -> dict[str, Any]:
        """Return what the page lacks of the present state, for `scalewidgets.live.packing.pack`; empty if nothing."""
        name, _ = graph_of(self.ex)
        self.portable = bool(name)
        state = state_of(self.ex)
        found: dict[str, Any] = {}
        key, print_ = set_key(self.ex), fingerprint(self.ex) if name else ""
        if not self.began or (name and self._sets.get(key) != print_):
            found = bundle(self.ex, [self.ex], self._graphs)
            self._sets[key] = print_
            self._graphs |= {name}
        elif state != self._state:
            found = {"state": state}
        self.began, self._state = True, state
        return found

    def texts(self, frames: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts of a state that Python computes, which say so."""
        _, why = graph_of(self.ex)
        said = f"Computed in Python at every move: {why}."
        return {**texts(self.ex, frames), "notes": notes_html(self.ex, frames, [said])}
