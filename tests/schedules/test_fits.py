"""Fits to loss curves find the coefficients, predict other schedules as well as is claimed, and say what they can't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets import schedules
from scalewidgets.errors import FitError, RunsError
from scalewidgets.schedules.curve import Curve

from .public_curves import SIZES, curve

SCRIPT: dict[str, Any] = {"steps": 20_000, "peak": 2e-4, "warmup": 500}
# Card A1, printed in the authors' script: losses at steps 1000, 2000, ... of a cosine to 0 and a constant schedule.
COSINE = """3.6696358 3.3254106 3.1908393 3.1158533 3.0604768 3.020384 2.9880967 2.9612265 2.9395165 2.9195616 2.9030452
2.8881907 2.8767889 2.8654318 2.8565135 2.8489892 2.843639 2.8398669 2.8380618 2.8376071"""
CONSTANT = """3.6714418 3.325626 3.1884103 3.111947 3.058354 3.0211415 2.9874816 2.96082 2.9406552 2.9241402 2.9054413
2.8942103 2.8807929 2.8702695 2.862175 2.8530996 2.8448784 2.8383856 2.8326995 2.8294308"""
AT = np.arange(1, 21) * 1000
SCRIPT_CURVES = (
    Curve(schedules.cosine(**SCRIPT, end=0), AT, np.array(COSINE.split(), dtype=float), "cosine"),
    Curve(schedules.constant(**SCRIPT), AT, np.array(CONSTANT.split(), dtype=float), "constant"),
)


@pytest.mark.parametrize(
    ("key", "momentum", "r2"),
    [
        ("tissue2024", 0.999, 0.99963),
        ("tissue2024-momentum990", 0.99, 0.99948),
        ("tissue2024-momentum995", 0.995, 0.99951),
        ("tissue2024-momentum9995", 0.9995, 0.99966),
    ],
)
def test_the_shipped_annealing_coefficients_come_from_the_40_losses(key: str, momentum: float, r2: float) -> None:
    fit = sw.fit_curves("annealing", SCRIPT_CURVES, momentum=momentum, bootstrap=0)
    assert fit.values == pytest.approx(dict(sw.published(key).values), rel=2e-6)
    observed = np.concatenate([each.loss for each in SCRIPT_CURVES])
    predicted = np.concatenate([schedules.loss(fit, each.schedule, AT) for each in SCRIPT_CURVES])
    scatter = np.sum((observed - observed.mean()) ** 2)
    assert 1 - np.sum((predicted - observed) ** 2) / scatter == pytest.approx(r2, abs=6e-6)


@pytest.mark.parametrize("size", SIZES)
def test_one_cosine_predicts_the_cooldown_of_another_schedule(shared_data: Path, size: str) -> None:
    fit = sw.fit_curves("annealing", curve(shared_data, size, "cosine_72000"), bootstrap=0)
    other = curve(shared_data, size, "wsd_20000_24000")
    missed = np.abs(schedules.loss(fit, other.schedule, other.steps) - other.loss)
    assert missed.mean() <= 0.0070


def noiseless(key: str, *made: Any) -> list[Curve]:
    fit = sw.published(key)
    at = np.arange(2500, 20_001, 250)
    return [Curve(each, at, schedules.loss(fit, each, at), each.kind) for each in made]


@pytest.mark.parametrize("key", ["tissue2024", "luo2025-100m"])
def test_noiseless_curves_give_back_the_predictions_of_the_law(key: str) -> None:
    truth = sw.published(key)
    run = {"steps": 20_000, "peak": 2e-4 if "tissue" in key else 3e-4, "warmup": 1000}
    made = (schedules.cosine(**run), schedules.two_stage(**run), schedules.constant(**run))
    fit = sw.fit_curves(truth.law, noiseless(key, *made), bootstrap=0)
    other = schedules.wsd(**run, decay="1-sqrt")
    at = np.arange(2500, 20_001, 500)
    np.testing.assert_allclose(schedules.loss(fit, other, at), schedules.loss(truth, other, at), atol=1e-3)


def test_a_fit_keeps_its_momentum_and_peak_when_it_is_stored(tmp_path: Path) -> None:
    fit = sw.fit_curves("annealing", SCRIPT_CURVES, momentum=0.99, bootstrap=5)
    fit.save(tmp_path / "fit.json")
    again = sw.Fit.load(tmp_path / "fit.json")
    schedule = schedules.wsd(**SCRIPT)
    assert float(schedules.loss(again, schedule)) == float(schedules.loss(fit, schedule))
    with pytest.raises(ValueError, match=r"peak 0.0002"):
        schedules.loss(again, schedules.wsd(steps=20_000, peak=1e-3))


def test_multi_power_fits_come_with_draws_and_are_the_same_for_the_same_seed() -> None:
    run = {"steps": 20_000, "peak": 3e-4, "warmup": 1000}
    curves = noiseless("luo2025-25m", schedules.cosine(**run), schedules.two_stage(**run))
    held = {"beta": 0.58279013, "gamma": 0.64142257}
    one, two = (sw.fit_curves("multi-power", curves, bootstrap=3, fixed=held, seed=4) for _ in range(2))
    assert one.values == two.values
    assert one.draws is not None
    assert {name: draw.tolist() for name, draw in one.draws.items()} == {n: d.tolist() for n, d in two.draws.items()}  # type: ignore[union-attr]
    assert one.values["beta"] == held["beta"]
    assert one.record is not None
    assert one.record.starts_agreeing >= 1


def test_what_the_curves_can_not_tell_is_refused() -> None:
    flat = SCRIPT_CURVES[1]
    with pytest.raises(FitError, match="the rate stays at its peak in all curves.*hold C with fixed="):
        sw.fit_curves("annealing", flat)
    with pytest.raises(FitError, match="hold B, C, beta, gamma"):
        sw.fit_curves("multi-power", flat)
    other = Curve(schedules.cosine(steps=20_000, peak=1e-3), AT, flat.loss)
    with pytest.raises(FitError, match=r"peaks from 0.0002 to 0.001: a schedule law holds for one peak rate"):
        sw.fit_curves("annealing", [flat, other])
    with pytest.raises(FitError, match="read them with sw.read_curves"):
        sw.fit_curves("annealing", [])


def test_several_runs_are_read_from_one_table() -> None:
    step = [0, 100, 500, 1000] * 2
    table = {
        "run": ["a"] * 4 + ["b"] * 4,
        "step": step,
        "learning_rate": [0, 1e-3, 1e-3, 1e-4, 0, 1e-3, 5e-4, 1e-4],
        "loss": [9.0, 5.0, 4.0, 3.5, 9.0, 5.0, 3.9, 3.6],
    }
    first, second = sw.read_curves(table, run="run")
    assert (first.name, second.name) == ("a", "b")
    assert first.schedule.warmup == 100
    assert float(second.schedule(300)) == pytest.approx(7.5e-4)
    (known,) = sw.read_curves(
        {"step": [10, 20], "loss": [3.0, 2.9]}, schedules={"run": schedules.constant(steps=20, peak=1.0)}
    )
    assert known.schedule.kind == "constant"


@pytest.mark.parametrize(
    ("table", "given", "message"),
    [
        ({"step": [1, 2], "loss": [3, 2]}, {}, "no column of learning rates; say which with lr="),
        ({"step": [1, 1], "lr": [1, 1], "loss": [3, 2]}, {}, "steps must be whole and differ; name the column of runs"),
        ({"step": [5, 6], "lr": [1, 1], "loss": [3, 2]}, {}, "does not show the warm-up; give warmup="),
        ({"step": [1, 2], "lr": [1, 1], "loss": [3, 2]}, {"run": "name"}, "no column 'name' for run="),
        ({"lr": [1, 1], "loss": [3, 2]}, {}, "no column of step; say which with step="),
    ],
)
def test_a_table_that_lacks_something_says_what(table: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(RunsError, match=message):
        sw.read_curves(table, **given)


# Runs whose end is forecast from their first three quarters, and the finished ones that are known beside them.
FORECASTS = [("cosine_72000", ()), ("wsd_20000_24000", ("cosine_24000",)), ("wsdld_20000_24000", ("cosine_24000",))]


def test_forecasts_hold_the_end_of_public_runs_as_often_as_claimed(shared_data: Path) -> None:
    held = []
    for size in SIZES:
        for name, others in FORECASTS:
            whole = curve(shared_data, size, name)
            known = whole.between(0, 0.75 * whole.schedule.steps)
            found = sw.forecast(
                "annealing",
                known,
                curves=[curve(shared_data, size, each) for each in others],
                at=whole.steps[-1],
                bootstrap=8,
            )
            assert found.low[-1] < found.mean[-1] < found.high[-1]
            held.append(found.low[-1] <= whole.loss[-1] <= found.high[-1])
    assert sum(held) >= 8


def test_a_forecast_before_any_fall_of_the_rate_needs_other_curves() -> None:
    run = schedules.wsd(**SCRIPT)
    steps = np.arange(1000, 10_001, 500)
    so_far = Curve(run, steps, schedules.loss(sw.published("tissue2024"), run, steps), "mine")
    with pytest.raises(FitError, match="add a curve with a cooldown"):
        sw.forecast("annealing", so_far)
    found = sw.forecast("annealing", so_far, curves=SCRIPT_CURVES, bootstrap=4)
    assert str(found).endswith("at step 20000")
