"""A plan answers what it was asked, refuses what it can't answer by name and remedy, and rounds inside its range."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scalewidgets.costs import Demand, Hardware
from scalewidgets.errors import DomainError, PlanError, QuantityError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.plan import Plan, plan
from scalewidgets.planning.recommend import ASPECTS, HEAD, shapes
from scalewidgets.published_fits.loading import published

EPOCH = "besiroglu2024"
POINT = replace(published(EPOCH), draws=None)
SERVED = Demand(requests=1e9, prompt=1000, generated=500)
CARD = Hardware(train_peak=1e15, train_utilisation=0.4, prefill_utilisation=0.5, decode_utilisation=0.1)


def with_draws(fit: Fit, count: int = 40) -> Fit:
    """Return the fit with joint draws that differ by half a per cent."""
    spread = np.random.default_rng(0).normal(1.0, 0.005, (len(fit.values), count))
    return replace(fit, draws={name: value * s for (name, value), s in zip(fit.values.items(), spread, strict=True)})


REFUSED: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    (EPOCH, {}, PlanError, "needs either compute=.* or loss=.*; give one"),
    (EPOCH, {"compute": 1e22, "loss": 2.2}, PlanError, "needs either compute=.* or loss="),
    (EPOCH, {"compute": 0}, PlanError, r"compute = 0 is not allowed; it must be positive"),
    (EPOCH, {"compute": -1e22}, Exception, "compute"),
    (EPOCH, {"compute": "lots"}, QuantityError, "compute.*lots"),
    (EPOCH, {"compute": float("nan")}, QuantityError, "compute"),
    (EPOCH, {"compute": 1e22, "unique_tokens": 0}, PlanError, "unique_tokens = 0 is not allowed"),
    (
        EPOCH,
        {"compute": 1e22, "hold": "price"},
        PlanError,
        "hold = 'price' is not known; it is one of quality, training",
    ),
    (EPOCH, {"loss": 2.2, "hold": "total"}, PlanError, "hold = 'total' needs compute="),
    (EPOCH, {"loss": 2.2, "hold": "training"}, PlanError, "hold = 'training' needs compute="),
    (
        EPOCH,
        {"compute": 1e22, "inference_tokens": 1e9, "demand": SERVED},
        PlanError,
        "both say what is served; give one",
    ),
    (EPOCH, {"compute": 1e22, "near_optimal": 0}, PlanError, "near_optimal = 0 is not a share between 0 and 1"),
    (EPOCH, {"compute": 1e22, "near_optimal": 1.5}, PlanError, "near_optimal = 1.5 is not a share"),
    (EPOCH, {"loss": 1.5}, PlanError, "reaches no loss of 1.5 .* ask for a higher loss, above its irreducible one"),
    ("kaplan2020-n", {"compute": 1e22}, PlanError, "'kaplan-n' gives loss as a function of N; a plan needs"),
    ("besiroglu", {"compute": 1e22}, UnknownName, "no published fit 'besiroglu'.*Did you mean 'besiroglu2024'"),
]


@pytest.mark.parametrize(("fit", "asked", "kind", "sentence"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_question_without_an_answer_is_refused_by_name_and_remedy(
    fit: str, asked: dict[str, Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        plan(fit, **asked)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Demand(requests=-1.0), r"Demand: requests = -1.0 is not allowed"),
        (lambda: Demand(requests=1.0, generated=float("inf")), r"Demand: generated = inf is not allowed"),
        (lambda: replace(CARD, train_peak=0.0), r"Hardware: train_peak = 0.0 is not allowed"),
        (
            lambda: replace(CARD, decode_utilisation=1.2),
            r"decode_utilisation = 1.2 is not allowed; give a share above 0",
        ),
        (lambda: replace(CARD, train_price=2.0), r"one price is given without the other"),
    ],
)
def test_demand_and_hardware_refuse_what_can_not_be(make: Any, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        make()


def test_quantities_may_be_typed() -> None:
    typed = plan(EPOCH, compute="5.76e23 FLOP", inference_tokens="2T", unique_tokens="10T")
    given = plan(EPOCH, compute=5.76e23, inference_tokens=2e12, unique_tokens=1e13)
    assert (typed.N, typed.D) == (given.N, given.D)


class TestWhatIsHeld:
    """The three meanings of `hold`, and the training-only plan beside them."""

    COMPUTE = 1e23

    @pytest.fixture
    def alone(self) -> Plan:
        return plan(POINT, compute=self.COMPUTE)

    def asked(self, hold: str) -> Plan:
        return plan(POINT, compute=self.COMPUTE, inference_tokens=5e12, hold=hold)

    def test_without_demand_the_budget_is_spent_and_there_is_no_baseline(self, alone: Plan) -> None:
        assert alone.training_flop == pytest.approx(self.COMPUTE, rel=1e-12)
        assert alone.total_flop == alone.training_flop
        assert alone.baseline is None
        assert alone.loss == pytest.approx(float(POINT(N=alone.N, D=alone.D)), rel=1e-12)

    @pytest.mark.parametrize("hold", ["quality", "training", "total"])
    def test_without_demand_every_hold_means_the_same(self, alone: Plan, hold: str) -> None:
        same = plan(POINT, compute=self.COMPUTE, hold=hold)
        assert [same.N, same.D, same.loss] == pytest.approx([alone.N, alone.D, alone.loss], rel=1e-12)

    def test_quality_keeps_the_loss_of_the_budget_and_costs_less_in_all(self, alone: Plan) -> None:
        held = self.asked("quality")
        assert held.loss == pytest.approx(alone.loss, rel=1e-12)
        assert float(POINT(N=held.N, D=held.D)) == pytest.approx(alone.loss, rel=1e-9)
        assert held.N < alone.N
        assert held.training_flop > self.COMPUTE
        assert held.total_flop < held.baseline.total_flop  # type: ignore[union-attr]

    def test_training_keeps_the_budget_with_the_smallest_near_optimal_size(self, alone: Plan) -> None:
        held = self.asked("training")
        assert held.training_flop == pytest.approx(self.COMPUTE, rel=1e-12)
        assert pytest.approx(alone.near_optimal[0], rel=1e-9) == held.N
        assert held.loss > alone.loss

    def test_total_keeps_training_and_serving_within_the_budget(self, alone: Plan) -> None:
        held = self.asked("total")
        assert held.total_flop == pytest.approx(self.COMPUTE, rel=1e-9)
        assert held.loss > alone.loss
        for N in (held.N * 0.9, held.N * 1.1):
            assert held.at_size(N).loss > held.loss

    @pytest.mark.parametrize("hold", ["quality", "training", "total"])
    def test_the_baseline_is_the_training_only_plan_priced_with_the_demand(self, alone: Plan, hold: str) -> None:
        baseline = self.asked(hold).baseline
        assert baseline is not None
        assert pytest.approx((alone.N, alone.D), rel=1e-12) == (baseline.N, baseline.D)
        assert baseline.total_flop == pytest.approx(self.COMPUTE + 2 * alone.N * 5e12, rel=1e-12)

    def test_the_near_optimal_range_costs_what_was_allowed(self) -> None:
        for tolerance in (0.01, 0.05):
            held = plan(POINT, compute=self.COMPUTE, inference_tokens=5e12, near_optimal=tolerance)
            low, high = held.near_optimal
            assert low < held.N < high
            for N in (low, high):
                assert held.at_size(N).total_flop == pytest.approx(held.total_flop * (1 + tolerance), rel=1e-7)


def test_hardware_moves_the_plan_only_where_something_is_served() -> None:
    assert plan(POINT, compute=1e22, hardware=CARD).N == plan(POINT, compute=1e22).N
    slow = plan(POINT, compute=1e22, demand=SERVED, hardware=CARD)
    assert slow.N < plan(POINT, compute=1e22, demand=SERVED).N
    assert slow.lifetime.total == slow.lifetime.total_hours
    assert "GPU-hours" in slow.summary()


def test_repeating_few_tokens_costs_and_is_said() -> None:
    plenty, scarce = plan(POINT, compute=1e22), plan(POINT, compute=1e22, unique_tokens=1e9)
    assert scarce.loss > plenty.loss
    assert scarce.epochs == pytest.approx(scarce.D / 1e9)
    assert "epochs" in [warning.key for warning in scarce.warnings]
    assert plenty.epochs is None


def test_cautions_follow_the_source() -> None:
    keys = [warning.key for warning in plan("sardana2024-100", compute=1e25).warnings]
    assert keys == ["extrapolation", "within-range", "point-estimate"]
    assert [w.key for w in plan(with_draws(POINT), compute=1e20).warnings] == []


class TestIntervals:
    """Intervals come from joint draws, and from nothing else."""

    NAMES = ("N", "D", "loss", "tokens_per_param", "training_flop")

    def test_a_point_estimate_has_none_and_says_so(self) -> None:
        answer = plan(POINT, compute=1e22)
        assert all(answer.interval(name) is None for name in self.NAMES)
        assert "point-estimate" in [warning.key for warning in answer.warnings]
        assert answer.to_dict()["intervals"] == {}

    @pytest.mark.parametrize(
        "asked",
        [{"compute": 1e22}, {"compute": 1e22, "inference_tokens": 1e12}, {"loss": 2.2, "inference_tokens": 1e12}],
        ids=str,
    )
    def test_draws_give_an_interval_around_the_value(self, asked: dict[str, Any]) -> None:
        answer = plan(with_draws(POINT), **asked)
        for name in self.NAMES:
            low, high = answer.interval(name)  # type: ignore[misc]
            assert low <= getattr(answer, name) * (1 + 1e-12)
            assert high >= getattr(answer, name) * (1 - 1e-12)
            narrow = answer.interval(name, level=0.5)
            assert narrow is not None
            assert low <= narrow[0] <= narrow[1] <= high

    def test_each_draw_is_planned_like_a_fit_of_its_own(self) -> None:
        fit = with_draws(POINT, 3)
        answer = plan(fit, compute=1e22, inference_tokens=1e12)
        assert answer.draws is not None
        assert fit.draws is not None
        for i in range(3):
            alone = plan(
                replace(POINT, values={n: float(d[i]) for n, d in fit.draws.items()}),
                compute=1e22,
                inference_tokens=1e12,
            )
            assert float(answer.draws["N"][i]) == pytest.approx(alone.N, rel=1e-9)

    def test_an_unknown_interval_is_refused(self) -> None:
        with pytest.raises(UnknownName, match="a plan has no interval 'size'"):
            plan(POINT, compute=1e22).interval("size")


class TestSizes:
    """A given or buildable size is asked the same question."""

    @pytest.mark.parametrize("hold", ["quality", "training", "total"])
    def test_the_optimum_as_a_given_size_is_the_plan(self, hold: str) -> None:
        asked = plan(POINT, compute=1e23, inference_tokens=1e12, hold=hold)
        again = asked.at_size(asked.N)
        assert [again.D, again.loss, again.total_flop] == pytest.approx(
            [asked.D, asked.loss, asked.total_flop], rel=1e-6
        )

    def test_a_size_that_can_not_answer_is_refused_with_those_that_can(self) -> None:
        with pytest.raises(
            PlanError, match=r"a model of 1.00M parameters can't answer this plan; sizes from .* cost least"
        ):
            plan(POINT, loss=2.0).at_size(1e6)
        with pytest.raises(PlanError, match="can't answer this plan"):
            plan(POINT, compute=1e22, inference_tokens=1e12, hold="total").at_size(1e11)

    @pytest.mark.parametrize("compute", [1e18, 1e20, 5.76e23, 1e26])
    @pytest.mark.parametrize("served", [0.0, 1e12])
    def test_the_recommended_size_lies_in_the_range_and_says_why(self, compute: float, served: float) -> None:
        exact = plan(POINT, compute=compute, inference_tokens=served)
        built = exact.recommend()
        assert exact.near_optimal[0] <= built.N <= exact.near_optimal[1]
        assert built.total_flop <= exact.total_flop * 1.01 * (1 + 1e-9)
        assert built.reason.endswith(".")
        assert len([s for s in built.reason.split(". ") if s]) == 2
        assert built.reason in built.summary()
        assert built.fit is exact.fit

    def test_shapes_are_whole_blocks_of_usual_proportions(self) -> None:
        found = shapes(0.9e9, 1.1e9)
        assert found
        for N, layers, width in found:
            assert 12 * layers * width**2 == N
            assert 0.9e9 <= N <= 1.1e9
            assert width % HEAD == 0
            assert ASPECTS[0] <= width / layers <= ASPECTS[1]


def test_a_plan_reads_as_text_html_and_data() -> None:
    answer = plan(POINT, compute=1e22, demand=SERVED, hardware=CARD)
    assert "Tokens per parameter" in answer.summary()
    assert "Training and serving" in answer._repr_html_()
    data = answer.to_dict()
    assert data["N"] == answer.N
    assert data["baseline"]["N"] == answer.baseline.N  # type: ignore[union-attr]
    assert data["hold"] == "quality"
