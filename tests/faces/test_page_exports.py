"""Every explorer of the catalogue exports to a page whose parts fit together, checked without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scalewidgets as sw
from scalewidgets.errors import PortabilityError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.faces import page
from scalewidgets.faces.page_figures import Figures
from scalewidgets.registry import laws
from scalewidgets.views.charts import charts_of

from .exported import check

MOST_BYTES = 2_500_000
KINDS: dict[str, Callable[[], Any]] = {
    "allocation": lambda: sw.explore(),
    "law": lambda: sw.explore(view="law"),
    "schedule": lambda: sw.explore("tissue2024", view="schedule"),
    "studio": lambda: sw.studio(),
}


def undrawn(ex: BaseExplorer, frames: Any, **options: Any) -> Figures:
    """Give charts by name only: that each can be drawn is tested with the views."""
    charts = charts_of(ex)
    ranges = {
        key: {f"{axis}": [f"ranges/{view}/{name}/{end}" for end in ("low", "high")]
              for axis, (view, name) in (("x", chart.x), ("y", chart.y))}
        for key, chart in charts.items()
    }  # fmt: skip
    maps = {key: {"name": key, "sources": {}, "ranges": ranges[key]} for key in charts}
    return Figures(dict.fromkeys(charts), maps, {key: chart.title for key, chart in charts.items()})


@pytest.mark.parametrize("key", sorted(laws()))
def test_every_law_of_the_catalogue_has_a_page(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "figures_of", undrawn)
    ex = sw.explore(laws()[key], view="law")
    if not laws()[key].portable:
        with pytest.raises(PortabilityError, match="Python only"):
            page.fragment(ex.giveaway())
        return
    html, contents = page.fragment(ex.giveaway())
    assert check(html)["bundle"]["sets"]
    assert any(line.startswith("charts: ") for line in contents)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_explorer_exports_with_its_charts(kind: str, tmp_path: Path) -> None:
    ex = KINDS[kind]()
    listed = ex.save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert listed.size == len(text.encode()) < MOST_BYTES
    body = text[text.index('<div class="sw-page') : text.index("<script>", text.index('data-part="bundle">'))]
    data = check(body)
    assert all(figure["sources"] for figure in data["maps"].values())
    assert set(data["settings"]["presets"]) == set(ex.presets)
