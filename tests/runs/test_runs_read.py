"""The same runs come out of every kind of table, and nothing is guessed or dropped in silence."""

from __future__ import annotations

import builtins
import gzip
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scalewidgets.errors import QuantityError, RunsError, UnknownName
from scalewidgets.runs import Runs, read_runs

N = [70e6, 400e6, 1e9, 16.2e9]
D = [1.4e9, 8e9, 20.5e9, 325.25e9]
LOSS = [3.9, 3.1, 2.6, 2.05]
COLUMNS = {"N": N, "D": D, "loss": LOSS}
EXPECTED = Runs({"N": N, "D": D, "C": [6.0 * n * d for n, d in zip(N, D, strict=True)]}, LOSS, imputed=frozenset("C"))


def csv_text(columns: dict[str, list[Any]], delimiter: str = ",", end: str = "\n") -> str:
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    return "".join(delimiter.join(map(str, row)) + end for row in rows)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def parquet(folder: Path) -> Path:
    pq.write_table(pa.table(COLUMNS), folder / "runs.parquet")
    return folder / "runs.parquet"


SOURCES: dict[str, Callable[[Path], Any]] = {
    "mapping": lambda folder: COLUMNS,
    "mapping of arrays": lambda folder: {name: np.array(cells) for name, cells in COLUMNS.items()},
    "list of rows": lambda folder: [
        dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)
    ],
    "pandas": lambda folder: pd.DataFrame(COLUMNS, index=[9, 8, 7, 7]),
    "pandas nullable": lambda folder: pd.DataFrame(COLUMNS).convert_dtypes(),
    "polars": lambda folder: pl.DataFrame(COLUMNS),
    "pyarrow": lambda folder: pa.table(COLUMNS),
    "parquet": parquet,
    "csv": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS).encode()),
    "csv path as text": lambda folder: str(written(folder, "runs.csv", csv_text(COLUMNS).encode())),
    "csv.gz": lambda folder: written(folder, "runs.csv.gz", gzip.compress(csv_text(COLUMNS).encode())),
    "tsv": lambda folder: written(folder, "runs.tsv", csv_text(COLUMNS, "\t").encode()),
    "semicolons": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS, ";").encode()),
    "CRLF": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS, end="\r\n").encode()),
    "byte order mark": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS).encode("utf-8-sig")),
    "UTF-16": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS).encode("utf-16")),
    "blank lines": lambda folder: written(folder, "runs.csv", ("\n" + csv_text(COLUMNS, end="\n\n")).encode()),
    "no last newline": lambda folder: written(folder, "runs.csv", csv_text(COLUMNS).rstrip().encode()),
    "text": lambda folder: {
        "N": ["70M", "400M", "1B", "16.2B params"],
        "D": ["1.4B", "8B tokens", "20.5B", "325.25 B"],
        "loss": ["3.9", "3.10", "2.6", "2.05"],
    },
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_table_gives_equal_runs(kind: str, tmp_path: Path) -> None:
    runs = read_runs(SOURCES[kind](tmp_path))
    assert runs == EXPECTED
    assert hash(runs) == hash(EXPECTED)


def test_quoted_headers_and_cells_may_hold_delimiters_and_newlines(tmp_path: Path) -> None:
    text = (
        '"Model size, total",D,"loss\n(nats)",note\n1e8,2e9,3.5,"a, b"\n"1,000,000,000",2e10,2.6,"c\nd"\n1e9,x,2.6,\n'
    )
    path = written(tmp_path, "runs.csv", text.encode())
    with pytest.raises(RunsError, match=r"runs.csv, row 3 \(line 6\), column 'D': 'x' is not a quantity"):
        read_runs(path, N="Model size, total", loss="loss\n(nats)")
    good = written(tmp_path, "good.csv", text.replace("1e9,x", "1e9,3e9").encode())
    assert read_runs(good, N="Model size, total", loss="loss\n(nats)").N.tolist() == [1e8, 1e9, 1e9]


@pytest.mark.parametrize(
    ("header", "symbols"),
    [
        (("params", "tokens", "loss"), "ND"),
        (("Model Size", "Training FLOP", "loss"), "NC"),
        (("n_params", "FLOPs", "val_loss"), "NC"),
        (("training_tokens", "compute_budget", "validation_loss"), "DC"),
        (("Parameters", "Tokens Seen", "Final Loss"), "ND"),
        (("n", "d", "Loss"), "ND"),
        (("N", "D", "loss"), "ND"),
    ],
)
def test_usual_column_names_are_found(header: tuple[str, ...], symbols: str) -> None:
    rows = {"N": [1e8, 1e9], "D": [2e9, 2e10], "C": [1.2e18, 1.2e20]}
    columns = {name: rows[symbol] for name, symbol in zip(header, symbols, strict=False)} | {header[2]: [3.5, 2.6]}
    runs = read_runs(columns)
    assert runs.imputed == frozenset("NDC") - set(symbols)
    for symbol, values in rows.items():
        assert runs[symbol] == pytest.approx(values, rel=1e-15)
    assert [caution.key for caution in runs.warnings] == ["imputed"]


def test_the_exact_symbol_wins_over_other_usual_names() -> None:
    runs = read_runs(COLUMNS | {"params": [1.0] * 4, "train_loss": [9.0] * 4})
    assert runs == EXPECTED


def test_several_usual_names_are_ambiguous_until_one_is_chosen() -> None:
    columns = {"params": N, "parameters": [2 * n for n in N], "tokens": D, "loss": LOSS}
    with pytest.raises(RunsError, match=r"N could be any of 'params', 'parameters'; say which with N="):
        read_runs(columns)
    assert read_runs(columns, N="params") == EXPECTED


def test_false_leaves_a_column_out() -> None:
    runs = read_runs(COLUMNS | {"C": ["n/a"] * 4}, C=False)
    assert runs == EXPECTED


def test_other_variables_come_by_their_symbols_and_may_be_zero() -> None:
    runs = read_runs(COLUMNS | {"unique_tokens": ["1B", "2B", "0", "4B"]}, U="unique_tokens")
    assert list(runs.columns) == ["N", "D", "C", "U"]
    assert runs["U"].tolist() == [1e9, 2e9, 0.0, 4e9]


def test_groups_weights_and_names_are_read() -> None:
    table = COLUMNS | {"run": ["a", "b", "c", 4], "family": ["x", "x", "y", "y"], "w": [1, 0, 0.5, 2]}
    runs = read_runs(table, group="family", weight="w")
    assert runs.names == ("a", "b", "c", "4")
    assert runs.groups.tolist() == ["x", "x", "y", "y"]
    assert runs.weights.tolist() == [1, 0, 0.5, 2]
    assert read_runs(table, name=False).names is None


@pytest.mark.parametrize(
    ("unit", "bytes_per_token", "factor"), [("bits", None, math.log(2)), ("bpb", 4.2, 4.2 * math.log(2))]
)
def test_the_loss_is_converted_to_nats(unit: str, bytes_per_token: float | None, factor: float) -> None:
    runs = read_runs(COLUMNS, loss_unit=unit, bytes_per_token=bytes_per_token)
    assert runs.loss == pytest.approx(np.array(LOSS) * factor, rel=1e-15)


def test_a_perplexity_is_converted_and_must_exceed_one() -> None:
    runs = read_runs(COLUMNS | {"loss": [np.exp(each) for each in LOSS]}, loss_unit="perplexity")
    assert runs.loss == pytest.approx(LOSS, rel=1e-15)
    with pytest.raises(RunsError, match=r"row 2, column 'loss': 0.9 is 0.9; it must be above 1"):
        read_runs(COLUMNS | {"loss": [3, 0.9, 3, 3]}, loss_unit="perplexity")


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"loss_unit": "bpb"}, QuantityError, "needs bytes_per_token"),
        ({"bytes_per_token": 4}, QuantityError, "leave it out"),
        ({"loss_unit": "nots"}, UnknownName, "Did you mean 'nats'"),
        ({"N": "prams"}, RunsError, "N='prams': the mapping has no column 'prams'; it has D, N, loss"),
        ({"loss": "Loss"}, RunsError, "Did you mean 'loss'"),
        ({"N": 3}, RunsError, "takes the name of a column"),
        ({"U": None}, RunsError, "U= takes the name of a column"),
        ({"U": "unique"}, RunsError, "no column 'unique'"),
        ({"group": "family"}, RunsError, "no column 'family'"),
        ({"weight": "w"}, RunsError, "no column 'w'"),
        ({"name": "run"}, RunsError, "no column 'run'"),
        ({"D": "N"}, RunsError, "'N' cannot be both N and D"),
        ({"N": False, "D": False}, RunsError, "no column for N .* among 'N', 'D', 'loss'"),
        ({"checkpoints": "first"}, RunsError, "'last', 'all' or left out"),
        ({"checkpoints": "last"}, RunsError, "name their column with name="),
    ],
)
def test_a_wrong_option_is_told_with_the_remedy(options: dict[str, Any], error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        read_runs(COLUMNS, **options)


CHECKPOINTS = {
    "run": ["a", "b", "a", "a", "c"],
    "N": [1e8, 2e8, 1e8, 1e8, 3e8],
    "D": [1e9, 4e9, 3e9, 2e9, 6e9],
    "loss": [4.0, 3.2, 3.4, 3.6, 3.0],
}


def test_several_rows_of_one_run_must_be_chosen_from() -> None:
    with pytest.raises(
        RunsError, match=r"row 3, column 'run': run 'a' already has row 1; 3 rows of 1 run look like int"
    ):
        read_runs(CHECKPOINTS)


def test_the_last_checkpoint_is_the_row_of_largest_d_and_the_rest_is_counted() -> None:
    runs = read_runs(CHECKPOINTS, checkpoints="last")
    assert runs.names == ("b", "a", "c")
    assert runs.D.tolist() == [4e9, 3e9, 6e9]
    assert str(runs.warnings[-1]).startswith("2 of 5 rows were left out as intermediate checkpoints.")


def test_all_checkpoints_are_kept_on_demand() -> None:
    runs = read_runs(CHECKPOINTS, checkpoints="all")
    assert len(runs) == 5
    assert runs.warnings[-1].key == "checkpoints"
    assert len(read_runs(CHECKPOINTS, name=False)) == 5


def test_the_last_checkpoint_needs_d() -> None:
    with pytest.raises(RunsError, match="there is no D"):
        read_runs({key: CHECKPOINTS[key] for key in ("run", "N", "loss")}, checkpoints="last")


def test_equal_sizes_without_a_run_column_are_runs_of_their_own() -> None:
    assert len(read_runs({key: CHECKPOINTS[key] for key in ("N", "D", "loss")})) == 5


@pytest.mark.parametrize(
    ("columns", "keys"),
    [
        (COLUMNS, ["imputed"]),
        (COLUMNS | {"C": [6 * n * d for n, d in zip(N, D, strict=True)]}, []),
        (COLUMNS | {"C": [7 * n * d for n, d in zip(N, D, strict=True)]}, ["compute-disagrees"]),
        ({"N": [1e8, 1.001e8], "D": [1e9, 2e9], "loss": [3, 2.9]}, ["imputed", "one-size"]),
        ({"N": [1e8, 2e8], "D": [1e9, 1e9], "loss": [3, 2.9]}, ["imputed", "one-data-size"]),
        ({"N": [0.07, 16.2], "D": [1e9, 2e9], "loss": [3, 2.9]}, ["imputed", "small-numbers"]),
        ({"N": [1e8, 2e8], "D": [1e9, 2e9], "loss": [40.0, 30.0]}, ["imputed", "high-loss"]),
        ({"N": [1e8, 2e8], "loss": [3, 2.9]}, ["lone-variable"]),
    ],
)
def test_what_a_reader_must_know_is_a_caution(columns: dict[str, list[float]], keys: list[str]) -> None:
    runs = read_runs(columns)
    assert [caution.key for caution in runs.warnings] == keys
    assert all(caution.sentence and caution.remedy for caution in runs.warnings)


def test_the_spread_of_compute_over_six_n_d_is_reported() -> None:
    factors = [5.4, 6.0, 6.6, 7.2]
    compute = [factor * n * d for factor, n, d in zip(factors, N, D, strict=True)]
    runs = read_runs(COLUMNS | {"C": compute})
    assert runs.flop_ratio == pytest.approx((0.9, 1.05, 1.2))
    assert "median 1.05, from 0.900 to 1.20" in runs.summary()
    assert EXPECTED.flop_ratio is None


def test_parquet_without_pyarrow_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet(tmp_path)
    real = builtins.__import__

    def without_pyarrow(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(RunsError, match="needs the package pyarrow"):
        read_runs(path)


def test_public_runs_are_read_whole(shared_data: Path) -> None:
    points = read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    assert (len(points), points.imputed, points.warnings) == (245, frozenset(), ())
    assert points.flop_ratio == pytest.approx((1, 1, 1), rel=1e-12)
    assert points.distinct("N", rel=1e-3) == 43


def test_public_runs_without_tokens_get_them_from_compute(shared_data: Path) -> None:
    points = read_runs(shared_data / "chinchilla_epoch" / "points.csv")
    svg = read_runs(shared_data / "chinchilla_epoch" / "svg_extracted_data.csv")
    assert svg.imputed == {"D"}
    np.testing.assert_allclose(svg.D, points.D, rtol=1e-12)
    assert np.array_equal(svg.loss, points.loss)
