"""A notebook that a kernel ran lives on: converted to a document, cleaned of its scripts, and opened again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbconvert
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Page, expect

from scalewidgets.explorers.explorer import Explorer

from .figures import until
from .notebooks import START_MS
from .servers import KERNEL, ROOT, Server

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(300)]

CELLS = [
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport scalewidgets as sw",
    "sw.explore(compute=1e21).embed(charts=['allocation'], show=['compute'])",
    "sw.explore('hoffmann2022', compute=1e23).embed(charts=['allocation'], show=['compute'])",
]
# Of each chart, the size that it marks.
PLOTTED = """() => globalThis.__scalewidgets__.documents.map(({ document }) => {
  const models = document.roots().flatMap((root) => [...root.references()]);
  const { data } = models.find(({ name }) => name?.endsWith(".allocation.plan"));
  return (data instanceof Map ? data.get("N") : data.N)[0];
})"""
SIZE = '[data-card="N"] .sw-card-value'


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a notebook after a kernel has run it."""
    patch = pytest.MonkeyPatch()
    patch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns, and a warning is an error
    patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": KERNEL, "display_name": KERNEL, "language": "python"}},
    )
    NotebookClient(made, timeout=240, kernel_name="python3").execute()
    patch.undo()
    return made


def document(book: Any, path: Path, **options: Any) -> str:
    text, _ = nbconvert.HTMLExporter(**options).from_notebook_node(book)
    # the converter's own page fetches its formula and module loaders: not of our making
    text = re.sub(r'<script[^>]* src="https?://[^"]*"[^>]*>\s*</script>', "", text)
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def move(page: Page, which: int, place: float) -> None:
    """Put the budget of an explorer somewhere, as its slider does."""
    slider = page.locator('[data-control="compute"] [data-role="slider"]').nth(which)
    slider.evaluate(
        "(el, place) => { el.valueAsNumber = place; el.dispatchEvent(new Event('input', { bubbles: true })); }", place
    )


def test_its_outputs_are_alive_without_a_kernel_and_leave_each_other_alone(
    page: Page, book: Any, tmp_path: Path
) -> None:
    page.goto(document(book, tmp_path / "book.html"))
    expect(page.locator('[data-live="yes"]')).to_have_count(2)
    expect(page.locator(".sw-still")).to_have_count(0)
    second = Explorer("hoffmann2022", compute=1e23)
    move(page, 0, 22.0)
    first = Explorer(compute=1e22)
    expect(page.locator(SIZE)).to_have_text([f"{ex.plan.N / 1e9:.3g}B" for ex in (first, second)])
    move(page, 1, 24.0)
    second = Explorer("hoffmann2022", compute=1e24)
    expect(page.locator(SIZE)).to_have_text([f"{ex.plan.N / 1e9:.3g}B" for ex in (first, second)])

    for which, ex in enumerate((first, second)):
        # a chart out of sight rests
        page.locator("[data-figure]").nth(which).scroll_into_view_if_needed()
        size = ex.plan.N
        until(page, lambda size=size: np.isclose(page.evaluate(PLOTTED), size, rtol=1e-9, atol=0).any(), f"{size:.4g}")


def test_a_picture_and_the_numbers_stay_where_scripts_do_not_run(
    new_page: Callable[..., Page], book: Any, tmp_path: Path
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(document(book, tmp_path / "plain.html"))
    expect(page.locator(".sw-still img")).to_have_count(2)
    assert all(box["height"] > 100 for box in (each.bounding_box() for each in page.locator(".sw-still img").all()))
    expect(page.locator(".sw-still td").first).to_contain_text("parameters")


def test_a_host_that_takes_scripts_out_leaves_the_numbers(page: Page, book: Any, tmp_path: Path) -> None:
    page.goto(document(book, tmp_path / "clean.html", sanitize_html=True))
    cells = page.locator("td")
    expect(cells.first).to_contain_text("parameters")
    assert f"{Explorer('hoffmann2022', compute=1e23).plan.N / 1e9:.3g}B" in " ".join(cells.all_inner_texts())
    assert page.locator("script[data-page]").count() == 0


def test_a_saved_notebook_is_opened_again_without_being_run(page: Page, book: Any, lab: Server) -> None:
    path = Path(lab.log).parent / "notebooks" / "saved.ipynb"
    nbformat.write(book, path)
    page.goto(f"{lab.url}lab/tree/{path.name}?reset")
    page.wait_for_selector(".jp-Notebook", timeout=START_MS)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_have_count(2)
    expect(shown.nth(1).locator("td").first).to_contain_text("parameters")
    expect(shown.nth(0).locator("img").first).to_be_visible()
