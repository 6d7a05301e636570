"""Published coefficients load with their source, a bad file is refused by name, and a folder of the user's is found."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from scalewidgets.errors import PublishedError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import LEVELS
from scalewidgets.published_fits import loading
from scalewidgets.published_fits.loading import published, published_fits, read
from scalewidgets.registry import PATH_VARIABLE, RegistryError, law, laws

FOLDER = Path(loading.__file__).parent
SHIPPED = published_fits()
EXPECTED = {
    "hoffmann2022": "repository",
    "hoffmann2022-printed": "paper",
    "hoffmann2022-rounded3": "repository",
    "besiroglu2024": "repository",
    "kaplan2020-n": "paper",
    "kaplan2020-d": "paper",
    "kaplan2020-c": "paper",
    "kaplan2020-nd": "second-hand",
    "sardana2024-100": "second-hand",
    "sardana2024-250": "second-hand",
    "sardana2024-500": "second-hand",
    "sardana2024-all": "second-hand",
    "henighan2020-image32-n": "paper",
}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.name)
def test_every_shipped_file_loads_under_its_own_key(file: Path) -> None:
    fits = list(read(file))
    assert fits
    assert all(fit.key == file.stem or fit.key.startswith(f"{file.stem}-") for fit in fits)
    assert all(fit.source.citation.key == file.stem for fit in fits)


@pytest.mark.parametrize(("key", "level"), EXPECTED.items())
def test_the_sets_of_the_first_slice_are_there_at_their_level(key: str, level: str) -> None:
    assert published(key).source.verified == level


@pytest.mark.parametrize("fit", SHIPPED.values(), ids=SHIPPED.keys())
def test_every_published_fit_says_where_it_comes_from(fit: Fit) -> None:
    source = fit.source
    assert source.citation.where
    assert source.citation.arxiv
    assert source.citation.year
    assert source.verified in set(LEVELS) - {"fitted", "simulated"}
    assert source.N_convention in ("", "total", "non-embedding")
    assert all(note.endswith(".") for note in source.notes)
    assert source.citation.where in source.sentences()[0]
    assert fit.title in fit.summary()
    assert (fit.draws is None) == (not source.draws), "draws are labelled, and nothing else is"


@pytest.mark.parametrize("fit", SHIPPED.values(), ids=SHIPPED.keys())
def test_every_published_fit_gives_a_response_over_its_range(fit: Fit) -> None:
    for pick in (0, 1):
        at = {v.symbol: fit.source.ranges.get(v.symbol, (v.low, v.high))[pick] for v in fit.law.variables}
        assert fit.law.response.allows(fit(**at))
        assert fit.law.response.unit != "nats/token" or 0 < float(fit(**at)) < 12


def test_only_sets_without_an_identified_constant_hold_within_their_range_only() -> None:
    marked = {key for key, fit in SHIPPED.items() if fit.source.within_range_only}
    assert marked == {"sardana2024-100", "sardana2024-250", "sardana2024-500"}


def test_units_and_logarithms_are_converted() -> None:
    assert published("kaplan2020-c").values["C_c"] == pytest.approx(1.6e7 * 8.64e19, rel=1e-15)
    assert published("besiroglu2024").values["A"] == math.exp(6.177955975826981)


def test_an_unknown_key_gets_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="no published fit 'hofmann2022'; it has .* Did you mean 'hoffmann2022'"):
        published("hofmann2022")


GOOD = """
[paper]
key = "mine2026"
authors = "Me"
title = "My runs"
year = 2026
arxiv = "2601.00001"

[common]
law = "power-n"
where = "Table 1"

[[fit]]
key = "mine2026-a"
title = "Mine"
verified = "paper"
ranges = { N = [1e6, 1e9] }
notes = ["A note."]
coefficients = { A = 20.0, alpha = 0.1 }
"""
CORRUPTIONS = {
    "no TOML": ("[paper]", "[paper", "is not valid TOML"),
    "no paper": ("[paper]", "[papers]", r"tables are \[paper\]"),
    "a table too many": ("[common]", "[comon]", r"tables are \[paper\], \[common\].*comon"),
    "one fit only": ("[[fit]]", "[fit]", r"one \[\[fit\]\] or more"),
    "no fit": (GOOD[GOOD.index("[[fit]]") :], "", r"one \[\[fit\]\] or more"),
    "paper lacks a key": ('authors = "Me"\n', "", r"\[paper\]: missing \['authors'\]"),
    "paper knows no such key": ("year = 2026", "year = 2026\ndoi = '1'", r"\[paper\]: .*not known \['doi'\]"),
    "year in words": ("year = 2026", 'year = "2026"', r"\[paper\]: year = '2026' must be a whole number"),
    "no title": ('title = "Mine"\n', "", r"fit 'mine2026-a': missing \['title'\]"),
    "unknown key": (
        'title = "Mine"',
        'titel = "Mine"',
        r"fit 'mine2026-a': missing \['title'\], not known \['titel'\]",
    ),
    "unknown level": ('"paper"', '"certain"', r"'mine2026-a': verified = 'certain'; levels are paper, repository"),
    "unknown law": ('"power-n"', '"power-m"', r"'mine2026-a': the catalogue has no law 'power-m'.*Did you mean"),
    "a coefficient short": (
        ", alpha = 0.1",
        "",
        r"'mine2026-a': law 'power-n' has coefficients A, alpha; the file gives A$",
    ),
    "a coefficient too many": ("alpha = 0.1", "alpha = 0.1, E = 1.0", r"the file gives A, alpha, E"),
    "a text for a number": ("alpha = 0.1", 'alpha = "0.1"', r"'mine2026-a', alpha: '0.1' is not a coefficient"),
    "true for a number": ("alpha = 0.1", "alpha = true", r"'mine2026-a', alpha: True is not a coefficient"),
    "nan": ("alpha = 0.1", "alpha = nan", r"'mine2026-a', alpha: nan is not a coefficient"),
    "a text for a log": ("alpha = 0.1", 'alpha = { log = "x" }', r"'mine2026-a', alpha: .* can't be read"),
    "a log beyond doubles": ("A = 20.0", "A = { log = 1e6 }", r"'mine2026-a', A: .* can't be read"),
    "an unknown unit": ("A = 20.0", 'A = { value = 1.0, unit = "furlongs" }', r"'mine2026-a', A: .*furlongs"),
    "another way to write": (
        "A = 20.0",
        "A = { ln = 1.0 }",
        r"'mine2026-a', A: .* is not a coefficient; give a number",
    ),
    "out of bounds": (
        "alpha = 0.1",
        "alpha = -0.1",
        r"'mine2026-a': alpha = -0.1 lies outside 0 to 3, which law 'power-n'",
    ),
    "a range turned round": ("[1e6, 1e9]", "[1e9, 1e6]", r"'mine2026-a': range of N is .*; give \[smallest, largest\]"),
    "a range of texts": ("[1e6, 1e9]", '["1M", "1B"]', r"'mine2026-a': range of N is \['1M', '1B'\]"),
    "a range from zero": ("[1e6, 1e9]", "[0, 1e9]", r"'mine2026-a': range of N is \[0, "),
    "a range of no variable": ("{ N = ", "{ M = ", r"'mine2026-a': a range is given for M; variables are C, N"),
    "a number for ranges": ("{ N = [1e6, 1e9] }", "3", r"'mine2026-a': ranges = 3 must be a table"),
    "a text for notes": ('["A note."]', '"A note."', r"'mine2026-a': notes = 'A note.' must be a list"),
    "a number among notes": ('["A note."]', "[1]", r"'mine2026-a': notes = \[1\] must be a list of texts"),
    "a text for a switch": (
        '["A note."]',
        '[]\nwithin_range_only = "yes"',
        r"within_range_only = 'yes' must be true or false",
    ),
    "a number for coefficients": ("{ A = 20.0, alpha = 0.1 }", "3", r"coefficients = 3 must be a table"),
    "draws that are missing": (
        '["A note."]',
        '[]\ndraws = "no.csv"',
        r"'mine2026-a': its file of draws no.csv is missing",
    ),
}


@pytest.mark.parametrize("what", CORRUPTIONS)
def test_a_bad_file_is_refused_by_name_entry_and_offender(what: str, tmp_path: Path) -> None:
    old, new, sentence = CORRUPTIONS[what]
    assert old in GOOD
    file = tmp_path / "mine2026.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PublishedError, match=rf"^mine2026\.toml.*{sentence}"):
        list(read(file))


WITH_DRAWS = GOOD.replace('["A note."]', '[]\ndraws = "mine.csv"\ndraws_note = "Two draws."')


def test_draws_come_from_a_table_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine2026.toml").write_text(WITH_DRAWS, encoding="utf-8")
    (tmp_path / "mine.csv").write_text("# two joint draws\nA,alpha\n19.5,0.1\n20.5,0.11\n", encoding="utf-8")
    (fit,) = read(tmp_path / "mine2026.toml")
    assert fit.draws is not None
    np.testing.assert_array_equal(fit.draws["alpha"], [0.1, 0.11])
    with pytest.raises(ValueError, match="read-only"):
        fit.draws["alpha"][0] = 1.0
    low, high = fit.interval(0.95)["A"]
    assert 19.5 <= low < high <= 20.5


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("", "draws have columns "),
        ("alpha,A\n0.1,2\n", "draws have columns alpha, A; law coefficients are A, alpha"),
        ("A,alpha\n", "mine.csv has no draws"),
        ("A,alpha\n1,x\n", "mine.csv has a row that is not 2 numbers"),
        ("A,alpha\n1,0.1\n1\n", "mine.csv has a row that is not 2 numbers"),
        ("A,alpha\n1,nan\n", "mine.csv has no draws, or a number in it is not finite"),
    ],
)
def test_a_bad_table_of_draws_is_refused(table: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "mine2026.toml").write_text(WITH_DRAWS, encoding="utf-8")
    (tmp_path / "mine.csv").write_text(table, encoding="utf-8")
    with pytest.raises(PublishedError, match=rf"^mine2026\.toml, fit 'mine2026-a': {sentence}"):
        list(read(tmp_path / "mine2026.toml"))


LAW_FILE = '''
"""A law of the user's."""
from scalewidgets.declare import Citation, Law
from scalewidgets.laws.common import LOSS, MODEL_SIZE, amplitude, irreducible

LAW = Law(
    lambda N, *, E, A: E + A / N,
    "mine",
    title="Mine",
    response=LOSS,
    variables=(MODEL_SIZE,),
    coefficients=(irreducible("E"), amplitude("A")),
    citation=Citation("mine2026"),
)
'''
FIT_OF_MINE = GOOD.replace('"power-n"', '"mine"').replace("A = 20.0, alpha = 0.1", "E = 1.5, A = 1e6")


class TestFolderOfTheUsers:
    """SCALEWIDGETS_PATH adds laws and published fits without another edit."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
        return tmp_path  # type: ignore[return-value]

    def test_a_law_and_its_numbers_appear(self, folder: Path) -> None:
        (folder / "mine.py").write_text(LAW_FILE, encoding="utf-8")
        (folder / "mine2026.toml").write_text(FIT_OF_MINE, encoding="utf-8")
        assert "mine" in laws()
        assert law("mine").portable
        assert float(published("mine2026-a")(N=2e6)) == 2.0
        assert set(SHIPPED) < set(published_fits())

    def test_nothing_of_it_stays_when_the_variable_is_gone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "mine.py").write_text(LAW_FILE, encoding="utf-8")
        assert "mine" in laws()
        monkeypatch.delenv(PATH_VARIABLE)
        assert "mine" not in laws()
        assert set(published_fits()) == set(SHIPPED)

    def test_several_folders_are_read_in_order(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("one", "two"):
            (folder / name).mkdir()
        (folder / "one" / "mine.py").write_text(LAW_FILE, encoding="utf-8")
        (folder / "two" / "mine2026.toml").write_text(FIT_OF_MINE, encoding="utf-8")
        monkeypatch.setenv(PATH_VARIABLE, os.pathsep.join(str(folder / name) for name in ("one", "two")))
        assert published("mine2026-a").law is law("mine")

    def test_a_law_declared_twice_is_named_with_both_files(self, folder: Path) -> None:
        (folder / "a.py").write_text(LAW_FILE.replace('"mine"', '"chinchilla"'), encoding="utf-8")
        with pytest.raises(
            RegistryError, match=r"law 'chinchilla' is declared in .*chinchilla\.py and again in .*a\.py"
        ):
            laws()

    def test_a_fit_declared_twice_is_named(self, folder: Path) -> None:
        (folder / "mine2026.toml").write_text(GOOD.replace("mine2026-a", "besiroglu2024"), encoding="utf-8")
        with pytest.raises(PublishedError, match=r"mine2026\.toml: published fit 'besiroglu2024' is declared twice"):
            published_fits()

    def test_a_file_that_fails_is_named_with_its_error(self, folder: Path) -> None:
        (folder / "broken.py").write_text("1 / 0", encoding="utf-8")
        with pytest.raises(RegistryError, match=rf"broken\.py, found through {PATH_VARIABLE}, .* division by zero"):
            laws()

    def test_a_folder_that_is_none_is_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        missing = folder / "missing"
        monkeypatch.setenv(PATH_VARIABLE, str(missing))
        with pytest.raises(
            RegistryError, match=rf"{PATH_VARIABLE} names {re.escape(str(missing))}, which is not a folder"
        ):
            laws()
