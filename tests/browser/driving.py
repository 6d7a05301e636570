"""Walks over an explorer's controls in an app or a notebook, and compares each state with the library."""

from __future__ import annotations

import math
import re
from typing import Any

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
from .reading import Reading, check, readings, script
from .walking import walk

# Controls that move between two states that are read.
EACH = 3
# States that a page walks before they are compared.
CHUNK = 50

# A setting of a call that is a number.
_NUMBER = re.compile(r"(\w+)=([0-9][^,)]*)")


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
            for part in ("sources", "ranges")
        }
        found[key] = {**named, "name": f"*.{key}"}
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
    columns(page, "")  # loads the helpers
    page.evaluate(f"() => {{ {script('reading.mjs', 'driven.mjs')} }}")
    common = {"maps": _maps(ex), "places": _places(ex) if notebook else None}
    twin = ex.twin()
    states = []
    walked: list[tuple[list[dict[str, Any]], list[Reading]]] = []
    changes = walk(ex, seed, count, keep, EACH)
    for at in range(0, count, CHUNK):
        steps = [_step(ex, each, notebook) for each in changes[at : at + CHUNK]]
        states += [str(step["state"]) for step in steps]
        # the page walks on while what it has shown is compared
        begun = [{name: step[name] for name in ("changes", "says")} for step in steps]
        page.evaluate("(given) => void globalThis.__driven__.begin(given)", {**common, "steps": begun})
        _compare(twin, walked)
        try:
            walked.append((steps, readings(page.evaluate("() => globalThis.__driven__.done()"))))
        except PlaywrightError as error:
            asked = "[ex.code(), {n: c.value for n, c in ex.controls.items()}]"
            kernel = ask_kernel(page, "", asked) if notebook else "unknown"
            raise AssertionError(f"{error}\nPython is at {kernel}") from error
    _compare(twin, walked)
    return len(set(states))


def _step(ex: BaseExplorer, changes: dict[str, Any], notebook: bool) -> dict[str, Any]:
    """Make changes as the library does; return them as a page takes them, the call they lead to, and the state."""
    for name, value in changes.items():
        _carried_out(ex, name, value)
    given = {name: _given(ex, name, value, notebook) for name, value in changes.items()}
    return {"changes": given, "says": call_of(ex.code()), "state": state_of(ex)}


def _compare(ex: BaseExplorer, walked: list[tuple[list[dict[str, Any]], list[Reading]]]) -> None:
    """Compare what was walked with the library's numbers and words, and forget it."""
    for steps, shown in walked:
        for step, seen in zip(steps, shown, strict=True):
            check(ex, _shown(step, call_of(seen.words["code"])), seen)
    walked.clear()


def _shown(step: dict[str, Any], call: str) -> dict[str, Any]:
    """Return the state that a call of a page says, which is that of a step up to how sliders round their places."""
    assert _NUMBER.sub("", call) == _NUMBER.sub("", step["says"]), (step, call)
    # the keys of some choices look like numbers too
    numbers = {name: float(number) for name, number in _NUMBER.findall(call) if isinstance(step["state"][name], float)}
    state = {**step["state"], **numbers}
    assert same(state, step["state"]), (step, state)
    return state


def same(state: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether a page is in a state, up to how a slider rounds its place."""
    numbers = [name for name, value in wanted.items() if isinstance(value, float)]
    rest = [name for name in wanted if name not in numbers]
    return all(state[n] is not None and math.isclose(state[n], wanted[n], rel_tol=1e-8) for n in numbers) and all(
        state[n] == wanted[n] for n in rest
    )
