"""Pairs of loss and score that are uploaded: read with care, rows left out, removed again, named in the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scalewidgets.errors import ScalewidgetsError, StateError
from scalewidgets.explorers import studio_task_table
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_task import OWN
from scalewidgets.explorers.studio_task_fits import fit_of_pairs
from scalewidgets.explorers.studio_task_table import MOST_BYTES, PASTED, TaskTable
from scalewidgets.explorers.texts import sentences
from scalewidgets.faces.telling import Telling

PAIRS = [(2.1, 0.57), (2.5, 0.46), (3.0, 0.37), (3.5, 0.29), (4.0, 0.25), (4.6, 0.22)]
CSV = b"model,loss,score\n" + b"".join(f"m{at},{loss},{score}\n".encode() for at, (loss, score) in enumerate(PAIRS))
POINT = "hoffmann2022"


@pytest.fixture
def ex() -> Studio:
    return Studio(POINT, compute=1e22)


def error(ex: Studio) -> float:
    return float(ex.frames()["cards"]["task_error"]["value"])


def test_a_file_gives_what_the_same_pairs_give_in_python(ex: Studio) -> None:
    fit = ex.task_upload("mine.csv", CSV)
    assert ex.tasks == OWN and ex.task_fit is fit
    assert fit.values == fit_of_pairs(PAIRS).values
    assert error(ex) == pytest.approx(float(fit(L=ex.plan.loss)), rel=1e-9)
    ex.task_upload("mine.csv", CSV.replace(b"loss", b"c4").replace(b"score", b"core"), "loss=c4, score=core")
    assert error(ex) == pytest.approx(float(fit(L=ex.plan.loss)), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "content", "how", "why"),
    [
        ("mine.csv", CSV.replace(b"0.37", b"37"), "", r"mine.csv, row 3 \(line 4\), column 'score': 37 is not allowed"),
        ("mine.csv", CSV.replace(b"score", b"mmlu"), "", "score= or error="),
        ("mine.csv", CSV, "points=score", "points"),
        ("mine.csv", CSV, "score", 'as in loss="eval loss", score=accuracy'),
        ("mine.csv", b"loss,score\n2,0.5\n3,0.4\n", "", "3 coefficients and there are 2"),
        ("mine.csv", b"\x00\xff\xfe\x9d", "", "mine.csv"),
        ("mine.csv", b"", "", "empty"),
        ("mine.parquet", CSV, "", "mine.parquet: .* save them as .csv"),
        ("mine.csv", b"x" * (MOST_BYTES + 1), "", "mine.csv is larger than the 1 MB .*: keep"),
    ],
)
@pytest.mark.parametrize("before", [False, True], ids=["nothing before", "pairs before"])
def test_a_bad_file_says_why_and_takes_nothing_away(
    ex: Studio, name: str, content: bytes, how: str, why: str, before: bool
) -> None:
    if before:
        ex.task_upload("good.csv", CSV)
        ex.task_drop("2")
    stood = ex.settings(), ex.task_pairs, ex.task_table, ex.code()
    with pytest.raises(ScalewidgetsError, match=why):
        ex.task_upload(name, content, how)
    assert (ex.settings(), ex.task_pairs, ex.task_table, ex.code()) == stood


def test_more_pairs_than_a_fit_should_take_are_refused(ex: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio_task_table, "MOST_PAIRS", 5)
    with pytest.raises(ScalewidgetsError, match="mine.csv has 6 pairs, and 5 are the most"):
        ex.task_upload("mine.csv", CSV)


def test_rows_left_out_are_counted_where_the_number_is_explained(ex: Studio) -> None:
    ex.task_upload("mine.csv", CSV)
    fit = ex.task_drop("1, 4")
    assert fit is ex.task_pairs
    kept = [pair for row, pair in enumerate(PAIRS) if row not in (1, 4)]
    assert fit is not None and fit.values == pytest.approx(fit_of_pairs(kept).values, rel=1e-9)
    (line,) = (each for each in sentences(ex, ex.frames()) if each.startswith("Task error comes from"))
    assert "your 4 pairs of loss and score (2 left out)" in line
    assert line in ex.brief()
    assert ex.task_table is not None
    assert ex.task_table.told(fit).startswith("4 of 6 pairs used, 2 left out · mine.csv · typical miss ")
    # the row is that of the file, not of what is left
    assert ex.task_table.told(fit).split("at row ")[1].split()[0] in {"0", "2", "3", "5"}
    ex.task_drop(())
    assert "left out" not in "".join(sentences(ex, ex.frames()))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("9", "no row 9; the 6 pairs are rows 0 to 5"),
        ("first", "'first' is not a row"),
        (range(6), "all 6 pairs would be left out"),
        (range(4), "3 coefficients and there are 2"),
    ],
)
def test_rows_that_can_not_be_left_out_leave_the_fit(ex: Studio, rows: Any, why: str) -> None:
    fit = ex.task_upload("mine.csv", CSV)
    with pytest.raises(ScalewidgetsError, match=why):
        ex.task_drop(rows)
    assert ex.task_pairs is fit


def test_pairs_are_removed_again(ex: Studio) -> None:
    before = ex.frames()["cards"]
    ex.task_upload("mine.csv", CSV)
    ex.task_forget()
    assert ex.task_pairs is None and ex.task_table is None
    assert "task_scores" not in ex.code()
    (line,) = (each for each in sentences(ex, ex.frames()) if each.startswith("Task error is not shown"))
    assert "under “Your scores”" in line and "ex.task_scores(table)" in line
    assert all(np.array_equal(ex.frames()["cards"][name]["value"], card["value"]) for name, card in before.items())
    with pytest.raises(StateError, match="no table of pairs"):
        ex.task_drop("1")


def test_cautions_about_the_pairs_are_said(ex: Studio) -> None:
    ex.task_scores(PAIRS[:3])
    assert any(
        line.startswith("Your pairs: ") and "3 distinct values of L" in line for line in sentences(ex, ex.frames())
    )


@pytest.mark.parametrize(
    ("name", "how", "rows", "lines"),
    [
        ("mine.csv", "", (), ["pairs = sw.read_scores('mine.csv')"]),
        (
            "mine.csv",
            "score=score, label=False",
            (),
            ["pairs = sw.read_scores('mine.csv', score='score', label=False)"],
        ),
        (PASTED, "", (), [f"pairs = sw.read_scores('{PASTED}')  # the table that was pasted"]),
        ("mine.csv", "", (4,), ["pairs = pairs.subset([row for row in range(len(pairs)) if row not in (4,)])"]),
    ],
)
def test_code_names_the_file_it_needs_and_recreates_the_state(
    ex: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str, rows: Any, lines: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(CSV)
    ex.task_upload(name, CSV, how)
    ex.task_drop(rows)
    code = ex.code()
    assert all(line in code.splitlines() for line in lines)
    made: dict[str, Any] = {}
    exec(code, made)
    assert made["ex"].settings() == ex.settings()
    for key, value in ex.inputs.items():
        np.testing.assert_array_equal(made["ex"].inputs[key], value, err_msg=key)


def test_a_path_given_in_python_is_named_in_the_code(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(CSV)
    assert f"pairs = sw.read_scores({str(path)!r})" in Studio(POINT, tasks="own", task_scores=path).code()
    assert TaskTable.of(PAIRS).origin == ""


def test_others_are_given_neither_pairs_nor_their_file(ex: Studio) -> None:
    ex.task_upload("secret.csv", CSV)
    assert ex.twin().task_table is ex.task_table
    given = ex.giveaway()
    assert given.task_table is None and "secret" not in given.code()
    assert error(given) == pytest.approx(error(ex))


def test_a_page_is_told_the_coefficients_whenever_the_pairs_change(ex: Studio) -> None:
    telling = Telling(ex)
    telling.news()
    steps = [
        lambda: ex.task_upload("mine.csv", CSV),
        lambda: ex.task_upload("other.csv", CSV.replace(b"0.57", b"0.55")),
        lambda: ex.task_drop("2"),
        ex.task_forget,
    ]
    for step in steps:
        step()
        (found,) = telling.news()["sets"].values()
        for name in ("epsilon", "k", "gamma"):
            np.testing.assert_array_equal(found["inputs"][f"tasks.{name}"], ex.inputs[f"tasks.{name}"])
        assert ("task_error" in [card[0] for card in found["cards"]]) == (ex.task_pairs is not None)
