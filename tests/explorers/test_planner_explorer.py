"""Every planner has an explorer: finite frames, replayed equal from the graph, saved as a page, opened by its key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import UnknownName
from scalewidgets.explorers.planner_explorer import PlannerExplorer, planner_explorer
from scalewidgets.explorers.texts import texts
from scalewidgets.faces.gallery import from_query, gallery_html, to_query
from scalewidgets.live.packing import pack, unpack
from scalewidgets.live.program import bundle
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.planner import Planner, planner, planners
from tests.explorers.test_law_explorer import random_state
from tests.live.scripts import assert_equal_numbers, replay

PLANNERS = planners()
GALLERY = gallery_html()
every_planner = pytest.mark.parametrize("asked", PLANNERS.values(), ids=PLANNERS.keys())


@every_planner
def test_the_first_state_shows_every_answer_and_curves_that_can_be_seen(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    frames = ex.frames()
    assert {f"answer {answer.symbol}" for answer in asked.answers[1:]} <= set(frames["cards"])
    for card in ex.cards:
        if not card.when:
            assert np.isfinite(frames["cards"][card.name]["value"]), card.name
    for variable in asked.variables:
        tables = frames["tables"][f"by {variable.symbol}"]
        y = np.where(np.isfinite(tables["curve"]["y"]), tables["curve"]["y"], tables["beyond"]["y"])
        assert np.isfinite(y).mean() >= 0.5, variable.symbol
    moves = [np.ptp(frames["tables"][f"by {v.symbol}"]["curve"]["y"][5:-5]) for v in asked.variables]
    assert np.nanmax(moves) > 0, "something that is asked for makes a difference"
    for answer in asked.answers[1:]:
        assert np.isfinite(frames["tables"][f"answer {answer.symbol}"]["curve"]["y"]).mean() >= 0.5, answer.symbol


@every_planner
def test_frames_over_random_states_are_sane_and_equal_in_node(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    graph = Graph.from_json(json.loads(json.dumps(ex.graph().to_json(), allow_nan=False)))
    rng = np.random.default_rng(len(asked.key))
    ex.apply(random_state(ex, rng))
    frames = ex.frames()
    for view, axes in frames["ranges"].items():
        for axis, limits in axes.items():
            assert np.isfinite([limits["low"], limits["high"]]).all(), (view, axis)
            assert limits["low"] < limits["high"], (view, axis)
    replayed = graph(**ex.inputs)
    for path, value in flatten(frames).items():
        np.testing.assert_allclose(replayed[path], value, rtol=1e-9, atol=1e-12, equal_nan=True, err_msg=path)
    ((found,),) = replay([(graph, [dict(ex.inputs)])])
    # beside an end of its bracket a search finds the end or the point next to it
    near = {"rtol": 6e-3, "atol": 3e-4} if "argmin" in graph.ops() else {"rtol": 1e-7, "atol": 1e-12}
    for path, value in replayed.items():
        assert_equal_numbers(found[path], value, what=path, **near)


@every_planner
def test_settings_and_code_make_it_again(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    ex.apply(random_state(ex, np.random.default_rng(1)))
    settings = ex.settings()
    again = planner_explorer(asked)(settings.pop("fit") if ex.fit.key else settings.pop("fit") and None, **settings)
    assert again.settings() == ex.settings() == ex.twin().settings()
    assert f"sw.explore({asked.key!r}" in ex.code()


@pytest.mark.parametrize(
    "asked", {each.topic: each for each in PLANNERS.values()}.values(), ids=lambda each: each.topic
)
def test_what_a_page_takes_of_a_planner_of_every_topic_can_be_packed(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    data = unpack(pack(bundle(ex, [ex])))
    assert {control["input"] for control in data["controls"]} <= {"", *ex.inputs}
    assert all(set(each["taken"]) == {ex.names_of[name] for name in ex.law.names} for each in data["sets"].values())


@every_planner
def test_its_texts_say_whether_its_numbers_are_a_paper_s(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    html = texts(ex, ex.frames())
    assert ("Illustrative coefficients" in html["notes"]) == (not asked.sets)
    assert all(answer.label in html["cards"] for answer in asked.answers)


@pytest.mark.parametrize("asked", [each for each in PLANNERS.values() if len(each.sets) > 1], ids=lambda each: each.key)
def test_every_set_of_coefficients_can_be_chosen_and_named_in_code(asked: Planner) -> None:
    ex = planner_explorer(asked)()
    for fit in ex.sets[1:]:
        ex.fit = fit.key
        assert np.isfinite(ex.frames()["cards"]["response"]["value"]), fit.name
        assert f"sw.explore({fit.key!r}, view={asked.key!r}" in ex.code()
        same = sw.explore(fit.key, view=asked.key)
        assert same.settings() == ex.settings()


def test_a_key_a_planner_or_a_fit_of_the_law_behind_it_opens_the_explorer() -> None:
    assert isinstance(sw.explore("best-vocabulary"), PlannerExplorer)
    assert sw.explore(planner("best-vocabulary"), C="1e22").C == 1e22
    paper = sw.published("sun2025")
    mine = sw.explore(paper.with_values(B=2 * paper.values["B"]), view="critical-tokens")
    assert 2 * paper.values["B"] == mine.B
    assert mine.code_template()[1][:2] == ("fit", "view='critical-tokens'")
    assert sw.explore("sardana2024-all", view="best-in-time").fit.key == "sardana2024-all"
    with pytest.raises(UnknownName, match=r"sw\.explore has no view 'best-vocabulry'"):
        sw.explore("besiroglu2024", view="best-vocabulry")


def test_a_planner_is_saved_as_a_page_with_its_answers(tmp_path: Path) -> None:
    text = sw.explore("best-sparsity").save(tmp_path / "page.html", charts=["by_C"]).path.read_text(encoding="utf-8")
    assert "Best sparsity" in text
    assert "Loss of a dense model" in text


@every_planner
def test_the_gallery_lists_it_and_its_address_opens_it(asked: Planner) -> None:
    assert GALLERY.count(f'href="law?fit={asked.key}"') == 1
    ex, refused = from_query({"fit": [asked.key.encode()]})
    assert isinstance(ex, PlannerExplorer)
    assert not refused
    ex.fit = ex.sets[-1]
    query = {name: [text.encode()] for name, text in to_query(ex, {}).items()}
    again, refused = from_query(query)
    assert not refused
    assert again.settings() == ex.settings()
