"""Values that cards L3, L4, L14 and L15 print follow: learning rate, batch size, critical batch, loss over steps."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.planning import batch_trajectory
from scalewidgets.planning.training_settings import training_settings
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

from .printed import Row
from .rows import at, check, check_levels, losses, shipped, values_of

RATE, BATCH = "li2025-lr", "li2025-batch"
STEPS, CRITICAL = "kaplan2020-steps", "kaplan2020-critical-batch"
# As printed in the paper according to the card, which has them from memory: they are not shipped.
PRINTED_RATE, PRINTED_BATCH = {"k_1": 1.79, "a": -0.713, "b": 0.307}, {"k_2": 0.58, "c": 0.571}

ROWS = [
    *shipped("L14", RATE, k_1="1.797", a="-0.7129223", b="0.3074910"),
    *shipped("L14", BATCH, k_2="0.5807", c="0.5709444"),
    *losses("L14", RATE, "recomputed", (at(N=1e9, D=1e11), "1.66238e-3"), (at(N=7e9, D=1.4e12), "9.34684e-4")),
    *losses("L14", BATCH, "recomputed", (at(D=1e11), "1.107467e6"), (at(D=1.4e12), "4.996961e6")),
    *shipped("DeepSeek", "deepseek2024-lr", k="0.3118", a="-0.1250"),
    *shipped("DeepSeek", "deepseek2024-batch", k="0.2920", a="0.3271"),
    *shipped("L3", STEPS, N_c="8.8e13", alpha_N="0.076", S_c="2.1e3", alpha_S="0.76"),
    *shipped("L3", CRITICAL, B_star="2.1e8", alpha_B="0.21"),
    *losses("L3", CRITICAL, "recomputed", (at(L=3.0), "1.1226e6")),
    *shipped("L3", "kaplan2020-c-min", alpha_C="0.050"),
    Row("L3", "kaplan2020", "L* over L(N, inf)", {"days": 1.0}, "1.10", "recomputed"),
    *(
        row
        for days, size, loss in (
            (1.0, "6.03e8", "2.7155"),
            (100.0, "1.408e10", "2.1374"),
            (1000.0, "6.80e10", "1.8962"),
        )
        for row in (
            Row("L3", "kaplan2020", "N* at critical batch", {"days": days}, size, "recomputed"),
            Row("L3", "kaplan2020", "L* at critical batch", {"days": days}, loss, "recomputed"),
        )
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    check(row)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


@pytest.mark.parametrize(
    ("N", "D", "rate", "batch"),
    [(1e9, 1e11, 1.6325e-3, 1.10771e6), (7e9, 1.4e12, 9.1656e-4, 4.99882e6), (2.1e8, 1e11, 4.96719e-3, 1.10771e6)],
)
def test_the_constants_the_card_has_from_memory_give_its_values(N: float, D: float, rate: float, batch: float) -> None:
    settings = training_settings(N, D, PRINTED_RATE, PRINTED_BATCH)
    assert settings["lr"] == pytest.approx(rate, rel=5e-5)
    assert settings["tokens"] == pytest.approx(batch, rel=5e-6)
    assert settings["sequences"] == pytest.approx(batch / 2048, rel=5e-6)
    assert settings["steps"] == pytest.approx(D / batch, rel=5e-6)


def test_deepseek_s_own_models_used_what_its_laws_say() -> None:
    for budget, rate, batch in ((8.5e22, 4.2e-4, 9.2e6), (8.7e23, 3.2e-4, 19.7e6)):
        assert published("deepseek2024-lr")(C=budget) == pytest.approx(rate, rel=0.02)
        assert published("deepseek2024-batch")(C=budget) == pytest.approx(batch, rel=0.05)


def test_the_exponent_of_the_critical_batch_divides() -> None:
    smaller, larger = (float(published(CRITICAL)(L=loss)) for loss in (2.0, 4.0))
    assert smaller / larger == pytest.approx(2 ** (1 / 0.21), rel=1e-12)


def test_kaplan_s_least_compute_follows_from_steps_and_batch() -> None:
    steps, critical = settings()
    a_N, a_S, a_B = steps["alpha_N"], steps["alpha_S"], critical["alpha_B"]
    assert 1 / (1 / a_S + 1 / a_B + 1 / a_N) == pytest.approx(0.05199, abs=5e-6)
    ratio = a_N / a_S
    C_c = 6 * steps["N_c"] * critical["B_star"] * steps["S_c"] * (1 + ratio) ** (1 / a_S + 1 / a_N)
    assert C_c * ratio ** (-1 / a_S) / 8.64e19 == pytest.approx(2.2154e8, rel=5e-5)
    at_eq_1_4 = law("critical-batch")(L=3.0, B_star=2e8, alpha_B=0.21)
    assert at_eq_1_4 == pytest.approx(1.0691e6, rel=5e-5)


def settings() -> tuple[dict[str, float], dict[str, float]]:
    return dict(values_of(STEPS)), dict(values_of(CRITICAL))


def test_ever_so_many_steps_give_the_loss_of_the_size() -> None:
    steps, critical = settings()
    N = np.array([1e6, 1e8, 1e10])
    found = batch_trajectory.loss_at_step(N, 1e30, 1e6, steps, critical)
    np.testing.assert_allclose(found, published("kaplan2020-n")(N=N), rtol=1e-9)


def test_a_huge_batch_needs_the_least_steps_and_a_tiny_one_the_least_tokens() -> None:
    steps, critical = settings()
    huge = batch_trajectory.steps_and_tokens(3.0, 1e9, 1e30, steps, critical)
    assert huge["steps"] == pytest.approx(huge["least_steps"], rel=1e-9)
    tiny = batch_trajectory.steps_and_tokens(3.0, 1e9, 1e-6, steps, critical)
    assert tiny["tokens"] == pytest.approx(tiny["least_tokens"], rel=1e-9)


def test_steps_and_tokens_trade_along_a_hyperbola_and_meet_the_trajectory() -> None:
    steps, critical = settings()
    B = np.geomspace(1e4, 1e9, 7)
    found = batch_trajectory.steps_and_tokens(3.0, 1e9, B, steps, critical)
    excess = (found["steps"] / found["least_steps"] - 1) * (found["tokens"] / found["least_tokens"] - 1)
    np.testing.assert_allclose(excess, 1, rtol=1e-9)
    np.testing.assert_allclose(batch_trajectory.loss_at_step(1e9, found["steps"], B, steps, critical), 3.0, rtol=1e-9)
    assert batch_trajectory.steps_and_tokens(1.0, 1e9, 1e6, steps, critical)["steps"] == np.inf


def test_the_trajectory_at_a_huge_batch_is_the_law_of_steps() -> None:
    steps, critical = settings()
    S = np.geomspace(1e4, 1e6, 5)
    np.testing.assert_allclose(
        batch_trajectory.loss_at_step(1e9, S, 1e30, steps, critical), law("steps")(N=1e9, S=S, **steps), rtol=1e-9
    )
