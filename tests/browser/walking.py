"""Random walks over the controls of an explorer, and what the library says of each state."""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.sentences import number_at
from scalewidgets.explorers.texts import card_text, numbered
from scalewidgets.live.program import settings_of


def walk(ex: BaseExplorer, seed: int, steps: int, keep: dict[str, list[str]], each: int = 1) -> list[dict[str, Any]]:
    """Give changes of `each` controls: sliders to a step of their track, optional ones off too, choices of `keep`."""
    rng = np.random.default_rng(seed)
    optional = {group.switch for group in ex.groups}
    controls = list(ex.controls_by_name.values())
    found: list[dict[str, Any]] = []
    for _ in range(steps):
        moved = rng.choice(len(controls), each, replace=False)
        found.append({controls[i].name: _place(controls[i], rng, optional, keep) for i in moved})
    return found


def _place(control: Slider | Choice, rng: np.random.Generator, optional: set[str], keep: dict[str, list[str]]) -> Any:
    """Give another place of a control."""
    if not isinstance(control, Slider):
        return str(rng.choice(keep.get(control.name) or list(control.keys().values())))
    low, high = control.ends
    place = min(low + control.step * rng.integers(round((high - low) / control.step) + 1), high)
    return None if control.name in optional and rng.random() < 0.3 else float(place)


def expected(ex: BaseExplorer, state: dict[str, Any]) -> dict[str, Any]:
    """Return what the library says of a state as a page tells it: tables, ranges, numbers and sentences."""
    ex.param.update(**settings_of(ex, state))
    frames = ex.frames()
    numbers = numbered(ex, frames)
    beyond = float(frames["notes"].get("beyond", 1.0))
    cards = {
        card.name: card_text(card, frames["cards"][card.name], beyond)
        for card in ex.cards
        if not card.when or number_at(numbers, card.when) > 0
    }
    sentences = [sentence.written(numbers) for sentence in ex.sentences if sentence.applies(numbers)]
    return {"frames": frames, "cards": cards, "sentences": sentences}


def value_at(frames: dict[str, Any], paths: list[str]) -> np.ndarray:
    """Return a column as `Board.map` describes it."""
    parts = []
    for path in paths:
        value: Any = frames
        for name in path.split("/"):
            value = value[name]
        parts.append(np.atleast_1d(np.asarray(value, dtype=float)))
    return np.concatenate([parts[0], parts[1][::-1]]) if len(parts) == 2 else parts[0]
