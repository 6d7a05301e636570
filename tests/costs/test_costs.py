"""Costs add up, the tables are complete, and nothing that is not a fact has a default."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scalewidgets.costs import Demand, Hardware, chip, chips, lifetime, nearest_utilisation, utilisations
from scalewidgets.costs.batch_shapes import batch_factor, schedule_cost, shape_share
from scalewidgets.costs.flops import (
    megatron_iteration_flop,
    megatron_parameters,
    serving_flop,
    serving_flop_with_attention,
    training_days,
    training_flop,
    training_flop_with_attention,
)
from scalewidgets.costs.load_balance import dropped_share, imbalance, throughput_factor
from scalewidgets.costs.memory import (
    cache_bytes_per_token,
    low_rank_training_bytes,
    serving_bytes,
    training_bytes,
    weight_bytes,
)
from scalewidgets.costs.serving import (
    arithmetic_batch,
    decode_seconds,
    decode_utilisation,
    money_per_million_tokens,
    prefill_seconds,
)
from scalewidgets.costs.speculative import LONGEST_DRAFT, best_drafts, expected_tokens, operations, speedup
from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.ops.tracing import trace

LEVELS = {"paper", "repository", "second-hand", "recomputed"}
SHAPE = {"layers": 80, "width": 12288, "context": 2048}


@pytest.mark.parametrize("name", chips())
def test_every_chip_says_where_its_numbers_come_from_and_they_hang_together(name: str) -> None:
    one = chip(name)
    assert one.source
    assert one.verified in LEVELS
    assert one.widths[0] == 16
    assert all(one.speed(bits) >= 16 / bits * 0.99 for bits in one.widths)
    assert all(value < one.peaks[form] for form, value in one.measured.items())
    assert not {"price", "train_price"} & set(vars(one))


@pytest.mark.parametrize("row", utilisations(), ids=str)
def test_every_published_share_says_where_it_comes_from(row: object) -> None:
    assert row.citation and row.verified in LEVELS
    assert 0 < row.model_share <= row.share < 1
    # MI250X is two dies, and the shares are of one
    dies = 2 if row.chip == "MI250X" else 1
    assert row.achieved / (chip(row.chip).peak() / dies) == pytest.approx(row.share, abs=0.007)


@pytest.mark.parametrize(
    ("N", "gpus", "nearest"), [(1.7e9, None, 1.7e9), (70e9, None, 76.1e9), (1e9, None, 1.7e9), (175e9, 900, 175e9)]
)
def test_the_nearest_share_is_that_of_the_nearest_run(N: float, gpus: int | None, nearest: float) -> None:
    found = nearest_utilisation(N, gpus=gpus)
    assert nearest == found.N


def test_what_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="chip 'H10'.*Did you mean"):
        chip("H10")
    with pytest.raises(UnknownName, match="number format 'fp8'"):
        chip("A100").peak("fp8")
    with pytest.raises(DomainError, match="A100 runs no 4-bit format; it runs 16, 8 bits"):
        chip("A100").speed(4)
    with pytest.raises(DomainError, match="N = 0"):
        nearest_utilisation(0)


def test_hardware_from_a_chip_runs_the_formats_asked_for_and_invents_no_price() -> None:
    ours = chip("H100").hardware(train_utilisation=0.4, prefill_utilisation=0.5, decode_utilisation=0.01, serve="fp8")
    assert (ours.train_peak, ours.serve_peak, ours.memory) == (989e12, 1979e12, 80e9)
    assert not ours.priced
    assert ours.goodput == 1.0


def test_lost_time_makes_training_longer_and_serving_no_dearer() -> None:
    given = {"train_peak": 1e15, "train_utilisation": 0.5, "prefill_utilisation": 0.5, "decode_utilisation": 0.1}
    steady, lossy = Hardware(**given), Hardware(**given, goodput=0.8)
    assert lossy.train_hours(1e20) == pytest.approx(steady.train_hours(1e20) / 0.8, rel=1e-15)
    assert lossy.decode_hours(1e20) == steady.decode_hours(1e20)
    with pytest.raises(DomainError, match=r"goodput = 1\.2"):
        Hardware(**given, goodput=1.2)


def test_a_sweep_counts_as_training_and_without_one_nothing_changes() -> None:
    demand = Demand(requests=1e9, prompt=500, generated=100)
    ours = Hardware(1e15, 0.5, 0.5, 0.1, train_price=2.0, serve_price=2.0)
    plain = lifetime(N=30e9, D=1.556e12, demand=demand, hardware=ours)
    swept = lifetime(N=30e9, D=1.556e12, demand=demand, hardware=ours, sweep_flop=2.8e22)
    assert swept.total_flop == pytest.approx(plain.total_flop + 2.8e22, rel=1e-14)
    assert swept.training_flop == plain.training_flop
    assert swept.total_money == pytest.approx(plain.total_money + 2 * ours.train_hours(2.8e22), rel=1e-12)
    with pytest.raises(DomainError, match="sweep_flop = -1"):
        lifetime(N=1e9, D=1e9, sweep_flop=-1)


def test_attention_is_counted_as_megatron_counts_it() -> None:
    N = 12 * SHAPE["layers"] * SHAPE["width"] ** 2
    ours = training_flop_with_attention(N, 2048.0, **SHAPE)
    theirs = megatron_iteration_flop(batch=1, vocabulary=0, recompute=False, **SHAPE)
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert training_flop_with_attention(1e9, 1e10, layers=10, width=0, context=0) == training_flop(1e9, 1e10)
    assert serving_flop_with_attention(1e9, 7.0, layers=10, width=8, context=0) == serving_flop(1e9, 7.0)


def test_recomputing_activations_is_a_third_more() -> None:
    at = {"batch": 4, "vocabulary": 0, **SHAPE}
    assert megatron_iteration_flop(**at) / megatron_iteration_flop(**at, recompute=False) == pytest.approx(4 / 3)
    again = training_days(1e9, 1e10, gpus=8, achieved=1e14, recompute=True)
    assert again / training_days(1e9, 1e10, gpus=8, achieved=1e14) == pytest.approx(4 / 3)
    assert megatron_parameters(layers=1, width=1, vocabulary=0, context=0) == pytest.approx(25)


def test_writing_is_bound_by_memory_up_to_the_batch_at_the_ridge() -> None:
    one = chip("H100")
    given = {"peak": one.peak("fp8"), "bandwidth": one.bandwidth, "bits": 8}
    batch = arithmetic_batch(**given)
    assert batch == pytest.approx(one.ridge("fp8") / 2)
    alone, at_ridge, beyond = (float(decode_seconds(8e9, batch=b, **given)) for b in (1.0, batch, 2 * batch))
    assert alone == pytest.approx(at_ridge, rel=1e-12)
    assert beyond == pytest.approx(2 * at_ridge, rel=1e-12)
    assert float(decode_utilisation(8e9, batch=batch, **given)) == pytest.approx(1.0, rel=1e-12)
    assert float(decode_utilisation(8e9, batch=1.0, **given)) == pytest.approx(1 / batch, rel=1e-12)


def test_half_the_bits_are_half_the_bytes_everywhere() -> None:
    assert weight_bytes(8e9, 8) * 2 == weight_bytes(8e9) == 16e9
    cache = {"layers": 32, "kv_heads": 8, "head_width": 128}
    assert cache_bytes_per_token(**cache, bits=8) * 2 == cache_bytes_per_token(**cache)
    assert serving_bytes(8e9, batch=2, context=100, cache=10) == 16e9 + 2000
    assert training_bytes(1e9, master=0, number_of_moments=0) == 4e9


def test_prices_of_tokens_follow_from_the_price_of_an_hour() -> None:
    assert money_per_million_tokens(3.6, 1000.0) == pytest.approx(1.0)
    assert prefill_seconds(1e9, 1e6, peak=1e15, utilisation=0.5) == pytest.approx(4.0)


def test_drafts_that_are_always_accepted_all_count() -> None:
    assert float(expected_tokens(1.0, 5)) == 6
    assert float(expected_tokens(1 - 1e-12, 5)) == pytest.approx(6, rel=1e-9)
    assert float(speedup(0.9, 0, 0.1)) == 1.0
    assert float(operations(0.5, 4, 0.0)) > 1


@pytest.mark.parametrize(("acceptance", "cost"), [(0.8, 0.05), (0.9, 0.02), (0.5, 0.1), (0.2, 0.1)])
def test_no_other_number_of_drafts_is_faster(acceptance: float, cost: float) -> None:
    best = float(speedup(acceptance, best_drafts(acceptance, cost), cost))
    assert all(best >= float(speedup(acceptance, n, cost)) for n in range(40))


@pytest.mark.parametrize(("acceptance", "cost", "drafts"), [(0.1, 0.2, 0), (0.0, 0.1, 0), (1.0, 0.0, LONGEST_DRAFT)])
def test_drafts_help_only_where_they_are_accepted_more_often_than_they_cost(
    acceptance: float, cost: float, drafts: int
) -> None:
    assert best_drafts(acceptance, cost) == drafts
    with pytest.raises(DomainError, match="acceptance = 1.5"):
        best_drafts(1.5, cost)


def test_costs_are_portable() -> None:
    def costs(N: object, batch: object, a: object) -> dict[str, object]:
        step = decode_utilisation(N, batch=batch, peak=1e15, bandwidth=3e12, bits=8, context=4096, cache=1e5)
        return {"step": step, "faster": speedup(a, 4, 0.05), "bytes": training_bytes(N)}

    at = {"N": 8e9, "batch": 16.0, "a": 0.8}
    replayed = trace(costs, {name: () for name in at})(**at)
    direct = costs(**{name: np.float64(value) for name, value in at.items()})
    assert all(math.isclose(float(replayed[name]), float(direct[name]), rel_tol=1e-12) for name in direct)


@pytest.mark.parametrize("experts", [2, 8, 64])
def test_balanced_experts_cost_nothing_and_one_busy_expert_costs_all_the_others(experts: int) -> None:
    even, one = np.ones(experts), np.eye(experts)[0]
    assert float(imbalance(even)) == 1
    assert float(throughput_factor(even)) == 1
    assert float(throughput_factor(one)) == pytest.approx(1 / experts)
    assert float(dropped_share(even, 1.0)) == 0
    assert float(dropped_share(one, 1.0)) == pytest.approx(1 - 1 / experts)
    uneven = np.linspace(1, 2, experts)
    assert float(throughput_factor(one, 0.0)) == 1
    assert 1 / experts < float(throughput_factor(uneven)) < float(throughput_factor(uneven, 0.5)) < 1


def test_smaller_shapes_save_what_their_cheaper_samples_leave() -> None:
    assert shape_share(1.0, 1.0) == 1
    assert batch_factor(0.5, 0.5**0.5) == pytest.approx(4.0)
    full = schedule_cost(np.ones(3), np.ones(3), np.array([1.0, 2.0, 3.0]))
    assert float(full["cost"]) == 1
    np.testing.assert_allclose(full["share"], [1 / 6, 2 / 6, 3 / 6])
    cycle = schedule_cost(np.array([0.25, 0.5, 1.0]), np.array([0.5, 0.5**0.5, 1.0]), np.ones(3))
    assert float(cycle["cost"]) == pytest.approx((1 / 16 + 1 / 4 + 1) / 3)
    assert float(cycle["speedup"] * cycle["cost"]) == pytest.approx(1)


def test_moments_of_low_rank_take_less_and_at_full_rank_a_projection_more() -> None:
    whole = float(training_bytes(4096 * 1024))
    at = [float(low_rank_training_bytes(4096, 1024, rank)) for rank in (64, 256, 1024)]
    assert at == sorted(at)
    assert at[-1] == pytest.approx(whole + 2 * 1024 * 1024)
    assert float(low_rank_training_bytes(4096, 1024, 1024, projection=0)) == pytest.approx(whole)
    # Adam's moments of a matrix shrink by the rank over its shorter side
    moments = float(low_rank_training_bytes(4096, 1024, 256, weights=0, gradients=0, master=0, projection=0))
    assert moments == pytest.approx(0.25 * 8 * 4096 * 1024)


def test_the_new_costs_are_portable() -> None:
    trace(lambda loads: throughput_factor(loads, 0.5), {"loads": (8,)})
    trace(
        lambda time, space, epochs: schedule_cost(time, space, epochs)["cost"],
        dict.fromkeys(["time", "space", "epochs"], (3,)),
    )
    trace(
        lambda rows, columns, rank: low_rank_training_bytes(rows, columns, rank),
        dict.fromkeys(["rows", "columns", "rank"], ()),
    )
