"""Quantities derived from a fit agree between methods and with the plan, and refuse incomplete questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError, UnknownName
from scalewidgets.fits.fit import Fit

TRUTH = sw.published("hoffmann2022")


@pytest.fixture(scope="module")
def found() -> Fit:
    """Give a fit that its runs determine well."""
    sizes, tokens = np.geomspace(3e7, 2e10, 12)[:, None], np.geomspace(3e8, 4e11, 12)
    runs = sw.simulate(TRUTH, N=sizes, D=tokens, noise=0.01, seed=0)
    return sw.fit("chinchilla", runs, objective="squared", bootstrap=400)


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("N_opt", {"compute": 1e22}),
    ("D_opt", {"compute": "1e22"}),
    ("tokens_per_param", {"compute": 1e22}),
    ("loss_opt", {"compute": 1e22}),
    ("cost", {"loss": 2.1}),
    ("N_opt", {"loss": 2.1}),
    ("loss", {"N": "70B", "D": "1.4T"}),
]


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_draws_and_the_delta_method_agree(found: Fit, name: str, question: dict[str, Any]) -> None:
    draws, delta = (sw.derived(found, name, method=method, **question) for method in ("draws", "delta"))
    assert draws.value == delta.value
    assert draws.low < draws.value < draws.high
    width = np.log(draws.high / draws.low)
    assert np.log(delta.interval) == pytest.approx(np.log(draws.interval), abs=0.2 * width)
    assert delta.stderr == pytest.approx(draws.stderr, rel=0.25)


def test_the_values_are_those_of_the_plan(found: Fit) -> None:
    plan = sw.plan(found, compute=1e22)
    assert sw.derived(found, "N_opt", compute=1e22).value == pytest.approx(plan.N)
    assert sw.derived(found, "N_opt", compute=1e22).interval == pytest.approx(plan.interval("N"))
    assert sw.derived(found, "tokens_per_param", compute=1e22).value == pytest.approx(plan.tokens_per_param)
    cheapest = sw.plan(found, loss=2.1)
    assert sw.derived(found, "cost", loss=2.1).value == pytest.approx(cheapest.training_flop, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "question", "error", "words"),
    [
        ("N_best", {"compute": 1e22}, UnknownName, "N_opt"),
        ("N_opt", {}, FitError, "needs compute= or loss="),
        ("loss_opt", {"loss": 2.0}, FitError, "needs compute="),
        ("loss", {"N": 1e9}, FitError, "D= and N="),
        ("N_opt", {"compute": 1e22, "method": "profile"}, UnknownName, "delta, draws"),
        ("N_opt", {"compute": 1e22, "level": 95}, FitError, "between 0 and 1"),
    ],
)
def test_a_question_that_is_not_one_is_refused(
    found: Fit, name: str, question: dict[str, Any], error: type, words: str
) -> None:
    with pytest.raises(error, match=words):
        sw.derived(found, name, **question)


def test_a_point_estimate_says_what_it_lacks() -> None:
    with pytest.raises(FitError, match="no joint draws"):
        sw.derived(TRUTH, "N_opt", compute=1e22)
    with pytest.raises(FitError, match="keeps no runs"):
        sw.derived(TRUTH, "N_opt", compute=1e22, method="delta")
