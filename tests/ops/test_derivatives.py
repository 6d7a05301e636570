"""Derivatives of graphs: every rule against complex steps, twice, and what has no rule says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.errors import PortabilityError
from scalewidgets.ops.derivatives import FACTORS, FLAT, LINEAR, differentiate
from scalewidgets.ops.dispatch import PRIMITIVES
from scalewidgets.ops.tracing import trace

STEP = 1e-30

# One function per operation, on a domain where it is smooth; x runs over POINTS.
POINTS = np.array([0.2, 0.7, 1.3, 2.9])
SMOOTH: dict[str, Callable[[Any], Any]] = {
    "add": lambda x: x + 2.0 * x,
    "subtract": lambda x: 3.0 - x,
    "multiply": lambda x: x * x * x,
    "divide": lambda x: 2.0 / x + x / 3.0,
    "power": lambda x: x**2.5 + 1.7**x + x**x,
    "negative": lambda x: -x * x,
    "absolute": lambda x: ops.absolute(x - 10.0) * x,
    "exp": ops.exp,
    "log": ops.log,
    "log1p": ops.log1p,
    "expm1": ops.expm1,
    "sqrt": ops.sqrt,
    "sin": ops.sin,
    "cos": ops.cos,
    "tanh": lambda x: ops.tanh(x) * x,
    "softplus": lambda x: ops.softplus(3.0 * x - 2.0),
    "logaddexp": lambda x: ops.logaddexp(x, 2.0 - x * x),
    "minimum": lambda x: ops.minimum(x * x, x),
    "maximum": lambda x: ops.maximum(x * x, x),
    "where": lambda x: ops.where(x > 1.0, x * x * x, ops.exp(x)),
}


@pytest.mark.parametrize("op", FACTORS)
def test_first_and_second_derivatives_equal_complex_steps(op: str) -> None:
    function = SMOOTH[op]
    once = differentiate(trace(lambda x: {"y": function(x)}, {"x": POINTS.shape}), ["x"])
    twice = differentiate(once, ["x"])
    stepped = np.imag(function(POINTS + STEP * 1j)) / STEP
    np.testing.assert_allclose(once(x=POINTS)["y@x"], stepped, rtol=1e-12)
    assert twice(x=POINTS)["y"] == pytest.approx(function(POINTS), rel=1e-14)
    slope = trace(lambda x: {"s": once(x=x)["y@x"]}, {"x": POINTS.shape})
    bent = np.imag(slope(x=POINTS + STEP * 1j)["s"]) / STEP
    found = np.broadcast_to(twice(x=POINTS).get("y@x@x", 0.0), POINTS.shape)
    np.testing.assert_allclose(found, bent, rtol=1e-11, atol=1e-13)


def test_every_operation_has_a_rule_or_is_known_to_have_none() -> None:
    searched = {"linspace", "arange", "take", "min", "max", "logsumexp", "quantile", "solve"}
    assert set(PRIMITIVES) | {"constant"} == set(FACTORS) | set(LINEAR) | FLAT | searched


def test_sums_and_rearrangements_pass_changes_through() -> None:
    def function(a: Any) -> dict[str, Any]:
        grid = ops.concatenate(ops.reverse(ops.cumsum(a * a)), ops.part(a, 1, 3))
        return {"y": ops.total(grid * ops.repeat(ops.mean(a), 5)) + ops.take(a, 1.0)}

    values = np.array([0.3, -1.2, 2.0])
    graph = trace(lambda s, t, u: function(ops.stack(s, t, u)), {"s": (), "t": (), "u": ()})
    slopes = differentiate(graph, ["s", "t", "u"])(**dict(zip("stu", values, strict=True)))
    for i, name in enumerate("stu"):
        moved = values.astype(complex)
        moved[i] += STEP * 1j
        assert slopes[f"y@{name}"] == pytest.approx(np.imag(function(moved)["y"]) / STEP, rel=1e-13)


def test_what_does_not_depend_on_an_input_has_no_derivative_in_it() -> None:
    graph = differentiate(trace(lambda x, z: {"y": x * 2.0, "flat": ops.floor(x)}, {"x": (), "z": ()}), ["x", "z"])
    assert set(graph.outputs) == {"y", "flat", "y@x"}


def test_an_operation_without_a_rule_is_named() -> None:
    graph = trace(lambda x: ops.quantile(x, 0.5, axis=-1), {"x": (5,)})
    with pytest.raises(PortabilityError, match="quantile has no derivative rule"):
        differentiate(graph, ["x"])
