"""Areas follow the authors' recursion, by step to rounding and on knots within the error that is stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scalewidgets import schedules
from scalewidgets.errors import DomainError
from scalewidgets.ops.tracing import trace
from scalewidgets.schedules.areas import annealing_area, decayed_sum, forward_area, running_areas

SCRIPT: dict[str, Any] = {"steps": 20_000, "peak": 2e-4, "warmup": 500}
SCHEDULES = [
    schedules.cosine(**SCRIPT, end=0),
    schedules.wsd(**SCRIPT),
    schedules.wsd(**SCRIPT, decay="1-sqrt", cooldown=0.4),
    schedules.wsd(**SCRIPT, decay="exponential"),
    schedules.multistep(**SCRIPT),
    schedules.custom(points=[(0, 0), (500, 2e-4), (9000, 1e-4), (12_000, 2e-4), (20_000, 1e-5)], warmup=500),
]


def recursion(rates: np.ndarray, momentum: float) -> tuple[float, float]:
    """Return both areas by the loop of the authors' script."""
    S2 = m = 0.0
    for before, after in zip(rates[:-1], rates[1:], strict=True):
        m = momentum * m + (before - after)
        S2 += m
    return float(rates.sum()), S2


# Card A1, recomputed: the areas of the authors' script at step 20,000.
@pytest.mark.parametrize(
    ("schedule", "S1", "S2"),
    [(schedules.cosine(**SCRIPT, end=0), 2.0501, 0.19747), (schedules.constant(**SCRIPT), 4.0002, 0.0)],
)
def test_the_areas_of_the_authors_script_are_met(schedule: Any, S1: float, S2: float) -> None:
    found = schedules.areas(schedule, 20_000, momentum=0.999)
    assert float(found.S1) == pytest.approx(S1, abs=5e-5)
    assert float(found.S2) == pytest.approx(S2, abs=5e-6)


@pytest.mark.parametrize("momentum", [0.9, 0.99, 0.999, 0.9995])
@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_sums_over_every_step_are_the_recursion(schedule: Any, momentum: float) -> None:
    found = schedules.areas(schedule, schedule.steps, momentum=momentum, warmup="kept")
    S1, S2 = recursion(schedule.rates, momentum)
    assert float(found.S1) == pytest.approx(S1, rel=1e-12)
    assert float(found.S2) == pytest.approx(S2, rel=1e-9)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 70_000])
def test_the_blocked_sum_is_the_plain_one(size: int) -> None:
    values = np.random.default_rng(0).normal(size=size)
    plain, last = [], 0.0
    for value in values:
        last = 0.999 * last + value
        plain.append(last)
    np.testing.assert_allclose(decayed_sum(values, 0.999), plain, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_knots_state_their_error_and_it_is_small(schedule: Any) -> None:
    few, more = (schedules.areas(schedule, knots=count) for count in (48, 192))
    exact = schedules.areas(schedule, few.steps)
    assert few.S1_error == np.abs(few.S1 - exact.S1).max()
    assert few.S2_error == np.abs(few.S2 - exact.S2).max()
    assert few.S1_error < 1e-3 * exact.S1[-1]
    assert few.S2_error < 5e-3 * np.abs(exact.S2).max()
    assert more.S1_error <= few.S1_error + 1e-12
    assert len(few.steps) <= 48 * 8


def test_lines_between_knots_are_summed_exactly_however_long() -> None:
    schedule = schedules.wsd(steps=1_000_000, peak=3e-4, warmup=2000)
    found = schedules.areas(schedule, knots=4, warmup="kept")
    assert found.S1_error < 1e-10 * found.S1[-1]
    assert found.S2_error < 1e-9


def test_the_areas_on_knots_are_recorded_for_the_browser() -> None:
    steps, rates = schedules.cosine(**SCRIPT).at_peak().knots(64)

    def run(steps: Any, rates: Any, momentum: Any) -> dict[str, Any]:
        return {"S1": forward_area(steps, rates), "S2": annealing_area(steps, rates, momentum)}

    shapes = {"steps": steps.shape, "rates": rates.shape, "momentum": ()}
    replayed = trace(run, shapes)(steps=steps, rates=rates, momentum=0.999)
    direct = run(steps, rates, 0.999)
    for name, values in direct.items():
        np.testing.assert_allclose(replayed[name], values, rtol=1e-12)


def test_the_annealing_area_is_0_for_a_constant_rate_and_tends_to_the_drop_over_one_minus_momentum() -> None:
    assert np.abs(running_areas(np.full(1000, 2e-4))[1]).max() == 0
    rates = np.r_[np.full(100, 2e-4), np.full(40_000, 5e-5)]
    assert running_areas(rates, 0.999)[1][-1] == pytest.approx(1.5e-4 / 0.001, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"momentum": 1.0}, "momentum = 1.0 must lie between 0 and 1"),
        ({"at": 20_001}, "step 20001 is no step of a schedule of steps 0 to 20000"),
        ({"at": [1.5]}, "step 1.5 is no step"),
        ({"warmup": "none"}, "use one of peak, kept"),
    ],
)
def test_what_has_no_area_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        schedules.areas(SCHEDULES[0], **given)
