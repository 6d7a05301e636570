"""Every declared planner answers, broadcasts, is recorded, rests on what it says, and gives what its functions give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.declare import Variable
from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace
from scalewidgets.planning.planner import Planner, planner, planners
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

PLANNERS = planners()
every_planner = pytest.mark.parametrize("asked", PLANNERS.values(), ids=PLANNERS.keys())


def between(variable: Variable, share: Any) -> Any:
    if variable.scale == "log":
        return np.exp(np.log(variable.low) * (1 - share) + np.log(variable.high) * share)
    return variable.low * (1 - share) + variable.high * share


def typical(asked: Planner) -> dict[str, float]:
    return {v.symbol: v.typical if v.typical is not None else float(between(v, 0.5)) for v in asked.variables}


def values(asked: Planner) -> dict[str, float]:
    return dict(asked.fits(asked.law)[0].values)


def test_a_key_means_one_thing_in_the_whole_catalogue() -> None:
    assert not set(PLANNERS) & (set(laws()) | set(published_fits()))
    assert all(asked.key == key and asked.topic for key, asked in PLANNERS.items())


@every_planner
def test_every_answer_at_the_typical_place_is_a_number_that_makes_sense(asked: Planner) -> None:
    found = asked.answer(**typical(asked))
    for answer in asked.answers:
        assert answer.allows(np.asarray(found[answer.symbol])).all(), answer.symbol
        assert answer.low <= found[answer.symbol] <= answer.high, answer.symbol


@every_planner
def test_many_questions_at_once_have_the_answers_of_each(asked: Planner) -> None:
    at, known = typical(asked), values(asked)
    for variable in asked.variables:
        # a little off the ends, which may be excluded
        row = between(variable, np.array([0.2, 0.45, 0.7]))
        together = asked.function(*({**at, variable.symbol: row}[v.symbol] for v in asked.variables), **known)
        for i, value in enumerate(row):
            alone = asked.function(*({**at, variable.symbol: value}[v.symbol] for v in asked.variables), **known)
            for answer in asked.answers:
                one = np.broadcast_to(together[answer.symbol], row.shape)[i]
                np.testing.assert_allclose(one, alone[answer.symbol], rtol=1e-6, err_msg=answer.symbol)


@every_planner
def test_an_answer_is_recorded_and_replayed_from_json(asked: Planner) -> None:
    at, known = typical(asked), values(asked)
    names = [v.symbol for v in asked.variables]

    def function(**given: Any) -> dict[str, Any]:
        found = asked.function(*(given[name] for name in names), **{name: given[name] for name in known})
        return {answer.symbol: found[answer.symbol] for answer in asked.answers}

    graph = trace(function, dict.fromkeys([*names, *known], ()))
    replayed = Graph.from_json(json.loads(json.dumps(graph.to_json(), allow_nan=False)))(**at, **known)
    for name, value in function(**at, **known).items():
        np.testing.assert_allclose(replayed[name], value, rtol=1e-9, err_msg=name)


@every_planner
def test_the_first_answer_rises_with_what_is_declared(asked: Planner) -> None:
    at, known = typical(asked), values(asked)
    for symbol in asked.rises:
        grid = between(asked.law.variable(symbol), np.linspace(0.02, 0.98, 40))
        found = asked.law(**{**at, symbol: grid}, **known)
        finite = found[np.isfinite(found)]
        assert len(finite) >= 20, symbol
        # a search knows a share to about a thousandth of its range
        assert (np.diff(finite) >= -1e-3 * np.ptp(finite)).all(), symbol
        assert finite[-1] > finite[0], symbol


@every_planner
def test_a_set_of_coefficients_says_whose_it_is_and_what_in_it_is_no_paper_s(asked: Planner) -> None:
    for fit in asked.fits(asked.law):
        assert list(fit.values) == list(asked.law.names)
        if not asked.sets:
            assert fit.source.verified == "illustrative"
            continue
        papers = [sw.published(key.partition("@")[0]) for key in fit.key.split("+")]
        theirs = {name for paper in papers for name in paper.values}
        own = [
            each.name
            for each in asked.coefficients
            if each.name not in theirs and each.name.rpartition("_")[0] not in theirs
        ]
        assert all(any(name in note for note in fit.source.notes if "No paper's" in note) for name in own)
        assert fit.source.verified == papers[0].source.verified


@pytest.mark.parametrize(
    ("key", "asked", "answers"),
    [
        ("best-sparsity", {"C": 1e21, "N": 1e9}, {"S": 0.623, "L": 2.27835, "L_1": 2.30396}),
        ("best-granularity", {"C": 1e20, "w": 1024.0, "n": 16.0}, {"N": 43 * 12 * 16 * 1024.0**2}),
        ("dense-twin", {"N": 5e6, "E": 128.0}, {"N_1": 51.8e6}),
        ("best-vocabulary", {"N_nv": 7e9, "C": 7.05e21}, {"V": 59542.0, "s": 0.0337}),
        ("vocabulary-by-derivative", {"N_nv": 7e9}, {"V": 67450.0}),
        ("training-settings", {"N": 1e9, "D": 1e11}, {"lr": 0.001662, "B": 1.107e6, "s": 540.8, "S": 90300.0}),
        ("samples-for-coverage", {"c": 0.9}, {"k": 364.0}),
        ("size-for-samples", {"M": 14.0, "R": 0.79}, {"m": 63.367}),
        ("size-for-samples", {"M": 14.0, "R": 22.0}, {"m": 15.773}),
        ("best-draft", {"a": 0.8}, {"g": 8.0}),
        ("quantised-share", {"D": 1e11, "N": 1e9, "P": 4.0}, {"f": 0.2808}),
        ("critical-tokens", {"N": 1e9, "P_e": 4.0, "P_m": 3.0, "G": 128.0}, {"D": 2.733e13}),
        ("data-efficiency", {"D": 209.7e6}, {"t": 2.2494}),
        ("ensemble-size", {"L": 3.39, "A": 0.25, "alpha": 1.0, "E": 3.34}, {"K": 5.0}),
        ("pruning-plan", {"s": 0.8, "N": 1.14e9, "D": 200.4e9}, {"N_1": 0.455e9, "N_2": 0.228e9}),
        ("training-memory", {"r": 128.0, "w": 4096.0}, {"s": 0.52}),
        ("extra-training", {"C": 2.53e24}, {"C_1": 5.06e24, "g": 1.9968}),
        ("matching-images", {"n": 1e8, "k_1": 0.5, "k_2": 0.25, "loss_1": 1.0, "loss_2": 1.0}, {"m": 1e10}),
        ("best-kl", {"kl": 20.0, "alpha": 1.0, "beta": 0.3}, {"R_1": 3.09368, "kl_1": 10.3123**2}),
        ("best-compressor", {"S": 1e12, "A": 2.0, "alpha": 0.2, "b": 2.0}, {"N": 2.62e9}),
    ],
)  # fmt: skip
def test_a_planner_answers_what_the_functions_behind_it_are_known_to(
    key: str, asked: dict[str, float], answers: dict[str, float]
) -> None:
    found = planner(key).answer(**asked)
    for symbol, value in answers.items():
        assert float(found[symbol]) == pytest.approx(value, rel=5e-3), symbol


def test_the_best_mixture_of_two_is_least_among_all_that_the_cap_allows() -> None:
    asked = planner("best-mixture")
    known = values(asked)
    for weight, cap in ((0.5, 0.1), (0.2, 0.02), (0.9, 0.5)):
        found = asked.answer(w=weight, x=cap)
        r = np.linspace(0.0, 1.0, 20001)
        one, two = (
            known[f"c_{i}"] + known[f"k_{i}"] * np.exp(known[f"t_{i}"] * own) for i, own in (("I", r), ("II", 1 - r))
        )
        weighed = np.where(two <= (1 + cap) * two[0] * (1 + 1e-12), weight * one + (1 - weight) * two, np.inf)
        assert float(found["r"]) == pytest.approx(r[np.argmin(weighed)], abs=2e-4)
        assert float(found["L_2"]) <= (1 + cap) * two[0] * (1 + 1e-9)


def test_pools_are_kept_as_the_search_over_given_pools_keeps_them() -> None:
    from scalewidgets.planning.filtering import best_pool

    known = values(planner("best-pool"))
    b = known["b"] * known["fall"] ** np.arange(6)
    for n in (1e7, 3e7, 2.56e8, 5e9):
        direct = best_pool(n, bucket=12.8e6, b=b, tau=np.full(6, known["tau"]), a=known["a"], d=known["d"])
        found = planner("best-pool").answer(n=n, m=12.8e6)
        assert (float(found["p"]), float(found["y"])) == pytest.approx((float(direct["keep"]), float(direct["error"])))


def test_what_a_planner_cannot_take_is_named() -> None:
    with pytest.raises(
        UnknownName, match="the catalogue has no planner 'best-vocabulry'.*Did you mean 'best-vocabulary'"
    ):
        planner("best-vocabulry")
    with pytest.raises(DomainError, match="N = -1 is not allowed"):
        planner("best-sparsity").answer(C=1e21, N=-1.0)
    with pytest.raises(DomainError, match="also needs N"):
        planner("best-sparsity").answer(C=1e21)
    asked = planner("best-vocabulary")
    with pytest.raises(UnknownName, match="planner 'best-vocabulary' has no coefficient"):
        asked.taking(asked.law, {"": sw.published("sun2025")})


def test_a_fit_of_one_s_own_takes_the_place_of_the_paper_s() -> None:
    asked, paper = planner("best-sparsity"), sw.published("abnar2025")
    mine = asked.taking(asked.law, {"": paper.with_values(a=2 * paper.values["a"])})
    assert mine.values["a"] == 2 * paper.values["a"]
    assert mine.key == ""


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("e", "f"), [(0.02, 0.3), (0.1, 0.5), (0.18848, 1.0), (0.35, 0.15)])
def test_the_examples_for_an_error_have_that_error(e: float, f: float, place: float) -> None:
    from scalewidgets.planning.data_pruning import error_of_kept, examples_for

    exact = examples_for(e, f, place)
    found = error_of_kept(exact["alpha_total"], f, place)
    assert float(found["error"]) == pytest.approx(e, rel=1e-10)
    assert float(found["margin"]) == pytest.approx(float(exact["margin"]), rel=1e-8)
    fast = planner("pruned-data").answer(e=e, f=f, place=place)
    assert float(fast["P"]) == pytest.approx(float(exact["alpha_total"]), rel=1e-3)


def test_hard_examples_save_most_where_errors_are_small_and_easy_ones_where_they_are_large() -> None:
    def kept(e: float, place: float) -> float:
        return float(planner("pruned-data").answer(e=e, f=0.4, place=place)["a"])

    assert kept(0.05, 0.0) < kept(0.05, 1.0)
    assert kept(0.3, 0.0) > kept(0.3, 1.0)
