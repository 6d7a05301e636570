"""The tools of a saved page: undo, scenarios, files, a shared address, bands of the author's states; phone, print."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.page import Saved, save

from .figures import until
from .test_page import START, visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ENGINE = "globalThis.__scalewidgets__.engines[0]"
STATE = f"() => {ENGINE}.state"
KINDS: dict[str, Callable[[], Any]] = {
    "law": lambda: sw.explore("precision", view="law"),
    "schedule": lambda: sw.explore("tissue2024", view="schedule"),
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return sw.studio(compute=1e22).save(tmp_path_factory.mktemp("studio") / "page.html", lock=["hold", "near_optimal"])


@pytest.fixture(scope="module")
def banded(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    path = tmp_path_factory.mktemp("banded") / "page.html"
    return save(Explorer(**START), path, draws="bands", lock=["fit", "hold", "near_optimal"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_alive_and_asks_the_network_for_nothing(kind: str, page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    made = KINDS[kind]().save(tmp_path / "page.html")
    visit(page, made.path)
    expect(page.locator(".sw-card-value").first).to_contain_text(re.compile(r"\d"))
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [made.path.as_uri()]


def test_scenarios_undo_and_files_of_the_studio(page: Page, studio: Saved, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, studio.path)
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    page.get_by_label("Scenario").select_option("fp8")
    assert page.evaluate(STATE)["bits"] == 8
    expect(page.locator("[data-preset-note]:visible")).to_have_count(1)
    undo.click()
    until(page, lambda: page.evaluate(STATE)["bits"] == 16, "the move to be undone")
    expect(page.get_by_label("Scenario")).to_have_value("")
    page.locator("h1").click()
    page.keyboard.press("Control+Shift+Z")
    until(page, lambda: page.evaluate(STATE)["bits"] == 8, "the move to be done again")
    page.get_by_label("Training budget").and_(page.locator("[type=text]")).press("Control+z")
    assert page.evaluate(STATE)["bits"] == 8
    pin = page.get_by_role("button", name="Pin A")
    pin.click()
    until(page, lambda: "sw.pinned." in page.evaluate("location.hash"), "the address to say what is pinned")
    page.get_by_role("button", name="Unpin").click()
    until(page, lambda: "sw.pinned." not in page.evaluate("location.hash"), "the address to forget it")
    starts = {
        "csv": b"allocation.",
        "png allocation": b"\x89PNG",
        "svg allocation": b"<svg",
        "code": b"import scalewidgets",
    }
    for what, start in starts.items():
        page.get_by_text("Download", exact=False).first.click()
        with page.expect_download() as wanted:
            page.locator(f'[data-download="{what}"]').click()
        wanted.value.save_as(tmp_path / "file")
        data = (tmp_path / "file").read_bytes()
        assert data.startswith(start), what
        if what == "csv":
            header, first, *_ = csv.reader(data.decode().splitlines())
            assert dict(zip(header, first, strict=True))["settings.bits"] == "8"
    assert {url for url in asked if not url.startswith(("data:", "blob:"))} == {studio.path.as_uri()}


def test_a_shared_address_tells_where_its_numbers_are_others_by_now(page: Page, banded: Saved) -> None:
    visit(page, banded.path, "#compute=3e23")
    page.get_by_role("button", name="Share").click()
    until(page, lambda: "sw.gave.N" in page.evaluate("location.hash"), "the address to be shared")
    fragment = page.evaluate("location.hash")
    assert f"sw.version={sw.__version__}" in fragment
    page.goto("about:blank")
    visit(page, banded.path, fragment)
    expect(page.locator("[data-then]")).to_have_text("")
    page.goto("about:blank")
    visit(page, banded.path, fragment.replace("sw.gave.N=", "sw.gave.N=1").replace(sw.__version__, "0.0"))
    expect(page.locator("[data-then]")).to_contain_text("shared from scalewidgets 0.0 and gave: Model size")
    page.evaluate(f"() => {ENGINE}.move({{ compute: 1e21 }})")
    expect(page.locator("[data-then]")).to_have_text("")


def test_bands_of_the_saved_state_leave_with_it_and_come_back(page: Page, banded: Saved) -> None:
    visit(page, banded.path)
    note = page.locator('[data-card="N"] .sw-card-note')
    shown = note.inner_text()
    assert "±" in shown or "(" in shown
    expect(page.locator("[data-unbanded]")).to_be_hidden()
    page.evaluate(f"() => {ENGINE}.move({{ compute: 1e23 }})")
    expect(page.locator("[data-unbanded]")).to_be_visible()
    expect(note).to_have_text("parameters")
    page.get_by_role("button", name="Back to the first").click()
    expect(note).to_have_text(shown)
    expect(page.locator("[data-unbanded]")).to_be_hidden()


def test_fingers_find_every_control_of_a_phone(new_page: Callable[..., Page], banded: Saved) -> None:
    page = new_page(viewport={"width": 400, "height": 850})
    visit(page, banded.path)
    groups = page.locator(".sw-group")
    expect(groups.locator("nth=1")).not_to_have_attribute("open", "")
    for i in range(1, groups.count()):
        groups.nth(i).locator("summary").click()
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.sw-side input:not([type=checkbox]), select, summary, .sw-tools button')]"
        ".filter((part) => part.checkVisibility()).map((part) => part.getBoundingClientRect().height)"
    )
    assert len(heights) > 10
    assert min(heights) >= 40
    tops = page.evaluate(
        "() => ['cards', 'main', 'side', 'words'].map((area) => [...document.querySelectorAll('.sw-page > *')]"
        ".find((part) => getComputedStyle(part).gridArea.startsWith(area)).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    (left, right) = (page.locator(".sw-card:visible").nth(i).bounding_box() for i in range(2))
    assert left["y"] == right["y"]


def test_paper_shows_every_chart_in_light_colours(new_page: Callable[..., Page], banded: Saved) -> None:
    page = new_page(color_scheme="dark")
    visit(page, banded.path)
    page.evaluate(f"() => {ENGINE}.move({{ compute: 1e23 }})")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("html.sw-dark")).to_have_count(0)
    expect(page.locator(".sw-side")).to_be_hidden()
    expect(page.locator(".sw-figure:visible")).to_have_count(5)
    assert page.evaluate(f"() => {ENGINE}.places.size") == 5
    assert page.evaluate(f"() => [...{ENGINE}.places].every((place) => place.figures.every((figure) => figure.shown))")
