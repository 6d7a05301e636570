"""What leaves the portable operations is refused with a remedy; what stays becomes a small graph that travels whole."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.errors import PortabilityError
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import LARGEST_CONSTANT, flatten, trace, unflatten

REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "if": (lambda x: x if x > 0 else -x, "ops.where instead of if"),
    "and": (lambda x: (x > 0) and (x < 1), "ops.where instead of if, and, or, not"),
    "a chained comparison": (lambda x: 0 < x < 1, "ops.where"),
    "bool": (bool, "no truth value"),
    "the built-in max": (lambda x: max(x, 1.0), "no truth value"),
    "float": (float, "functions of scalewidgets.ops, not math"),
    "int": (int, "not a number yet"),
    "math.exp": (math.exp, "functions of scalewidgets.ops, not math"),
    "range": (range, "not a number yet"),
    "a loop": (lambda x: [y for y in x], "can't be looped over"),
    "an index": (lambda x: x[0], "ops.take, ops.part or ops.column"),
    "len": (len, r"shape is known"),
    "round": (round, "ops.round_half_up"),
    "a remainder": (lambda x: x % 2, "ops.floor"),
    "a whole quotient": (lambda x: 7 // x, "ops.floor"),
    "np.exp": (np.exp, "exp was given a traced value; use the function of scalewidgets.ops"),
    "np.sum": (np.sum, "use the function of scalewidgets.ops"),
    "np.where": (lambda x: np.where(x > 0, x, 0.0), "use the function of the same name in scalewidgets.ops"),
    "np.asarray": (np.asarray, "given to NumPy"),
    "np.linspace": (lambda x: np.linspace(0.0, x, 3), "given to NumPy"),
    "a matrix product": (lambda x: np.ones(3) @ x, "matmul was given a traced value"),
    "a text": (lambda x: x + "1", "'1' of type str is not a number"),
    "a complex constant": (lambda x: x + 1j, "is not a number or an array of numbers"),
    "a large array": (
        lambda x: x + np.linspace(0, 1, LARGEST_CONSTANT + 1),
        r"65 numbers .* ops.linspace or ops.arange",
    ),
    "nothing": (lambda x: {"tables/a": None}, "tables/a: None"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_step_that_can_not_be_recorded_is_refused_with_a_remedy(what: str) -> None:
    function, sentence = REFUSED[what]
    with pytest.raises(PortabilityError, match=sentence):
        trace(lambda x: function(x), {"x": (3,)})


def test_a_traced_value_is_worth_nothing_after_its_tracing() -> None:
    kept: list[Any] = []
    trace(lambda x: kept.append(x) or x, {"x": ()})
    with pytest.raises(PortabilityError, match="after its tracing ended"):
        ops.exp(kept[0])
    with pytest.raises(PortabilityError, match="pass it in as an argument"):
        trace(lambda y: y + kept[0], {"y": ()})


def test_a_function_that_fails_leaves_no_recording_open() -> None:
    with pytest.raises(PortabilityError):
        trace(lambda x: float(x), {"x": ()})
    assert isinstance(ops.arange(3), np.ndarray)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, x: a + x,
    "-": lambda a, x: a - x,
    "*": lambda a, x: a * x,
    "/": lambda a, x: a / x,
    "**": lambda a, x: a**x,
    "<": lambda a, x: a < x,
    "<=": lambda a, x: a <= x,
    ">": lambda a, x: a > x,
    ">=": lambda a, x: a >= x,
    "==": lambda a, x: a == x,
    "!=": lambda a, x: a != x,
    "&": lambda a, x: (a > 2) & (x > 2),
    "|": lambda a, x: (a > 2) | (x > 2),
}
LEFT = {"a number": 2.0, "a NumPy number": np.float64(2.0), "an array": np.array([1.0, 2.0, 3.0]), "an integer": 2}


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("sign", OPERATORS)
def test_every_operator_takes_either_side(sign: str, left: str) -> None:
    operator, a, x = OPERATORS[sign], LEFT[left], np.array([3.0, 2.0, 1.0])
    for function in (lambda x: operator(a, x), lambda x: operator(x, a)):
        np.testing.assert_array_equal(trace(function, {"x": (3,)})(x=x)[""], function(x))


def through_json(graph: Graph) -> Graph:
    return Graph.from_json(json.loads(json.dumps(graph.to_json(), allow_nan=False)))


@pytest.mark.parametrize(
    "constant",
    [math.nan, math.inf, -math.inf, 0.1 + 0.2, 5e-324, np.array([math.nan, -math.inf, 1.0]), np.eye(2)],
    ids=str,
)
def test_constants_survive_json(constant: Any) -> None:
    graph = through_json(trace(lambda x: ops.where(x > 0, constant, 0.0), {"x": ()}))
    np.testing.assert_array_equal(graph(x=1.0)[""], constant)


@pytest.mark.parametrize(
    ("given", "expected"),
    [(0.0, np.inf), (0, np.inf), (-2.0, -0.5), ([1.0, 0.0], [1.0, np.inf]), ((4,), [0.25]), (np.float32(2), 0.5)],
    ids=str,
)
def test_a_replay_takes_plain_numbers_and_lists_for_arrays(given: Any, expected: Any) -> None:
    graph = trace(lambda x: ops.where(x > 5.0, 0.0, 1 / x), {"x": np.shape(given)})
    np.testing.assert_array_equal(graph(x=given)[""], expected)


def test_single_numbers_stay_single_through_a_replay() -> None:
    steps = {
        "where": lambda x: ops.where(x > 0, x, 2.0),
        "take": lambda x: ops.take(ops.stack(x, 2 * x), 1.0),
        "quantile": lambda x: ops.quantile(ops.stack(x, 2 * x), 0.3),
        "solve": lambda x: ops.solve(lambda t: t - x, 0.0 * x, 9.0 + 0.0 * x),
    }
    for name, step in steps.items():
        # an array of no axis makes every step behind it several times as slow
        assert isinstance(trace(step, {"x": ()})(x=1.5)[""], np.float64), name


def test_the_largest_constant_array_is_allowed() -> None:
    grid = np.linspace(0, 1, LARGEST_CONSTANT)
    np.testing.assert_array_equal(through_json(trace(lambda x: x + grid, {"x": ()}))(x=1.0)[""], 1 + grid)


def test_equal_steps_are_recorded_once_and_unused_ones_not_at_all() -> None:
    def function(x: Any) -> Any:
        ops.sin(x)
        return (ops.exp(2.0 * x) + ops.exp(2.0 * x)) * ops.exp(2 * x)

    assert list(trace(function, {"x": ()}).ops()) == ["constant", "multiply", "exp", "add", "multiply"]


def test_grids_are_recorded_not_stored() -> None:
    graph = trace(lambda x: x + ops.linspace(0.0, 1.0, 1000), {"x": ()})
    assert list(graph.ops()) == ["constant", "constant", "linspace", "add"]
    assert graph(x=0.0)[""].shape == (1000,)


def test_outputs_may_be_nested_and_come_back_by_path() -> None:
    tree = {"tables": {"bowl": {"N": 1, "loss": 2}}, "cards": {"N": 3}}
    assert flatten(tree) == {"tables/bowl/N": 1, "tables/bowl/loss": 2, "cards/N": 3}
    assert unflatten(flatten(tree)) == tree
    assert unflatten(flatten(4)) == 4
    graph = trace(lambda x, y: {"cards": {"sum": x + y, "x": x, "one": 1.0}}, {"x": (), "y": ()})
    assert through_json(graph)(2.0, y=3.0) == {"cards/sum": 5.0, "cards/x": 2.0, "cards/one": 1.0}


@pytest.mark.parametrize("given", [{}, {"x": 1.0, "z": 2.0}])
def test_a_graph_names_missing_and_unknown_inputs(given: dict[str, float]) -> None:
    graph = trace(lambda x, y: x + y, {"x": (), "y": ()})
    with pytest.raises(PortabilityError, match="takes x, y; missing: .*y, unknown: (none|z)"):
        graph(**given)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "scalewidgets-graph/9"}, "'scalewidgets-graph/9' is not known"),
        ({"nodes": [{"op": "erf", "args": [0], "shape": []}]}, "operation 'erf' is not known; known are"),
    ],
)
def test_a_graph_of_another_version_is_refused(change: dict[str, Any], sentence: str) -> None:
    data = trace(lambda x: ops.exp(x), {"x": ()}).to_json()
    with pytest.raises(PortabilityError, match=sentence):
        Graph.from_json({**data, **change})


def test_a_graph_replays_inside_another_tracing() -> None:
    inner = trace(lambda x: ops.exp(x), {"x": ()})
    outer = trace(lambda x: 2.0 * inner(x=x)[""], {"x": ()})
    assert outer(x=1.0)[""] == 2 * np.exp(1.0)


class TestSearches:
    """Solve and minimise: their bodies are graphs of their own, which may use values of the graphs around them."""

    def test_a_body_captures_values_from_outside(self) -> None:
        def function(x: Any, a: Any) -> Any:
            shift = a * 2.0
            return ops.solve(lambda t: t * t - x - shift, 0.0 * x, 0.0 * x + 100.0)

        graph = through_json(trace(function, {"x": (3,), "a": ()}))
        x = np.array([0.0, 2.0, 7.0])
        np.testing.assert_allclose(graph(x=x, a=1.0)[""], np.sqrt(x + 2.0), rtol=1e-14)
        np.testing.assert_array_equal(graph(x=x, a=1.0)[""], function(x, 1.0))

    def test_a_body_within_a_body_captures_from_both(self) -> None:
        def function(x: Any) -> Any:
            def inner_root(t: Any) -> Any:  # the s with s + s^3 = t x
                return ops.solve(lambda s: s + s**3 - t * x, 0.0 * t, 0.0 * t + 50.0)

            return ops.solve(lambda t: inner_root(t) + t - 3.0 * x, 0.0 * x, 0.0 * x + 50.0)

        x = np.array([0.5, 1.0, 2.0])
        t = through_json(trace(function, {"x": (3,)}))(x=x)[""]
        s = 3 * x - t
        np.testing.assert_allclose(s + s**3, t * x, rtol=1e-12)
        np.testing.assert_array_equal(t, function(x))

    def test_a_bracket_that_is_smaller_than_the_answer_is_refused(self) -> None:
        with pytest.raises(PortabilityError, match="give low and high the shape of the answer"):
            trace(lambda x: ops.solve(lambda t: t - x, 0.0, 1.0), {"x": (3,)})

    def test_operations_in_a_body_stay_in_it(self) -> None:
        graph = trace(lambda x: ops.solve(lambda t: ops.exp(t) - x, 0.0, 9.0), {"x": ()})
        assert [node.op for node in graph.nodes] == ["constant", "constant", "solve"]
        assert set(graph.nodes[-1].static["body"].ops()) == {"exp", "subtract"}

    def test_solve_is_as_exact_as_doubles_allow(self) -> None:
        targets = np.geomspace(1e-6, 1e6, 50)
        roots = ops.solve(lambda t: ops.exp(t) - targets, np.full(50, -20.0), np.full(50, 20.0))
        np.testing.assert_allclose(roots, np.log(targets), rtol=0, atol=40 * 2.0**-52)

    def test_solve_takes_nan_for_too_far(self) -> None:
        root = ops.solve(lambda t: ops.log(2.0 - t) * -1.0, 0.0, 10.0)
        assert float(root) == pytest.approx(1.0, abs=1e-12)

    @pytest.mark.parametrize("valley", [-3.0, 0.0, 0.7123, 17.5, 39.0])
    def test_minimise_finds_a_smooth_valley(self, valley: float) -> None:
        found = ops.minimise(lambda t: ops.exp(0.3 * (t - valley)) + ops.exp(-0.3 * (t - valley)), -5.0, 41.4)
        assert float(found) == pytest.approx(valley, abs=1e-7)

    @pytest.mark.parametrize("valley", [-3.0, 0.7123, 17.5])
    def test_minimise_finds_a_lopsided_valley(self, valley: float) -> None:
        found = ops.minimise(lambda t: ops.exp(0.9 * (t - valley)) + 3 * ops.exp(-0.3 * (t - valley)), -5.0, 31.8)
        assert float(found) == pytest.approx(valley, abs=2e-9)

    def test_minimise_keeps_away_from_what_is_not_allowed(self) -> None:
        found = ops.minimise(lambda t: ops.where(t > 2.0, (t - 5.0) ** 2, float("inf")), 0.0, 40.0)
        assert float(found) == pytest.approx(5.0, abs=1e-9)

    @pytest.mark.parametrize(("slope", "end"), [(1.0, 0.0), (-1.0, 40.0)])
    def test_minimise_without_a_valley_ends_near_the_better_end(self, slope: float, end: float) -> None:
        assert float(ops.minimise(lambda t: slope * t, 0.0, 40.0)) == pytest.approx(end, abs=0.01)

    def test_minimise_works_row_by_row_and_replays(self) -> None:
        def function(centre: Any) -> Any:
            return ops.minimise(lambda t: (t - ops.align(centre, t)) ** 2, 0.0 * centre, 0.0 * centre + 10.0)

        centre = np.array([1.0, 4.0, 9.5])
        np.testing.assert_allclose(function(centre), centre, atol=1e-9)
        np.testing.assert_array_equal(
            through_json(trace(function, {"centre": (3,)}))(centre=centre)[""], function(centre)
        )


def test_a_graph_in_the_format_of_before_is_read() -> None:
    graph = trace(lambda x: ops.solve(lambda t: ops.exp(t) - x, 0.0, 9.0) + 1.0, {"x": ()})

    def older(data: dict[str, Any]) -> dict[str, Any]:
        nodes = []
        for op, args, shape, *settings in data["nodes"]:
            static = {k: older(v) if isinstance(v, dict) else v for k, v in (settings[0] if settings else {}).items()}
            nodes.append({"op": op, "args": args, "shape": shape, "static": static})
        return {**data, "format": "scalewidgets-graph/1", "nodes": nodes}

    assert Graph.from_json(older(graph.to_json())).to_json() == graph.to_json()
