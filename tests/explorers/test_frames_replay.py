"""Frames are recorded, stored as JSON and replayed to what a direct call gives; what can't be recorded says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.errors import PortabilityError
from scalewidgets.explorers import frames as frames_module
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.fits.fit import Fit
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import LARGEST_CONSTANT, flatten
from scalewidgets.planning.allocate import HOLDS

from .cases import CASES, PUBLISHED, SERVED, case_name, random_states, state

LARGEST_GRAPH = 100_000
SHARES = ("cards/saved/value", "cards/saved/pinned", "pins/cards.saved", "notes/over", "notes/extrapolated")


def stored(graph: Graph) -> Graph:
    """Send a graph through JSON."""
    return Graph.from_json(json.loads(json.dumps(graph.to_json(), allow_nan=False)))


def assert_same(found: dict[str, Any], expected: dict[str, Any], rtol: float = 1e-12) -> None:
    """Compare frames path by path; NaN and both infinities must stand in the same places."""
    flat = flatten(expected)
    assert set(found) == set(flat)
    for path, value in flat.items():
        assert np.shape(found[path]) == np.shape(value), path
        # one minus a share: its rounding is that of the one
        atol = rtol if path in SHARES else 0
        if "/change" in path:
            # as exact as what it is the difference of
            atol = 1e-11 * (1 + abs(float(flat[f"{path.rpartition('/')[0]}/value"])))
        np.testing.assert_allclose(found[path], value, rtol=rtol, atol=atol, equal_nan=True, err_msg=path)


@pytest.mark.parametrize(("key", "hold", "served"), CASES, ids=case_name)
def test_recorded_frames_replay_to_what_a_direct_call_gives(key: str, hold: str, served: float | None) -> None:
    ex = state(key, hold, served)
    graph = stored(ex.graph())
    assert_same(graph(**ex.inputs), ex.frames())
    for other in random_states(CASES.index((key, hold, served)), 2):
        ex.apply(other)
        assert_same(graph(**ex.inputs), ex.frames())
        ex.pin()


@pytest.mark.parametrize("hold", HOLDS)
def test_one_graph_serves_every_coefficient_set_of_its_law(hold: str) -> None:
    recorded = state("hoffmann2022", hold, SERVED)
    graph = stored(recorded.graph())
    candidates = [Explorer(fit, hold=hold, inference_tokens=SERVED) for fit in recorded.fits.values()]
    others = [ex for ex in candidates if ex.setting == recorded.setting]
    assert len(others) >= 5
    for ex in others:
        assert_same(graph(**ex.inputs), ex.frames())


@pytest.mark.parametrize("hold", HOLDS)
def test_a_graph_does_not_depend_on_the_state_it_was_recorded_in(hold: str) -> None:
    first = state("fitted", hold, None)
    other = state("fitted", hold, 1e15)
    other.apply({"compute": 1e26, "near_optimal": 0.05})
    assert first.graph().to_json() == other.graph().to_json()


def constants(graph: Graph) -> Iterator[int]:
    for node in graph.nodes:
        if node.op == "constant":
            yield int(np.size(node.static["value"]))
        if "body" in node.static:
            yield from constants(node.static["body"])


@pytest.mark.parametrize(("key", "hold"), list(product(("besiroglu2024", "kaplan2020-nd", "fitted"), HOLDS)))
def test_a_graph_of_frames_is_small_and_holds_no_data(key: str, hold: str) -> None:
    ex = state(key, hold, SERVED)
    graph = ex.graph()
    assert len(json.dumps(graph.to_json(), allow_nan=False)) <= LARGEST_GRAPH
    assert max(constants(graph)) <= LARGEST_CONSTANT
    assert max(constants(graph)) <= 4, "short stacks of positions at most"


def test_frames_of_a_law_that_nobody_else_has_come_from_its_stored_graph(tmp_path: Path) -> None:
    law = PUBLISHED["hoffmann2022"].law
    mine = replace(law, key="not-in-the-catalogue", optimum=None, tokens=None)
    fit = replace(PUBLISHED["hoffmann2022"], law=mine, key="", title="Mine")
    fit.save(tmp_path / "mine.json")
    loaded = Explorer(Fit.load(tmp_path / "mine.json"), inference_tokens=SERVED)
    ex = Explorer(fit, inference_tokens=SERVED)
    assert loaded.fit.law is not mine
    assert_same(flatten(loaded.frames()), ex.frames())
    assert_same(stored(loaded.graph())(**loaded.inputs), ex.frames())
    closed = Explorer("hoffmann2022", inference_tokens=SERVED)
    for card in ("N", "D", "loss"):
        assert ex.frames()["cards"][card]["value"] == pytest.approx(closed.frames()["cards"][card]["value"], rel=1e-5)


def with_if(scene: Any) -> dict[str, Any]:
    bigger = scene.compute if scene.compute > 1e22 else 2 * scene.compute
    return {"tables": {"x": {"N": ops.stack(bigger)}}, "ranges": {}}


def with_grid(scene: Any) -> dict[str, Any]:
    return {"tables": {"x": {"N": scene.compute * np.linspace(1, 2, 121)}}, "ranges": {}}


def with_math(scene: Any) -> dict[str, Any]:
    return {"tables": {"x": {"N": ops.stack(np.log(scene.compute))}}, "ranges": {}}


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (with_if, "a traced value has no truth value yet; use ops.where instead of if"),
        (with_grid, "a constant array of 121 numbers (more than 64) was met; make grids with ops.linspace"),
        (with_math, "log was given a traced value; use the function of scalewidgets.ops"),
    ],
)
def test_a_frame_outside_the_portable_operations_says_what_to_use(
    frame: Any, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ex = Explorer("hoffmann2022")
    monkeypatch.setattr(frames_module.frontier, "frame", frame)
    assert ex.frames()["tables"]["frontier"]["x"]["N"].size, "Python itself minds nothing"
    with pytest.raises(PortabilityError) as caught:
        ex.graph()
    assert sentence in str(caught.value)
