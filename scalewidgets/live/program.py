"""What a page needs to keep an explorer live: graphs, sets of inputs and texts, controls, and the state.

A set belongs to one combination of the choices that mean other coefficients or another graph. It holds the graph, every
input that no control moves, and the texts with their slots. Sets share graphs.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np

from scalewidgets.errors import PortabilityError
from scalewidgets.explorers.base import Argument, BaseExplorer
from scalewidgets.explorers.controls import Choice, Slider
from scalewidgets.explorers.pinning import Pinning
from scalewidgets.explorers.quantity import Quantity
from scalewidgets.explorers.texts import texts
from scalewidgets.ops.tracing import trace, unflatten


def state_of(ex: BaseExplorer) -> dict[str, Any]:
    """Return what the controls stand at: numbers, None for off, and the short text of a choice."""
    return {
        name: control.key(getattr(ex, name)) if isinstance(control, Choice) else getattr(ex, name)
        for name, control in ex.controls_by_name.items()
    }


def whole_state_of(ex: BaseExplorer) -> dict[str, Any]:
    """Return the state that a page tells: that of the controls, and what is ``pinned`` where something can be."""
    if not isinstance(ex, Pinning):
        return state_of(ex)
    return {**state_of(ex), "pinned": None if ex.pinned is None else state_of(ex.pinned.explorer)}


def settings_of(ex: BaseExplorer, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ between the explorer and a state that a page tells.

    Raises
    ------
    KeyError, TypeError
        If the state is none that a page could be in.
    """
    now = whole_state_of(ex)
    found = _valued(ex, {name: state[name] for name in state if name != "pinned" and state[name] != now[name]})
    if "pinned" in state and state["pinned"] != now["pinned"]:
        pinned = state["pinned"]
        # what no control moves is as it is now
        others = {name: value for name, value in ex.settings().items() if name not in now}
        found["pinned"] = None if pinned is None else {**others, **_valued(ex, pinned)}
    return found


def _valued(ex: BaseExplorer, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state with the values of its choices."""
    controls = ex.controls_by_name
    return {
        name: control.value_of(value) if isinstance(control := controls[name], Choice) else value
        for name, value in state.items()
    }


def set_key(ex: BaseExplorer) -> str:
    """Name the set of a state: the short texts of all choices that feed no input."""
    state = state_of(ex)
    names = [n for n, c in ex.controls_by_name.items() if isinstance(c, Choice) and not c.feeds]
    return json.dumps([state[name] for name in names], ensure_ascii=False, separators=(",", ":"))


def twins(ex: BaseExplorer) -> Iterator[BaseExplorer]:
    """Yield the explorer in every combination of the choices that feed no input, its own first."""
    choices = [c for c in ex.controls_by_name.values() if isinstance(c, Choice) and not c.feeds]
    yield ex.twin()
    for values in itertools.product(*(choice.options.values() for choice in choices)):
        twin = ex.twin()
        twin.param.update(**{choice.name: value for choice, value in zip(choices, values, strict=True)})
        if set_key(twin) != set_key(ex):
            yield twin


@lru_cache(maxsize=64)
def _recorded(function: Any, setting: Hashable, shapes: tuple[tuple[str, tuple[int, ...]], ...]) -> tuple[str, Any]:
    """Return name and JSON of a graph, or an empty name and the reason why there is none."""
    try:
        graph = trace(lambda **named: function(setting, named), dict(shapes)).to_json()
    except PortabilityError as error:
        return "", str(error)
    return hashlib.sha1(json.dumps(graph, allow_nan=False).encode(), usedforsecurity=False).hexdigest()[:12], graph


def graph_of(ex: BaseExplorer) -> tuple[str, Any]:
    """Return name and JSON of the graph of a state; an empty name and a sentence if it can't be recorded."""
    shapes = tuple((name, np.shape(value)) for name, value in ex.inputs.items())
    return _recorded(type(ex).frame_function, ex.setting, shapes)


def _constants(ex: BaseExplorer) -> dict[str, np.ndarray]:
    fed = {control.input if isinstance(control, Slider) else control.feeds for control in ex.controls_by_name.values()}
    # what is pinned is the same for all sets, and a page can pin by itself
    return {
        name: np.asarray(value, dtype=float)
        for name, value in ex.inputs.items()
        if name not in fed and not name.startswith("pin.")
    }


def fingerprint(ex: BaseExplorer) -> str:
    """Return a text that changes whenever the set of a state does."""
    digest = hashlib.sha1(
        repr((set_key(ex), hash(ex.setting), ex.sentences, ex.sources)).encode(), usedforsecurity=False
    )
    for name, value in _constants(ex).items():
        digest.update(name.encode() + np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def live_set(ex: BaseExplorer) -> dict[str, Any]:
    """Return the set of a state as plain data with arrays."""
    graph, recorded = graph_of(ex)
    before, arguments = ex.code_template()
    # a page writes its own numbers into the texts, so none are computed here
    blank = unflatten(dict.fromkeys(recorded["outputs"], np.nan))
    return {
        "graph": graph,
        "inputs": _constants(ex),
        "taken": dict(ex.taken),
        "texts": texts(ex, blank),
        "cards": [[card.name, card.format, card.unit, card.when] for card in ex.cards],
        "rows": [[[row.value, row.low, row.high], row.format, row.when] for row in ex.rows],
        "sentences": [[s.text, {slot: list(place) for slot, place in s.slots.items()}, s.when] for s in ex.sentences],
        "code": [before, [asdict(a) if isinstance(a, Argument) else a for a in arguments]],
    }


def controls_of(ex: BaseExplorer) -> list[dict[str, Any]]:
    """Return the controls in the order of their groups."""
    found: list[dict[str, Any]] = []
    homes = ex.home
    for group in ex.groups:
        for control in group.controls:
            home = homes[control.name]
            common = {
                "name": control.name,
                "label": control.label,
                "default": ex.param[control.name].default,
                "home": control.key(home) if isinstance(control, Choice) else home,
            }
            if isinstance(control, Choice):
                options = [[key, label, control.fed(label)] for label, key in control.keys().items()]
                # a page compares what an input takes
                common["default"] = control.fed(control.chosen(common["default"])) if control.feeds else None
                choice = {**common, "kind": "choice", "options": options, "input": control.feeds}
                found.append({**choice, "texts": True} if control.feeds and control.texts else choice)
                continue
            low, high = control.ends
            found.append(
                {
                    **common,
                    "kind": "slider",
                    "scale": control.scale,
                    "low": low,
                    "high": high,
                    "step": control.step,
                    "unit": control.unit,
                    "format": control.format,
                    "bounds": _finite(getattr(ex.param[control.name], "bounds", None)),
                    "expected": _expected(ex, control.name),
                    "input": control.input,
                    "off": control.off,
                    "rest": control.rest,
                    "optional": group.switch == control.name,
                }
            )
    return found


def _expected(ex: BaseExplorer, name: str) -> dict[str, Any]:
    """Return what a typed value of a setting is expected in, as quantities.mjs takes it."""
    quantity = ex.param[name]
    if not isinstance(quantity, Quantity) or not quantity.unit:
        return {}
    machines = quantity.machines(ex)
    known = (
        {} if machines is None else {"machines": {"peaks": dict(machines.peaks), "utilisation": machines.utilisation}}
    )
    return {"unit": quantity.unit, **known}


def _finite(bounds: tuple[float | None, float | None] | None) -> list[float | None]:
    """Return bounds as JSON can hold them."""
    return [None if end is None or not np.isfinite(end) else float(end) for end in bounds or (None, None)]


def bundle(ex: BaseExplorer, states: Iterable[BaseExplorer], known: Iterable[str] = ()) -> dict[str, Any]:
    """Return the sets of some states of an explorer, with the graphs that a page does not know yet.

    States that are not portable are left out.

    Returns
    -------
    dict
        ``controls, state, sets, graphs``, and ``pins`` of the scenario that is pinned, if one is; for
        `scalewidgets.live.packing.pack`.
    """
    graphs: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for each in states:
        name, graph = graph_of(each)
        if not name:
            continue
        sets[set_key(each)] = live_set(each)
        if name not in known:
            graphs[name] = graph
    return {"controls": controls_of(ex), "sets": sets, "graphs": graphs, **told(ex)}


def told(ex: BaseExplorer) -> dict[str, Any]:
    """Return ``state``, and ``pins`` where a scenario is pinned: all that is new where the sets are known."""
    found = {"state": whole_state_of(ex)}
    return {**found, "pins": dict(ex.pins)} if isinstance(ex, Pinning) and ex.pinned is not None else found
