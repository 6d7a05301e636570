"""The page on data can be followed to the letter, with the copies of the public sets in place of the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import ROOT, follow

PAGE = ROOT / "docs" / "data.md"


def test_the_page_works_as_it_stands(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALEWIDGETS_DATA", str(shared_data))
    monkeypatch.setenv("SCALEWIDGETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert follow(PAGE) >= 5
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
