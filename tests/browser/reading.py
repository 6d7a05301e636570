"""What a page shows in the states of a walk, and whether that is what the library says of them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.explorers.base import BaseExplorer

from .walking import expected, value_at

RTOL = 1e-9


def script(*names: str) -> str:
    """Return scripts of this folder as one, to be put into a function."""
    text = "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
    return text.replace("export default ", "")


@dataclass(frozen=True)
class Reading:
    """What a page shows in one state.

    Attributes
    ----------
    words : dict
        ``code, cards, sentences``, and in a saved page ``state``.
    layout : list
        Of each column or end of a range, in the order of `numbers`: its place, the paths it comes from, its length.
    numbers : ndarray, shape (sum of lengths,)
    """

    words: dict[str, Any]
    layout: list[tuple[str, list[str], int]]
    numbers: np.ndarray

    def of(self, part: str) -> Reading:
        """Return what there is of the places whose names hold a text."""
        keep = [part in place for place, _, _ in self.layout]
        lengths = [length for _, _, length in self.layout]
        layout = [column for column, kept in zip(self.layout, keep, strict=True) if kept]
        return Reading(self.words, layout, self.numbers[np.repeat(keep, lengths)])


def readings(packed: dict[str, str]) -> list[Reading]:
    """Return what a page packed, state by state."""
    doubles = np.frombuffer(base64.b64decode(packed["doubles"]), "<f8")
    told = json.loads(packed["text"])
    layouts = told["layouts"]
    lengths = [sum(length for _, _, length in layout) for layout in layouts]
    ends = np.cumsum([lengths[state["layout"]] for state in told["states"]])
    return [
        Reading(state["words"], layouts[state["layout"]], doubles[end - lengths[state["layout"]] : end])
        for state, end in zip(told["states"], ends, strict=True)
    ]


def check(ex: BaseExplorer, state: dict[str, Any], seen: Reading) -> None:
    """Compare what a page shows with the library's numbers and words for the state it is in, and leave `ex` there."""
    wanted = expected(ex, state)
    values = [value_at(wanted["frames"], paths) for _, paths, _ in seen.layout]
    lengths = {place: (length, len(v)) for (place, _, length), v in zip(seen.layout, values, strict=True)}
    assert all(here == there for here, there in lengths.values()), lengths
    # one comparison a state: one for each of its columns would take longer than all else
    right = np.concatenate(values)
    bad = ~np.isclose(seen.numbers, right, rtol=RTOL, atol=0, equal_nan=True)
    names = np.repeat([place for place, _, _ in seen.layout], [len(v) for v in values])
    assert not bad.any(), (set(names[bad]), seen.numbers[bad][:5], right[bad][:5], state)
    units = {card.name: card.unit for card in ex.cards}
    assert {n: " ".join(filter(None, parts)) for n, parts in seen.words["cards"].items()} == {
        n: f"{text} {units[n]}".strip() for n, text in wanted["cards"].items()
    }
    assert seen.words["sentences"] == wanted["sentences"]
