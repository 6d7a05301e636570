"""Every law of the catalogue is found again from runs simulated with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scalewidgets as sw
from scalewidgets.declare import Coefficient, Law
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import Source
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

LAWS = laws()
PUBLISHED = {fit.law.key: fit for fit in reversed(published_fits().values())}
POINTS_PER_AXIS = {1: 14, 2: 6, 3: 4}
# Where a paper has runs, by symbol; a law of other variables is given the range its slider covers.
USUAL = {"N": (5e7, 2e10), "D": (1e9, 1e12), "U": (1e9, 1e11), "C": (1e18, 1e24)}
PLAUSIBLE = {"irreducible": 1.7, "exponent": 0.3}


def plausible(law: Law) -> Fit:
    """Return the values a paper prints, or, for a form without any, values that make the loss fall from 4 to 2."""
    if law.key in PUBLISHED:
        return PUBLISHED[law.key]
    low = axis(law.symbols[0], law)[0]

    def value(coefficient: Coefficient) -> float:
        # amplitude and scale are both such that the reducible loss is about 2 nats at the smallest run
        at_start = {"amplitude": 2 * low**0.3, "scale": low * 2 ** (1 / 0.3)}
        return PLAUSIBLE.get(coefficient.kind) or at_start[coefficient.kind]

    source = Source(law.citation, "simulated")
    return Fit(law, {coefficient.name: value(coefficient) for coefficient in law.coefficients}, source)


def axis(symbol: str, law: Law, points: int = 2) -> np.ndarray:
    variable = law.variable(symbol)
    return np.geomspace(*USUAL.get(symbol, (variable.low, variable.high)), points)


def design(law: Law, points: int) -> dict[str, np.ndarray]:
    """Return a full grid over the usual range of every variable."""
    axes = np.meshgrid(*(axis(symbol, law, points) for symbol in law.symbols), indexing="ij")
    return dict(zip(law.symbols, axes, strict=True))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_noiseless_runs_give_back_the_law(law: Law) -> None:
    truth = plausible(law)
    points = POINTS_PER_AXIS[len(law.symbols)]
    found = sw.fit(law, sw.simulate(truth, **design(law, points)), bootstrap=0)
    assert found.objective_value < 1e-24
    assert found.values == pytest.approx(dict(truth.values), rel=1e-8)
    elsewhere = design(law, points + 1)
    np.testing.assert_allclose(found(**elsewhere), truth(**elsewhere), rtol=1e-11)
    assert {caution.key for caution in found.warnings} <= {"imputed"}


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
