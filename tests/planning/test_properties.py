"""What holds for any budget, demand and coefficients: plans stay where held, frontiers rise, files keep everything."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scalewidgets import ops
from scalewidgets.declare import Citation, Law
from scalewidgets.errors import Caution, FitError, PlanError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible
from scalewidgets.planning.plan import plan
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law
from scalewidgets.runs import simulate

OURS = Source(Citation("ours"), "fitted")


def spread(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw numbers evenly in their logarithm."""
    return st.floats(np.log(low), np.log(high)).map(lambda x: float(np.exp(x)))


budgets = spread(1e18, 1e27)
demands = spread(1e8, 1e15)
chinchillas = st.fixed_dictionaries(
    {
        "E": st.floats(0.3, 3.0),
        "A": spread(50, 5000),
        "B": spread(50, 5000),
        "alpha": st.floats(0.2, 0.6),
        "beta": st.floats(0.2, 0.6),
    }
).map(lambda values: Fit(law("chinchilla"), values, OURS))
fits = st.one_of(
    chinchillas, st.sampled_from([replace(published(key), draws=None) for key in ("hoffmann2022", "kaplan2020-nd")])
)


@given(fits, budgets)
def test_a_training_only_plan_lies_on_its_budget(fit: Fit, compute: float) -> None:
    answer = plan(fit, compute=compute)
    assert answer.training_flop == pytest.approx(compute, rel=1e-9)
    assert answer.loss == pytest.approx(float(fit(N=answer.N, D=answer.D)), rel=1e-12)
    assert answer.near_optimal[0] < answer.N < answer.near_optimal[1]


@given(fits, budgets, demands)
def test_a_plan_that_knows_its_demand_has_its_quality_and_costs_no_more(
    fit: Fit, compute: float, served: float
) -> None:
    answer = plan(fit, compute=compute, inference_tokens=served)
    baseline = answer.baseline
    assert baseline is not None
    assert float(fit(N=answer.N, D=answer.D)) == pytest.approx(baseline.loss, rel=1e-9)
    assert answer.total_flop <= baseline.total_flop * (1 + 1e-9)
    assert answer.training_flop >= compute * (1 - 1e-9)


@given(fits, budgets, demands)
def test_a_plan_for_a_total_stays_within_it(fit: Fit, compute: float, served: float) -> None:
    answer = plan(fit, compute=compute, inference_tokens=served, hold="total")
    assert answer.total_flop == pytest.approx(compute, rel=1e-6)
    assert answer.total_flop <= compute * (1 + 1e-9)
    baseline = answer.baseline
    assert baseline is not None
    assert answer.loss >= baseline.loss * (1 - 1e-12)


@given(fits, budgets, demands, spread(1.01, 1e4))
def test_more_demand_never_makes_the_model_larger_at_equal_quality(
    fit: Fit, compute: float, served: float, more: float
) -> None:
    few = plan(fit, compute=compute, inference_tokens=served)
    many = plan(fit, compute=compute, inference_tokens=served * more)
    assert many.N <= few.N * (1 + 1e-6)
    assert many.D >= few.D * (1 - 1e-6)


@given(chinchillas, budgets, spread(1.001, 1e6))
def test_the_frontier_rises_and_its_loss_falls(fit: Fit, compute: float, more: float) -> None:
    small, large = plan(fit, compute=compute), plan(fit, compute=compute * more)
    assert large.N > small.N
    assert large.D > small.D
    assert large.loss <= small.loss


@given(fits, budgets)
@settings(max_examples=5)
def test_enough_unique_tokens_change_nothing(fit: Fit, compute: float) -> None:
    free = plan(fit, compute=compute)
    limited = plan(fit, compute=compute, unique_tokens=free.D * 1e6)
    assert limited.loss == pytest.approx(free.loss, rel=1e-9)
    assert pytest.approx([free.N, free.D], rel=1e-4) == [limited.N, limited.D]
    assert limited.epochs == 1.0


@given(chinchillas, budgets, st.floats(0.01, 0.9))
@settings(max_examples=5)
def test_scarce_unique_tokens_never_lower_the_loss(fit: Fit, compute: float, share: float) -> None:
    free = plan(fit, compute=compute)
    assert plan(fit, compute=compute, unique_tokens=free.D * share).loss >= free.loss * (1 - 1e-9)


@given(chinchillas, budgets)
def test_a_plan_for_a_loss_undoes_a_plan_for_a_budget(fit: Fit, compute: float) -> None:
    there = plan(fit, compute=compute)
    assume(there.loss > fit.values["E"] * (1 + 1e-4))
    back = plan(fit, loss=there.loss)
    assert back.training_flop == pytest.approx(compute, rel=1e-5)
    assert pytest.approx(there.N, rel=1e-3) == back.N


@given(chinchillas, st.floats(0.1, 0.999))
def test_a_loss_below_the_irreducible_one_has_no_plan(fit: Fit, share: float) -> None:
    with pytest.raises(PlanError, match="reaches no loss"):
        plan(fit, loss=fit.values["E"] * share)


def own_kernel(N: object, D: object, *, E: object, A: object, alpha: object) -> object:
    return E + A * ops.exp(-alpha * ops.logaddexp(ops.log(N), ops.log(D)))


MINE = Law(
    own_kernel,
    "mine",
    title="Mine",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS),
    coefficients=(irreducible("E"), amplitude("A"), exponent("alpha")),
    citation=Citation("mine2026", authors="Me", year=2026),
    notes=("A note.",),
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=20)


@st.composite
def any_fits(draw: st.DrawFn) -> Fit:
    form = draw(st.sampled_from([law("chinchilla"), law("kaplan-n"), MINE]))
    count = draw(st.integers(1, 5))
    drawn = {name: np.array(draw(st.lists(numbers, min_size=count, max_size=count))) for name in form.names}
    record = Record("surface", "huber", 1e-3, draw(numbers), 245, 20, 20, count, 0, "abc", "0.1.0")
    return Fit(
        law=form,
        values={name: draw(numbers) for name in form.names},
        source=Source(
            Citation(draw(texts), arxiv=draw(texts)),
            draw(st.sampled_from(["fitted", "paper"])),
            ranges={"N": (1e6, 1e9)},
            notes=(draw(texts),),
        ),
        key=draw(texts),
        title=draw(texts),
        draws=draw(st.sampled_from([None, drawn])),
        noise=draw(st.sampled_from([None, np.array([0.1 + 0.2] * count)])),
        record=draw(st.sampled_from([None, record])),
        warnings=(Caution("key", draw(texts), draw(texts)),),
    )


@given(any_fits())
def test_a_saved_fit_comes_back_whole(fit: Fit) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fit.json"
        fit.save(path)
        back = Fit.load(path)
        back.save(Path(folder) / "again.json")
        assert (Path(folder) / "again.json").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert back.values == fit.values
    for name in ("source", "key", "title", "record", "warnings"):
        assert getattr(back, name) == getattr(fit, name), name
    assert (back.draws is None) == (fit.draws is None)
    for name in fit.draws or {}:
        np.testing.assert_array_equal(back.draws[name], fit.draws[name])  # type: ignore[index]
    assert (back.noise is None and fit.noise is None) or np.array_equal(back.noise, fit.noise)  # type: ignore[arg-type]
    assert (back.law is fit.law) == (fit.law is not MINE)


MY_FIT = Fit(MINE, {"E": 1.5, "A": 400.0, "alpha": 0.3}, OURS)


def test_a_law_that_is_not_in_the_catalogue_is_stored_as_its_graph_and_works_like_any_other(tmp_path: Path) -> None:
    fit = replace(MY_FIT, runs=simulate(MY_FIT, N=[1e8, 1e9], D=[2e9, 2e10], noise=0.01, seed=0))
    fit.save(tmp_path / "fit.json")
    back = Fit.load(tmp_path / "fit.json")
    N, D = np.geomspace(1e6, 1e12, 20), np.geomspace(1e12, 1e7, 20)
    np.testing.assert_allclose(back(N=N, D=D), fit(N=N, D=D), rtol=1e-14)
    assert back.law.latex() == fit.law.latex()
    assert back.law.portable
    assert back.runs == fit.runs
    loss = float(fit(N=1e9, D=2e9))
    assert pytest.approx(plan(fit, loss=loss).D, rel=1e-12) == plan(back, loss=loss).D
    fit.save(tmp_path / "bare.json", include_runs=False)
    assert Fit.load(tmp_path / "bare.json").runs is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "can't be read"),
        ("{", "is not JSON"),
        ("[]", "its format is 'list'; this version reads 'scalewidgets-fit/1'"),
        ('{"format": "x"}', "its format is 'x'"),
        ('{"format": "scalewidgets-fit/1"}', "is not a complete fit: KeyError"),
    ],
)
def test_a_file_that_is_no_fit_is_refused_by_name(text: str | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(FitError, match=rf"fit\.json.*{sentence}"):
        Fit.load(path)


@pytest.mark.parametrize(
    ("path", "value"),
    [(["values"], {"E": 1.0}), (["draws"], {"E": ["x"]}), (["law", "graphs", "kernel", "nodes", 0, 0], "erf")],
)
def test_a_damaged_fit_is_refused(path: list[str | int], value: object, tmp_path: Path) -> None:
    MY_FIT.save(tmp_path / "fit.json")
    data = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))
    *folders, last = path
    place = data
    for step in folders:
        place = place[step]
    place[last] = value
    (tmp_path / "fit.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(FitError, match=r"fit\.json"):
        Fit.load(tmp_path / "fit.json")
