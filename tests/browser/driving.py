"""Walks over an explorer's controls in an app or a notebook, and compares each state with the library."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

import scalewidgets as sw
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Slider
from scalewidgets.faces.fields import moved
from scalewidgets.live.program import state_of
from scalewidgets.views.board import Board

from .figures import columns
from .notebooks import ask_kernel
from .walking import expected, value_at, walk

# Controls that move between two states that are read.
EACH = 1

_SCRIPT = Path(__file__).with_name("driven.mjs").read_text(encoding="utf-8")


def call_of(code: str) -> str:
    """Return the call in the lines of a state's code."""
    return code.split("ex = ")[1].strip()


def state_in(code: str) -> dict[str, Any]:
    """Return the state that the code of a page recreates."""
    return state_of(eval(call_of(code), {"sw": sw}))


def _maps(ex: BaseExplorer) -> dict[str, Any]:
    """Return where columns and ranges come from, by names that fit any display."""
    found = {}
    for key, figure in Board.of(ex).map(ex.frames()).items():
        named = {
            part: {"*." + name.partition(".")[2]: paths for name, paths in figure[part].items()}
            for part in figure
            if part != "name"
        }
        found[key] = named
    return found


def _places(ex: BaseExplorer) -> dict[str, dict[str, Any]]:
    """Return the place of each ipywidget among those of its kind."""
    found: dict[str, dict[str, Any]] = {}
    count = {"slider": 0, "select": 0, "toggle": 0}
    for group in ex.groups:
        for control in group.controls:
            kind = "slider" if isinstance(control, Slider) else "select"
            found[control.name] = {"kind": kind, "at": count[kind], "toggle": None}
            count[kind] += 1
            if group.switch == control.name:
                found[control.name]["toggle"] = count["toggle"]
                count["toggle"] += 1
    return found


def _carried_out(ex: BaseExplorer, name: str, value: Any) -> None:
    """Make the change of one control as the library does."""
    control = ex.controls_by_name[name]
    if not isinstance(control, Slider):
        setattr(ex, name, control.value_of(value))
        return
    wanted = None if value is None else (10.0**value if control.scale == "log" else value)
    now = getattr(ex, name)
    if wanted is None or now is None or moved(control, wanted, now):
        setattr(ex, name, wanted)


def _given(ex: BaseExplorer, name: str, value: Any, notebook: bool) -> Any:
    """Return what the controls of a page take: a place, the label of a choice, or in a notebook its index."""
    control = ex.controls_by_name[name]
    if isinstance(control, Slider):
        return value
    keys = control.keys()
    index = list(keys.values()).index(value)
    return index if notebook else list(keys)[index]


def drive(page: Page, ex: BaseExplorer, seed: int, count: int, keep: dict[str, list[str]], *, notebook: bool) -> int:
    """Walk, compare every state with the library, leave `ex` in the last one, and return how many states differed."""
    steps = []
    states = []
    maps = _maps(ex)
    for changes in walk(ex, seed, count, keep, EACH):
        for name, value in changes.items():
            _carried_out(ex, name, value)
        given = {name: _given(ex, name, value, notebook) for name, value in changes.items()}
        steps.append({"changes": given, "says": call_of(ex.code())})
        states.append(state_of(ex))
    columns(page, "")  # loads the helpers
    page.evaluate(f"() => {{ {_SCRIPT} }}")
    given = {"steps": steps, "maps": maps, "places": _places(ex) if notebook else None}
    try:
        found = page.evaluate("(given) => globalThis.__driven__.walk(given)", given)
    except PlaywrightError as error:
        kernel = ask_kernel(page, "", "[ex.code(), {n: c.value for n, c in ex.controls.items()}]") if notebook else ""
        raise AssertionError(f"{error}\nPython is at {kernel}") from error
    twin = ex.twin()
    for step, wanted, seen in zip(steps, states, found, strict=True):
        state = state_in(seen["code"])
        assert same(state, wanted), (step, state, wanted)
        _check(twin, state, seen)
    return len({str(state) for state in states})


def same(state: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether a page is in a state, up to how a slider rounds its place."""
    numbers = [name for name, value in wanted.items() if isinstance(value, float)]
    rest = [name for name in wanted if name not in numbers]
    return all(state[n] is not None and math.isclose(state[n], wanted[n], rel_tol=1e-8) for n in numbers) and all(
        state[n] == wanted[n] for n in rest
    )


def _check(ex: BaseExplorer, state: dict[str, Any], seen: dict[str, Any]) -> None:
    """Compare what a page shows with the library's numbers and words."""
    wanted = expected(ex, state)
    for place, column in seen["columns"].items():
        values = value_at(wanted["frames"], column["from"])
        shown = np.array(column["values"], dtype=float)
        np.testing.assert_allclose(shown, values, rtol=1e-9, equal_nan=True, err_msg=f"{place} {state}")
    for place, limits in seen["ranges"].items():
        values = [float(value_at(wanted["frames"], [path])[0]) for path in limits["from"]]
        np.testing.assert_allclose(limits["values"], values, rtol=1e-9, err_msg=f"{place} {state}")
    units = {card.name: card.unit for card in ex.cards}
    assert {n: " ".join(filter(None, parts)) for n, parts in seen["cards"].items()} == {
        n: f"{text} {units[n]}".strip() for n, text in wanted["cards"].items()
    }
    assert seen["sentences"] == wanted["sentences"]
