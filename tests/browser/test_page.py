"""A saved page is live without Python: from a file, offline, under its own content policy, equal to the library."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbconvert
import nbformat
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import scalewidgets as sw
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.page import Saved, save

from .figures import until
from .reading import Reading, readings, script
from .reading import check as check_state
from .walking import walk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SCRIPT = script("reading.mjs", "saved.mjs")
START = {"fit": "besiroglu2024", "compute": 1e22, "inference_tokens": 1e12}
KEEP = {"fit": ["besiroglu2024", "hoffmann2022", "sardana2024-all"]}
HOSTILE = '</script><script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">{factor}\\u2028'
MOST_BYTES = 2_500_000


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return save(Explorer(**START), tmp_path_factory.mktemp("page") / "page.html", title="Budget")


def visit(page: Page, path: Path, fragment: str = "", count: int = 1) -> None:
    page.goto(path.as_uri() + fragment)
    expect(page.locator('[data-live="yes"]')).to_have_count(count, timeout=30_000)  # other tests use the machine too


def walked(page: Page, steps: list[dict[str, Any]], which: int = 0) -> list[Reading]:
    root = "document.querySelectorAll('[data-scalewidgets]')[which]"
    return readings(page.evaluate(f"([steps, which]) => {{ {SCRIPT}; return walk({root}, steps) }}", [steps, which]))


def check(ex: Explorer, seen: Reading) -> None:
    """Compare what a page shows with the library's numbers and words for the state it says it is in."""
    check_state(ex, seen.words["state"], seen)
    assert seen.words["code"] == ex.code()


def test_a_random_walk_shows_the_numbers_of_the_library(page: Page, saved: Saved) -> None:
    ex = Explorer(**START)
    visit(page, saved.path)
    steps = walk(ex, 0, 510, KEEP, 3)
    states = [found for at in range(0, len(steps), 51) for found in walked(page, steps[at : at + 51])]
    assert len({str(found.words["state"]) for found in states}) >= 500
    for found in states:
        check(ex, found)


def test_it_asks_the_network_for_nothing_and_needs_no_eval(page: Page, saved: Saved) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(page, saved.path)
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [saved.path.as_uri()]
    text = saved.path.read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy == "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
    assert saved.size <= MOST_BYTES


def test_typed_values_the_address_and_a_bad_value(page: Page, saved: Saved) -> None:
    visit(page, saved.path, "#compute=3e23&hold=total&fit=hoffmann2022&inference_tokens=off&nonsense=1")
    engine = "globalThis.__scalewidgets__.engines[0]"
    state = page.evaluate(f"() => {engine}.state")
    assert (state["compute"], state["hold"], state["fit"], state["inference_tokens"]) == (
        3e23,
        "total",
        "hoffmann2022",
        None,
    )
    budget = page.get_by_label("Training budget").and_(page.locator("[type=text]"))
    expect(budget).to_have_value("3e23")
    budget.fill("1B x 800")
    budget.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="outside")).to_have_count(0)
    assert page.evaluate(f"() => {engine}.state.compute") == 8e11
    until(page, lambda: "compute=800000000000" in page.evaluate("location.hash"), "the address to follow")
    for bad, words in (("plenty", "is not a quantity"), ("1e40", "outside"), ("70B tokens FLOP", "is not a quantity")):
        budget.fill(bad)
        budget.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(budget).to_have_value("8e11")
        expect(page.locator("[data-problem]")).to_have_text("")
    budget.fill("512 H100 for 30 days at 40 %")
    budget.press("Enter")
    assert page.evaluate(f"() => {engine}.state.compute") == Explorer(compute="512 H100 for 30 days at 40 %").compute
    # back to what was saved: one control, then its group, and undone
    page.get_by_role("button", name="Reset Training budget").click()
    assert page.evaluate(f"() => [{engine}.state.compute, {engine}.state.fit]") == [1e22, "hoffmann2022"]
    page.get_by_role("button", name="Reset Compute").click()
    assert page.evaluate(f"() => [{engine}.state.compute, {engine}.state.fit]") == [1e22, "besiroglu2024"]
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate(f"() => {engine}.state.fit") == "hoffmann2022"


def test_a_click_lends_a_chart_the_wheel_and_a_double_click_resets_it(page: Page, saved: Saved) -> None:
    visit(page, saved.path)
    axis = "globalThis.__scalewidgets__.documents[0].views[0].model.x_range"
    limits = f"() => [{axis}.start, {axis}.end]"
    whole = page.evaluate(limits)
    chart = page.locator("[data-figure]").first
    chart.hover()
    page.mouse.wheel(0, -200)
    assert page.evaluate(limits) == whole
    chart.click()
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"(whole) => ({limits})()[1] < whole[1]", arg=whole)
    near = page.evaluate(limits)
    walked(page, [{"compute": 23.0}])
    assert page.evaluate(limits) == near
    page.locator("h1").hover()
    chart.hover()
    page.mouse.wheel(0, -200)
    chart.dblclick()
    page.wait_for_function(f"(near) => ({limits})()[1] > near[1]", arg=near)
    assert page.evaluate(limits) != whole, "the range of the present state"


def test_the_address_is_written_at_rest_and_when_the_page_is_left(page: Page, saved: Saved) -> None:
    visit(page, saved.path)
    count = """() => {
      const { replaceState } = history;
      globalThis.written = [];
      history.replaceState = function (...given) {
        globalThis.written.push(given[2]);
        return replaceState.apply(this, given);
      };
    }"""
    page.evaluate(count)
    walked(page, [{"compute": place} for place in (20.0, 21.0, 22.5)])
    until(page, lambda: page.evaluate("globalThis.written.length") > 0, "the address to be written")
    (address,) = page.evaluate("globalThis.written")
    assert address.startswith("#compute=3.16")
    # an address that a reader enters while a move is due stays
    page.evaluate(
        f"() => {{ {SCRIPT}; walk(document.querySelector('[data-scalewidgets]'), [{{ compute: 19 }}]);"
        " location.hash = '#compute=2e22'; }"
    )
    compute = "globalThis.__scalewidgets__.engines[0].state.compute"
    until(page, lambda: page.evaluate(compute) == 2e22, "the page to follow its address")
    walked(page, [{"compute": 24.0}])
    page.goto("about:blank")
    page.go_back()
    expect(page.locator('[data-live="yes"]')).to_have_count(1)
    assert page.evaluate(compute) == 1e24


def test_hostile_words_stay_words(page: Page, tmp_path: Path) -> None:
    published = sw.published("besiroglu2024")
    law = replace(published.law, title=HOSTILE, response=replace(published.law.response, label=HOSTILE, unit=HOSTILE))
    source = replace(published.source, corpus=HOSTILE, notes=(HOSTILE,))
    fit = replace(published, law=law, source=source, title=HOSTILE, key="")
    page_of = save(Explorer(fit, compute=1e26), tmp_path / "hostile.html", title=HOSTILE)
    visit(page, page_of.path)
    assert page.title() == HOSTILE
    expect(page.locator("h1")).to_have_text(HOSTILE)
    assert page.evaluate("() => window.pwned ?? null") is None
    assert page.locator("img").count() == 0
    (found,) = walked(page, [{"compute": 25.0}])
    assert HOSTILE in found.words["sentences"][0].replace("×", "x") or "window.pwned" in found.words["sentences"][0]


def test_two_explorers_in_one_document_do_not_disturb_each_other(page: Page, saved: Saved, tmp_path: Path) -> None:
    text = saved.path.read_text(encoding="utf-8")
    body = text[text.index('<div class="sw-page"') : text.index("<script>", text.index('data-part="bundle"'))]
    (tmp_path / "two.html").write_text(text.replace(body, body + body, 1), encoding="utf-8")
    visit(page, tmp_path / "two.html", count=2)
    first, second = walked(page, [{"compute": 20.0}], 0), walked(page, [{"compute": 25.0}], 1)
    again = walked(page, [{}], 0)
    assert again[0].words["cards"] == first[0].words["cards"] != second[0].words["cards"]
    for found in (*second, *again):
        check(Explorer(**START), found)


@pytest.mark.parametrize("width", [400, 1440])
def test_it_fits_the_window_and_a_phone_shows_one_chart(
    new_page: Callable[..., Page], saved: Saved, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 850}, color_scheme="dark")
    visit(page, saved.path)
    page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
    charts = page.locator(".sw-figure:visible")
    expect(charts).to_have_count(1 if width == 400 else 5)
    expect(page.locator("html.sw-dark")).to_have_count(1)
    if width == 400:
        page.get_by_role("button", name="Lifetime cost").click()
        expect(page.locator('[data-figure="lifetime"] canvas').first).to_be_visible()
        (found,) = walked(page, [{"compute": 24.0}])
        check(Explorer(**START), found.of("lifetime"))


def test_runs_and_draws_stay_out_unless_asked_for(tmp_path: Path) -> None:
    runs = sw.simulate(
        sw.published("hoffmann2022"),
        N=np.geomspace(1e8, 1e10, 4)[:, None],
        D=np.geomspace(2e9, 2e11, 4),
        noise=0.01,
        seed=0,
    )
    fit = sw.fit("chinchilla", runs, bootstrap=20, seed=0)
    ex = Explorer(fit)
    assert "runs: none" in str(save(ex, tmp_path / "without.html", draws=0))
    listed = str(save(ex, tmp_path / "with.html", include_runs=True))
    assert "runs: 16" in listed
    without = ex.giveaway(draws=5)
    assert without.fit.runs is None
    assert all(len(draw) == 5 for draw in without.fit.draws.values())
    assert not [name for name in without.inputs if name.startswith("runs")]
    assert ex.giveaway(include_runs=True).fit.runs is not None
    assert ex.fit is fit


def test_an_author_leads_through_steps_questions_and_locked_controls(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    ex = Explorer(**START)
    made = save(
        ex,
        tmp_path / "lesson.html",
        notes=f"**Move** it. {HOSTILE} ![x](https://example.org/x.png)",
        lock=["fit"],
        show=["compute", "fit", "inference"],
        charts=["allocation"],
        steps={HOSTILE: {"compute": 1e21, "note": HOSTILE}, "Other": {"fit": "hoffmann2022", "inference_tokens": None}},
        questions=[{"ask": HOSTILE, "state": {"compute": "1e24"}, "card": "N", "answer": "*More.*"}],
        projector=True,
    )
    visit(page, made.path, "#fit=hoffmann2022&compute=2e22")
    state = "() => globalThis.__scalewidgets__.engines[0].state"
    first = page.evaluate(state)
    assert (first["fit"], first["compute"]) == ("besiroglu2024", 2e22)
    expect(page.locator(".sw-side")).to_be_hidden()
    page.get_by_role("button", name="Controls").click()
    expect(page.locator('[data-control="fit"] select')).to_be_disabled()
    expect(page.locator('[data-control="near_optimal"]')).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("PageDown")
    assert page.evaluate(state)["compute"] == 1e21
    expect(page.locator("[data-step-note]:visible")).to_contain_text("window.pwned")
    page.get_by_role("button", name="Next").click()
    last = page.evaluate(state)
    assert (last["fit"], last["compute"], last["inference_tokens"]) == ("hoffmann2022", 1e22, None)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_label("Your prediction").fill("70B")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text(re.compile(r"You said: 70B\. Model size is \d"))
    assert page.evaluate(state)["compute"] == 1e24
    expect(page.locator("[data-step]")).to_have_value("")
    assert page.evaluate("() => window.pwned ?? null") is None
    assert page.locator("img").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.sw-page')).fontSize") == "24px"
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [page.url.partition("#")[0]]


def test_a_combination_that_is_not_in_the_page_says_so_and_shows_no_old_numbers(page: Page, saved: Saved) -> None:
    visit(page, saved.path)
    engine = "globalThis.__scalewidgets__.engines[0]"
    page.evaluate(f"() => {{ delete {engine}.sets[JSON.stringify(['hoffmann2022', 'total'])] }}")
    for name, value in (("fit", "hoffmann2022"), ("hold", "total")):
        page.locator(f'[data-control="{name}"] select').select_option(value)
    expect(page.get_by_role("alert").filter(has_text="does not hold this combination")).to_be_visible()
    expect(page.locator('[data-slot="cards"]')).not_to_be_visible()
    page.locator('[data-control="hold"] select').select_option("quality")
    expect(page.locator('[data-slot="cards"]')).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="does not hold")).to_have_count(0)


def test_notebook_outputs_live_on_in_a_document_and_leave_a_picture_without_scripts(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    first = sw.explore(**START).embed(charts=["allocation"], lock=["fit", "hold"])
    second = sw.explore(**START).embed(charts=["sizes"], lock=["fit", "hold"])
    outputs = [
        nbformat.v4.new_output("display_data", dict(first._repr_mimebundle_())),
        nbformat.v4.new_output(
            "display_data", dict(second._repr_mimebundle_() | {"text/html": second.html(scripts=False)})
        ),
    ]
    outputs[0]["data"]["text/html"] = first.html()
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("ex.embed()", outputs=outputs)])
    text, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    # the converter's own page fetches its formula and module loaders: not of our making
    text = re.sub(r'<script[^>]* src="https?://[^"]*"[^>]*>\s*</script>', "", text)
    (tmp_path / "book.html").write_text(text, encoding="utf-8")
    page = new_page()
    visit(page, tmp_path / "book.html", count=2)
    assert page.locator(".sw-still").count() == 0
    (found,) = walked(page, [{"compute": 24.0}], 1)
    check(Explorer(**START), found)
    bare = new_page(java_script_enabled=False)
    bare.goto((tmp_path / "book.html").as_uri())
    expect(bare.locator(".sw-still img")).to_have_count(2)
    assert bare.locator(".sw-still img").first.bounding_box()["height"] > 100
    expect(bare.locator(".sw-still td").first).to_contain_text("parameters")
