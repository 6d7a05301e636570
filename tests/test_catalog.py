"""The catalogue holds every law, planner and published fit and answers searches; a user's folder adds to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scalewidgets.catalog import Catalogue, catalogue
from scalewidgets.errors import ScalewidgetsError, UnknownName
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.planning.planner import planners
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import PATH_VARIABLE, laws


def test_it_holds_every_law_every_planner_and_every_published_fit_once() -> None:
    assert [row.key for row in catalogue(kind="law")] == list(laws())
    assert [row.key for row in catalogue(kind="fit")] == list(published_fits())
    assert [row.key for row in catalogue(kind="planner")] == list(planners())
    assert len(catalogue()) == len(laws()) + len(planners()) + len(published_fits())


def test_a_row_of_a_fit_says_what_the_fit_says() -> None:
    (row,) = [row for row in catalogue() if row.key == "kaplan2020-nd"]
    fit = published("kaplan2020-nd")
    assert (row.law, row.variables, row.level) == ("kaplan-nd", ("N", "D"), "second-hand")
    assert (row.title, row.source) == (fit.title, str(fit.source.citation))


@pytest.mark.parametrize(
    ("text", "filters", "found", "not_found"),
    [
        ("chinchilla replication", {}, {"besiroglu2024"}, {"chinchilla", "hoffmann2022"}),
        ("REPLICATION", {}, {"besiroglu2024"}, {"hoffmann2022"}),
        ("2203.15556", {"kind": "fit"}, {"hoffmann2022", "hoffmann2022-printed"}, {"chinchilla", "besiroglu2024"}),
        ("", {"variable": "U"}, {"data-constrained", "muennighoff2023"}, {"chinchilla"}),
        ("", {"variable": "C", "kind": "fit"}, {"kaplan2020-c"}, {"kaplan-c", "kaplan2020-n"}),
        ("kaplan-n", {"level": "paper"}, {"kaplan2020-n"}, {"kaplan-n", "kaplan2020-d"}),
        ("kaplan", {"level": "second-hand"}, {"kaplan2020-nd"}, {"kaplan2020-n"}),
        ("", {"topic": "precision"}, {"precision", "kumar2024"}, {"chinchilla", "hoffmann2022"}),
        ("vocabulary", {"kind": "planner"}, {"best-vocabulary"}, {"vocabulary-of-size", "tao2024-loss"}),
        ("no such thing", {}, set(), {"chinchilla"}),
    ],
)
def test_a_search_keeps_the_rows_with_every_word_that_pass_the_filters(
    text: str, filters: dict[str, str], found: set[str], not_found: set[str]
) -> None:
    keys = {row.key for row in catalogue().search(text, **filters)}
    assert keys >= found
    assert not keys & not_found
    assert bool(keys) == bool(found)


def test_filters_of_the_catalogue_are_those_of_a_search() -> None:
    assert catalogue(kind="fit", variable="N", level="paper") == catalogue().search(
        kind="fit", variable="N", level="paper"
    )


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"kind": "paper"}, "the catalogue has no kind 'paper'; it has fit, law, planner"),
        ({"topic": "precison"}, "the catalogue has no topic 'precison'; .*Did you mean 'precision'"),
        ({"variable": "Q"}, "the catalogue has no variable 'Q'; it has .*C, D, .*N, "),
        ({"level": "papr"}, "the catalogue has no level 'papr'; .*Did you mean 'paper'"),
    ],
)
def test_a_filter_that_nothing_could_pass_is_refused(filters: dict[str, str], sentence: str) -> None:
    with pytest.raises(UnknownName, match=sentence):
        catalogue(**filters)


def test_it_prints_a_line_a_row_under_aligned_headings() -> None:
    head, *lines = repr(catalogue()).splitlines()
    assert head.split() == ["kind", "key", "title", "topic", "variables", "level"]
    assert len(lines) == len(catalogue())
    place = head.index("variables")
    assert [line[place:].split("  ")[0] for line in lines] == [", ".join(row.variables) for row in catalogue()]
    assert repr(catalogue().search("no such thing")) == "Nothing in the catalogue matches."


class Table(HTMLParser):
    """Collect the cells of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.rows = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += tag == "tr"
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def test_in_a_notebook_it_is_a_table_with_sources() -> None:
    table = Table(catalogue()._repr_html_())
    assert table.rows == len(catalogue()) + 1
    assert "Besiroglu 2024, refit of Chinchilla's points" in table.cells
    assert str(published("hoffmann2022").source.citation) in table.cells
    assert catalogue().search("no such thing")._repr_html_() == "<p>Nothing in the catalogue matches.</p>"


def test_it_turns_into_plain_data_and_a_data_frame() -> None:
    rows = catalogue().to_dicts()
    assert json.loads(json.dumps(rows)) == rows
    frame = catalogue().to_frame()
    assert list(frame.columns) == ["kind", "key", "title", "law", "variables", "level", "source", "topic"]
    assert list(frame["key"]) == [row["key"] for row in rows]
    assert list(Catalogue(()).to_frame().columns) == list(frame.columns)


def test_without_pandas_a_data_frame_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ScalewidgetsError, match=r"needs pandas, .* or use to_dicts\(\)"):
        catalogue().to_frame()


LAW_FILE = '''
"""Loss that falls with the logarithm of size and tokens."""

from scalewidgets import ops
from scalewidgets.declare import Citation, Law
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible


def kernel(N, D, *, E, A, gamma):
    return E + A * ops.exp(-gamma * (ops.log(N) + ops.log(D)))


LAW = Law(
    kernel,
    "product",
    title="Product law",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS),
    coefficients=(irreducible("E"), amplitude("A"), exponent("gamma")),
    citation=Citation("mine2026", authors="Me", title="My runs", year=2026),
)
'''
NUMBERS = """
[paper]
key = "mine2026"
authors = "Me"
title = "My runs"
year = 2026
arxiv = "2601.00001"

[[fit]]
key = "mine2026"
title = "Mine"
where = "Table 1"
law = "product"
verified = "recomputed"
coefficients = { E = 1.5, A = 300.0, gamma = 0.15 }
"""


class TestFolderOfTheUsers:
    """A law file and a TOML file in a folder of SCALEWIDGETS_PATH are all that a new law needs."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "product.py").write_text(LAW_FILE, encoding="utf-8")
        (tmp_path / "mine2026.toml").write_text(NUMBERS, encoding="utf-8")
        monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
        return tmp_path

    def test_both_appear_in_the_catalogue(self, folder: Path) -> None:
        found = {(row.kind, row.key, row.level) for row in catalogue().search("product")}
        assert found >= {("law", "product", ""), ("fit", "mine2026", "recomputed")}

    def test_both_appear_on_the_command_line(self, folder: Path) -> None:
        def run(*arguments: str) -> str:
            command = [sys.executable, "-m", "scalewidgets", *arguments]
            environment = {**os.environ, PATH_VARIABLE: str(folder)}
            done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
            assert done.returncode == 0, done.stderr
            return done.stdout

        keys = {row["key"] for row in json.loads(run("laws", "--json"))}
        assert {"product", "mine2026", "chinchilla"} <= keys
        assert json.loads(run("laws", "product", "--json"))["fits"] == ["mine2026"]
        assert "Product law" in run("laws", "product")

    def test_the_explorer_offers_the_fit_and_opens_on_it(self, folder: Path) -> None:
        assert "Mine" in Explorer().fits
        ex = Explorer("mine2026", compute="1e21")
        assert ex.fit.law.key == "product"
        assert "sw.explore('mine2026', compute=1e21)" in ex.code()
