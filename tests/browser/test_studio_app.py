"""The Studio as served: four sliders against `sw.plan`, pinning, undoing and sharing, files, checks, and a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.texts import card_text

from .figures import columns, drag, step, until
from .servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def app(served_app: Callable[..., Server]) -> Server:
    return served_app()


def open_studio(page: Page, app: Server, query: str = "") -> None:
    page.goto(app.url + query)
    page.locator(".sw-card-value").first.wait_for()
    # the page's module has started once handles have names
    page.get_by_role("slider", name="Training budget").wait_for()


def slider(page: Page, label: str) -> Any:
    return page.get_by_role("slider", name=label)


def place(page: Page, name: str) -> float:
    return page.evaluate(f"() => globalThis.__figures__.find('{name}.slider').value")


def shows(page: Page, numbers: dict[str, float]) -> None:
    """Wait until the plan that is painted is this one."""

    def same() -> bool:
        found = columns(page, "*.allocation.plan")
        return found is not None and all(abs(found[name][0] / value - 1) <= 1e-9 for name, value in numbers.items())

    until(page, same, f"the plan {numbers}")


def numbers_of(plan: Any) -> dict[str, float]:
    return {name: float(getattr(plan, name)) for name in ("N", "D", "loss")}


def says(page: Page, ex: Studio) -> None:
    """Check the headline cards of a state."""
    frames = ex.frames()
    for card in ex.cards[:4]:
        text = card_text(card, frames["cards"][card.name], float(frames["notes"]["beyond"]))
        number = text.split(" ")[0] if "±" in text or "(" in text else text
        expect(page.locator(f'[data-card="{card.name}"] .sw-card-value').first).to_have_text(number)


def test_each_of_the_four_sliders_paints_what_the_library_plans(page: Page, app: Server) -> None:
    open_studio(page, app, "?fit=hoffmann2022&C=1e22")
    columns(page, "")
    drag(page, slider(page, "Training budget"), 30)
    step(slider(page, "Training budget"), "ArrowRight", 3)
    asked: dict[str, Any] = {"compute": 10 ** place(page, "compute")}
    assert asked["compute"] > 1e22
    shows(page, numbers_of(sw.plan("hoffmann2022", **asked)))

    page.get_by_role("checkbox").nth(0).check()
    step(slider(page, "Tokens served"), "ArrowLeft", 5)
    asked["inference_tokens"] = 10 ** place(page, "inference_tokens")
    shows(page, numbers_of(sw.plan("hoffmann2022", **asked)))

    step(slider(page, "Bits of training"), "ArrowLeft", 32)
    asked["bits"] = place(page, "bits")
    assert asked["bits"] == 8
    shows(page, numbers_of(sw.plan("hoffmann2022", **asked)))

    page.get_by_role("checkbox").nth(2).check()
    page.get_by_label("It counts").select_option("as more tokens of the plan")
    step(slider(page, "Cooldown"), "ArrowRight", 5)
    shown = {"cooldown": place(page, "cooldown"), "counted": 1.0}
    assert shown["cooldown"] == pytest.approx(0.25)
    ex = Studio("hoffmann2022", **asked, **shown)
    shows(page, numbers_of(sw.plan("hoffmann2022", **asked, schedule=ex.token_worth)))
    frames = ex.frames()["tables"]
    found = columns(page, "*.bits.plan")
    assert found is not None
    np.testing.assert_allclose(found["loss"], np.atleast_1d(frames["bits"]["plan"]["loss"]), rtol=1e-9)
    says(page, ex)

    # back to the defaults, by keys: one control, then a group; undone again
    page.get_by_role("button", name="Reset Tokens served").press("Enter")
    page.get_by_role("button", name="Reset Schedule").press("Enter")
    ex.reset("inference_tokens", "cooldown", "counted")
    kept = numbers_of(ex.plan)
    shows(page, kept)
    expect(page.get_by_role("button", name="Reset Schedule")).to_have_count(0)
    page.wait_for_timeout(700)  # a state counts as one step once it has rested
    page.locator("label").filter(has_text="Bits of training").first.dblclick(position={"x": 20, "y": 8})
    ex.reset("bits")
    shows(page, numbers_of(ex.plan))
    page.get_by_role("button", name="Undo").first.click()
    shows(page, kept)


def test_a_scenario_is_pinned_undone_and_shared(page: Page, new_page: Callable[..., Page], app: Server) -> None:
    open_studio(page, app)
    undo, pin = page.get_by_role("button", name="Undo").first, page.locator("[data-act=pin]")
    expect(undo).to_be_disabled()
    page.get_by_label("Scenario").select_option("fp8")
    eight = Studio(bits=8)
    shows(page, numbers_of(eight.plan))
    expect(undo).to_be_enabled()
    page.wait_for_timeout(700)  # a state counts as one step once it has rested
    pin.click()
    expect(pin).to_have_text("Unpin")
    page.wait_for_timeout(700)
    page.get_by_label("Training budget").and_(page.locator("input")).fill("1e22")
    page.keyboard.press("Enter")
    more = Studio(bits=8, compute=1e22)
    shows(page, numbers_of(more.plan))
    page.locator("[data-act=share]").click()
    address = page.get_by_label("Link to this state").input_value()
    other = new_page()
    other.goto(address)
    other.locator(".sw-card-value").first.wait_for()
    shows(other, numbers_of(more.plan))
    expect(other.locator("[data-act=pin]")).to_have_text("Unpin")
    expect(other.locator("[role=alert]")).to_have_count(0)
    undo.click()
    shows(page, numbers_of(eight.plan))
    undo.click()
    expect(pin).to_have_text("Pin A")
    undo.click()
    shows(page, numbers_of(Studio().plan))
    page.get_by_role("button", name="Redo").click()
    shows(page, numbers_of(eight.plan))


def test_files_are_taken_away_and_hardware_is_checked(page: Page, app: Server) -> None:
    open_studio(page, app, "?C=1e23&gpu=H100&utilisation=0.4&gpus=64")
    expect(page.locator(".sw-checks tr").filter(has_text="Days")).to_contain_text("pass")
    deadline = page.get_by_label("Deadline").and_(page.locator("input"))
    deadline.fill("2")
    deadline.press("Enter")
    expect(page.locator(".sw-checks tr").filter(has_text="Days")).to_contain_text("fail")
    expect(page.locator("[data-from]").first).to_contain_text("H100-hours")
    for what, name in (("csv", "scenario.csv"), ("code", "scenario.py"), ("svg", "allocation.svg")):
        page.locator(".sw-menu summary").click()
        with page.expect_download() as taken:
            page.locator(f'[data-act="{what}"]').first.click()
        assert taken.value.suggested_filename == name
        assert taken.value.path().stat().st_size > 50


def test_a_phone_shows_one_chart_and_shut_groups(new_page: Callable[..., Page], app: Server) -> None:
    page = new_page(viewport={"width": 400, "height": 900})
    page.goto(app.url + "?bits=8")
    page.locator(".sw-card-value").first.wait_for()
    figures = page.locator(".bk-Figure")
    expect(figures.filter(visible=True)).to_have_count(1)
    expect(slider(page, "Training budget")).to_have_count(0)
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_label("Training budget").and_(page.locator("input"))).to_be_visible()
    page.get_by_role("button", name="Bits", exact=True).click()
    expect(figures.filter(visible=True)).to_have_count(1)
    page.wait_for_function("document.documentElement.scrollWidth <= 400")
