"""Quantised plans: closed searches equal general ones, the smaller token count is taken, and the edge is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scalewidgets.declare import Law
from scalewidgets.fits.fit import Fit
from scalewidgets.planning import powers
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
    else:
        more, twice = (law.powers(loss * factor, **values)[0] - room for factor in (1.1, 1.1**2))
        np.testing.assert_allclose(twice, 2 * more, rtol=1e-9)


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


@pytest.mark.parametrize("key", ["hoffmann2022", "besiroglu2024", "hu2024-ultratext", "kaplan2020-nd"])
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


@pytest.mark.parametrize("key", ["kaplan2020-nd", "ouyang2024-16bit"])
@pytest.mark.parametrize("quantised", ADDED.values(), ids=ADDED.keys())
def test_where_the_loss_is_a_power_of_the_room_no_size_nearby_is_cheaper(key: str, quantised: Fit) -> None:
    fit = published(key)
    for bits, compute, served in [
        *states(4, 12),
        (2.0, np.float64(1e30), np.float64(0)),
        (7.0, *np.array([1e15, 1e18])),
    ]:
        surface = deployed(fit, quantised, bits)
        N, D = surface.best(compute)
        loss = surface.loss(N, D)
        for step in (-1e-3, 1e-3):
            assert surface.loss(N * (1 + step), D / (1 + step)) >= loss
        best = surface.cheapest(loss, served)
        assert surface.loss(*best) == pytest.approx(loss, rel=1e-12)
        cost = best[0] * (6 * best[1] + 2 * served)
        assert surface.cost(best[0] * np.array([1 - 1e-3, 1 + 1e-3]), loss, served).min() >= cost
        N, D = surface.within_total(compute, served)
        for step in (-1e-3, 1e-3):
            fewer = compute / 6 / (D * (1 + step) + served / 3)
            assert surface.loss(fewer, D * (1 + step)) >= surface.loss(N, D)


def test_a_loss_that_is_the_room_itself_is_its_first_power() -> None:
    room, added = np.log(0.4), powers.Added(np.log(0.02), 0.2, 0.5)
    N, compute, served = np.geomspace(1e7, 1e12, 20), np.geomspace(1e18, 1e26, 20), np.geomspace(1e8, 1e14, 20)
    plain = powers.Powers(room, np.log(400.0), 0.3, np.log(1e9), 1.0)
    bent = plain._replace(bend=1.0, unit=0.0)
    found, other = (
        [
            powers.tokens_within(law, compute, added),
            powers.tokens_within_total(law, compute, served, added),
            np.exp(powers.turn(law, N, added)),
            powers.tokens(law, N, added),
            *powers.cheapest_deployed(law, served, added),
        ]
        for law in (bent, plain)
    )
    for ours, theirs in zip(found, other, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("bend", [0.1, 0.5, 1.0, 2.5])
def test_at_its_turn_the_loss_of_a_size_is_least(bend: float) -> None:
    law = powers.Powers(0.0, np.log(400.0), 0.3, np.log(1e9), 1.0, bend, 0.0)
    added, size = powers.Added(np.log(0.02), 0.2, 0.5), np.log(np.geomspace(1e6, 1e13, 30))

    def loss(t: np.ndarray) -> np.ndarray:
        room = np.logaddexp(law.A - law.alpha * size, law.B - law.beta * t)
        return np.exp(bend * room) + np.exp(added.K - added.kappa * size + added.delta * t)

    turn = powers.turn(law, np.exp(size), added)
    for step in (-1e-2, 1e-2):
        assert (loss(turn + step) > loss(turn)).all()
    np.testing.assert_allclose((loss(turn + 1e-4) - loss(turn - 1e-4)) / loss(turn), 0, atol=1e-10)


def test_a_power_of_the_room_with_another_power_of_the_tokens_is_searched_in_general() -> None:
    joint, quantised = published("kaplan2020-nd"), published("ouyang2024")

    def kernel(N: Any, D: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> Any:
        return ((N_c / N) ** (alpha_N / alpha_D) + (D_c / D) ** 0.5) ** alpha_D

    def tokens(N: Any, loss: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> Any:
        return D_c / (loss ** (1 / alpha_D) - (N_c / N) ** (alpha_N / alpha_D)) ** 2

    def sums(loss: Any, *, N_c: Any, D_c: Any, alpha_N: Any, alpha_D: Any) -> tuple[Any, Any, Any, Any, Any]:
        ratio = alpha_N / alpha_D
        return np.log(loss) / alpha_D, ratio * np.log(N_c), ratio, 0.5 * np.log(D_c), 0.5

    law = replace(joint.law, kernel=kernel, tokens=tokens, powers=sums, optimum=None, display=None)
    surface = deployed(joint, quantised, 4.0, law)
    loss = surface.loss(*surface.best(np.float64(1e22)))
    N, D = surface.cheapest(loss, np.float64(2e12))
    assert surface.loss(N, D) == pytest.approx(loss, rel=1e-9)
    sizes = N * np.geomspace(0.8, 1.25, 41)
    costs = surface.cost(sizes, loss, np.float64(2e12))
    assert int(np.argmin(costs)) == 20


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


@pytest.mark.parametrize("key", ["hoffmann2022", "kaplan2020-nd"])
@pytest.mark.parametrize("quantised", ADDED.values(), ids=ADDED.keys())
def test_no_size_below_the_edge_reaches_a_loss_and_those_above_take_the_smaller_of_two_token_counts(
    key: str, quantised: Fit
) -> None:
    fit = published(key)
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
