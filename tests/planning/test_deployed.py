"""Quantised plans: closed searches equal general ones, the smaller token count is taken, and the edge is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scalewidgets.declare import Law
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.deployed import DeployedSurface
from scalewidgets.planning.surface import Surface, plannable
from scalewidgets.planning.worth import POST_TRAINING_LAWS
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import laws

# As in the planners themselves: where nothing is reached there is no number.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
SUMS = {key: law for key, law in laws().items() if law.powers is not None}
ADDED = {key: fit for key, fit in published_fits().items() if fit.law.key in POST_TRAINING_LAWS}
PLANNED = {key: fit for key, fit in published_fits().items() if plannable(fit.law) and fit.law.key in SUMS}
# Searches over points cannot tell sizes apart whose costs differ by a rounding.
FLAT = 1e-6


def numbers(fit: Fit) -> dict[str, Any]:
    return {name: np.float64(value) for name, value in fit.values.items()}


def deployed(fit: Fit, quantised: Fit, bits: float, law: Law | None = None) -> DeployedSurface:
    def added(N: Any, D: Any) -> Any:
        return quantised.law.evaluate({"N": N, "D": D, "P": bits}, quantised.values)

    return DeployedSurface(law or fit.law, numbers(fit), added=added)


def states(seed: int, count: int) -> list[tuple[float, np.float64, np.float64]]:
    """Give bits, budgets and served tokens; few bits and much serving come close to the edge of what is possible."""
    rng = np.random.default_rng(seed)
    return [
        (rng.uniform(2, 7), np.float64(10 ** rng.uniform(19, 26)), np.float64(10 ** rng.uniform(9, 14)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("law", SUMS.values(), ids=SUMS.keys())
def test_a_law_that_says_it_is_a_sum_of_powers_is_one(law: Law) -> None:
    assert law.powers is not None
    rng = np.random.default_rng(0)
    values = {c.name: c.illustrative * rng.uniform(0.9, 1.1, 50) for c in law.coefficients}
    N, D = 10 ** rng.uniform(7, 12, 50), 10 ** rng.uniform(9, 14, 50)
    loss = law.evaluate({"N": N, "D": D}, values)
    room, A, alpha, B, beta = law.powers(loss, **values)
    np.testing.assert_allclose(np.logaddexp(A - alpha * np.log(N), B - beta * np.log(D)), room, rtol=1e-9, atol=1e-9)
    if any(c.kind == "irreducible" for c in law.coefficients):
        more = law.powers(loss + 0.1, **values)[0]
        np.testing.assert_allclose(np.exp(more) - np.exp(room), 0.1, rtol=1e-9)


@pytest.mark.parametrize("fit", ADDED.values(), ids=ADDED.keys())
def test_what_quantising_adds_is_a_product_of_powers_that_grows_fast_enough(fit: Fit) -> None:
    rng = np.random.default_rng(0)
    N, D, P = 10 ** rng.uniform(7, 12, 50), 10 ** rng.uniform(9, 14, 50), rng.uniform(2, 8, 50)
    at_one, larger, longer, there = (
        np.log(fit.law.evaluate({"N": n, "D": d, "P": P}, fit.values))
        for n, d in ((1, 1), (np.e, 1), (1, np.e), (N, D))
    )
    kappa, delta = at_one - larger, longer - at_one
    np.testing.assert_allclose(at_one - kappa * np.log(N) + delta * np.log(D), there, rtol=1e-9, atol=1e-9)
    for planned in PLANNED.values():
        alpha = planned.law.powers(2.0, **planned.values)[2]  # type: ignore[misc]
        assert (kappa + delta > alpha).all(), planned.key


@pytest.mark.parametrize("key", ["hoffmann2022", "besiroglu2024", "hu2024-ultratext"])
@pytest.mark.parametrize("quantised", ADDED.values(), ids=ADDED.keys())
def test_closed_searches_find_what_general_ones_find(key: str, quantised: Fit) -> None:
    fit = published(key)
    for bits, compute, served in states(1, 6):
        closed = deployed(fit, quantised, bits)
        general = deployed(fit, quantised, bits, replace(fit.law, powers=None))
        best, other = closed.best(compute), general.best(compute)
        np.testing.assert_allclose(best, other, rtol=FLAT)
        loss = closed.loss(*best)
        ours, theirs = closed.cheapest(loss, served), general.cheapest(loss, served)
        np.testing.assert_allclose(ours, theirs, rtol=FLAT)
        assert closed.loss(*ours) == pytest.approx(loss, rel=1e-12)
        asked = (*ours, loss, served, 0.01)
        np.testing.assert_allclose(closed.near_optimal(*asked), general.near_optimal(*asked), rtol=1e-9)
        sizes = ours[0] * np.geomspace(0.9, 10, 40)
        np.testing.assert_allclose(closed.tokens(sizes, loss), general.tokens(sizes, loss), rtol=1e-7)


@pytest.mark.parametrize("key", ["hoffmann2022", "besiroglu2024", "kaplan2020-nd"])
def test_without_quantising_closed_searches_find_what_general_ones_find(key: str) -> None:
    fit = published(key)
    closed, general = Surface(fit.law, numbers(fit)), Surface(replace(fit.law, powers=None), numbers(fit))
    for _, compute, served in states(2, 8):
        loss = closed.loss(*closed.best(compute))
        N, D = closed.cheapest(loss, served)
        assert closed.loss(N, D) == pytest.approx(loss, rel=1e-12)
        cost, other = closed.cost(N, loss, served), closed.cost(general.cheapest(loss, served)[0], loss, served)
        assert cost <= other * (1 + 1e-12)
        assert cost == pytest.approx(other, rel=1e-5)
        N, D = closed.within_total(compute, served)
        assert 6 * N * D + 2 * N * served == pytest.approx(compute, rel=1e-12)
        assert closed.loss(N, D) <= general.loss(*general.within_total(compute, served)) * (1 + 1e-12)


@pytest.mark.parametrize("quantised", ADDED.values(), ids=ADDED.keys())
def test_no_size_below_the_edge_reaches_a_loss_and_those_above_take_the_smaller_of_two_token_counts(
    quantised: Fit,
) -> None:
    fit = published("hoffmann2022")
    for bits, compute, served in states(3, 6):
        surface = deployed(fit, quantised, bits)
        N, D = surface.best(compute)
        loss = surface.loss(N, D)
        # with endless serving the cheapest size is at the edge
        edge, _ = surface.cheapest(loss, np.float64(1e60))
        assert not np.isfinite(surface.tokens(edge * (1 - 1e-6), loss)), served
        for above in (1 + 1e-6, 1.01, 2.0):
            tokens = surface.tokens(edge * above, loss)
            assert surface.loss(edge * above, tokens) == pytest.approx(loss, rel=1e-12)
            assert np.log(tokens) <= surface.turn(edge * above, np.log(tokens) - 1)


def test_near_the_edge_the_near_optimal_range_ends_there() -> None:
    fit, quantised = published("hoffmann2022"), published("ouyang2024")
    surface = deployed(fit, quantised, 3.0)
    loss = surface.loss(*surface.best(np.float64(1e22)))
    served = np.float64(1e15)
    N, D = surface.cheapest(loss, served)
    low, high = surface.near_optimal(N, D, loss, served, 0.01)
    limit = 1.01 * surface.cost(N, loss, served)
    assert surface.cost(high, loss, served) == pytest.approx(limit, rel=1e-9)
    assert surface.cost(low * (1 + 1e-9), loss, served) < limit
    assert not np.isfinite(surface.cost(low * (1 - 1e-9), loss, served))
