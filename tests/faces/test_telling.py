"""A page is told what it lacks, and nothing else; what a control feeds needs no comparing of sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Slider
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.law_explorer import law_explorer
from scalewidgets.explorers.schedule_explorer import ScheduleExplorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.faces.telling import Telling
from scalewidgets.live.program import fingerprint, graph_of, whole_state_of
from scalewidgets.registry import laws

EXPLORERS: dict[str, Callable[[], Any]] = {
    "allocation": Explorer,
    "studio": Studio,
    "law": lambda: law_explorer(laws()["chinchilla"])(None),
    "schedule": ScheduleExplorer,
}


@pytest.fixture
def told() -> tuple[Explorer, Telling]:
    ex = Explorer(compute=1e21)
    telling = Telling(ex)
    telling.news()
    return ex, telling


@pytest.mark.parametrize("name", EXPLORERS)
def test_what_a_control_feeds_changes_neither_graph_nor_set(name: str) -> None:
    ex: BaseExplorer = EXPLORERS[name]()
    before = graph_of(ex)[0], fingerprint(ex)
    feeding = [each for each in ex.controls_by_name.values() if isinstance(each, Slider) or each.feeds]
    assert feeding
    for control in feeding:
        others = [control.value_at(sum(control.ends) / 2)] if isinstance(control, Slider) else control.options.values()
        for value in others:
            setattr(ex, control.name, value)
            assert (graph_of(ex)[0], fingerprint(ex)) == before, f"{control.name} = {value}"


def test_a_page_that_says_where_it_stands_is_told_nothing(told: tuple[Explorer, Telling]) -> None:
    ex, telling = told
    state = {**whole_state_of(ex), "compute": 2e22, "near_optimal": "0.02"}
    changed = telling.heard(state)
    assert changed == {"compute": 2e22, "near_optimal": 0.02}
    for name, value in changed.items():
        setattr(ex, name, value)
    assert telling.agrees
    assert telling.news() == {}


def test_what_python_sets_is_told_as_a_state(told: tuple[Explorer, Telling]) -> None:
    ex, telling = told
    ex.compute = 5e22
    assert not telling.agrees
    news = telling.news()
    assert set(news) == {"state"}
    assert news["state"] == whole_state_of(ex)
    assert telling.news() == {}


def test_a_refused_value_is_taken_back(told: tuple[Explorer, Telling]) -> None:
    ex, telling = told
    assert telling.heard({**whole_state_of(ex), "compute": 1e99}) == {"compute": 1e99}
    assert not telling.agrees
    assert telling.news()["state"]["compute"] == 1e21


def test_other_coefficients_are_told_with_their_set_once(told: tuple[Explorer, Telling]) -> None:
    ex, telling = told
    ex.fit = "hoffmann2022"
    assert set(telling.news()["sets"])
    ex.fit = "besiroglu2024"
    assert "sets" not in telling.news()


def test_what_changes_a_set_without_a_control_is_told(told: tuple[Explorer, Telling]) -> None:
    ex, telling = told
    ex.prompt_share = 0.5
    ex.hardware = None
    assert ("sets" in telling.news()) == (fingerprint(ex) != fingerprint(Explorer(compute=1e21)))
    ex.param.trigger("fit")
    assert telling.news() == {}
