"""Logs larger than memory are read in parts, thinned per run, and say what was left out; the same from every format."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from scalewidgets.errors import RunsError, UnknownName
from scalewidgets.fitting.surface import fit
from scalewidgets.runs import read_logs
from scalewidgets.runs.thinning import Thinner

STEPS = [0, 10, 100, 1000, 2000]
RUNS = {"small": 70e6, "large": 160e6}
LOSS = {"small": [10.9, 9.0, 6.0, 4.0, 3.8], "large": [10.9, 8.5, 5.5, 3.6, 3.4]}
LONG = {
    "run": [run for run in RUNS for _ in STEPS],
    "step": STEPS * 2,
    "params": [N for N in RUNS.values() for _ in STEPS],
    "loss": LOSS["small"] + LOSS["large"],
    "lr": [1e-3] * 10,
    "note": ["x, y"] * 10,
}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def csv_of(columns: dict[str, list[Any]], delimiter: str = ",") -> bytes:
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode()


def parquet(folder: Path) -> Path:
    pq.write_table(pa.table(LONG), folder / "log.parquet", row_group_size=3)
    return folder / "log.parquet"


SOURCES: dict[str, Callable[[Path], Path]] = {
    "csv": lambda folder: written(folder, "log.csv", csv_of(LONG)),
    "csv with a mark of its encoding": lambda folder: written(folder, "log.csv", b"\xef\xbb\xbf" + csv_of(LONG)),
    "semicolons": lambda folder: written(folder, "log.csv", csv_of(LONG, ";")),
    "tabs": lambda folder: written(folder, "log.tsv", csv_of(LONG, "\t")),
    "csv.gz": lambda folder: written(folder, "log.csv.gz", gzip.compress(csv_of(LONG))),
    "parquet": parquet,
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_format_gives_the_same_checkpoints(kind: str, tmp_path: Path) -> None:
    runs = read_logs(SOURCES[kind](tmp_path), tokens_per_step="1M", lr="lr", thin=None)
    assert runs.names == ("small",) * 4 + ("large",) * 4
    assert runs.groups is not None
    assert runs.groups.tolist() == list(runs.names)
    assert runs["step"].tolist() == STEPS[1:] * 2
    assert runs.D.tolist() == [1e6 * step for step in STEPS[1:]] * 2
    assert runs.N.tolist() == [70e6] * 4 + [160e6] * 4
    assert runs.loss.tolist() == LOSS["small"][1:] + LOSS["large"][1:]
    assert runs["lr"].tolist() == [1e-3] * 8
    assert runs.imputed == {"C"}
    assert [caution.key for caution in runs.warnings] == ["imputed", "checkpoints", "no-loss"]


@pytest.mark.parametrize(
    ("thin", "steps"),
    [
        (None, list(range(1, 101))),
        ("last", [100]),
        (30, [1, 31, 61, 91, 100]),
        (1000, [1, 100]),
    ],
)
def test_thinning_keeps_what_its_rule_says_and_always_the_last(thin: Any, steps: list[int], tmp_path: Path) -> None:
    table = {"step": list(range(1, 101)) * 2, "run": ["a"] * 100 + ["b"] * 100, "loss": [3.0] * 200}
    runs = read_logs(written(tmp_path, "log.csv", csv_of(table)), thin=thin, tokens_per_step=1e6)
    assert runs["step"].tolist() == steps * 2
    thinned = [str(caution) for caution in runs.warnings if caution.key == "thinned"]
    assert thinned == (
        [] if thin is None else [f"{200 - len(runs)} of 200 rows were thinned out. thin=None keeps every row."]
    )


def test_log_spaced_checkpoints_are_about_twenty_a_decade_whatever_the_length() -> None:
    thinner = Thinner("log")
    for start in range(0, 200_000, 10_000):
        steps = np.arange(start + 1.0, start + 10_001.0)
        thinner.add(["a"] * len(steps), {"step": steps})
    steps = thinner.rows()["step"]
    assert steps[-1] == 200_000
    for low in (1e2, 1e3, 1e4):
        assert 19 <= ((steps >= low) & (steps < 10 * low)).sum() <= 21


@pytest.mark.parametrize("thin", ["log", "last", 7])
def test_rows_kept_do_not_depend_on_the_parts_they_came_in(thin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    names, steps = rng.choice(["a", "b", "c"], 5000), rng.permutation(np.arange(5000.0))
    kept = []
    for size in (5000, 611, 40):
        monkeypatch.setattr("scalewidgets.runs.thinning.BUFFER", size // 2)
        thinner = Thinner(thin)
        for start in range(0, 5000, size):
            part = slice(start, start + size)
            thinner.add(names[part].tolist(), {"step": steps[part], "loss": steps[part] + 0.5})
        kept.append(thinner.rows())
    for other in kept[1:]:
        assert all(np.array_equal(kept[0][name], other[name]) for name in ("step", "run", "loss"))
    assert all(rows["loss"].tolist() == (rows["step"] + 0.5).tolist() for rows in kept)


def test_a_log_of_one_run_is_named_by_its_file_and_has_no_groups(tmp_path: Path) -> None:
    path = written(tmp_path, "baseline.csv", "_step,train/loss,tokens\n1,5,1e6\n2,4,2e6\n")
    runs = read_logs(path, N="70M")
    assert (runs.names, runs.groups) == (("baseline",) * 2, None)
    assert runs.D.tolist() == [1e6, 2e6]


def test_tokens_alone_put_the_rows_in_order(tmp_path: Path) -> None:
    runs = read_logs(written(tmp_path, "log.csv", "tokens,loss\n2e6,4\n1e6,5\n"), thin="last")
    assert (runs.D.tolist(), list(runs.columns)) == ([2e6], ["D"])


def test_bits_are_converted_and_checkpoints_can_be_fitted(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    N, D = np.repeat([1e8, 3e8, 1e9, 3e9], 8), np.tile(np.logspace(9, 11, 8), 4)
    nats = (1.8 + 480 / N**0.35 + 2000 / D**0.37) * np.exp(0.002 * rng.standard_normal(32))
    table = {
        "run": [f"run {n:g}" for n in N],
        "N": N.tolist(),
        "tokens": D.tolist(),
        "loss": (nats / np.log(2)).tolist(),
    }
    runs = read_logs(written(tmp_path, "log.csv", csv_of(table)), loss_unit="bits", thin=None)
    np.testing.assert_allclose(runs.loss, nats, rtol=1e-12)
    assert fit("chinchilla", runs).values["E"] == pytest.approx(1.8, abs=0.2)


WIDE = (
    '"Step","small - train/loss","small - train/loss__MIN","small - train/loss__MAX","a - b - train/loss"\n'
    '"1","6.0","6.0","6.0",""\n"2","5.0","5.0","5.0","4.5"\n'
)


@pytest.mark.parametrize("loss", [None, "train/loss"])
def test_a_chart_exported_from_weights_and_biases_has_a_column_a_run(loss: str | None, tmp_path: Path) -> None:
    runs = read_logs(
        written(tmp_path, "export.csv", WIDE), loss=loss, tokens_per_step=1e6, N={"small": "70M", "a - b": 1.6e8}
    )
    assert list(zip(runs.names or (), runs["step"], runs.loss, strict=True)) == [
        ("small", 1.0, 6.0),
        ("small", 2.0, 5.0),
        ("a - b", 2.0, 4.5),
    ]
    assert runs.N.tolist() == [7e7, 7e7, 1.6e8]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_progress_ends_at_the_whole(kind: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    read_logs(SOURCES[kind](tmp_path), tokens_per_step=1, progress=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1] > 0
    assert told == sorted(told)


GOOD = "run,step,loss\na,1,3.5\nb,1,3.4\n"


@pytest.mark.parametrize(
    ("name", "content", "options", "reason"),
    [
        ("log.csv", "", {}, "log.csv is empty"),
        ("log.csv", "run,step,loss\n", {}, "none of its 0 rows has a loss"),
        ("log.csv", "run,step,loss\na,1,\na,2,NaN\n", {}, "none of its 2 rows has a loss"),
        ("log.csv", "step,loss,eval_loss\n1,3,3\n", {}, "the loss could be any of 'loss', 'eval_loss'; say which"),
        ("log.csv", "step,grad\n1,3\n", {}, "no column for the loss among 'step', 'grad'"),
        ("log.csv", "epoch,loss\n1,3\n", {}, "no column for the step among 'epoch', 'loss'"),
        ("log.csv", GOOD, {"loss": "los"}, "no column 'los'.*Did you mean 'loss'"),
        ("log.csv", GOOD, {"lr": "rate"}, "lr='rate'"),
        ("log.csv", GOOD, {"thin": 0}, "thin is 'log', 'last', a whole number above 0, or None"),
        ("log.csv", GOOD, {"thin": "some"}, "thin is 'log'"),
        ("log.csv", GOOD, {"N": {"a": 1e8}}, "N gives no number for run 'b'"),
        ("log.csv", GOOD, {"tokens_per_step": "1M", "D": "step"}, "give one"),
        ("log.csv", "run,step,loss\n,1,3.5\n", {}, "row 1: the name of the run is missing"),
        ("log.csv", "step,loss\n1,3\n2,inf\n", {}, "row 2: loss is inf where a loss is logged"),
        ("log.csv", "step,loss\n1,3\n2,-1\n", {}, "row 2: loss is -1"),
        ("log.csv", "step,loss\n,3\n", {}, "row 1: step is nan"),
        ("log.csv", "step,loss\n1,three\n", {}, "cannot be read as columns of plain numbers.*three"),
        ("log.csv", "step,loss\n1,3\n2\n", {}, "cannot be read as columns of plain numbers"),
        ("log.csv.gz", GOOD, {}, "cannot be read"),
        ("log.parquet", GOOD, {}, "not a Parquet file"),
        ("log.txtx", GOOD, {}, "cannot tell what kind of log"),
        ("export.csv", "Step,a - loss,a - eval/loss\n1,3,3\n", {}, "the loss could be any of 'loss', 'eval/loss'"),
        ("export.csv", WIDE, {"lr": "Step"}, "a column a run and one metric; lr can't be read"),
    ],
)
def test_a_log_that_cannot_be_used_is_refused_with_its_reason(
    name: str, content: str, options: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(RunsError, match=f"(?s){reason}"):
        read_logs(written(tmp_path, name, content), **options)


def test_an_absent_log_or_a_wrong_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="there is no file or folder"):
        read_logs(tmp_path / "none.csv")
    with pytest.raises(UnknownName):
        read_logs(written(tmp_path, "log.csv", GOOD), loss_unit="nits")


ROWS = 2_000_000
FAR_BELOW = 0.25  # of what the whole table takes in memory

# A quarter of the log is read first: every buffer has its size then, and what comes after is the price of length.
MEASURE = """
import json, re, sys
import scalewidgets as sw
def highest():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
sw.read_logs(sys.argv[1], tokens_per_step=1e6)
before = highest()
runs = sw.read_logs(sys.argv[2], tokens_per_step=1e6)
print(json.dumps({"grown": highest() - before, "kept": len(runs), "last": runs["step"].max()}))
"""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_log_of_two_million_rows_takes_far_less_memory_than_it_holds(kind: str, tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell the highest memory of a process alone, as /proc does")
    rng = np.random.default_rng(0)
    steps = np.repeat(np.arange(1, ROWS // 50 + 1), 50)
    columns = {f"metric {i}": rng.integers(1, 1000, ROWS) / 256 for i in range(6)}
    names = pa.array(np.tile([f"run {i}" for i in range(50)], ROWS // 50))
    table = pa.table({"run": names, "step": steps, "loss": columns.pop("metric 0"), **columns})
    paths = [str(tmp_path / f"{name}.{kind}") for name in ("quarter", "whole")]
    for path, rows in zip(paths, (table.slice(0, ROWS // 4), table), strict=True):
        (pc.write_csv if kind == "csv" else pq.write_table)(rows, path)
    command = [sys.executable, "-c", MEASURE, *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["last"] == ROWS // 50
    assert found["kept"] <= 50 * 20 * 5
    assert found["grown"] < FAR_BELOW * table.nbytes, (found, table.nbytes)
