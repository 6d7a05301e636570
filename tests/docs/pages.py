"""Read the blocks of a page and run them in order, as a reader would: Python in one namespace, console lines beside."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scalewidgets.cli import main
from scalewidgets.published_fits.loading import published
from scalewidgets.runs import simulate

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```+(?P<info>[^`\n]*)\n(?P<options>(?::\w+:[^\n]*\n)*)(?P<text>.*?)^```+$", re.M | re.S)


class Block(NamedTuple):
    """A fenced block: its language, the file it is the content of if it says so, its text and its line."""

    kind: str
    file: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    source = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(source):
        caption = re.search(r"^:caption: (.*)$", found["options"], re.M)
        line = source[: found.start()].count("\n") + 1 + found["options"].count("\n")
        kind = found["info"].replace("{code-block}", "").strip()
        yield Block(kind, caption[1].strip() if caption else "", found["text"], line)


def run_python(block: Block, page: Path, names: dict[str, Any]) -> None:
    """Run a block of Python; what fails is named by page and line."""
    exec(compile("\n" * block.line + block.text, str(page), "exec"), names)  # a page is code of this project


def run_session(block: Block, page: Path, names: dict[str, Any]) -> None:
    """Run a block with prompts, whose answers must be those printed."""
    test = doctest.DocTestParser().get_doctest(block.text, names, page.name, str(page), block.line)
    complaints: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(test, out=complaints.append, clear_globs=False)
    names.update(test.globs)
    assert not complaints, "".join(complaints)


def commands(block: Block) -> list[str]:
    """Return the lines of a console block that a reader types."""
    return [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]


def run_command(command: str) -> None:
    """Run a line of the command line, or check that what it names exists."""
    program, *arguments = shlex.split(command)
    if program == "scalewidgets":
        assert main(arguments) == 0, command
    elif program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
        assert arguments[0] in targets, command
    elif arguments[0] == "install":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        offered = {".", *(f".[{extra}]" for extra in project["optional-dependencies"])}
        assert program == "pip" and arguments[1] in offered, command
    elif program == "jupyter":
        assert arguments[0] == "lab" and (ROOT / arguments[1]).exists(), command
    else:
        pytest.fail(f"the tests of the pages don't know how to check: {command}")


def follow(page: Path, command: Callable[[str], None] = run_command) -> int:
    """Run every block of a page in the present folder; return how many there were."""
    names: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for block in blocks(page):
        count += 1
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            run_python(block, page, names)
        elif block.kind == "pycon":
            run_session(block, page, names)
        elif block.kind == "console":
            for line in commands(block):
                command(line)
        else:
            count -= 1
    return count


def write_runs(path: Path) -> None:
    """Write a reader's own runs, which pages call runs.csv."""
    fit = published("besiroglu2024")
    runs = simulate(fit, N=[[1e8], [4e8], [1.6e9], [6.4e9]], D=[2e9, 1e10, 5e10, 2.5e11], noise=0.003, seed=2)
    rows = zip(runs.N.tolist(), runs.D.tolist(), runs.loss.tolist(), strict=True)
    path.write_text("\n".join(["N,D,loss", *(f"{N!r},{D!r},{loss!r}" for N, D, loss in rows)]), encoding="utf-8")
