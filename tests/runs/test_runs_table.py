"""A table of runs is frozen, complete, and survives JSON and pickle without loss; simulated runs follow their fit."""

from __future__ import annotations

import copy
import json
import pickle
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalewidgets.declare import Variable
from scalewidgets.errors import Caution, RunsError, UnknownName
from scalewidgets.runs import Runs, read_runs, simulate

FULL = Runs(
    columns={"N": [1e8, 1e9, 0.1 + 0.2], "D": [2e9, 2e10, 5e9], "U": [0.0, -1.0, 1 / 3]},
    loss=[3.5, 2.6, 2.7],
    names=("a", "b", "c"),
    groups=np.array(["x", "x", "y"]),
    weights=[1, 0, 2],
    imputed=frozenset("D"),
    warnings=(Caution("note", "One thing <is> so.", "Do that."),),
    source="runs.csv",
)
SMALL = Runs({"N": [1e8, 1e9]}, [3.5, 2.6])


@pytest.mark.parametrize("runs", [FULL, SMALL], ids=["full", "small"])
def test_runs_survive_json_pickle_and_copy(runs: Runs) -> None:
    copies = [
        Runs.from_dict(json.loads(json.dumps(runs.to_dict()))),
        pickle.loads(pickle.dumps(runs)),
        copy.deepcopy(runs),
    ]
    for other in copies:
        assert other == runs
        assert other.to_dict() == runs.to_dict()
        assert other.content_hash == runs.content_hash


@given(st.lists(st.tuples(*[st.floats(1e-300, 1e300)] * 3), min_size=1, max_size=5))
def test_any_numbers_survive_json(rows: list[tuple[float, float, float]]) -> None:
    n, d, loss = zip(*rows, strict=True)
    runs = Runs({"N": n, "D": d}, loss)
    back = Runs.from_dict(json.loads(json.dumps(runs.to_dict())))
    assert np.array_equal(back.N, runs.N)
    assert np.array_equal(back.D, runs.D)
    assert np.array_equal(back.loss, runs.loss)


@pytest.mark.parametrize(
    "record", [{}, {"columns": {"N": [1]}}, {"columns": 3, "loss": [1]}, [], {"loss": [1], "x": 1}]
)
def test_a_record_of_something_else_is_refused(record: Any) -> None:
    with pytest.raises(RunsError):
        Runs.from_dict(record)


def test_nothing_in_runs_can_be_changed() -> None:
    for array in (FULL.N, FULL.loss, FULL.weights, FULL.groups):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(TypeError):
        FULL.columns["N"] = FULL.D
    with pytest.raises(AttributeError):
        FULL.loss = FULL.N


def test_runs_keep_their_own_copy() -> None:
    sizes = np.array([1e8, 1e9])
    runs = Runs({"N": sizes}, [3, 2])
    sizes[0] = 5
    assert runs.N[0] == 1e8


def test_columns_are_reached_by_symbol() -> None:
    assert FULL["loss"] is FULL.loss
    assert FULL["N"] is FULL.N
    assert len(FULL) == 3
    with pytest.raises(UnknownName, match="has no column 'C'; it has D, N, U, loss"):
        _ = FULL.C


@pytest.mark.parametrize(
    "other",
    [
        Runs({"N": [1e8, 1e9]}, [3.5, 2.7]),
        Runs({"N": [1e8, 2e9]}, [3.5, 2.6]),
        Runs({"D": [1e8, 1e9]}, [3.5, 2.6]),
        Runs({"N": [1e8, 1e9]}, [3.5, 2.6], imputed=frozenset("N")),
        Runs({"N": [1e8, 1e9]}, [3.5, 2.6], weights=[1, 1]),
        Runs({"N": [1e8, 1e9]}, [3.5, 2.6], names=("a", "b")),
        Runs({"N": [1e8, 1e9]}, [3.5, 2.6], groups=["a", "b"]),
    ],
)
def test_runs_that_differ_in_content_are_not_equal(other: Runs) -> None:
    assert other != SMALL
    assert other.content_hash != SMALL.content_hash


def test_where_runs_come_from_is_no_content() -> None:
    assert Runs({"N": [1e8, 1e9]}, [3.5, 2.6], source="elsewhere", warnings=FULL.warnings) == SMALL
    assert SMALL != "SMALL"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"columns": {}, "loss": [1]}, "at least one run and one variable"),
        ({"columns": {"N": []}, "loss": []}, "at least one run"),
        ({"columns": {"N": [1, 2]}, "loss": [1]}, "one number a run"),
        ({"columns": {"N": [[1]]}, "loss": [1]}, "shape"),
        ({"columns": {"N": ["x"]}, "loss": [1]}, "not a column of numbers"),
        ({"columns": {"N": [0]}, "loss": [1]}, "row 1: 0 is not finite and positive"),
        ({"columns": {"U": [np.nan]}, "loss": [1]}, "row 1: nan is not finite"),
        ({"columns": {"N": [1]}, "loss": [-1]}, "loss, row 1"),
        ({"columns": {"N": [1], "loss": [1]}, "loss": [1]}, "not a variable"),
        ({"columns": {"N": [1]}, "loss": [1], "names": ["a", "b"]}, "names: 2 given for 1 runs"),
        ({"columns": {"N": [1]}, "loss": [1], "weights": [-1]}, "weights"),
        ({"columns": {"N": [1]}, "loss": [1], "imputed": {"D"}}, "imputed names D"),
    ],
)
def test_an_impossible_table_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(RunsError, match=reason):
        Runs(**fields)


@pytest.mark.parametrize(
    ("chosen", "names"), [([True, False, True], ("a", "c")), ([2, 0, 0], ("c", "a", "a")), (np.array([-1]), ("c",))]
)
def test_a_part_keeps_every_field_in_step(chosen: Any, names: tuple[str, ...]) -> None:
    part = FULL.subset(chosen)
    rows = ["abc".index(name) for name in names]
    assert part.names == names
    assert np.array_equal(part["U"], FULL["U"][rows])
    assert np.array_equal(part.loss, FULL.loss[rows])
    assert np.array_equal(part.weights, FULL.weights[rows])
    assert np.array_equal(part.groups, FULL.groups[rows])
    assert part.imputed == FULL.imputed
    assert FULL.warnings[0] in part.warnings


def test_a_part_has_the_cautions_of_its_own_numbers() -> None:
    runs = read_runs({"N": [1e8, 1e9, 1e9], "D": [2e9, 2e10, 3e10], "loss": [3.5, 2.6, 2.5]})
    assert [caution.key for caution in runs.warnings] == ["imputed"]
    assert [caution.key for caution in runs.subset([False, True, True]).warnings] == ["imputed", "one-size"]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ([False] * 3, "no run"),
        ([], "no run"),
        ([True], "mask"),
        ([3], "go from 0 to 2"),
        ([0.5], "row numbers"),
        ([[0]], "row"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(chosen: Any, reason: str) -> None:
    with pytest.raises(RunsError, match=reason):
        FULL.subset(chosen)


@pytest.mark.parametrize(("rel", "count"), [(0.0, 4), (0.015, 3), (0.025, 2), (20.0, 1)])
def test_distinct_values_are_counted_within_a_tolerance(rel: float, count: int) -> None:
    assert Runs({"N": [1e8, 1.01e8, 1.02e8, 1e9]}, [3, 3, 3, 2]).distinct("N", rel) == count


def test_a_table_can_be_read_by_people() -> None:
    assert repr(FULL).startswith("Runs(3 runs: N 0.3–1B, D 2B–20B, U −1–0.333, loss 2.600–3.500; D computed; 1 caution")
    assert "One thing &lt;is&gt; so. Do that." in FULL._repr_html_()
    assert "! One thing <is> so. Do that." in FULL.summary()


def chinchilla(N: Any, D: Any) -> Any:
    return 1.69 + 406.4 / N**0.34 + 410.7 / D**0.28


class ToyFit:
    """Stand in for a fit: callable, with the law's variables."""

    key = "toy"
    law = SimpleNamespace(
        key="chinchilla",
        variables=(SimpleNamespace(symbol="N"), SimpleNamespace(symbol="D")),
        response=Variable("L", "Loss", "nats/token", 0.1, 12.0),
    )

    def __call__(self, N: Any, D: Any) -> Any:
        return chinchilla(N, D)


def test_simulated_runs_follow_the_fit_and_broadcast() -> None:
    runs = simulate(ToyFit(), N=np.array([1e8, 1e9])[:, None], D=[4e10, 8e10])
    assert runs.N.tolist() == [1e8, 1e8, 1e9, 1e9]
    assert runs.D.tolist() == [4e10, 8e10, 4e10, 8e10]
    assert runs.imputed == {"C"}
    assert runs.source == "simulated from toy"
    assert np.array_equal(runs.loss, chinchilla(runs.N, runs.D))


def test_one_simulated_run_may_be_typed() -> None:
    runs = simulate(ToyFit(), N="70B", D="1.4T")
    assert (runs.N[0], runs.D[0], len(runs)) == (70e9, 1.4e12, 1)


def test_noise_is_log_normal_and_repeats_with_its_seed() -> None:
    sizes = np.full(4000, 1e9)
    first, again, other = (simulate(ToyFit(), noise=0.01, seed=seed, N=sizes, D=2e10) for seed in (0, 0, 1))
    residual = np.log(first.loss / chinchilla(1e9, 2e10))
    assert first == again
    assert first != other
    assert abs(residual.mean()) < 5 * 0.01 / np.sqrt(4000)
    assert residual.std() == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"N": 1e8}, RunsError, "missing: D"),
        ({"N": 1e8, "D": 1e9, "Q": 1}, UnknownName, "has no variable 'Q'; it has D, N"),
        ({"N": [1e8, 1e9], "D": [1e9, 2e9, 3e9]}, RunsError, "broadcast"),
        ({"N": ["a"], "D": 1e9}, RunsError, "must be numbers"),
        ({"N": 1e8, "D": 1e9, "noise": -1}, RunsError, "noise"),
        ({"N": -1e8, "D": 1e9}, RunsError, "not finite and positive"),
        ({"N": [], "D": 1e9}, RunsError, "at least one run"),
    ],
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, Any], error: type[Exception], reason: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(error, match=reason):
        simulate(ToyFit(), **options)
