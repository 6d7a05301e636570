"""Schedule laws give what cards P1 to P4 print, from the shipped coefficients, and refuse where they fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets import schedules
from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.ops.tracing import trace
from scalewidgets.schedules.law import schedule_law
from scalewidgets.schedules.measured import LEVELS, measured

from .public_curves import SIZES, TEST, as_the_authors_warm_up, logged, schedule_of

# Card P1: coefficients of a refit of the 40 losses, recomputed.
REFITS = {
    "tissue2024": ("2.6278", "0.4297", "0.4108", "0.5498"),
    "tissue2024-momentum990": ("2.6207", "0.4387", "3.9157", "0.5412"),
    "tissue2024-momentum995": ("2.6213", "0.4378", "1.9664", "0.5419"),
    "tissue2024-momentum9995": ("2.6335", "0.4222", "0.2207", "0.5574"),
}
# Card P2: R2, MAE, RMSE, mean and worst relative error over the six test files, as the repository prints them, and with
# more digits, recomputed.
PRINTED = {
    "25M": ("0.9988", "0.00376", "0.00465", "0.00110", "0.00409"),
    "100M": ("0.9983", "0.00435", "0.00592", "0.00142", "0.00583"),
    "400M": ("0.9978", "0.00484", "0.00730", "0.00168", "0.00995"),
}
LONGER = {
    "25M": (0.998802, 0.0037602, 0.0046520, 0.0011022, 0.0040950),
    "100M": (0.998301, 0.0043481, 0.0059189, 0.0014248, 0.0058293),
    "400M": (0.997763, 0.0048363, 0.0073048, 0.0016798, 0.0099480),
}
# Card P2, 400M, recomputed: schedule, step, prediction and forward area.
POINTS = [
    ("cosine_24000", 23920, "2.7572", "3.9254"),
    ("constant_24000", 23936, "2.8172", "6.8571"),
    ("wsd_20000_24000", 23936, "2.7005", "6.1432"),
    ("wsdld_20000_24000", 23936, "2.7013", "6.3341"),
    ("constant_72000", 71936, "2.7076", "21.2571"),
    ("cosine_72000", 71936, "2.6185", "11.8458"),
    ("wsdcon_9", 15936, "2.8438", "2.7903"),
]
# Card P2, recomputed: predicted losses at step 23,999 of the linear and exponential cooldown, cosine and constant.
FINAL = {
    "25M": ("3.26539", "3.26626", "3.31519", "3.34585"),
    "100M": ("2.93412", "2.93520", "2.99002", "3.03305"),
    "400M": ("2.69935", "2.69981", "2.75707", "2.81684"),
}


def unit(text: str) -> float:
    """Return one unit of the last printed digit."""
    return 10.0 ** -len(text.partition(".")[2])


def luo(size: str) -> Any:
    return sw.published(f"luo2025-{size.lower()}")


@pytest.mark.parametrize("key", REFITS)
def test_the_annealing_coefficients_are_those_of_the_refit(key: str) -> None:
    values = sw.published(key).values
    for name, text in zip(("L_0", "A", "C", "alpha"), REFITS[key], strict=True):
        assert abs(values[name] - float(text)) <= unit(text) / 2, name
    assert sw.published(key).source.verified == "recomputed"


@pytest.mark.parametrize("size", SIZES)
def test_multi_power_meets_the_six_files_to_the_printed_digits(shared_data: Path, size: str) -> None:
    found = []
    for name in TEST:
        rows = logged(shared_data, size, name)
        observed = rows[:, 2]
        predicted = schedules.loss(luo(size), as_the_authors_warm_up(schedule_of(name)), rows[:, 0].astype(int))
        error = np.abs(predicted - observed)
        scatter = np.sum((observed - observed.mean()) ** 2)
        relative = error / observed
        r2 = 1 - np.sum(error**2) / scatter
        found.append((r2, error.mean(), np.sqrt(np.mean(error**2)), relative.mean(), relative.max()))
    metrics = np.mean(found, axis=0)
    for value, text in zip(metrics, PRINTED[size], strict=True):
        assert f"{value:.{len(text) - 2}f}" == text
    np.testing.assert_allclose(metrics, LONGER[size], rtol=2e-4)


@pytest.mark.parametrize(("name", "step", "loss", "area"), POINTS)
def test_multi_power_meets_single_points(name: str, step: int, loss: str, area: str) -> None:
    schedule = as_the_authors_warm_up(schedule_of(name))
    assert abs(float(schedules.loss(luo("400M"), schedule, step)) - float(loss)) <= 0.6 * unit(loss)
    found = schedules.areas(schedule_of(name), step, warmup="kept")
    # half a step of the peak: the repository's warm-up reaches it one step earlier
    assert abs(float(found.S1) - float(area)) <= unit(area) / 2 + 3e-4


@pytest.mark.parametrize("size", SIZES)
def test_multi_power_meets_the_final_losses(size: str) -> None:
    names = ("wsdld_20000_24000", "wsd_20000_24000", "cosine_24000", "constant_24000")
    for name, text in zip(names, FINAL[size], strict=True):
        loss = float(schedules.loss(luo(size), as_the_authors_warm_up(schedule_of(name)), 23_999))
        assert abs(loss - float(text)) <= unit(text) / 2 + 1e-6, name


def test_the_warm_up_belongs_into_the_sum() -> None:
    fit, schedule = luo("400M"), schedule_of("cosine_24000")
    law = schedule_law(fit.law)
    kept, without = (
        float(law.along(law.columns(each, np.array([23_920]), 0.5), **fit.values)[0])
        for each in (schedule, schedule.at_peak())
    )
    assert 0.1 < kept - without < 0.18


@pytest.mark.parametrize("key", ["tissue2024", "luo2025-400m"])
def test_knots_recorded_for_the_browser_give_the_loss_of_every_step(key: str) -> None:
    fit = sw.published(key)
    law = schedule_law(fit.law)
    schedule = schedules.wsd(steps=20_000, peak=2e-4 if law.with_momentum else 3e-4, warmup=500, decay="1-sqrt")
    steps, rates = (schedule.at_peak() if law.warmup == "peak" else schedule).knots(48)

    def run(steps: Any, rates: Any, **coefficients: Any) -> dict[str, Any]:
        return {"loss": law.along(law.thin(steps, rates, 0.999), **coefficients)}

    shapes = {"steps": steps.shape, "rates": rates.shape, **dict.fromkeys(fit.values, ())}
    replayed = trace(run, shapes)(steps=steps, rates=rates, **fit.values)["loss"]
    after = steps >= 1000
    exact = schedules.loss(fit, schedule, steps[after].astype(int))
    np.testing.assert_allclose(replayed[after], exact, atol=2e-4)


def test_one_fall_is_the_law_of_four_variables() -> None:
    fit = luo("400M")
    flat = {"rates": np.r_[np.full(5000, 3e-4), np.full(5000, 1e-4)]}
    schedule = schedules.custom(**flat)
    area = float(schedules.areas(schedule, 9999).S1)
    along = float(schedules.loss(fit, schedule, 9999))
    assert along == pytest.approx(float(fit(S1=area, eta_0=3e-4, eta=1e-4, S=0.5)), abs=2e-6)


def drawn(*points: tuple[int, float]) -> Any:
    return schedules.custom(points=points)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (schedules.cosine(steps=20_000, peak=4e-4), "peak 0.0004 and .* peak 0.0002: .*use peak=0.0002"),
        (schedules.cosine(steps=20_000, peak=1e-4), "say nothing about another peak"),
        (
            drawn((0, 2e-4), (9000, 2e-4), (9001, 0.0), (20_000, 0.0)),
            "from step 9000 of 20000 on .* next to 0",
        ),
    ],
)
def test_schedules_for_which_the_laws_fail_are_refused(schedule: Any, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        schedules.loss(sw.published("tissue2024"), schedule)


def test_another_momentum_than_that_of_the_fit_is_refused() -> None:
    schedule = schedules.cosine(steps=20_000, peak=2e-4)
    with pytest.raises(DomainError, match=r"fitted with momentum 0.999, and C holds for that alone"):
        schedules.loss(sw.published("tissue2024"), schedule, momentum=0.99)
    by_hand = sw.published("tissue2024").with_values(C=0.4)
    with pytest.raises(DomainError, match="give momentum="):
        schedules.loss(by_hand, schedule)
    assert float(schedules.loss(by_hand, schedule, momentum=0.999)) == pytest.approx(2.84, abs=0.01)


def test_another_kind_of_law_is_refused() -> None:
    with pytest.raises(DomainError, match="'chinchilla' is not a law over schedules"):
        schedules.loss(sw.published("hoffmann2022"), schedules.constant(steps=100, peak=1e-3))


def test_measured_tables_are_read_with_their_level() -> None:
    tables = measured()
    assert {table.verified for table in tables} <= set(LEVELS)  # type: ignore[union-attr]
    table: Any = measured("schaipp2025")
    assert len(table.rows) == 40
    # card A3's own observation: the best share of the cooldown grows with the peak
    best = {
        peak: min(
            (row for row in table.rows if row["peak"] == peak and row["decay"] == "linear"), key=lambda r: r["loss"]
        )
        for peak in (1e-4, 5e-4, 1e-3, 2e-3)
    }
    assert [row["cooldown"] for row in best.values()] == [0.2, 0.4, 0.6, 0.6]
    with pytest.raises(UnknownName, match="has no table 'none'"):
        measured("none")
