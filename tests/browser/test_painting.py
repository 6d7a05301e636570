"""What BokehJS is spared is not missed: a chart that was moved looks as one that was opened there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.faces.page import Saved, save

from .figures import picture, until
from .walking import walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ENGINE = "globalThis.__scalewidgets__.engines[0]"
START = {"compute": 1e22, "inference_tokens": 1e12}
MOVES = 24


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return save(sw.studio(**START), tmp_path_factory.mktemp("painting") / "studio.html")


def visit(page: Page, path: Path, fragment: str = "") -> list[str]:
    """Open a page so large that all charts are in sight, and return their names."""
    page.set_viewport_size({"width": 1500, "height": 6000})
    page.goto("about:blank")
    page.goto(path.as_uri() + fragment)
    expect(page.locator('[data-live="yes"]')).to_have_count(1)
    documents = "globalThis.__scalewidgets__.documents"
    return page.evaluate(f"() => {documents}.flatMap(({{ document }}) => document.roots().map((root) => root.name))")


def pictures(page: Page, names: list[str]) -> dict[str, int]:
    """Return a number for each chart's picture, once none of them changes any more."""
    seen: list[dict[str, int]] = []

    def steady() -> bool:
        page.wait_for_timeout(150)
        seen.append({name: picture(page, name) for name in names})
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    until(page, steady, "the charts to stop changing")
    return seen[-1]


def test_a_chart_that_was_moved_looks_as_one_that_was_opened_there(page: Page, studio: Saved) -> None:
    steps = walk(sw.studio(**START), 0, MOVES, {"fit": ["hoffmann2022", "besiroglu2024"]}, 3)
    names = visit(page, studio.path)
    before = pictures(page, names)
    page.get_by_role("button", name="Dark").click()
    for step in steps:
        page.evaluate(
            f"""async (step) => {{
              const engine = {ENGINE};
              const value = (control, place) => control.kind === "choice" || place == null || control.scale === "linear"
                ? place : 10 ** place;
              for (const [name, place] of Object.entries(step)) step[name] = value(engine.controls.get(name), place);
              engine.move(step, {{ settled: true }});
              await new Promise(requestAnimationFrame);
            }}""",
            step,
        )
    moved = pictures(page, names)
    page.wait_for_function("() => location.hash.length > 1")
    fragment = page.evaluate("location.hash")
    page.get_by_role("button", name="Light").click()
    light = pictures(page, names)
    assert sum(light[name] != before[name] for name in names) > 1
    assert all(light[name] != moved[name] for name in names)
    assert visit(page, studio.path, fragment) == names
    assert pictures(page, names) == light
    page.get_by_role("button", name="Dark").click()
    assert pictures(page, names) == moved
