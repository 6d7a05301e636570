"""The further views of a law move in its saved page, and what its charts show of the response can be chosen there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.explorers.law_explorer import LawExplorer, law_explorer
from scalewidgets.explorers.law_responses import EXPONENT, PERPLEXITY
from scalewidgets.faces.page import save
from scalewidgets.live.program import settings_of

from .figures import columns, step, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ENGINE = "globalThis.__scalewidgets__.engines[0]"


def shown(page: Page, ex: LawExplorer, view: str) -> dict[tuple[str, str], np.ndarray]:
    """Return what the charts of the page show of a view, by table and column."""
    found = {}
    for table, wanted in ex.frames()["tables"][view].items():
        held = columns(page, f"*.{view}.{table}") or {}
        # a band is drawn out and back
        found |= {(table, name): held[name] for name in wanted if name in held and table != "band"}
    return found


def follow(page: Page, ex: LawExplorer, view: str) -> dict[tuple[str, str], np.ndarray]:
    """Wait until a view shows the library's numbers for the state that the page says it is in; return them."""
    page.locator(f'[data-figure="{view.replace(" ", "_")}"]').scroll_into_view_if_needed()
    ex.apply(settings_of(ex, page.evaluate(f"() => {ENGINE}.state")))
    wanted = ex.frames()["tables"][view]

    def equal() -> bool:
        found = shown(page, ex, view)
        return bool(found) and all(
            np.allclose(values, np.atleast_1d(wanted[table][name]), rtol=1e-9, atol=0, equal_nan=True)
            for (table, name), values in found.items()
        )

    until(page, equal, f"{view} to show what the library computes", 20)
    return shown(page, ex, view)


def words(page: Page, chart: str) -> list[str]:
    """Return title and label of the vertical axis of a chart, as they stand in the page."""
    held = "globalThis.__scalewidgets__.documents.find(({ slot }) => slot === chart).document.roots()[0]"
    said: list[str] = page.evaluate(f"(chart) => [{held}.title.text, {held}.left[0].axis_label]", chart)
    return said


@pytest.mark.parametrize(
    ("law", "variable", "views", "form", "said"),
    [
        ("power-constant-n", "N", ("floor", "terms"), PERPLEXITY, ["Perplexity against model size", "Perplexity"]),
        ("data-mixing-3", "r_1", ("mixture",), PERPLEXITY, ["Perplexity against share of domain 1", "Perplexity"]),
        (
            "float-quantization",
            "D",
            ("formats", "plane"),
            EXPONENT,
            ["Local exponent against training tokens", "−d log (L − E) / d log D"],
        ),
    ],
)
def test_views_of_a_law_move_with_a_slider_and_equal_the_library(
    page: Page, tmp_path: Path, law: str, variable: str, views: tuple[str, ...], form: str, said: list[str]
) -> None:
    ex = law_explorer(sw.law(law))()
    page.goto(save(ex, tmp_path / "page.html").path.as_uri())
    expect(page.locator('[data-live="yes"]')).to_have_count(1)
    before = {view: follow(page, ex, view) for view in views}
    start = getattr(ex, variable)
    step(page.locator(f'[data-control="{variable}"] [data-role="slider"]'), "ArrowLeft", 3)
    for view in views:
        after = follow(page, ex, view)
        assert getattr(ex, variable) < start
        assert any(not np.array_equal(after[path], before[view][path], equal_nan=True) for path in after), view
    declared = follow(page, ex, f"by {variable}")
    page.locator('[data-control="response"] select').select_option(form)
    formed = follow(page, ex, f"by {variable}")
    assert ex.response == form
    assert not np.array_equal(formed["here", "y"], declared["here", "y"])
    assert words(page, f"by_{variable}") == said
    expect(page.locator("[data-code]")).to_contain_text(f"response='{form}'")
