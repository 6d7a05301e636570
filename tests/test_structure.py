"""The tree stays easy to walk: small files that say what they are, nothing of one machine, no text run as code."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

import scalewidgets

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 500


def files(*patterns: str) -> list[Path]:
    """List the files of the project that match, committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"these tests read the list of files from git: {done.stderr}"
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


PYTHON = files("scalewidgets/*.py", "tests/*.py", "benchmarks/*.py")
SCRIPTS = files("scalewidgets/*.js", "scalewidgets/*.mjs", "tests/*.js", "tests/*.mjs")
STYLES = files("scalewidgets/*.css")
EVERYTHING = files()


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON + SCRIPTS + STYLES, ids=name)
def test_no_file_is_too_long_to_read_in_one_go(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name(path)} has {lines} lines: split it by idea"


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_every_module_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    assert first.endswith("."), f"{name(path)} needs a docstring whose first line is a sentence; it has {first!r}"


@pytest.mark.parametrize("path", SCRIPTS + STYLES, ids=name)
def test_every_script_and_style_begins_with_a_comment_that_says_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(("//", "/*"))


# Written in two halves, so that this file does not hold what it looks for.
FORBIDDEN = {
    "a host of a package registry": "|".join(
        (r"pypi\." + "org", "python" + "hosted", "npm" + r"js\.", r"deb\.debian\." + "org", "repo.anaconda" + ".com")
    ),
    "a path of one machine": r"(?<![\w.])/(?:" + "wo" + "rk|" + "ro" + "ot|" + "ho" + r"me)/\w",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    hits = [
        f"{name(path)}:{number}: {line.strip()[:120]}"
        for path in EVERYTHING
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert hits == []


@pytest.mark.parametrize(
    ("what", "line", "found"),
    [
        ("a path of one machine", "data = '/" + "work/main'", True),
        ("a path of one machine", "../shared/data and frame" + "work/x", False),
        ("a host of a package registry", "https://py" + "pi.org/simple", True),
    ],
)
def test_the_search_knows_what_it_looks_for(what: str, line: str, found: bool) -> None:
    assert bool(re.search(FORBIDDEN[what], line)) is found


# A formula is a function, a setting is data: neither is ever a text to be run.
EVALUATORS = {"eval", "exec", "sympify", "parse_expr", "literal_eval"}


def evaluations(source: str) -> list[str]:
    """List the calls in Python source that turn a text into code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in EVALUATORS:
                found.append(f"line {node.lineno}: {called}(")
    return found


@pytest.mark.parametrize("path", files("scalewidgets/*.py"), ids=name)
def test_no_module_runs_a_text_as_python(path: Path) -> None:
    assert evaluations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", files("scalewidgets/*.js", "scalewidgets/*.mjs", "scalewidgets/*.html"), ids=name)
def test_no_script_runs_a_text_as_javascript(path: Path) -> None:
    assert re.findall(r"\beval\s*\(|\bFunction\s*\(", path.read_text(encoding="utf-8")) == []


def test_the_search_for_evaluation_finds_it() -> None:
    assert evaluations("import sympy\nsympy.sympify('x')\neval('1')") == ["line 2: sympify(", "line 3: eval("]


def test_the_citation_names_the_version_of_the_package() -> None:
    assert f"\nversion: {scalewidgets.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
