"""Every notebook of the gallery runs offline to its end, shows its explorers, and is committed without outputs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
NOTEBOOKS = sorted(GALLERY.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
WIDGET = "application/vnd.jupyter.widget-view+json"
DATA_SET = "sw.datasets.load("
# A table that the notebook has written itself.
OWN_TABLE = 'sw.read_runs("runs.csv"'


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code_of(path: Path) -> str:
    return "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")


def test_the_notebooks_of_the_first_slice_are_there() -> None:
    assert {path.stem for path in NOTEBOOKS} >= {"01-chinchilla-in-five-minutes", "02-when-inference-matters"}


@every_notebook
def test_it_is_committed_without_outputs_and_with_stable_names_of_cells(path: Path) -> None:
    book = read(path)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert all(re.fullmatch(r"(text|code)-\d\d", cell.id) for cell in book.cells)
    assert len({cell.id for cell in book.cells}) == len(book.cells)


@every_notebook
def test_it_needs_no_network_and_no_data_but_the_public_sets(path: Path) -> None:
    code = code_of(path).replace(DATA_SET, "")
    if 'open("runs.csv", "w"' in code:
        code = code.replace(OWN_TABLE, "")
    assert re.findall(r"https?://|\.\./|read_runs|datasets", code) == []


@pytest.mark.notebook
@every_notebook
def test_it_runs_and_each_explorer_is_shown_as_a_widget(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if DATA_SET in code_of(path):
        monkeypatch.setenv("SCALEWIDGETS_DATA", str(request.getfixturevalue("shared_data")))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # else jupyter_core warns, and a warning is an error
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    book = read(path)
    NotebookClient(book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = {cell.id: cell.outputs for cell in book.cells if cell.cell_type == "code"}
    assert [o for shown in outputs.values() for o in shown if o.output_type == "error"] == []
    told = [o.text for shown in outputs.values() for o in shown if o.get("name") == "stderr"]
    assert [text for text in told if not text.startswith("\r")] == []  # a slow machine sees progress bars
    explorers = [cell for cell in book.cells if cell.cell_type == "code" and "sw.explore(" in cell.source]
    assert explorers, "a notebook of the gallery has an explorer to play with"
    for cell in explorers:
        assert any(WIDGET in output.get("data", {}) for output in outputs[cell.id]), f"{cell.id} shows no widget"
