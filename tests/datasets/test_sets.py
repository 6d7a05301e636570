"""Every declared set is the original file, reads as its declaration says, and reproduces what it should."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.datasets import Dataset, DataTable, describe, load, names
from scalewidgets.datasets.declared import read_datasets
from scalewidgets.errors import PublishedError, UnknownName
from scalewidgets.runs import Runs, read_runs


@pytest.fixture
def copies(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCALEWIDGETS_DATA", str(shared_data))
    return shared_data


@pytest.mark.parametrize("name", names())
@pytest.mark.usefixtures("copies")
def test_a_set_is_the_original_file_and_has_the_columns_it_declares(name: str) -> None:
    dataset, loaded = describe(name), load(name, progress=False)
    assert isinstance(loaded, Runs if dataset.read else DataTable)
    assert (len(loaded) if isinstance(loaded, Runs) else loaded.rows) == dataset.rows
    if isinstance(loaded, Runs):
        assert set(dataset.columns) == {*loaded.columns, "loss", *(["group"] * (loaded.groups is not None))} - (
            loaded.imputed
        )
    else:
        assert set(dataset.columns) <= set(loaded)
    assert loaded.source == f"data set {name}"


@pytest.mark.parametrize("name", names())
def test_the_provenance_beside_the_copies_says_the_same(name: str, shared_data: Path) -> None:
    dataset = describe(name)
    told = (shared_data / dataset.mirror).with_name("PROVENANCE.md").read_text(encoding="utf-8")
    copy = shared_data / dataset.mirror
    assert dataset.repository in told
    assert dataset.commit in told
    assert dataset.path in told
    assert f"| {copy.name} | " in told
    assert dataset.sha256 in told
    assert copy.stat().st_size == dataset.size


@pytest.mark.parametrize("name", names())
def test_a_description_names_address_hash_licence_and_what_to_reproduce(name: str) -> None:
    dataset = describe(name)
    text = str(dataset)
    for told in (dataset.address, dataset.sha256, dataset.licence, dataset.citation, dataset.reproduces):
        assert told in text
    assert dataset.address == f"https://raw.githubusercontent.com/{dataset.repository}/{dataset.commit}/{dataset.path}"
    assert all(note in text for note in dataset.notes)
    assert dataset.address in dataset._repr_html_()


@pytest.mark.usefixtures("copies")
def test_epochs_points_have_tokens_from_compute_and_the_five_dropped_are_those_of_highest_loss() -> None:
    runs, dropped = load("epoch-chinchilla"), list(describe("epoch-chinchilla").dropped)
    assert isinstance(runs, Runs)
    assert (len(runs), runs.imputed) == (245, {"D"})
    assert set(np.argsort(runs.loss)[-5:].tolist()) == set(dropped)
    assert set(np.argsort(runs.D / runs.N)[:5].tolist()) == set(dropped)
    fitted = sw.fit("chinchilla", runs.subset(np.delete(np.arange(245), dropped)))
    for coefficient, value in (("E", 1.81722), ("alpha", 0.34731), ("beta", 0.36717)):
        assert fitted.values[coefficient] == pytest.approx(value, rel=1e-3)


@pytest.mark.usefixtures("copies")
def test_llama_points_give_the_exponent_of_the_paper() -> None:
    runs = load("llama3-isoflops")
    assert isinstance(runs, Runs)
    budgets, best = np.unique(runs.C), []
    for budget in budgets:
        at = budget == runs.C
        a, b, _ = np.polyfit(np.log(runs.D[at]), runs.loss[at], 2)
        best.append(-b / (2 * a))
    assert np.polyfit(np.log(budgets), best, 1)[0] == pytest.approx(0.5368, abs=2e-3)


@pytest.mark.usefixtures("copies")
def test_the_bootstrap_of_the_step_law_has_the_published_mean() -> None:
    table = load("steplaw-bootstrap")
    assert isinstance(table, DataTable)
    assert np.exp(table["lr_intercept"].mean()) == pytest.approx(1.80, abs=0.01)
    assert table["lr_coefN"].mean() == pytest.approx(-0.713, abs=1e-3)
    assert table["bs_coefD"].mean() == pytest.approx(0.571, abs=1e-3)


@pytest.mark.usefixtures("copies")
def test_columns_of_a_table_go_on_to_read_runs() -> None:
    table = load("clark-routing")
    assert isinstance(table, DataTable)
    assert np.isnan(table["loss_validation"]).sum() == 8
    chosen = (table["step"] > 0) & (table["router_type"] == "Dense") & ~np.isnan(table["loss_validation"])
    columns = {
        "run": table["hyper_id"][chosen],
        "N": table["dense_parameter_count"][chosen],
        "C": (table["step"] * table["flops_per_step"])[chosen],
        "loss": table["loss_validation"][chosen],
    }
    runs = read_runs(columns, checkpoints="last")
    assert 3 < len(runs) < chosen.sum()
    with pytest.raises(ValueError, match="read-only"):
        table["step"][0] = 1.0


def test_an_unknown_set_or_column_is_named() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'epoch-chinchilla'"):
        load("epoch-chinchila")
    with pytest.raises(UnknownName, match="Did you mean 'loss'"):
        DataTable.of({"loss": ["1"]}, "a log")["los"]


def declared(name: str = "toy", file: str = "f", **changes: object) -> str:
    known = {"repository": "a/b", "commit": "0" * 40, "path": "x.csv", "sha256": "0" * 64, "size": 9, "mirror": "x.csv"}
    texts = {"licence": "none", "citation": "c", "reproduces": "r", "title": "t", "rows": 1, "columns": {}}
    given = {key: value for key, value in {**known, **texts, **changes}.items() if value is not None}
    lines = [f"{key} = {value!r}".replace("{}", "{ }") for key, value in given.items()]
    return "\n".join([f"[file.{file}]", "[[set]]", f'key = "{name}"', 'file = "f"', *lines])


def test_a_declaration_becomes_a_set() -> None:
    assert isinstance(read_datasets(declared())["toy"], Dataset)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (declared(file="g"), "file = 'f'; the files are g"),
        (declared(licence=None), r"missing \['licence'\]"),
        (declared(url="x"), r"unknown \['url'\]"),
        (declared(sha256="abc"), "sha256 = 'abc' is not 64 hexadecimal digits"),
        (declared(commit="main"), "commit = 'main' is not 40 hexadecimal digits"),
        (declared() + "\n" + declared().partition("\n")[2], "declared twice"),
    ],
)
def test_a_wrong_declaration_is_refused(text: str, reason: str) -> None:
    tomllib.loads(text)
    with pytest.raises(PublishedError, match=reason):
        read_datasets(text)


def test_no_data_are_shipped_with_the_package() -> None:
    assert {path.suffix for path in Path(sw.datasets.__file__).parent.iterdir()} <= {".py", ".toml", ""}
