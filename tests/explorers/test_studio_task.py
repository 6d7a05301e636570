"""The Studio's task error: the library's number, of one corpus or of the user's pairs, and nothing when it is off."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.costs.chips import chip
from scalewidgets.errors import RunsError, StateError
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_task import CONTROL, OFF, OWN
from scalewidgets.explorers.studio_task_fits import TASKS, all_in_size_and_data, fit_of_pairs, in_size_and_data
from scalewidgets.explorers.texts import cards_html, sentences
from scalewidgets.faces.address import from_address
from scalewidgets.faces.share import link
from scalewidgets.fits.fit import Fit
from scalewidgets.live.program import graph_of, settings_of, whole_state_of
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.published_fits.loading import published
from tests.live.scripts import assert_equal_numbers, replay

CORPORA = ("c4", "redpajama", "refinedweb")
FULL = published("besiroglu2024")
FEW: Fit = replace(FULL, draws={name: draw[:20] for name, draw in (FULL.draws or {}).items()})
ON_C4 = replace(FEW, key="", source=replace(FEW.source, corpus="C4, models trained on C4"))
PAIRS = [(2.1, 0.57), (2.5, 0.46), (3.0, 0.37), (3.5, 0.29), (4.0, 0.25), (4.6, 0.22)]
OWN_FIT = fit_of_pairs(PAIRS)
LARGEST_GRAPH = 100_000


def card(ex: Studio) -> dict[str, float]:
    return {part: float(number) for part, number in ex.frames()["cards"]["task_error"].items()}


def said(ex: Studio, start: str) -> list[str]:
    return [line for line in sentences(ex, ex.frames()) if line.startswith(start)]


@pytest.mark.parametrize("tasks", TASKS)
@pytest.mark.parametrize("corpus", CORPORA)
def test_the_card_is_the_published_law_at_the_loss_of_the_plan(corpus: str, tasks: int) -> None:
    error = published(f"gadre2024-error{tasks}-{corpus}")
    ex = Studio(f"gadre2024-{corpus}", compute=1e19, tasks=tasks)
    for state in ({}, {"bits": 8.0, "inference_tokens": 1e12}, {"deploy_bits": 4.0, "cooldown": 0.2, "counted": 1.0}):
        ex.apply(state)
        assert card(ex)["value"] == pytest.approx(float(error(L=ex.plan.loss)), rel=1e-9)
    assert ex.task_fit is error
    assert np.isnan(card(ex)["low"]), "neither fit has draws"
    assert said(ex, f"Task error is the mean over {tasks} tasks")
    assert 'data-card="task_error"' in cards_html(ex, ex.frames())


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_fit_over_compute_is_the_same_over_size_and_data(corpus: str) -> None:
    fit = published(f"gadre2024-{corpus}")
    turned = in_size_and_data(fit.key)
    N, D = np.geomspace(1e7, 1e10, 5)[:, None], np.geomspace(1e9, 1e12, 4)
    np.testing.assert_allclose(turned(N=N, D=D), fit(C=6 * N * D, M=D / N), rtol=1e-12)
    assert turned is in_size_and_data(fit.key) is all_in_size_and_data()[fit.name]
    assert in_size_and_data(FEW) is FEW


def test_draws_of_the_loss_give_the_error_an_interval() -> None:
    ex = Studio(ON_C4, compute=1e22, tasks=17)
    error = published("gadre2024-error17-c4")
    low, high = (float(error(L=end)) for end in ex.plan.interval("loss") or ())
    # the error rises with the loss, so bounds go to bounds, but for interpolating between draws
    assert (card(ex)["low"], card(ex)["high"]) == pytest.approx((low, high), rel=1e-4)
    assert "its interval is that of the loss alone" in said(ex, "Task error is")[0]


@pytest.mark.parametrize(
    ("base", "covered"),
    [(FEW, "its interval is that of loss and pairs"), ("hoffmann2022", "its interval is that of the pairs alone")],
)
def test_pairs_of_ones_own_are_fitted_and_their_draws_carried(base: Any, covered: str) -> None:
    ex = Studio(base, compute=1e22)
    fit = ex.task_scores(PAIRS)
    assert ex.tasks == OWN and ex.task_fit is fit is ex.task_pairs
    found = card(ex)
    assert found["value"] == pytest.approx(float(fit(L=ex.plan.loss)), rel=1e-9)
    assert found["low"] < found["value"] < found["high"]
    (line,) = said(ex, f"Task error comes from your {len(PAIRS)} pairs")
    assert covered in line
    ex.compute = 1e26
    assert said(ex, "The loss lies outside")


@pytest.mark.parametrize(
    "table",
    [
        {"loss": [p[0] for p in PAIRS], "score": [p[1] for p in PAIRS]},
        {"L": [p[0] for p in PAIRS], "Err": [1 - p[1] for p in PAIRS]},
        [{"Loss": loss, "Accuracy": score} for loss, score in PAIRS],
        OWN_FIT,
    ],
    ids=["score", "error", "rows", "fit"],
)
def test_pairs_come_in_many_forms(table: Any) -> None:
    assert fit_of_pairs(table).values == pytest.approx(OWN_FIT.values, rel=1e-6)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"loss": [2.0, 3.0], "x": [0.5, 0.4]}, "'score' or 'error'"),
        (
            [(2.0, 55.0), (2.5, 45.0), (3.0, 36.0)],
            "row 1, column 'score': 55 is not allowed; scores and errors are shares",
        ),
        ([1.0, 2.0], "two numbers"),
        (FULL, "chinchilla"),
    ],
)
def test_pairs_that_can_not_be_used_say_why(table: Any, why: str) -> None:
    with pytest.raises((RunsError, StateError), match=why):
        fit_of_pairs(table)


@pytest.mark.parametrize("base", [FEW, "krajewski2024-dense", "hoffmann2022"])
def test_another_corpus_is_refused_in_a_sentence(base: Any) -> None:
    ex = Studio(base, tasks=17)
    (line,) = said(ex, "Task error is not shown")
    assert ex.fit.name in line and "“Gadre 2024, RefinedWeb”" in line
    assert ex.task_fit is None and "task_error" not in cards_html(ex, ex.frames())
    ex.fit = "gadre2024-c4"
    assert not said(ex, "Task error is not shown")
    ex.tasks = "own"
    assert "ex.task_scores(table)" in said(ex, "Task error is not shown")[0]
    assert "one corpus" in CONTROL.help


def test_tasks_that_nobody_published_are_refused() -> None:
    with pytest.raises(StateError, match="17, 46"):
        Studio(tasks=20)


@pytest.mark.parametrize("hold", HOLDS)
def test_what_the_task_error_adds_changes_no_other_number(hold: str) -> None:
    state = {"compute": 1e22, "hold": hold, "inference_tokens": 1e12, "bits": 8.0, "deploy_bits": 4.0}
    off, on = Studio(ON_C4, **state), Studio(ON_C4, **state, tasks=46, task_scores=OWN_FIT)
    for ex in (off, on):
        ex.pin()
        ex.compute = 3e22
    expected = flatten(off.frames())
    for path, value in flatten(on.frames()).items():
        if "task" not in path:
            np.testing.assert_allclose(value, expected[path], rtol=1e-12, equal_nan=True, err_msg=path)
    assert card(off)["value"] == 0.0 and float(off.frames()["notes"]["task"]) == 0.0
    assert "task" not in off.code()


def test_graphs_with_the_task_error_stay_small_and_replay_from_json_and_in_node() -> None:
    asked = []
    for ex in (Studio(ON_C4), Studio(FEW, task_scores=OWN_FIT), Studio("gadre2024-c4", task_scores=OWN_FIT)):
        stored = json.dumps(ex.graph().to_json(), allow_nan=False)
        assert len(stored) < LARGEST_GRAPH
        graph, states = Graph.from_json(json.loads(stored)), []
        for tasks in (OFF, 17.0, 46.0, OWN):
            ex.apply({"tasks": tasks, "compute": 1e20 * (1 + tasks)})
            states.append((dict(ex.inputs), flatten(ex.frames())))
            ex.pin()
        asked.append((graph, states))
    answers = replay([(graph, [inputs for inputs, _ in states]) for graph, states in asked])
    for (graph, states), answer in zip(asked, answers, strict=True):
        for (inputs, frames), found in zip(states, answer, strict=True):
            direct = graph(**inputs)
            for path in (each for each in frames if "task" in each):
                assert_equal_numbers(np.ravel(direct[path]), frames[path], rtol=1e-11, atol=1e-11, what=path)
                assert_equal_numbers(found[path], frames[path], rtol=1e-6, atol=1e-9, what=path)


def test_the_largest_graph_of_the_studio_stays_small() -> None:
    runs = sw.simulate(FULL, N=np.geomspace(1e8, 1e10, 4)[:, None], D=np.geomspace(2e9, 2e11, 4), noise=0.01, seed=0)
    reached = {"train_utilisation": 0.4, "prefill_utilisation": 0.4, "decode_utilisation": 0.1}
    ex = Studio(runs=runs, task_scores=OWN_FIT, hardware=chip("H100").hardware(**reached))
    ex.refit.wait()
    assert ex.fit.draws is not None
    assert len(json.dumps(ex.graph().to_json(), allow_nan=False)) < LARGEST_GRAPH


def test_tasks_and_coefficients_of_one_law_share_a_graph() -> None:
    names = {graph_of(Studio(f"gadre2024-{corpus}", tasks=tasks))[0] for corpus in CORPORA for tasks in (0, *TASKS)}
    assert len(names | {graph_of(Studio("hoffmann2022"))[0]}) == 1


def test_errors_on_other_tasks_are_not_compared() -> None:
    ex = Studio("gadre2024-c4", compute=1e19, tasks=17)
    ex.pin()
    ex.compute = 1e20
    now, a = (float(ex.task_fit(L=s.plan.loss)) for s in (ex, Studio("gadre2024-c4", compute=1e19)))  # type: ignore[misc]
    assert card(ex)["change"] == pytest.approx(now - a, rel=1e-9)
    ex.tasks = 46
    assert np.isnan(card(ex)["change"]) and card(ex)["pinned"] == pytest.approx(a, rel=1e-9)
    assert "not comparable" in cards_html(ex, ex.frames())


@pytest.mark.parametrize("tasks", [0, 17, 46, "own"])
def test_settings_page_and_share_link_bring_back_the_state(tasks: Any) -> None:
    ex = Studio("gadre2024-redpajama", compute=1e20, task_scores=OWN_FIT, tasks=tasks)
    ex.pin()
    ex.compute = 2e20
    again, told, opened = (Studio(task_scores=OWN_FIT) for _ in range(3))
    again.apply(ex.settings())
    told.apply(settings_of(told, json.loads(json.dumps(whole_state_of(ex)))))
    assert from_address(opened, dict(parse_qsl(link(ex, {}).removeprefix("?")))) == []
    assert again.settings() == told.settings() == ex.settings()
    assert (opened.tasks, opened.fit, card(opened)["value"]) == (ex.tasks, ex.fit, card(ex)["value"])
    assert "0.57" not in link(ex, {}), "pairs are never part of a link"


def test_code_recreates_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for ex in (Studio("gadre2024-c4", tasks=46, compute=1e20), Studio("hoffmann2022", tasks="own", task_scores=PAIRS)):
        if ex.task_pairs is not None:
            ex.task_pairs.save("pairs.json")
        made: dict[str, Any] = {}
        exec(ex.code(), made)
        assert made["ex"].settings() == ex.settings()
        for name, value in ex.inputs.items():
            np.testing.assert_array_equal(made["ex"].inputs[name], value, err_msg=name)


def test_a_page_has_the_coefficients_but_not_the_pairs() -> None:
    ex = Studio("hoffmann2022", tasks="own", task_scores=PAIRS)
    ex.pin()
    given = ex.giveaway()
    assert given.task_pairs is not None and given.task_pairs.runs is None
    assert card(given) == pytest.approx(card(ex), nan_ok=True)
    kept = ex.giveaway(include_runs=True).task_pairs
    assert kept is not None and ex.task_pairs is not None and kept.runs is ex.task_pairs.runs is not None


def test_the_brief_and_the_table_hold_the_task_error() -> None:
    ex = Studio("gadre2024-c4", compute=1e19, tasks=17)
    rows = {row["quantity"]: row for row in ex.table}
    assert rows["Task error"]["value"] == pytest.approx(card(ex)["value"])
    assert "Task error is the mean over 17 tasks" in ex.brief()
    assert sw.studio("gadre2024-c4", tasks=17).fit.law.key == "chinchilla"
