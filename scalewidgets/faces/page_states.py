"""Which combinations of choices a page holds: those that run without Python, as far as readers can reach them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scalewidgets.errors import PortabilityError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice
from scalewidgets.live.program import graph_of, set_key

# Every combination up to so many, then one choice at a time.
MOST = 60


@dataclass(frozen=True)
class States:
    """The combinations of a page.

    Attributes
    ----------
    kept : tuple of BaseExplorer
        One for each combination, the present one first.
    reasons : dict of str to str
        Why a combination that was tried is not in the page, by the key of its set.
    every : bool
        Whether every combination of free choices was tried.
    """

    kept: tuple[BaseExplorer, ...]
    reasons: dict[str, str]
    every: bool

    def options(self, controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Leave out the options that no set of the page belongs to."""
        keys = [json.loads(set_key(ex)) for ex in self.kept]
        choices = [control for control in controls if control["kind"] == "choice" and not control["input"]]
        for control, known in zip(choices, zip(*keys, strict=True), strict=True):
            control["options"] = [option for option in control["options"] if option[0] in known]
        return controls


def states_of(ex: BaseExplorer, free: Collection[str], more: Iterable[BaseExplorer] = ()) -> States:
    """Return the combinations of the free choices, and those of some further states.

    Raises
    ------
    PortabilityError
        If the present state, or one of the further states, can't run without Python.
    """
    if why := _reason(ex, ex):
        raise PortabilityError(f"this explorer can't be saved as a live page, since it runs in Python only: {why}")
    kept, reasons = {set_key(ex): ex}, {}
    for each in more:
        if why := _reason(ex, each):
            raise PortabilityError(f"a step or a question of this page can't run without Python: {why}")
        kept.setdefault(set_key(each), each)
    choices = [c for c in ex.controls_by_name.values() if isinstance(c, Choice) and not c.feeds and c.name in free]
    every = math.prod(len(choice.options) for choice in choices) <= MOST
    for twin in _twins(ex, choices, every):
        key = set_key(twin)
        if key in kept or key in reasons:
            continue
        if why := _reason(ex, twin):
            reasons[key] = why
        else:
            kept[key] = twin
    return States(tuple(kept.values()), reasons, every)


def _reason(ex: BaseExplorer, other: BaseExplorer) -> str:
    """Say why a page drawn for one state can't show another; empty if it can."""
    if (other.look, other.board) != (ex.look, ex.board):
        return "it has charts of its own; save it from a state that shows them"
    name, why = graph_of(other)
    return "" if name else str(why)


def _twins(ex: BaseExplorer, choices: list[Choice], every: bool) -> Iterator[BaseExplorer]:
    moves: Iterable[dict[str, Any]]
    if every:
        products = itertools.product(*(choice.options.values() for choice in choices))
        moves = ({c.name: value for c, value in zip(choices, values, strict=True)} for values in products)
    else:
        moves = ({choice.name: value} for choice in choices for value in choice.options.values())
    for settings in moves:
        twin = ex.twin()
        twin.param.update(**settings)
        yield twin
