"""Values of card L5 follow from plans: what the released code of Sardana et al. prints for its examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import pytest

from scalewidgets.costs import Demand, Hardware, Lifetime, lifetime
from scalewidgets.fits.source import LEVELS
from scalewidgets.planning.plan import Plan, plan
from scalewidgets.published_fits.loading import published

from .printed import as_printed, best_tokens, loss

SET = "hoffmann2022-rounded3"
# Card L5: trained on A100-80 in bf16 at $1.40 an hour, served on A100-40 in int8 at $0.60; peaks in FLOP/s.
A100S = Hardware(
    train_peak=312e12,
    serve_peak=624e12,
    train_utilisation=0.5,
    prefill_utilisation=0.4,
    decode_utilisation=0.2,
    train_price=1.40,
    serve_price=0.60,
)
SERVED_30B = Demand(requests=1e9, prompt=500, generated=100)


def quality_of(N: float) -> float:
    """Return the loss of a model of size N trained on as many tokens as make it the best for its budget."""
    return loss(SET, N=N, D=best_tokens(SET, N))


PLANS: Mapping[str, Callable[[], Plan]] = {
    "2T tokens": lambda: plan(SET, loss=1.947, inference_tokens=2e12),
    "dollars": lambda: plan(SET, loss=1.947, demand=Demand(requests=1e10, prompt=1000, generated=250), hardware=A100S),
    "13B quality": lambda: plan(SET, loss=quality_of(13e9), inference_tokens=2e12),
    "7B quality": lambda: plan(SET, loss=quality_of(7e9), inference_tokens=1e11),
    "30B quality": lambda: plan(SET, loss=quality_of(30e9)).at_size(16e9),
}


@cache
def made(name: str) -> Plan:
    return PLANS[name]()


def baseline(of: Plan) -> Plan:
    assert of.baseline is not None
    return of.baseline


ASPECTS: Mapping[str, Callable[[Plan], float]] = {
    "N": lambda p: p.N,
    "D": lambda p: p.D,
    "baseline N": lambda p: baseline(p).N,
    "baseline D": lambda p: baseline(p).D,
    "N / baseline": lambda p: p.N / baseline(p).N,
    "D / baseline": lambda p: p.D / baseline(p).D,
    "cost / baseline": lambda p: p.lifetime.total / baseline(p).lifetime.total,
    "FLOP saved": lambda p: baseline(p).total_flop - p.total_flop,
    "share saved": lambda p: 1 - p.total_flop / baseline(p).total_flop,
}


class Row(NamedTuple):
    plan: str
    aspect: str
    printed: str
    level: str

    def __str__(self) -> str:
        return f"{self.plan}: {self.aspect} = {self.printed}"


ROWS = [
    Row("2T tokens", "N", "2.418e10", "repository"),
    Row("2T tokens", "D", "2.657e12", "repository"),
    Row("2T tokens", "N / baseline", "70.96%", "repository"),
    Row("2T tokens", "D / baseline", "146.77%", "repository"),
    Row("2T tokens", "cost / baseline", "95.22%", "repository"),
    Row("2T tokens", "baseline N", "3.408e10", "repository"),
    Row("2T tokens", "baseline D", "1.81e12", "repository"),
    Row("dollars", "N", "2.053e10", "repository"),
    Row("dollars", "D", "3.302e12", "repository"),
    Row("dollars", "N / baseline", "60.23%", "repository"),
    Row("dollars", "D / baseline", "182.41%", "repository"),
    Row("dollars", "cost / baseline", "88.76%", "repository"),
    Row("13B quality", "N", "6.97e9", "recomputed"),
    Row("13B quality", "D", "1.248e12", "recomputed"),
    Row("13B quality", "FLOP saved", "1.69e22", "recomputed"),
    Row("13B quality", "share saved", "17.45%", "recomputed"),
    Row("13B quality", "N", "7B", "second-hand"),
    Row("13B quality", "FLOP saved", "1.7e22", "second-hand"),
    Row("13B quality", "share saved", "17%", "second-hand"),
    Row("7B quality", "N", "6.00e9", "recomputed"),
    Row("7B quality", "D / baseline", "1.176", "recomputed"),
    Row("7B quality", "N", "6B", "second-hand"),
    Row("7B quality", "D / baseline", "1.18", "second-hand"),
    Row("30B quality", "D", "3.394T", "recomputed"),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_plan_gives_what_is_printed(row: Row) -> None:
    value, (number, tolerance) = ASPECTS[row.aspect](made(row.plan)), as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: planned {value!r}, {row.level}"
    assert row.level in LEVELS


def cost_of_30b() -> Lifetime:
    return lifetime(N=30e9, D=best_tokens(SET, 30e9), demand=SERVED_30B)


@pytest.mark.parametrize(
    ("what", "value", "printed"),
    [
        ("loss of 70B on 1T tokens", lambda: loss(SET, N=70e9, D=1e12), "1.947"),
        ("the same, all digits", lambda: loss(SET, N=70e9, D=1e12), "1.9472728"),
        ("loss of 13B on 1T tokens", lambda: loss(SET, N=13e9, D=1e12), "2.0174464"),
        ("tokens for which 30B is the best size", lambda: best_tokens(SET, 30e9), "1.556e12"),
        ("loss of that model", lambda: quality_of(30e9), "1.958253360475841"),
        ("FLOP of training it", lambda: cost_of_30b().training_flop, "2.801e23"),
        ("FLOP of training and serving it", lambda: cost_of_30b().total_flop, "3.161e23"),
    ],
)
def test_the_calculators_give_what_is_printed(what: str, value: Callable[[], float], printed: str) -> None:
    number, tolerance = as_printed(printed)
    assert abs(value() - number) <= tolerance, what


def test_the_cheapest_plan_meets_the_first_order_condition_of_the_card() -> None:
    chosen, c = made("2T tokens"), published(SET).values
    marginal = (c["alpha"] * c["A"] * chosen.N ** -c["alpha"]) / (c["beta"] * c["B"] * chosen.D ** -c["beta"])
    assert marginal == pytest.approx(1 + 2e12 / (3 * chosen.D), rel=1e-6)


def test_the_training_only_plan_for_a_loss_splits_the_reducible_loss_as_the_card_says() -> None:
    chosen, c = plan(SET, loss=1.947), published(SET).values
    reducible, exponents = 1.947 - c["E"], c["alpha"] + c["beta"]
    assert c["A"] * chosen.N ** -c["alpha"] == pytest.approx(reducible * c["beta"] / exponents, rel=1e-7)
    assert c["B"] * chosen.D ** -c["beta"] == pytest.approx(reducible * c["alpha"] / exponents, rel=1e-7)
