"""Every law and planner has a page with its numbers and code that runs; the index of papers covers every law."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import scalewidgets as sw
from scalewidgets.explorers.law_tracks import published_of
from scalewidgets.planning.planner import planners
from scalewidgets.registry import laws

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS))  # where Sphinx looks as well
try:
    import catalogue_pages
    import papers_index
finally:
    sys.path.remove(str(DOCS))


@pytest.mark.parametrize("key", list(laws()))
def test_the_page_of_a_law_has_formula_numbers_and_code(key: str) -> None:
    law = sw.law(key)
    page = catalogue_pages.page_of(law)
    assert law.latex() in page
    assert all(f"`{name}`" in page for name in (*law.symbols, *law.names))
    assert all(f"`{fit.key}`" in page for fit in published_of(law))
    tables = [line for line in page.splitlines() if line.startswith("|")]
    unescaped = [line.replace(r"\|", "").count("|") for line in tables]
    assert all(count >= 3 for count in unescaped)
    code = page.split("```python\n")[1].split("```")[0].splitlines()
    namespace: dict[str, object] = {}
    # the last line opens an explorer, which is tested elsewhere
    exec(compile("\n".join(code[:-1]), key, "exec"), namespace)
    assert {"fit", "law"} & set(namespace)


@pytest.mark.parametrize("key", list(planners()))
def test_the_page_of_a_planner_has_what_it_asks_and_answers_and_code_that_runs(key: str) -> None:
    asked = sw.planner(key)
    page = catalogue_pages.page_of_planner(asked)
    assert all(f"`{v.symbol}`" in page for v in (*asked.variables, *asked.answers))
    assert all(f"`{name}`" in page for name in asked.law.names)
    code = page.split("```python\n")[1].split("```")[0].splitlines()
    exec(compile("\n".join(code[:-1]), key, "exec"), {})


def test_the_catalogue_links_to_every_page() -> None:
    text = catalogue_pages.list_of_laws()
    assert all(f"(planners/{key}.md)" in text for key in planners())
    assert all(f"(laws/{key}.md)" in text for key in laws())


def test_the_index_of_papers_names_every_law_and_says_something_of_every_paper() -> None:
    text = "\n".join(papers_index.lines())
    assert all(f"(laws/{key}.md)" in text for key in laws())
    assert all(f"(planners/{key}.md)" in text for key in planners())
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and not line.startswith("| paper")]
    assert len(rows) > 60
    assert all(cell.strip("| ") for row in rows for cell in row)


def test_markup_in_a_declaration_stays_text() -> None:
    assert catalogue_pages.plain("a|b *c* <script> [d](e)") == r"a\|b \*c\* \<script\> \[d\](e)"
