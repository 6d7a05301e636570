"""The index of papers says of every paper what stands for it here, and all that it names exists."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scalewidgets.planning.planner import planners
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.references import reference_models
from scalewidgets.registry import laws

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAPERS: list[dict[str, Any]] = [
    paper
    for topic in tomllib.loads((DOCS / "papers.toml").read_text(encoding="utf-8"))["topic"]
    for paper in topic["paper"]
]
KINDS = {"law", "planner", "points", "data", "reading"}
FIELDS = {"title", "keys", "laws", "planners", "functions", "kind", "here"}
CITED = {law.citation.key for law in laws().values()} | {fit.source.citation.key for fit in published_fits().values()}
# Planners that an explorer or a switch of sets stands for, and tables: no generated explorer of their own.
ELSEWHERE = {
    "scalewidgets.plan": "the explorer of an allocation",
    "scalewidgets.best_cooldown": "the explorer of a schedule",
    "scalewidgets.planning.corrections.corrected_frontier": "sets of coefficients of the law frontier-n",
    "scalewidgets.planning.pareto.power_along_front": "takes a table of the user's trials",
}


def kinds(paper: dict[str, Any]) -> set[str]:
    return {kind.strip() for kind in paper["kind"].split(",")}


def resolved(name: str) -> Any:
    """Return what a dotted name stands for: a public name of the package, or a function of a module."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper["title"][:40])
def test_every_key_law_and_function_of_a_row_exists(paper: dict[str, Any]) -> None:
    assert set(paper) <= FIELDS
    assert kinds(paper) <= KINDS
    assert paper["here"].endswith(".")
    assert set(paper["keys"]) <= CITED, "a key that no law and no fit cites"
    assert set(paper.get("laws", ())) <= set(laws())
    assert set(paper.get("planners", ())) <= set(planners())
    assert all(callable(resolved(name)) for name in paper.get("functions", ()))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper["title"][:40])
def test_every_row_that_is_not_for_reading_has_what_its_kind_promises(paper: dict[str, Any]) -> None:
    forms, functions = [*paper["keys"], *paper.get("laws", [])], paper.get("functions", [])
    if kinds(paper) == {"reading"}:
        assert not forms and not functions
    if "law" in kinds(paper):
        assert forms or paper.get("planners")
    if "points" in kinds(paper):
        assert forms or functions
    if "planner" in kinds(paper):
        assert paper.get("planners") or set(functions) & set(ELSEWHERE)


def test_every_planner_stands_in_a_row() -> None:
    assert {key for paper in PAPERS for key in paper.get("planners", ())} == set(planners())


def test_the_rows_differ_and_every_citation_has_one() -> None:
    titles = [paper["title"] for paper in PAPERS]
    assert len(set(titles)) == len(titles)
    assert {key for paper in PAPERS for key in paper["keys"]} == CITED


@pytest.mark.parametrize("family", ["LLaMA", "Falcon", "Galactica", "Cerebras-GPT"])
def test_models_that_a_row_promises_as_points_are_there(family: str) -> None:
    assert any(model.name.startswith(family) for model in reference_models())
