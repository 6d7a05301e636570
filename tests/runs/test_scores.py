"""Pairs of loss and score: columns found by usual names, every refusal names row, column and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scalewidgets as sw
from scalewidgets.errors import RunsError, ScalewidgetsError

LOSS, SCORE = [2.5, 3.0, 3.5], [0.47, 0.36, 0.29]
ERROR = [1 - score for score in SCORE]


@pytest.mark.parametrize(
    ("table", "how"),
    [
        ({"loss": LOSS, "score": SCORE}, {}),
        ({"L": LOSS, "Err": ERROR}, {}),
        ({"eval_loss": LOSS, "Mean accuracy": SCORE}, {}),
        ({"Val Loss": LOSS, "error rate": ERROR}, {}),
        (list(zip(LOSS, SCORE, strict=True)), {}),
        ([{"loss": loss, "acc": score} for loss, score in zip(LOSS, SCORE, strict=True)], {}),
        ({"c4": LOSS, "core": SCORE}, {"loss": "c4", "score": "core"}),
        ({"loss": LOSS, "score": SCORE, "error": SCORE}, {"score": "score"}),
        ({"loss": LOSS, "score": ERROR, "error": ERROR}, {"error": "error"}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "list",
)
def test_columns_are_found_by_usual_names_or_named(table: Any, how: dict[str, str]) -> None:
    pairs = sw.read_scores(table, **how)
    assert pairs["L"].tolist() == LOSS
    assert pairs.loss.tolist() == pytest.approx(ERROR)
    assert pairs.response is not None and pairs.response.symbol != "L"


@pytest.mark.parametrize(
    ("table", "how", "why"),
    [
        ({"perplexity": LOSS, "score": SCORE}, {}, "no column for the loss among 'perplexity', 'score'.*loss="),
        ({"loss": LOSS, "mmlu": SCORE}, {}, "among 'loss', 'mmlu'; name it 'score' or 'error'"),
        ({"loss": LOSS, "score": SCORE, "error": ERROR}, {}, "has 'score' and 'error'; one is enough"),
        ({"loss": LOSS, "task score": SCORE, "accuracy": SCORE}, {}, "could be any of 'task score', 'accuracy'"),
        ({"eval loss": LOSS, "train loss": LOSS, "score": SCORE}, {}, "could be any of 'eval loss', 'train loss'"),
        ({"loss": LOSS, "score": SCORE}, {"score": "mmlu"}, "'mmlu'"),
        ({"loss": LOSS, "score": SCORE}, {"score": "loss"}, "both the loss and the score"),
        ({"loss": LOSS, "score": [0.4, "", 0.3]}, {}, "row 2, column 'score': the cell is missing"),
        ({"loss": [2.0, "low", 3.0], "score": SCORE}, {}, "row 2, column 'loss': 'low'"),
        ({"loss": LOSS, "score": [47, 36, 29]}, {}, "row 1, column 'score': 47 is not .* divide percentages by 100"),
        ({"loss": LOSS, "error": [0.5, 0.6, 1.0]}, {}, "row 3, column 'error': 1 is not allowed"),
        ([(2.0, 0.5), 3.0], {}, "each is \\(loss, score\\)"),
    ],
)
def test_a_table_that_is_none_of_pairs_says_why(table: Any, how: dict[str, str], why: str) -> None:
    with pytest.raises(RunsError, match=why):
        sw.read_scores(table, **how)


def test_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("loss;score\n\n2.5;0.47\n3.0;1.36\n")
    with pytest.raises(RunsError, match=r"^mine\.csv, row 2 \(line 4\), column 'score': 1\.36 is not allowed"):
        sw.read_scores(path)


@pytest.mark.parametrize(
    ("table", "how", "names"),
    [
        ({"model": ["a", "b", "a"]}, {}, ("a", "b", "a")),
        ({"run": ["a", "", None]}, {}, ("a", "", "")),
        ({"label": ["a", "b", "c"], "model": ["x", "y", "z"]}, {}, ("a", "b", "c")),
        ({"family": ["a", "b", "c"], "model": ["x", "y", "z"]}, {"label": "family"}, ("a", "b", "c")),
        ({}, {}, None),
    ],
)
def test_labels_may_repeat_and_be_absent(table: dict[str, list[Any]], how: dict[str, str], names: Any) -> None:
    assert sw.read_scores({"loss": LOSS, "score": SCORE, **table}, **how).names == names


def test_pairs_are_runs_of_the_law() -> None:
    steep = {"loss": [2.1, 2.5, 3.0, 3.5, 4.0, 4.6], "score": [0.57, 0.46, 0.37, 0.29, 0.25, 0.22]}
    fit = sw.fit("error-from-loss", sw.read_scores(steep), objective="squared", residual="raw", progress=False)
    assert float(fit(L=3.0)) == pytest.approx(0.63, abs=0.02)
    with pytest.raises(ScalewidgetsError, match="3 coefficients and there are 2"):
        sw.fit("error-from-loss", sw.read_scores([(2.0, 0.5), (3.0, 0.4)]))
