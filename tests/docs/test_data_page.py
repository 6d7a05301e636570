"""Pages that load public data sets can be followed to the letter, with copies of the sets in place of the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import ROOT, follow

WRITES = {"data.md": ["log.csv"], "replication.md": []}


@pytest.mark.parametrize("page", WRITES)
def test_the_page_works_as_it_stands(
    page: str, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", str(shared_data))
    monkeypatch.setenv("SCALEWIDGETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert follow(ROOT / "docs" / page) >= 5
    assert [path.name for path in tmp_path.iterdir()] == WRITES[page]
