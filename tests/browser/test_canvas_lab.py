"""The canvas draws and moves Bokeh figures in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .figures import columns, drag, limits, settled_pixels, step, until
from .notebooks import set_theme
from .toy import X

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]

TOY = "from tests.browser.toy import toy"
RunNotebook = Callable[[Page, list[str]], None]


def value_of(page: Page, uid: str) -> float:
    """Read the number the slider shows."""
    row = page.locator(".widget-slider", has_text=uid)
    return float(row.locator(".widget-readout").inner_text())


def handle_of(page: Page, uid: str):
    return page.locator(".widget-slider", has_text=uid).locator(".noUi-handle")


def wait_for(page: Page, source: str, check: Callable[[dict[str, np.ndarray]], bool]) -> None:
    def holds() -> bool:
        found = columns(page, source)
        return found is not None and check(found)

    until(page, holds, f"the columns of {source!r}")


def wait_for_top(page: Page, uid: str, top: float) -> None:
    wait_for(page, f"{uid}:curve:0", lambda found: bool(np.isclose(found["y"][-1], top, rtol=1e-12)))


def test_moving_the_slider_moves_columns_ranges_texts_and_picture(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "toy('a')"])
    wait_for_top(page, "a", 10.0)
    before = settled_pixels(page, "a:curve")

    step(handle_of(page, "a"), "ArrowRight", 5)
    wait_for_top(page, "a", 10**1.05)
    found = columns(page, "a:curve:1")["y"]
    np.testing.assert_allclose(found, 10**1.05 * np.where(X < 0.5, X, np.nan), rtol=1e-12)
    assert limits(page, "a:curve.y") == pytest.approx(
        {"start": 0, "end": 1.2 * 10**1.05, "reset_start": 0, "reset_end": 1.2 * 10**1.05}
    )
    expect(page.locator(".sw-card-value")).to_have_text("11.22")
    expect(page.locator(".sw-slot-formula")).to_have_text("y = 11.22 x")
    by_keys = settled_pixels(page, "a:curve", before)

    drag(page, handle_of(page, "a"), 60)
    until(page, lambda: value_of(page, "a") > 20, "the slider to follow the mouse")
    shown = page.locator(".sw-card-value")
    until(page, lambda: float(shown.inner_text()) == pytest.approx(value_of(page, "a"), rel=0.01), "the card")
    y = columns(page, "a:curve:0")["y"]
    np.testing.assert_allclose(y, y[-1] * X, rtol=1e-12)
    assert f"{y[-1]:.4g}" == shown.inner_text()
    assert settled_pixels(page, "a:curve", by_keys) != before


def test_two_canvases_of_a_notebook_do_not_disturb_each_other(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "toy('a')", "toy('b')"])
    wait_for_top(page, "a", 10.0)
    wait_for_top(page, "b", 10.0)
    b_before = settled_pixels(page, "b:curve")
    a_before = settled_pixels(page, "a:curve")

    step(handle_of(page, "a"), "ArrowLeft", 30)
    wait_for_top(page, "a", 10**0.7)
    settled_pixels(page, "a:curve", a_before)
    np.testing.assert_allclose(columns(page, "b:curve:0")["y"], 10.0 * X, rtol=1e-12)
    assert limits(page, "b:curve.y")["end"] == pytest.approx(12.0)
    assert settled_pixels(page, "b:curve") == b_before
    assert page.evaluate("() => Object.keys(window.__scalewidgets__.bokeh).length") == 1


def test_bokeh_leaves_the_names_of_the_page_alone(page: Page, run_notebook: RunNotebook) -> None:
    page.add_init_script("window.Bokeh = { mine: true }; window.module = { exports: {} }; window.exports = {};")
    run_notebook(page, [TOY, "toy('a')"])
    wait_for_top(page, "a", 10.0)
    assert page.evaluate("() => [window.Bokeh, window.module, window.exports]") == [{"mine": True}, {"exports": {}}, {}]


def test_the_figures_are_switched_by_mouse_and_keys_and_show_the_present(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "box = toy('a'); box", "print(box.children[1].active)"])
    wait_for_top(page, "a", 10.0)
    assert columns(page, "a:square:0") is None, "a figure never shown costs nothing"
    curve, square = page.get_by_role("tab", name="Curve"), page.get_by_role("tab", name="Square")

    step(handle_of(page, "a"), "ArrowRight", 3)
    square.click()
    expect(square).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Square")).to_be_visible()
    wait_for(page, "a:square:0", lambda found: bool(np.isclose(found["y"][-1], 10**1.03, rtol=1e-12)))
    settled_pixels(page, "a:square")

    step(handle_of(page, "a"), "ArrowRight", 3)
    square.press("ArrowLeft")
    expect(curve).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Square")).to_be_hidden()
    wait_for_top(page, "a", 10**1.06)


def test_a_zoomed_axis_stays_and_reset_returns_to_the_present(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "toy('a')"])
    wait_for_top(page, "a", 10.0)
    page.evaluate("() => window.__scalewidgets__.documents[0].document.get_model_by_name('a:curve.y').setv({end: 5})")
    step(handle_of(page, "a"), "ArrowRight", 5)
    wait_for_top(page, "a", 10**1.05)
    assert limits(page, "a:curve.y")["end"] == 5
    page.locator(".bk-tool-icon-reset").click()
    until(page, lambda: limits(page, "a:curve.y")["end"] == pytest.approx(1.2 * 10**1.05), "the reset")
    step(handle_of(page, "a"), "ArrowRight", 5)
    until(page, lambda: limits(page, "a:curve.y")["end"] == pytest.approx(1.2 * 10**1.1), "the range to follow again")


def test_it_fits_a_narrow_column_and_uses_a_wide_one(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "box = toy('a', columns=2); box.layout.width = '360px'; box"])
    wait_for_top(page, "a", 10.0)
    root, shown = page.locator(".sw-canvas"), page.locator(".sw-figure:visible")
    expect(root).to_have_class(re.compile("sw-narrow"))
    expect(shown).to_have_count(1)
    fits = "(el) => el.clientWidth <= 360 && el.scrollWidth <= el.clientWidth"
    until(page, lambda: root.evaluate(fits), "nothing to stick out")

    page.evaluate("() => document.querySelector('.widget-vbox').style.setProperty('width', '900px')")
    expect(shown).to_have_count(2)
    wait_for(page, "a:square:0", lambda found: bool(np.isclose(found["y"][-1], 10.0)))
    expect(page.get_by_role("tablist", name="Views")).to_be_hidden()

    def side_by_side() -> bool:
        one, two = (panel.bounding_box() for panel in shown.all())
        return one["y"] == two["y"] and abs(one["width"] - two["width"]) <= 2

    until(page, side_by_side, "the figures to stand next to each other")


def test_it_follows_the_dark_theme_of_jupyterlab(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "toy('a')"])
    wait_for_top(page, "a", 10.0)
    light = settled_pixels(page, "a:curve")
    title = "() => window.__scalewidgets__.documents[0].views[0].model.title.text_color"
    assert page.evaluate(title) == "#444444"
    set_theme(page, "JupyterLab Dark")
    until(page, lambda: page.evaluate(title) == "#c3cad2", "the figure to turn dark")
    expect(page.locator(".sw-canvas")).to_have_class(re.compile("sw-dark"))
    dark = settled_pixels(page, "a:curve", light)
    set_theme(page, "JupyterLab Light")
    until(page, lambda: page.evaluate(title) == "#444444", "the figure to turn light")
    settled_pixels(page, "a:curve", dark)


def test_cards_are_announced_after_a_pause_only(page: Page, run_notebook: RunNotebook) -> None:
    run_notebook(page, [TOY, "toy('a')"])
    wait_for_top(page, "a", 10.0)
    speaker = page.locator(".sw-speaker")
    expect(speaker).to_have_text("")
    page.evaluate(
        "() => { const el = document.querySelector('.sw-speaker'); window.spoken = [];"
        " new MutationObserver(() => window.spoken.push(el.textContent)).observe(el, { childList: true }); }"
    )
    step(handle_of(page, "a"), "ArrowRight", 10)
    expect(speaker).to_have_text("value 12.59")
    spoken = page.evaluate("() => window.spoken")
    assert spoken[-1] == "value 12.59"
    assert len(spoken) < 5, "a machine that stalls makes pauses of its own, but not one a step"


def test_the_script_of_bokeh_is_sent_once_a_kernel(page: Page, run_notebook: RunNotebook) -> None:
    sizes: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    run_notebook(page, [TOY, "toy('a')", "toy('b')", "toy('c')"])
    wait_for_top(page, "c", 10.0)
    assert len([size for size in sizes if size > 200_000]) == 1
