"""A table that cannot be used is always refused with the documented error, which names row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scalewidgets.errors import RunsError
from scalewidgets.runs import read_runs

GOOD = [
    ["N", "D", "loss", "note"],
    ["70M", "1.4e9", "3.9", "a"],
    ["400000000", "8e9", "3.1", "b"],
    ["1B", "2e10", "2.6", "c"],
    ["1,000,000,000", "4e10", "2.5", "d"],
]


def quoted(rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def saved(folder: Path, content: str | bytes, name: str = "runs.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "runs.csv is empty"),
        ("\n\n", "runs.csv is empty"),
        ("N,D,loss\n", "has no rows, only the columns 'N', 'D', 'loss'"),
        ("N,D,N,loss\n1e8,2e9,1e8,3\n", "the column 'N' comes 2 times"),
        ("N,D,loss\n1e8,2e9\n", r"row 1 \(line 2\): 2 cells, but the header has 3"),
        ("N,D,loss\n1e8,2e9,3\n\n1e8,2e9,3,4\n", r"row 2 \(line 4\): 4 cells"),
        ("N,D,loss\n1e8,2e9,\n", r"row 1 \(line 2\), column 'loss': the cell is missing"),
        ("N,D,loss\n1e8,2e9,NA\n", "missing"),
        ("N,D,loss\n1e8,2e9,nan\n", "NaN"),
        ("N,D,loss\n1e8,2e9,inf\n", "infinite"),
        ("N,D,loss\n1e8,2e9,-3\n", "negative"),
        ("N,D,loss\n1e8,2e9,−3\n", "negative"),
        ("N,D,loss\n0,2e9,3\n", "zero"),
        ("N,D,loss\n1e8,2e9,2.5 bits\n", "not a plain number"),
        ("N,D,loss\n1e8,many,3\n", "row 1 .* column 'D': 'many' is not a quantity"),
        ("N,D,loss\n1e8,2e9 FLOP,3\n", "expected tokens"),
        ("N;D;loss\n1e8;2e9;3,25\n", "has a comma, which may be a decimal one"),
        ("1e8,2e9,3\n1e9,2e10,2.6\n", "has no header"),
        ("a,b,loss\n1e8,2e9,3\n", "no column for N"),
        ("N,D\n1e8,2e9\n", "no column for the loss among 'N', 'D'"),
        ('N,D,loss\n"1e8,2e9,3\n', "not well-formed CSV"),
        ("N,D,loss\n1e300,1e300,3\n", "column 'C', row 1: inf is not finite and positive"),
        ("N,D,loss,run\n1e8,2e9,3,\n", "the name is missing"),
        (b"N,D,loss\n1e8,2e9,3\xff\n", "not text in UTF-8"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_reason(content: str | bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RunsError, match=reason):
        read_runs(saved(tmp_path, content))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("runs.xlsx", "should end in one of"), ("runs.parquet", "not a Parquet file"), ("runs.csv.gz", "cannot be read")],
)
def test_a_file_of_another_kind_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RunsError, match=reason):
        read_runs(saved(tmp_path, "N,D,loss\n1e8,2e9,3\n", name))


@pytest.mark.parametrize("path", ["missing.csv", "."])
def test_an_absent_file_or_a_folder_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="there is no file"):
        read_runs(tmp_path / path)


FRAME = {"N": [1e8, 1e9], "D": [2e9, 2e10], "loss": [3.0, 2.6]}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({}, "the mapping is empty"),
        ([], "the list of rows is empty"),
        ([1, 2], "row 1: expected a mapping"),
        ([{"N": 1, "loss": 2}, {"N": 1}], "row 2 lacks column 'loss'"),
        ([{"N": 1}, {"N": 1, "D": 2}], "row 2 has an extra column 'D'"),
        ({"N": [], "loss": []}, "has no rows"),
        ({"N": [1e8], "D": [1e9, 2e9], "loss": [3]}, "differ in length"),
        ({"N": 1e8, "loss": [3]}, "column 'N': expected a list"),
        ({"N": "1e8", "loss": [3]}, "column 'N': expected a list"),
        (FRAME | {"N": [1e8, None]}, "row 2, column 'N': the cell is missing"),
        (FRAME | {"N": [True, 1e8]}, "row 1, column 'N': True is not a quantity"),
        (FRAME | {"N": [[1], 1e8]}, "row 1, column 'N'"),
        (FRAME | {"N": [10**400, 1e8]}, "too large"),
        (pd.DataFrame(FRAME | {"loss": [3.0, None]}), "row 2, column 'loss': the cell is missing or NaN"),
        (pd.DataFrame(FRAME | {"loss": [3, pd.NA]}, dtype="Float64"), "row 2, column 'loss': the cell is missing"),
        (pd.DataFrame([[1, 2, 3]], columns=["N", "N", "loss"]), "the column 'N' comes 2 times"),
        (pl.DataFrame(FRAME | {"loss": [3.0, None]}), "row 2, column 'loss': the cell is missing"),
        (pl.DataFrame(FRAME).lazy(), "lazy"),
        (3.0, "cannot read runs from float"),
        (None, "cannot read runs from NoneType"),
        (read_runs(FRAME), "runs already"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_bad_table_in_memory_is_refused(source: Any, reason: str) -> None:
    with pytest.raises(RunsError, match=reason):
        read_runs(source)


def test_weights_must_not_all_be_zero() -> None:
    with pytest.raises(RunsError, match="one at least must be positive"):
        read_runs(FRAME | {"w": [0, 0]}, weight="w")


BAD_CELLS = [
    "",
    " ",
    "NA",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "-1",
    "0",
    "text",
    "1e999",
    "3..5",
    "1 2",
    "None",
    "--",
    "True",
]


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a good table with one thing wrong, and what its error must mention."""
    rows = [list(row) for row in GOOD]
    row, column = draw(st.integers(1, len(rows) - 1)), draw(st.integers(0, 2))
    kind = draw(st.sampled_from(["cell", "cell", "cell", "header", "short", "long", "empty", "headless"]))
    place = f"row {row} (line {row + 1})"
    if kind == "cell":
        rows[row][column] = draw(st.sampled_from(BAD_CELLS))
        mention = f"{place}, column {GOOD[0][column]!r}"
    elif kind == "header":
        rows[0][column] = rows[0][draw(st.sampled_from([i for i in range(4) if i != column]))]
        mention = "comes 2 times"
    elif kind == "short":
        rows[row] = rows[row][: draw(st.integers(1, 3))]
        mention = f"{place}: "
    elif kind == "long":
        rows[row] += ["5"] * draw(st.integers(1, 3))
        mention = f"{place}: "
    elif kind == "empty":
        rows = rows[:1]
        mention = "no rows"
    else:
        rows[0] = ["1", "2", "3", "4"]
        mention = "no header"
    return quoted(rows, draw(st.sampled_from([",", ";", "\t"])) if kind != "cell" else ","), mention


def test_the_table_to_be_corrupted_is_good(tmp_path: Path) -> None:
    assert len(read_runs(saved(tmp_path, quoted(GOOD)))) == 4


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=corrupted())
def test_one_fault_anywhere_gives_the_documented_error(case: tuple[str, str], tmp_path: Path) -> None:
    content, mention = case
    with pytest.raises(RunsError) as caught:
        read_runs(saved(tmp_path, content))
    assert "runs.csv" in str(caught.value)
    assert mention in str(caught.value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.text(alphabet='ND,;\n"1e loss\t\ufeff', max_size=60).map(str.encode))
def test_any_bytes_give_runs_or_the_documented_error(content: bytes, tmp_path: Path) -> None:
    try:
        runs = read_runs(saved(tmp_path, content))
    except RunsError as problem:
        assert "runs.csv" in str(problem) or "column" in str(problem)
    else:
        assert len(runs) > 0
