"""Bits, deployment and schedule join a plan by the rules stated once; each of them off is exactly the plain plan."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.costs import Hardware, chip
from scalewidgets.errors import PlanError
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning.allocate import allocate
from scalewidgets.planning.bits import compute_gain, critical_tokens
from scalewidgets.planning.composition import (
    Composition,
    best_bits,
    capacity_ratio,
    compose,
    flop_cost,
)
from scalewidgets.planning.plan import Plan, surface_of
from scalewidgets.planning.worth import post_training_range, worth_of_added
from scalewidgets.published_fits.loading import published

FIT, C = "hoffmann2022", 5.76e23
KUMAR = published("kumar2024").values
SERVED = {"inference_tokens": 1e13}
GIVEN = {"train_utilisation": 0.4, "prefill_utilisation": 0.5, "decode_utilisation": 0.05}
OFF: dict[str, dict[str, Any]] = {
    "16 bits": {"bits": 16},
    "reference schedule": {"schedule": 1.0},
    "deployed as trained": {"bits": 16, "deploy_bits": 16},
    "all": {"bits": 16.0, "deploy_bits": 16.0, "schedule": 1.0},
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "training alone": {"compute": C},
    "quality": {"compute": C, **SERVED},
    "training": {"compute": C, **SERVED, "hold": "training"},
    "total": {"compute": C, **SERVED, "hold": "total"},
    "loss": {"loss": 2.0, **SERVED},
    "few tokens": {"compute": C, "unique_tokens": 5e11},
    "on a chip": {"compute": C, **SERVED, "hardware": chip("H100").hardware(**GIVEN)},
}


def headline(plan: Plan) -> list[float]:
    return [plan.N, plan.D, plan.loss, plan.training_flop, plan.total_flop, *plan.near_optimal]


@pytest.mark.parametrize(("off", "asked"), list(itertools.product(OFF, QUESTIONS)))
def test_what_is_off_gives_back_the_plain_plan(off: str, asked: str) -> None:
    plain, composed = sw.plan(FIT, **QUESTIONS[asked]), sw.plan(FIT, **QUESTIONS[asked], **OFF[off])
    assert headline(composed) == pytest.approx(headline(plain), rel=1e-12)
    assert composed.terms == ()
    assert composed.warnings == plain.warnings


def test_best_bits_are_seven_whatever_the_budget_and_worth_as_printed() -> None:
    plans = [sw.plan(FIT, compute=compute, bits="best") for compute in (1e20, C)]
    assert {round(plan.composition.bits, 3) for plan in plans} == {7.002}
    assert plans[1].terms[0].compute == pytest.approx(1.7032, abs=5e-5)


def test_no_other_bits_are_better_than_the_best() -> None:
    best = sw.plan(FIT, compute=C, bits="best").loss
    assert all(best <= sw.plan(FIT, compute=C, bits=float(bits)).loss for bits in np.linspace(4, 16, 25))


@pytest.mark.parametrize(("name", "bits"), [("A100", 8), ("H100", 8), ("B200", 8), ("MI250X", 16)])
def test_on_a_chip_the_best_bits_are_one_of_its_formats(name: str, bits: int) -> None:
    ours = chip(name).hardware(**GIVEN)
    assert best_bits(KUMAR, ours) == bits
    assert sw.plan(FIT, compute=C, bits="best", hardware=ours).composition.bits == bits


def test_a_higher_peak_that_is_not_reached_is_worth_less() -> None:
    full, partly = (chip("H100").hardware(**GIVEN, achieved=achieved) for achieved in (None, {8: 0.7}))
    assert flop_cost(8.0, full) == pytest.approx(0.5, rel=1e-3)
    assert flop_cost(8.0, partly) == pytest.approx(0.5 / 0.7, rel=1e-3)
    with pytest.raises(PlanError, match="H100 runs no 4-bit format; it runs 16, 8 bits"):
        sw.plan(FIT, compute=C, bits=4, hardware=full)


@pytest.mark.parametrize("bits", [5.0, 8.0, 12.0])
def test_bits_are_worth_the_compute_they_say(bits: float) -> None:
    gain = float(compute_gain(np.float64(bits), KUMAR))
    ours, plain = sw.plan(FIT, compute=C, bits=bits), sw.plan(FIT, compute=C * gain)
    share = float(capacity_ratio(np.float64(bits), KUMAR))
    assert ours.loss == pytest.approx(plain.loss, rel=1e-12)
    assert (ours.N * share, ours.D) == pytest.approx((plain.N, plain.D), rel=1e-12)
    assert ours.training_flop == pytest.approx(C, rel=1e-12)
    assert ours.raw_training_flop == pytest.approx(C * 16 / bits, rel=1e-12)


def test_a_schedule_is_worth_its_factor_on_tokens() -> None:
    ours, plain = sw.plan(FIT, compute=C, schedule=1.08), sw.plan(FIT, compute=1.08 * C)
    assert ours.loss == pytest.approx(plain.loss, rel=1e-12)
    assert pytest.approx((plain.N, plain.D), rel=1e-12) == (ours.N, ours.D * 1.08)
    assert [term.sentence for term in ours.terms] == ["The schedule is worth ×1.08 tokens, and as much compute."]


def brute_force(plan: Plan) -> float:
    """Return the least cost of training and serving over a fine grid of sizes and tokens that reach the plan's loss."""
    question, c = plan.question, plan.composition
    surface = surface_of(plan.fit, plan.fit.values, None)
    N, D = np.geomspace(plan.N / 4, plan.N * 4, 400)[:, None], np.geomspace(plan.D / 8, plan.D * 8, 4000)
    loss = surface.loss(N * c.size_share, D * c.token_worth) + c.added(N, D)
    cost = c.training_cost * 6 * N * D + c.serving_cost * 2 * N * question.demand.inference_tokens
    return float(np.min(np.where(loss <= plan.loss, cost, np.inf)))


@pytest.mark.parametrize(
    "composed",
    [{"bits": 8}, {"deploy_bits": 4}, {"bits": 8, "deploy_bits": 4, "schedule": 1.1}, {"schedule": 0.9}],
    ids=str,
)
def test_no_other_size_is_cheaper_for_the_same_quality(composed: dict[str, float]) -> None:
    ours = sw.plan(FIT, compute=C, **SERVED, **composed)
    assert ours.total_flop <= brute_force(ours) * (1 + 1e-9)
    assert ours.total_flop == pytest.approx(brute_force(ours), rel=5e-3)


def test_deployment_gives_the_training_only_optimum_of_the_quantised_loss() -> None:
    ours = sw.plan(FIT, compute=C, deploy_bits=4)
    surface = surface_of(ours.fit, ours.fit.values, None)
    N = ours.N * np.geomspace(0.3, 3, 2001)
    loss = surface.loss(N, C / 6 / N) + ours.composition.added(N, C / 6 / N)
    assert ours.loss == pytest.approx(loss.min(), rel=1e-7)
    assert ours.loss > sw.plan(FIT, compute=C).loss


def test_of_two_token_counts_with_the_same_loss_the_smaller_is_taken() -> None:
    ours = sw.plan(FIT, compute=C, deploy_bits=4, **SERVED)
    turn = critical_tokens(published(FIT), penalty=published("ouyang2024"), N=ours.N, P=4)
    assert turn > ours.D


def test_a_size_that_cannot_reach_the_quality_is_refused() -> None:
    ours = sw.plan(FIT, compute=C, deploy_bits=4, **SERVED)
    with pytest.raises(PlanError, match="can't answer this plan"):
        ours.at_size(1e9)
    same = ours.at_size(ours.N)
    assert (same.D, same.loss) == pytest.approx((ours.D, ours.loss), rel=1e-9)
    assert same.warnings == ours.warnings


def test_a_buildable_size_keeps_the_composition() -> None:
    ours = sw.plan(FIT, compute=C, bits=8, schedule=1.1)
    built = ours.recommend()
    assert built.training_flop == pytest.approx(C, rel=1e-12)
    assert built.loss == pytest.approx(ours.loss, rel=1e-4)
    assert built.composition is ours.composition


@pytest.mark.parametrize("composed", [{"bits": 8}, {"deploy_bits": 4}, {"schedule": 1.2}], ids=str)
def test_more_demand_never_makes_the_model_larger(composed: dict[str, float]) -> None:
    sizes = [sw.plan(FIT, compute=1e22, inference_tokens=served, **composed).N for served in (1e9, 1e11, 1e13)]
    assert sizes == sorted(sizes, reverse=True)


def test_more_bits_never_raise_the_loss_at_the_same_size_and_tokens() -> None:
    share = capacity_ratio(np.linspace(4, 16, 100), KUMAR)
    assert (np.diff(share) > 0).all()
    added = [compose(deploy_bits=bits).added(1e9, 1e11) for bits in (2, 3, 4, 8, 16)]
    assert added == sorted(added, reverse=True)
    assert added[-1] == 0


def test_serving_follows_the_deployed_format_and_training_its_own() -> None:
    ours = sw.plan(FIT, compute=C, **SERVED, bits=8, deploy_bits=4)
    assert ours.lifetime.serving_flop == pytest.approx(2 * ours.N * 1e13 / 4, rel=1e-12)
    assert ours.lifetime.training_flop == pytest.approx(6 * ours.N * ours.D / 2, rel=1e-12)
    natively = sw.plan(FIT, compute=C, **SERVED, bits=8)
    assert natively.lifetime.serving_flop == pytest.approx(2 * natively.N * 1e13 / 2, rel=1e-12)


def test_hours_and_money_come_from_the_same_number_as_the_flop() -> None:
    ours = chip("H100").hardware(**GIVEN, train_price=2.0, serve_price=2.0)
    half = sw.plan(FIT, compute=C, bits=8, hardware=ours)
    plain = sw.plan(FIT, compute=C, hardware=ours)
    assert half.lifetime.training_money == pytest.approx(plain.lifetime.training_money, rel=1e-12)


def test_draws_are_of_real_sizes_and_stay_on_the_budget() -> None:
    ours = sw.plan("besiroglu2024", compute=1e22, bits=8)
    low, high = ours.interval("training_flop")
    assert (low, high) == pytest.approx((1e22, 1e22), rel=1e-9)
    assert ours.interval("N")[0] < ours.N < ours.interval("N")[1]


def test_the_range_over_the_published_laws_holds_the_one_that_is_used() -> None:
    ours = sw.plan(FIT, compute=1e21, deploy_bits=4)
    rows = post_training_range(ours.N, ours.D, 4)
    assert [row.added for row in rows] == sorted(row.added for row in rows)
    used = {row.fit.key: row.added for row in rows}[ours.composition.post_training.key]
    assert used == pytest.approx(ours.terms[-1].value, rel=1e-12)
    assert "Ouyang 2024" in ours.terms[-1].sentence
    assert not post_training_range(70e9, 15e12, 4)[0].inside


def test_the_worth_of_deployment_is_the_compute_that_makes_up_for_it() -> None:
    ours = sw.plan(FIT, compute=C, deploy_bits=4)
    (term,) = ours.terms
    with_it = sw.plan(FIT, loss=ours.loss).training_flop
    without = sw.plan(FIT, loss=ours.loss - term.value).training_flop
    assert term.compute == pytest.approx(with_it / without, rel=1e-6)
    assert term.compute < 1


@pytest.mark.parametrize("key", ["ouyang2024", "kumar2024-post", "kumar2024-post-offset"])
def test_the_law_of_quantising_can_be_chosen(key: str) -> None:
    ours = sw.plan(FIT, compute=1e21, deploy_bits=4, post_training=key)
    rows = {row.fit.key: row.added for row in post_training_range(ours.N, ours.D, 4)}
    assert ours.terms[-1].value == pytest.approx(rows[key], rel=1e-12)
    assert published(key).name in ours.terms[-1].sentence


def test_a_term_worth_more_than_half_as_much_again_is_cautioned_about() -> None:
    keys = {caution.key for caution in sw.plan(FIT, compute=C, bits=8, schedule=1.2).warnings}
    assert {"worth-of-bits", "extrapolated-bits"} <= keys
    assert "worth-of-schedule" not in keys


def test_the_plan_tells_each_term_apart() -> None:
    told = sw.plan(FIT, compute=C, bits=8, schedule=1.08, deploy_bits=4).to_dict()
    assert list(told["terms"]) == ["bits", "schedule", "deployment"]
    assert told["raw_training_flop"] == pytest.approx(2 * C, rel=1e-12)
    assert "terms" not in sw.plan(FIT, compute=C).to_dict()
    assert "Worth of bits" in sw.plan(FIT, compute=C, bits=8).summary()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"bits": 3}, "bits = 3 leave no parameters in Kumar 2024"),
        ({"bits": 32}, 'bits = 32 is not allowed; give a number of bits from 1 to 16, or "best"'),
        ({"bits": "most"}, "bits = 'most' is not allowed"),
        ({"deploy_bits": 0}, "deploy_bits = 0 is not allowed; give a number of bits from 1 to 16$"),
        ({"schedule": 0}, "schedule = 0 is not allowed; give the factor on tokens"),
        ({"schedule": float("nan")}, "schedule = nan is not allowed"),
        ({"post_training": "kumar2024"}, "post_training = 'kumar2024' is no law of quantising after training; use"),
    ],
    ids=str,
)
def test_what_cannot_be_composed_is_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        sw.plan(FIT, compute=C, **asked)


def composed_allocation(compute: Any, served: Any, bits: Any, deploy_bits: Any, rho: Any) -> dict[str, Any]:
    made = Composition(
        bits=bits,
        deploy_bits=deploy_bits,
        size_share=capacity_ratio(bits, KUMAR),
        token_worth=rho,
        training_cost=flop_cost(bits),
        serving_cost=flop_cost(deploy_bits),
        post_training=published("ouyang2024"),
    )
    surface = made.surface(surface_of(published(FIT), published(FIT).values, None))
    found = allocate(surface, compute=made.budget(compute), served=made.served(served))
    added = made.added(*made.real(found["N"], found["D"]))
    plain = surface_of(published(FIT), published(FIT).values, None)
    return {**found, "added": added, "worth": worth_of_added(plain, found["loss"], added), "bits": made.worth_of_bits}


def test_a_composed_plan_is_portable() -> None:
    at = {"compute": 1e22, "served": 1e12, "bits": 8.0, "deploy_bits": 4.0, "rho": 1.08}
    graph = Graph.from_json(trace(composed_allocation, {name: () for name in at}).to_json())
    with np.errstate(all="ignore"):
        direct = composed_allocation(**{name: np.float64(value) for name, value in at.items()})
    replayed = graph(**at)
    assert {name: float(replayed[name]) for name in direct} == pytest.approx(
        {name: float(value) for name, value in direct.items()}, rel=1e-9
    )


def test_hardware_without_speeds_keeps_the_convention_of_the_papers() -> None:
    assert flop_cost(8.0, Hardware(1e15, 0.5, 0.5, 0.1)) == 0.5
