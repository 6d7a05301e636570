"""What a page has to be told so that it can show the present state by itself, and what it knows already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.texts import notes_html, texts
from scalewidgets.live.program import bundle, fingerprint, graph_of, set_key, settings_of, told, whole_state_of


class Telling:
    """Follow what one page knows of an explorer.

    A move of a control that feeds an input leaves graphs and sets as they are: no time goes into comparing them.

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
        # What the page stands at, as far as it is known here; what the explorer stands at.
        self._state: dict[str, Any] = {}
        self._now: dict[str, Any] = {}
        self._sets: dict[str, str] = {}
        self._graphs: set[str] = set()
        self._feeding: dict[str, Slider | Choice] = {}
        self._stale = True
        ex.param.watch(self._changed, list(ex.names))

    def _changed(self, *events: Any) -> None:
        for event in events:
            control = self._feeding.get(event.name)
            if control is None:
                self._stale = True
            else:
                self._now[event.name] = control.key(event.new) if isinstance(control, Choice) else event.new

    def heard(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Note what the page says of itself; return the settings that are others here."""
        self._state = dict(state)
        if self._stale:
            return settings_of(self.ex, state)
        changed = {name: value for name, value in state.items() if value != self._now.get(name, self)}
        if all(isinstance(self._feeding.get(name), Slider) for name in changed):
            return changed
        return settings_of(self.ex, changed)

    @property
    def agrees(self) -> bool:
        """Whether the page stands where the explorer does, with the same numbers behind it."""
        return not self._stale and self._now == self._state

    def heard_one(self, name: str, value: Any) -> None:
        """Note that a control of the page was moved."""
        control = self.ex.controls_by_name[name]
        self._state[name] = control.key(value) if isinstance(control, Choice) else value

    def forget(self, name: str) -> None:
        """Have a control written anew, whatever the page shows there."""
        self._state.pop(name, None)

    def news(self) -> dict[str, Any]:
        """Return what the page lacks of the present state, for `scalewidgets.live.packing.pack`; empty if nothing."""
        if self._stale:
            return self._all_news()
        state = dict(self._now)
        found = {} if state == self._state else {"state": state}
        self._state = state
        return found

    def _all_news(self) -> dict[str, Any]:
        # first: what another thread changes meanwhile is told next time
        self._stale = False
        name, _ = graph_of(self.ex)
        self.portable = bool(name)
        state = whole_state_of(self.ex)
        found: dict[str, Any] = {}
        key, print_ = set_key(self.ex), fingerprint(self.ex) if name else ""
        if not self.began or (name and self._sets.get(key) != print_):
            found = bundle(self.ex, [self.ex], self._graphs)
            self._sets[key] = print_
            self._graphs |= {name}
        elif state != self._state:
            found = told(self.ex)
        self.began, self._state, self._now = True, state, dict(state)
        self._feeding = {name: c for name, c in self.ex.controls_by_name.items() if isinstance(c, Slider) or c.feeds}
        return found

    def texts(self, frames: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts of a state that Python computes, which say so."""
        _, why = graph_of(self.ex)
        said = f"Computed in Python at every move: {why}."
        return {**texts(self.ex, frames), "notes": notes_html(self.ex, frames, [said])}
