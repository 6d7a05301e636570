"""Every plan is recorded, stored as JSON and replayed to the same numbers; what can't be recorded says why."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest

from scalewidgets import ops
from scalewidgets.declare import Law
from scalewidgets.fits.fit import Fit
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning.allocate import HOLDS, allocate
from scalewidgets.planning.plan import plan, surface_of
from scalewidgets.planning.surface import plannable
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import law

PLANNED = {key: fit for key, fit in published_fits().items() if plannable(fit.law)}
COMPUTE, SERVED, UNIQUE, DRAWS = 3e22, 2e12, 1e11, 5


class Case(NamedTuple):
    fit: Fit
    hold: str
    asked: str
    served: float
    unique: bool
    drawn: bool

    def __str__(self) -> str:
        words = [self.fit.key, self.hold, self.asked, "served" if self.served else "unserved"]
        return "-".join(words + ["unique"] * self.unique + ["draws"] * self.drawn)


# Fits of one law record the same graph: one of them is asked everything, the others one question.
FIRST_OF_ITS_LAW = {fit.law.key: key for key, fit in reversed(PLANNED.items())}.values()
ONE_QUESTION = ("quality", "compute", SERVED, False, False)


def cases() -> Iterator[Case]:
    """Combine fits with what is held, asked and limited; only the quality can be held where a loss is asked."""
    choices = product(HOLDS, ("compute", "loss"), (0.0, SERVED), (False, True), (False, True))
    for (key, fit), (hold, asked, served, unique, drawn) in product(PLANNED.items(), choices):
        if asked == "loss" and hold != "quality":
            continue
        if key not in FIRST_OF_ITS_LAW and (hold, asked, served, unique, drawn) != ONE_QUESTION:
            continue
        if unique and drawn != (served > 0):
            continue
        if unique or "U" not in fit.law.symbols:
            yield Case(fit, hold, asked, served, unique, drawn)


CASES = list(cases())


def coefficients(fit: Fit, drawn: bool) -> dict[str, Any]:
    """Return the values as numbers, or jittered by half a per cent as so many draws."""
    if not drawn:
        return {name: np.float64(value) for name, value in fit.values.items()}
    spread = np.random.default_rng(0).uniform(0.995, 1.005, (len(fit.values), DRAWS))
    return {name: value * factor for (name, value), factor in zip(fit.values.items(), spread, strict=True)}


def question(case: Case) -> Callable[..., Mapping[str, Any]]:
    """Return the allocation as a function of what a slider moves, and of the coefficients."""

    def function(*, asked: Any, served: Any, unique: Any, **values: Any) -> Mapping[str, Any]:
        surface = surface_of(case.fit, values, unique if case.unique else None)
        return allocate(surface, **{case.asked: asked}, served=served, hold=case.hold)

    return function


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_plan_replays_from_json_to_what_the_direct_call_gives(case: Case) -> None:
    values = coefficients(case.fit, case.drawn)
    surface = surface_of(case.fit, case.fit.values, UNIQUE if case.unique else None)
    with np.errstate(all="ignore"):
        asked = COMPUTE if case.asked == "compute" else float(surface.loss(*surface.best(np.float64(COMPUTE))))
    inputs = {"asked": np.float64(asked), "served": np.float64(case.served), "unique": np.float64(UNIQUE), **values}
    with np.errstate(all="ignore"):
        direct = question(case)(**inputs)
    graph = trace(question(case), {name: np.shape(value) for name, value in inputs.items()})
    text = json.dumps(graph.to_json(), allow_nan=False)
    replayed = Graph.from_json(json.loads(text))(**inputs)
    assert set(replayed) == set(direct)
    for name, value in direct.items():
        given = case.asked == "loss" and name in ("loss", "baseline_loss")
        assert np.shape(value) == ((DRAWS,) if case.drawn and not given else ()), name
        assert np.isfinite(value).all(), name
        np.testing.assert_allclose(replayed[name], value, rtol=1e-12, atol=0, err_msg=name)


def test_a_recorded_plan_answers_other_questions_than_the_one_it_was_recorded_for() -> None:
    case = Case(PLANNED["besiroglu2024"], "quality", "compute", SERVED, False, False)
    values = coefficients(case.fit, False)
    graph = trace(question(case), dict.fromkeys(["asked", "served", "unique", *values], ()))
    for compute, served in ((1e20, 0.0), (1e24, 1e13), (1e26, 1e9)):
        found = graph(asked=compute, served=served, unique=UNIQUE, **values)
        expected = plan(case.fit, compute=compute, inference_tokens=served)
        assert [found["N"], found["D"], found["loss"]] == pytest.approx(
            [expected.N, expected.D, expected.loss], rel=1e-12
        )


def test_a_recorded_plan_is_small() -> None:
    case = Case(PLANNED["besiroglu2024"], "quality", "compute", SERVED, True, False)
    graph = trace(question(case), dict.fromkeys(["asked", "served", "unique", *case.fit.values], ()))
    assert len(json.dumps(graph.to_json())) < 300_000


CHINCHILLA = law("chinchilla")


def with_kernel(kernel: Callable[..., Any]) -> Law:
    return replace(CHINCHILLA, kernel=kernel, key="mine", optimum=None, tokens=None)


def with_math(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    return E + A * math.exp(-alpha * math.log(N)) + B * D**-beta


def with_numpy(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    return E + A * np.exp(-alpha * np.log(N)) + B * D**-beta


def with_if(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    return E + A * N**-alpha if N > D else E + B * D**-beta


def with_ops(N: Any, D: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    return E + A * ops.exp(-alpha * ops.log(N)) + B * D**-beta


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        (with_math, "use the functions of scalewidgets.ops, not math"),
        (with_numpy, "log was given a traced value; use the function of scalewidgets.ops"),
        (with_if, "use ops.where instead of if"),
        (with_ops, ""),
    ],
)
def test_a_law_outside_the_portable_operations_works_in_python_and_says_why_it_does_not_travel(
    kernel: Callable[..., Any], sentence: str
) -> None:
    mine = with_kernel(kernel)
    assert mine.portable is (not sentence)
    assert sentence in mine.why_not_portable
    assert float(mine(N=1e9, D=2e10, E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28)) > 1.69


def test_a_law_without_closed_forms_is_planned_on_grids_to_the_same_answer() -> None:
    fit = PLANNED["besiroglu2024"]
    for question in ({"compute": 1e23}, {"loss": 2.05, "inference_tokens": 1e12}):
        exact = plan(fit, **question)
        searched = plan(replace(fit, law=with_kernel(with_ops)), **question)
        assert pytest.approx([exact.N, exact.D], rel=1e-5) == [searched.N, searched.D]
        assert searched.loss == pytest.approx(exact.loss, rel=1e-10)
