"""Schedules give the rates that their papers print, alike by step and from recorded values, and refuse nonsense."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scalewidgets import schedules
from scalewidgets.errors import DomainError, RunsError, UnknownName
from scalewidgets.ops.tracing import trace
from scalewidgets.schedules.curve import Curve, logged_schedule
from scalewidgets.schedules.making import MAKERS, cooled
from scalewidgets.schedules.schedule import DECAYS, knots, rate_at

from .public_curves import TEST, TRAIN, logged, schedule_of

RUN: dict[str, Any] = {"steps": 1000, "peak": 1.0, "warmup": 100}

# Card, schedule, step, rate as a share of the peak, level.
RATES = [
    ("A3", schedules.wsd(**RUN), 50, 0.5, "paper"),
    ("A3", schedules.wsd(**RUN), 500, 1.0, "paper"),
    ("A3 DeepSeek", schedules.multistep(steps=1000, peak=1.0), 799, 1.0, "paper"),
    ("A3 DeepSeek", schedules.multistep(steps=1000, peak=1.0), 800, 0.316, "paper"),
    ("A3 DeepSeek", schedules.multistep(steps=1000, peak=1.0), 900, 0.10, "paper"),
    ("A3", schedules.cosine(**RUN), 100 + 300, 0.1 + 0.45 * (1 + math.cos(math.pi / 3)), "second-hand"),
    ("A4", schedules.wsd(**RUN, end=0.0), 900, 0.5, "repository"),
    ("A4", schedules.wsd(**RUN, decay="exponential"), 900, math.sqrt(0.1), "repository"),
    ("A4", schedules.wsd(**RUN, decay="cosine"), 850, 0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2, "repository"),
    ("A4", schedules.wsd(**RUN, decay="square"), 900, 0.1 + 0.9 * 0.75, "repository"),
    ("A4", schedules.wsd(**RUN, decay="1-sqrt"), 850, 0.1 + 0.9 * 0.5, "repository"),
    ("A2 two-stage", schedules.two_stage(steps=16_000, peak=1.0, at=0.5, second=0.3), 7999, 1.0, "repository"),
    ("A2 two-stage", schedules.two_stage(steps=16_000, peak=1.0, at=0.5, second=0.3), 8000, 0.3, "repository"),
]


@pytest.mark.parametrize(("card", "schedule", "step", "rate", "level"), RATES)
def test_a_schedule_gives_the_rate_that_is_printed(
    card: str, schedule: Any, step: int, rate: float, level: str
) -> None:
    assert float(schedule(step)) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("name", [*TRAIN, *TEST])
def test_the_rates_logged_by_the_public_runs_are_met(shared_data: Path, name: str) -> None:
    rows = logged(shared_data, "400M", name)
    np.testing.assert_allclose(schedule_of(name)(rows[:, 0]), rows[:, 1], rtol=1e-9)


EVERY = [maker(**RUN) for maker in MAKERS.values()] + [schedules.wsd(**RUN, decay=decay) for decay in DECAYS]


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_every_schedule_starts_at_0_reaches_its_peak_and_never_rises_after(schedule: Any) -> None:
    rates = schedule.rates
    assert len(rates) == 1001
    assert rates[0] == 0
    assert rates[100] == schedule.peak == 1.0
    assert (np.diff(rates[:101]) > 0).all()
    assert (np.diff(rates[100:]) <= 1e-15).all()
    assert schedule.falls
    assert (schedule.at_peak().rates[:101] == 1.0).all()
    np.testing.assert_array_equal(schedule.at_peak().rates[100:], rates[100:])


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_a_schedule_is_made_again_for_other_steps(schedule: Any) -> None:
    again = schedule.with_steps(2000)
    assert again.steps == 2000
    assert again.warmup == 100
    assert again.end == pytest.approx(schedule.end, rel=1e-12)
    assert again.with_steps(1000) == schedule
    assert again != schedule


@pytest.mark.parametrize("schedule", EVERY, ids=repr)
def test_knots_lie_on_the_schedule_and_lines_between_them_come_near(schedule: Any) -> None:
    steps, rates = schedule.knots(64)
    assert (np.diff(steps) > 0).all()
    assert {0, 100, 1000} <= set(steps.tolist())
    np.testing.assert_array_equal(rates, schedule(steps))
    every = np.arange(1001)
    assert np.abs(np.interp(every, steps, rates) - schedule(every)).max() < 0.01


@pytest.mark.parametrize("decay", DECAYS)
def test_the_same_lines_are_recorded_for_the_browser(decay: str) -> None:
    def run(steps: Any, peak: Any, warmup: Any, start: Any) -> dict[str, Any]:
        parts = cooled(steps, peak, warmup, start, 0.1, decay)
        at, rates = knots(parts, 96)
        return {"steps": at, "rates": rates, "middle": rate_at(parts, 0.9 * steps)}

    given = {"steps": 1e6, "peak": 3e-4, "warmup": 2000.0, "start": 8e5}
    replayed = trace(run, dict.fromkeys(given, ()))(**given)
    made = schedules.wsd(steps=1_000_000, peak=3e-4, warmup=2000, cooldown=0.2, decay=decay)
    assert len(replayed["steps"]) == 3 * 96
    np.testing.assert_allclose(replayed["rates"], made(replayed["steps"]), rtol=1e-12)
    assert float(replayed["middle"]) == pytest.approx(float(made(900_000)), rel=1e-12)


def test_a_schedule_drawn_by_hand_is_the_line_through_its_points_or_the_array() -> None:
    drawn = schedules.custom(points=[(0, 0.0), (10, 1.0), (60, 1.0), (100, 0.2)], warmup=10)
    np.testing.assert_allclose(drawn([5, 30, 80]), [0.5, 1.0, 0.6])
    again = schedules.custom(drawn.rates, warmup=10)
    assert len(again.points[0]) == 4  # type: ignore[index]
    np.testing.assert_allclose(again.rates, drawn.rates, rtol=1e-12)
    assert not schedules.custom([1.0, 0.5, 0.7]).falls


REFUSED: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("cosine", {"steps": 100, "peak": 0.0}, DomainError, "peak = 0.0 is not a learning rate"),
    ("cosine", {"steps": 100, "peak": 1.0, "warmup": 100}, DomainError, "0 <= warmup < steps"),
    ("linear", {"steps": 1.5, "peak": 1.0}, DomainError, "whole numbers"),
    ("linear", {"steps": 10, "peak": 1.0, "end": 2.0}, DomainError, "end = 2.0 is a share of the peak"),
    ("wsd", {"steps": 10, "peak": 1.0, "cooldown": 20}, DomainError, "cooldown = 20 is a share of all steps"),
    ("wsd", {"steps": 10, "peak": 1.0, "decay": "cosin"}, UnknownName, "Did you mean 'cosine'"),
    ("wsd", {"steps": 10, "peak": 1.0, "decay": "exponential", "end": 0}, DomainError, "never reaches 0"),
    ("multistep", {"steps": 10, "peak": 1.0, "drops": [(0.9, 0.3), (0.8, 0.1)]}, DomainError, "the steps rising"),
    ("custom", {}, DomainError, "needs either rates"),
    ("custom", {"points": [(0, 1.0), (0.5, 1.0)]}, DomainError, "whole, rise, and begin at 0"),
    ("custom", {"rates": [1.0, -1.0]}, DomainError, "none negative"),
    ("custom", {"rates": [1.0, 0.5], "warmup": 5}, DomainError, "warmup = 5"),
]


@pytest.mark.parametrize(("kind", "given", "error", "message"), REFUSED)
def test_nonsense_is_refused_with_the_remedy(kind: str, given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        getattr(schedules, kind)(**given)


def test_a_log_that_begins_after_the_warm_up_must_say_how_long_it_was() -> None:
    with pytest.raises(RunsError, match="does not show the warm-up; give warmup="):
        logged_schedule([200, 400, 600], [1.0, 1.0, 0.1], "a")
    found = logged_schedule([200, 400, 600], [1.0, 1.0, 0.1], "a", warmup=100)
    np.testing.assert_allclose(found([0, 50, 100, 500]), [0.0, 0.5, 1.0, 0.55])


def test_a_curve_lies_within_its_schedule() -> None:
    with pytest.raises(RunsError, match="its schedule 0 to 10"):
        Curve(schedules.constant(steps=10, peak=1.0), np.array([5, 11]), np.array([3.0, 2.9]))
