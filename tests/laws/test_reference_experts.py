"""Values that card O18 prints follow: routed, fine-grained and sparse mixtures, and experts with data."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.laws import experts_and_data, routed
from scalewidgets.planning import experts
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import law

from .printed import Row
from .rows import at, check, check_levels, losses, shipped

S_BASE, RL_R, HASH, DENSE = (f"clark2022-{key}" for key in ("s-base", "rl-r", "hash", "dense"))
FINE, FINE_DENSE, SPARSE = "krajewski2024", "krajewski2024-dense", "abnar2025"
# The only reading of the printed copy in which the loss falls in N, D and E; start and limit are not from it.
JOINT = {
    "a": 35.91, "delta": -0.2285, "alpha": -0.1889, "gamma": 0.0098, "b": 35.98, "omega": 0.5529, "beta": -0.1775,
    "zeta": -0.0259, "c": 1.3637, "E_start": 2.0732, "E_max": 290.4521,
}  # fmt: skip

ROWS = [
    *shipped("O18a", S_BASE, a="-0.082", b="-0.108", c="0.009", d="1.104", E_start="1.847", E_max="314.478"),
    *shipped("O18a", RL_R, a="-0.083", b="-0.126", c="0.012", d="1.111", E_start="1.880", E_max="469.982"),
    *shipped("O18a", HASH, a="-0.087", b="-0.136", c="0.012", d="1.157", E_start="4.175", E_max="477.741"),
    *shipped("O18a", DENSE, alpha_N="0.078", N_c="3.568e13"),
    *losses("O18a", S_BASE, "recomputed", (at(N=1e9, E=1.0), "2.2846"), (at(N=1e9, E=64.0), "2.0858")),
    Row("O18a", S_BASE, "dense twin", {"N": 5e6, "E": 128.0}, "51.8M", "recomputed"),
    *shipped("O18b", FINE, a="18.1", alpha="0.115", b="30.8", beta="0.147", g="2.1", gamma="0.58", c="0.47"),
    *shipped("O18b", FINE_DENSE, A="16.3", alpha="0.126", B="26.7", beta="0.127", E="0.47"),
    *losses(
        "O18b",
        FINE,
        "recomputed",
        (at(N=1.6e9, D=66e9, G=1.0), "3.02636"),
        (at(N=1.6e9, D=66e9, G=8.0), "2.89776"),
        (at(N=1e9, D=2e10, G=1.0), "3.27613"),
        (at(N=1e9, D=2e10, G=16.0), "3.12119"),
    ),
    *losses("O18b", FINE_DENSE, "recomputed", (at(N=1e9, D=2e10), "2.98031")),
    *shipped("O18c", SPARSE, alpha="0.5962", beta="0.3954", lam="-0.1666", delta="0.1603", gamma="0.1595"),
    *shipped("O18c", SPARSE, a="16612.50", b="5455.67", c="0.4598", d="17.26", e="0.94"),
    *losses(
        "O18c",
        SPARSE,
        "recomputed",
        (at(N=1e9, D=2e10, S=0.0), "2.56568"),
        (at(N=1e9, D=2e10, S=0.5), "2.58995"),
        (at(N=1e9, D=2e10, S=0.9), "2.70187"),
        (at(N=1e10, D=1e11, S=0.5), "2.10193"),
        (at(N=1e10, D=1e11, S=0.9), "2.14984"),
        (at(N=18.8e9, D=110.2e9, S=0.98), "2.16934"),
    ),
    Row("O18c", SPARSE, "best sparsity", {"C": 1e21, "N": 1e9}, "0.623", "recomputed"),
    Row("O18c", SPARSE, "best sparsity", {"C": 1e21, "N": 1e10}, "0.942", "recomputed"),
    Row("O18c", SPARSE, "loss at best sparsity", {"C": 1e21, "N": 1e9}, "2.27835", "recomputed"),
    Row("O18c", SPARSE, "dense loss", {"C": 1e21, "N": 1e9}, "2.30396", "recomputed"),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    check(row)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


def test_one_expert_counts_as_the_start_and_ever_so_many_as_the_limit() -> None:
    assert routed.saturated(1.0, 1.847, 314.478) == pytest.approx(1.847, rel=1e-12)
    assert routed.saturated(64.0, 1.847, 314.478) == pytest.approx(53.769, abs=5e-4)
    assert routed.saturated(1e12, 1.847, 314.478) == pytest.approx(314.478, rel=1e-9)


def test_three_digits_say_the_size_where_experts_stop_helping_to_a_factor_of_ten_only() -> None:
    printed = {S_BASE: 937e9, RL_R: 85e9, HASH: 83e9}
    for key, size in printed.items():
        values = published(key).values
        plain = 10 ** (-values["b"] / values["c"])
        assert 0.1 < plain / size < 10
        assert plain != pytest.approx(size, rel=0.05)


def test_a_dense_twin_has_the_loss_of_its_mixture() -> None:
    values = published(S_BASE).values
    N, E = np.array([1e7, 1e8, 1e9]), 64.0
    twin = experts.dense_twin(N, E, values)
    form = law("routed")
    np.testing.assert_allclose(form(N=twin, E=1.0, **values), form(N=N, E=E, **values), rtol=1e-12)
    values = published(SPARSE).values
    twin = experts.dense_equivalent(N, 1e11, 0.9, values)
    form = law("sparsity")
    np.testing.assert_allclose(form(N=twin, D=1e11, S=0.0, **values), form(N=N, D=1e11, S=0.9, **values), rtol=1e-9)
    assert (twin < N).all()


def test_the_best_granularity_is_better_than_its_neighbours_and_grows_with_the_budget() -> None:
    values = published(FINE).values
    found = experts.best_granularity(np.array([1e18, 1e20, 1e22]), 1024, 16, values)
    assert (np.diff(found["G"]) > 0).all()
    assert (found["loss"] < found["coarse_loss"]).all()
    form = law("fine-grained")
    for factor in (0.9, 1.1):
        G = found["G"][0] * factor
        flop = (12 * 1024**2 * 6 + 1024 * 64 * G * 14) * 16
        assert form(N=found["N"], D=1e18 / flop, G=G, **values) > found["loss"][0]


def test_the_label_counts_the_feed_forward_part_only() -> None:
    found = experts.best_granularity(1e20, 768, 12, published(FINE).values)
    assert found["N"] / found["active"] == pytest.approx(43, rel=1e-12)


def test_no_set_of_experts_and_data_is_shipped_since_part_of_it_is_from_memory() -> None:
    assert not [fit.key for fit in published_fits().values() if fit.law.key == "experts-and-data"]


def test_the_reading_with_every_exponent_negated_falls_in_size_data_and_experts() -> None:
    form = law("experts-and-data")
    E = np.array([1.0, 2, 4, 8, 16, 32])
    loss = form(N=1e9, D=2e10, E=E, **JOINT)
    np.testing.assert_allclose(loss, [2.5776, 2.5587, 2.5352, 2.5088, 2.4814, 2.4546], atol=6e-5)
    assert (form(N=2e9, D=2e10, E=E, **JOINT) < loss).all()
    assert (form(N=1e9, D=4e10, E=E, **JOINT) < loss).all()
    positive = {**JOINT, "alpha": 0.1889, "beta": 0.1775}
    assert (form(N=2e9, D=4e10, E=E, **positive) > form(N=1e9, D=2e10, E=E, **positive)).all()


@pytest.mark.parametrize("E", [1.0, 8.0, 32.0])
@pytest.mark.parametrize("C", [1e19, 1e22])
def test_the_closed_form_of_size_and_data_is_a_minimum_on_the_budget(C: float, E: float) -> None:
    best = experts.best_size_with_experts(C, E, JOINT)
    assert pytest.approx(C, rel=1e-12) == 6 * best["N"] * best["D"]
    for factor in (0.99, 1.01):
        N = best["N"] * factor
        assert law("experts-and-data")(N=N, D=C / 6 / N, E=E, **JOINT) > best["loss"]


def test_the_learning_rate_of_mixtures_falls_with_size_and_experts() -> None:
    assert experts_and_data.learning_rate(1e9, 1.0) == pytest.approx(np.exp(8.39 - 0.81 * np.log(1e9)), rel=1e-12)
    assert experts_and_data.learning_rate(1e9, 16.0) == pytest.approx(
        experts_and_data.learning_rate(1e9, 1.0) / 2, rel=1e-12
    )
