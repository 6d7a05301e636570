"""Every snippet of the README and of the documentation runs, gives what the page says, and names only what exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import scalewidgets

from .pages import PAGES, ROOT, Block, blocks, follow, run_command, run_session, write_runs

FOLLOWED_ELSEWHERE = {
    "add-a-law.md",  # test_add_a_law.py: it sets the environment and needs processes of its own
    "data.md",  # test_data_page.py: it needs copies of public data sets
    "replication.md",  # as data.md
}
RUNNABLE = {"python", "pycon", "console"}
PLAIN = {"javascript", "{live}", "toml", "text", "{toctree}", "{eval-rst}", "{catalogue}", "{papers}"}
WITH_SNIPPETS = [page for page in PAGES if {block.kind for block in blocks(page)} & RUNNABLE]


class QuietServer:
    """Stand in for the server of the Studio, which would not return."""

    def __init__(self) -> None:
        self.io_loop = self

    def start(self) -> None:
        """Return at once."""


@pytest.mark.parametrize(
    "page", [page for page in WITH_SNIPPETS if page.name not in FOLLOWED_ELSEWHERE], ids=lambda page: page.name
)
def test_every_snippet_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []

    def serve(port: int, fit: Any, **options: Any) -> QuietServer:
        served.append((port, fit))
        return QuietServer()

    monkeypatch.setattr("scalewidgets.faces.serving.serve", serve)
    monkeypatch.chdir(tmp_path)
    write_runs(tmp_path / "runs.csv")
    assert follow(page) > 0
    assert len(served) == page.read_text(encoding="utf-8").count("$ scalewidgets serve")


def test_the_pages_with_snippets_are_found() -> None:
    assert {"README.md", "start.md", "concepts.md", "plan.md", "faces.md", "index.md"} <= {
        p.name for p in WITH_SNIPPETS
    }


def test_a_block_is_of_a_kind_that_is_run_or_plain() -> None:
    kinds = {(page.name, block.kind) for page in PAGES for block in blocks(page)}
    assert {(name, kind) for name, kind in kinds if kind.split()[0] not in {*RUNNABLE, *PLAIN}} == set()


@pytest.mark.parametrize(
    "command", ["make nothing", "scalewidgets lawz", "pip install '.[nothing]'", "pip install other", "jupyter lab no"]
)
def test_a_wrong_command_would_be_found(command: str) -> None:
    with pytest.raises(AssertionError):
        run_command(command)


def test_an_unknown_command_would_be_found() -> None:
    with pytest.raises(pytest.fail.Exception, match="don't know how to check: rm"):
        run_command("rm everything")


def test_a_wrong_answer_would_be_found() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_session(Block("pycon", "", ">>> 1 + 1\n3\n", 1), Path("page.md"), {})


def test_the_api_page_holds_every_public_name() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    public = [name for name in scalewidgets.__all__ if not name.startswith("_")]
    assert [name for name in public if f":: scalewidgets.{name}\n" not in page] == []


def test_every_page_is_reached_from_the_index() -> None:
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert pages == set(index.partition(":maxdepth: 2\n")[2].partition("```")[0].split())


def test_the_pictures_and_files_that_the_readme_links_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
