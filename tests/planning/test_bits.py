"""Closed forms for bits agree with searches, and what has no value says so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from scalewidgets.errors import DomainError
from scalewidgets.planning import bits
from scalewidgets.published_fits.loading import published

SUN, KUMAR = published("sun2025"), published("kumar2024")
c = SUN.values


def loss(total: float, N: float, D: float, G: float = 128) -> float:
    exponent, mantissa = bits.best_split(total, delta=c["delta"], nu=c["nu"])
    return float(SUN.law.evaluate({"N": N, "D": D, "P_e": exponent, "P_m": mantissa, "G": G}, c))


def least(function: object, low: float = 2.0, high: float = 16.0) -> float:
    return float(minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x)


def best_loss_at(total: float, C: float) -> float:
    def at(log_size: float) -> float:
        N = math.exp(log_size)
        return loss(total, N, C / (bits.FLOP_PER_BIT * total * N))

    return float(minimize_scalar(at, bounds=(math.log(1e5), math.log(1e16)), method="bounded").fun)


@pytest.mark.parametrize("D", [1e10, 1e12])
def test_best_bits_at_a_token_count_are_the_least_loss_at_equal_cost(D: float) -> None:
    found = least(lambda P: loss(P, 1e10 * 6 / P, D))
    assert float(bits.best_float_bits_at_tokens(D, 128, c)) == pytest.approx(found, rel=1e-4)


@pytest.mark.parametrize(("N", "C"), [(1e9, 1e21), (1e9, 1e22)])
def test_best_bits_at_a_size_are_the_least_loss_on_the_budget(N: float, C: float) -> None:
    found = least(lambda P: loss(P, N, C / (bits.FLOP_PER_BIT * P * N)))
    assert float(bits.best_float_bits_at_size(N, C, 128, c)) == pytest.approx(found, rel=1e-5)


@pytest.mark.parametrize("C", [1e22, 1e26])
def test_best_bits_for_a_budget_are_the_least_loss_over_sizes_too(C: float) -> None:
    assert float(bits.best_float_bits(C, 128, c)) == pytest.approx(least(lambda P: best_loss_at(P, C)), abs=2e-3)


def test_the_best_whole_layout_beats_every_other() -> None:
    for total in range(2, 17):
        best = bits.best_layout(total, delta=c["delta"], nu=c["nu"])
        fine = {(e, total - 1 - e): float(SUN(N=1e9, D=1e12, P_e=e, P_m=total - 1 - e, G=128)) for e in range(1, total)}
        assert min(fine, key=lambda layout: fine[layout]) == best


def test_the_effective_size_has_the_loss_of_the_quantised_model() -> None:
    at = {"P_e": 4, "P_m": 3, "G": 128}
    counted = float(bits.effective_float_size(1e9, 1e13, **at, coefficients=c))
    assert counted < 1e9
    assert float(SUN(N=counted, D=1e13, P_e=4, P_m=3, G=1)) == pytest.approx(float(SUN(N=1e9, D=1e13, **at)), rel=1e-12)


def test_kumar_bits_are_worth_no_more_than_at_the_best() -> None:
    best = float(bits.best_training_bits(KUMAR.values))
    gains = bits.compute_gain(np.linspace(4, 16, 300), KUMAR.values)
    assert gains.max() <= float(bits.compute_gain(best, KUMAR.values)) + 1e-12
    assert gains[-1] == pytest.approx(1.0, rel=1e-12)


def test_best_training_bits_of_draws_are_one_a_draw() -> None:
    draws = {name: value * np.linspace(0.9, 1.1, 5) for name, value in KUMAR.values.items()}
    found = bits.best_training_bits(draws)
    assert found.shape == (5,)
    one = {name: value[2] for name, value in draws.items()}
    assert float(found[2]) == pytest.approx(float(bits.best_training_bits(one)), rel=1e-9)


@pytest.mark.parametrize(
    ("layout", "reserved", "largest", "smallest", "step"),
    [
        ((8, 7), 1, 3.3895313892515355e38, 2.0**-126, 2.0**-7),
        ((5, 10), 1, 65504.0, 2.0**-14, 2.0**-10),
        ((5, 2), 1, 57344.0, 2.0**-14, 0.25),
        ((3, 2), 0, 28.0, 0.25, 0.25),
        ((2, 1), 0, 6.0, 1.0, 0.5),
    ],
    ids=str,
)
def test_a_format_knows_its_range(
    layout: tuple[int, int], reserved: int, largest: float, smallest: float, step: float
) -> None:
    found = bits.FloatFormat(*layout, reserved=reserved)
    assert (found.largest, found.smallest, found.step) == (largest, smallest, step)
    assert found.bits == sum(layout) + 1
    assert str(found) == "E{}M{}".format(*layout)


def test_tokens_are_critical_only_where_the_loss_turns() -> None:
    assert bits.critical_tokens(SUN, N=1e9, P_e=4, P_m=3, G=1) == math.inf
    assert bits.critical_tokens(published("hoffmann2022"), N=1e9) == math.inf
    turn = bits.critical_tokens(published("hoffmann2022"), penalty=published("ouyang2024"), N=7e9, P=3)
    both = [
        float(published("hoffmann2022")(N=7e9, D=turn * f)) + float(published("ouyang2024")(N=7e9, D=turn * f, P=3))
        for f in (0.9, 1.0, 1.1)
    ]
    assert both[1] < min(both[0], both[2])


def test_bits_of_the_whole_model_have_a_frontier() -> None:
    after = published("kumar2024-post")

    def quantised(N: np.ndarray, width: float) -> np.ndarray:
        return published("hoffmann2022")(N=N, D=2e10) + after(N=N, D=2e10, P=width)

    total = np.geomspace(1e9, 1e12, 40)
    losses, best, width = bits.over_total_bits(quantised, total, (16, 8, 4, 3, 2))
    assert (best == np.min(losses, axis=0)).all()
    assert set(width) <= {16, 8, 4, 3, 2}
    # at equal bits, 16 of them a parameter are never worth it
    assert 16 not in width


def test_widths_without_a_value_are_never_chosen() -> None:
    total = np.geomspace(1e9, 1e12, 10)

    def trained(N: np.ndarray, width: float) -> np.ndarray:
        return KUMAR(N=N, D=2e10, P_w=width, P_a=width, P_kv=width)

    losses, _, width = bits.over_total_bits(trained, total, (2, 8))
    assert np.isnan(losses[0]).all()
    assert set(width) == {8.0}
    nothing = bits.over_total_bits(trained, total, (2,))
    assert np.isnan(nothing[2]).all()
    assert np.isinf(nothing[1]).all()


def test_more_tokens_a_byte_want_a_larger_quantised_share() -> None:
    full, quantised = bits.best_qat_split(1e9, np.array([1e9, 1e10, 1e12]), 4, a=6.7297)
    assert np.all(np.diff(quantised / (full + quantised)) > 0)
    assert full + quantised == pytest.approx([1e9, 1e10, 1e12], rel=1e-12)
    assert np.isnan(bits.best_qat_split(1e9, np.float64(5e8), 8, a=6.7297)[1])


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(DomainError, match="bits = 1 is not allowed"):
        bits.best_layout(1, delta=3, nu=3)
    with pytest.raises(DomainError, match="got E0M3"):
        bits.FloatFormat(0, 3)
    with pytest.raises(DomainError, match="P is a variable of neither law"):
        bits.critical_tokens(published("hoffmann2022"), N=1e9, P=4)
    with pytest.raises(DomainError, match="also needs G"):
        bits.critical_tokens(SUN, N=1e9, P_e=4, P_m=3)
