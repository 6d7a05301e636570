"""Every law of the catalogue is found again from runs simulated with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scalewidgets as sw
from scalewidgets.declare import Law
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.registry import laws
from tests.fitting.designs import design, enough, truth_of

LAWS = laws()


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_noiseless_runs_give_back_the_law(law: Law) -> None:
    truth = truth_of(law)
    points = enough(law)
    runs = sw.simulate(truth, **design(law, points))
    found = sw.fit(law, runs, bootstrap=0)
    assert found.objective_value < 1e-24 * max(1.0, np.abs(runs.loss).max()) ** 2
    # sorted, since some laws have terms that may change places
    np.testing.assert_allclose(sorted(found.values.values()), sorted(truth.values.values()), rtol=1e-7)
    elsewhere = design(law, points + 1)
    expected = truth(**elsewhere)
    np.testing.assert_allclose(found(**elsewhere), expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())
    # where many coefficients are searched, one start may be the only one to find what nothing can better
    assert {caution.key for caution in found.warnings} <= {"imputed", "starts-disagree", "high-loss"}


def test_a_constant_that_is_not_there_is_not_invented() -> None:
    kaplan = sw.published("kaplan2020-n")
    found = sw.fit("power-constant-n", sw.simulate(kaplan, N=np.geomspace(1e6, 1e10, 10)), bootstrap=0)
    assert found.values["E"] < 1e-9
    assert found.values["alpha"] == pytest.approx(0.076, rel=1e-6)
    assert "E ended at the edge" in found.summary()


def uniform(low: float, high: float) -> Any:
    return st.floats(low, high, allow_nan=False)


@settings(max_examples=12)
@given(
    E=uniform(0.5, 2.5),
    alpha=uniform(0.15, 0.6),
    beta=uniform(0.15, 0.6),
    size_loss=uniform(0.2, 2.0),
    data_loss=uniform(0.2, 2.0),
    objective=st.sampled_from(["huber", "squared"]),
)
def test_the_coefficients_of_simulated_chinchilla_runs_are_recovered(
    E: float, alpha: float, beta: float, size_loss: float, data_loss: float, objective: str
) -> None:
    # amplitudes from the reducible losses at 1e9 parameters and 1e10 tokens, so that both terms can be seen
    values = {"E": E, "A": size_loss * 1e9**alpha, "B": data_loss * 1e10**beta, "alpha": alpha, "beta": beta}
    truth = Fit(LAWS["chinchilla"], values, Source(LAWS["chinchilla"].citation, "simulated"))
    runs = sw.simulate(truth, N=np.geomspace(1e7, 1e11, 7)[:, None], D=np.geomspace(1e8, 1e12, 7))
    found = sw.fit("chinchilla", runs, objective=objective, bootstrap=0)
    assert found.values == pytest.approx(values, rel=1e-7)


@settings(max_examples=3)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_runs_does_not_matter(seed: int) -> None:
    runs = sw.simulate(
        sw.published("hoffmann2022"),
        N=np.geomspace(1e8, 1e10, 4)[:, None],
        D=np.geomspace(1e9, 1e11, 4),
        noise=0.01,
        seed=3,
    )
    shuffled = runs.subset(np.random.default_rng(seed).permutation(len(runs)))
    first, second = (sw.fit("chinchilla", each, bootstrap=0) for each in (runs, shuffled))
    assert second.objective_value == pytest.approx(first.objective_value, rel=1e-9)
    assert second(N=1e9, D=1e10) == pytest.approx(float(first(N=1e9, D=1e10)), rel=1e-6)
