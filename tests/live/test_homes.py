"""Resetting takes controls to their defaults, and coefficients to those of the set that is then chosen."""

from __future__ import annotations

from typing import Any

import pytest

from .scripts import LIVE, node

SCRIPT = f"""
import {{ away, homeOf, reset }} from "{LIVE}/homes.mjs"
const engine = {{
  controls: new Map(given.controls.map((control) => [control.name, control])),
  sets: given.sets,
  state: {{ ...given.state }},
  key() {{ return this.state.fit }},
  get set() {{ return this.sets[given.state.fit] }},
  moves: [],
  move(changes) {{ this.moves.push(changes); Object.assign(this.state, changes, this.sets[this.key()]?.taken) }},
}};
const before = away(engine, given.names);
reset(engine, given.names);
answer({{ before, after: away(engine, given.names), state: engine.state, moves: engine.moves.length }})"""
CONTROLS = [
    {"name": "fit", "kind": "choice", "home": "a"},
    {"name": "budget", "kind": "slider", "home": 3.0},
    {"name": "alpha", "kind": "slider", "home": 0.1},
]
SETS = {"a": {"taken": {"alpha": 0.3}}, "b": {"taken": {"alpha": 0.5}}}


@pytest.mark.parametrize(
    ("sets", "state", "names", "before", "after"),
    [
        (SETS, {"fit": "a", "budget": 3, "alpha": 0.3}, ["fit", "budget", "alpha"], [], {}),
        (SETS, {"fit": "a", "budget": 5, "alpha": 0.4}, ["alpha"], ["alpha"], {"alpha": 0.3}),
        (SETS, {"fit": "b", "budget": 5, "alpha": 0.5}, ["budget"], ["budget"], {"budget": 3}),
        (SETS, {"fit": "b", "budget": 5, "alpha": 0.5}, ["fit", "alpha"], ["fit"], {"fit": "a", "alpha": 0.3}),
        # the numbers of a set that Python has still to tell are not guessed
        ({"b": SETS["b"]}, {"fit": "b", "budget": 5, "alpha": 0.5}, ["fit", "alpha"], ["fit"], {"fit": "a"}),
    ],
)
def test_controls_go_home(
    sets: Any, state: dict[str, Any], names: list[str], before: list[str], after: dict[str, Any]
) -> None:
    found = node(SCRIPT, {"controls": CONTROLS, "sets": sets, "state": state, "names": names})
    assert found["before"] == before
    assert found["after"] == []
    assert found["state"] == {**state, **after}
    assert (found["moves"] > 0) == bool(before)
