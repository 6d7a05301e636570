"""The refit without a face: it follows every choice, the last one counts, and an error takes nothing away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers import question as question_module
from scalewidgets.explorers.latest import Latest
from scalewidgets.explorers.refit import OBJECTIVES, WAYS, Refit
from scalewidgets.explorers.upload import arguments, read_upload
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.methods import METHODS
from scalewidgets.fitting.objectives import NAMES

from .cases import RUNS

CSV = b"params,tokens,loss\n" + b"".join(
    f"{n:.6g},{d:.6g},{loss:.6g}\n".encode() for n, d, loss in zip(RUNS.N, RUNS.D, RUNS.loss, strict=True)
)


def settled(refit: Refit) -> Fit:
    assert refit.wait(60)
    assert refit.fit is not None
    assert not refit.busy
    return refit.fit


def without(rows: list[int]) -> sw.Runs:
    return RUNS.subset(np.delete(np.arange(len(RUNS)), rows))


def assert_same(found: Fit, expected: Fit) -> None:
    assert found.values == expected.values
    assert expected.draws is not None
    assert found.draws is not None
    for name, draw in expected.draws.items():
        np.testing.assert_array_equal(found.draws[name], draw)


def test_runs_are_fitted_when_given_and_again_without_a_row_that_is_dropped() -> None:
    refit = Refit(RUNS, bootstrap=30)
    before = settled(refit)
    assert_same(before, sw.fit("chinchilla", RUNS, bootstrap=30))
    refit.toggle(7)
    assert_same(settled(refit), sw.fit("chinchilla", without([7]), bootstrap=30))
    refit.toggle(7)
    assert_same(settled(refit), before)


@pytest.mark.parametrize(
    "choice",
    [
        {"objective": "squared"},
        {"delta": 0.02},
        {"law": "kaplan-nd"},
        {"bootstrap": 12},
        {"objective": "absolute", "dropped": "3, 17"},
    ],
    ids=str,
)
def test_every_choice_is_one_of_sw_fit(choice: dict[str, Any]) -> None:
    law = choice.get("law", "chinchilla")
    refit = Refit(RUNS, bootstrap=20)
    refit.param.update(**choice)
    asked = {name: value for name, value in choice.items() if name not in ("law", "dropped")}
    runs = without([3, 17]) if "dropped" in choice else RUNS
    assert_same(settled(refit), sw.fit(law, runs, **{"bootstrap": 20, **asked}))


def test_another_method_is_fitted_beside_the_surface() -> None:
    refit = Refit(RUNS, method="envelope", bootstrap=20)
    surface = settled(refit)
    assert refit.frontier is not None
    assert refit.frontier.values == sw.fit("frontier-n", RUNS, method="envelope", bootstrap=20).values
    refit.method = "surface"
    assert settled(refit).values == surface.values
    assert refit.frontier is None


def test_a_fit_that_carries_runs_is_shown_as_it_is_and_refitted_in_its_own_way() -> None:
    given = sw.fit("chinchilla", RUNS, objective="squared", bootstrap=20, seed=3, tied={"beta": "alpha"})
    refit = Refit(given)
    assert refit.fit is given
    assert not refit.busy
    refit.toggle(0)
    expected = sw.fit("chinchilla", without([0]), objective="squared", bootstrap=20, seed=3, tied={"beta": "alpha"})
    assert_same(settled(refit), expected)


def test_the_point_is_told_before_its_draws() -> None:
    seen: list[tuple[bool, bool]] = []
    refit = Refit()
    refit.param.watch(lambda event: seen.append((event.new.draws is None, refit.drawing)), "fit")
    refit.bootstrap = 20
    refit.take(RUNS)
    settled(refit)
    assert seen == [(True, True), (False, False)]


def test_undo_takes_back_one_dropping_after_the_other() -> None:
    refit = Refit(RUNS, bootstrap=0)
    refit.toggle(1)
    refit.toggle(5)
    refit.restore()
    assert refit.dropped == ()
    for expected in [(1, 5), (1,), ()]:
        assert refit.undoable
        refit.undo()
        assert refit.dropped == expected
    assert not refit.undoable
    assert settled(refit).values == sw.fit("chinchilla", RUNS, bootstrap=0).values


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"dropped": "3, x"}, "'x'"),
        ({"dropped": [25]}, "25"),
        ({"dropped": [-1]}, "-1"),
        ({"objective": "hubert"}, "hubert"),
        ({"method": "magic"}, "magic"),
        ({"delta": "wide"}, "wide"),
        ({"delta": 0}, "delta"),
        ({"law": "chinchila"}, "chinchilla"),
        ({"bootstrap": -5}, "bootstrap"),
    ],
    ids=str,
)
def test_a_bad_choice_is_refused_and_changes_nothing(change: dict[str, Any], names: str) -> None:
    refit = Refit(RUNS, bootstrap=0)
    before = settled(refit), refit.question
    with pytest.raises((ScalewidgetsError, ValueError), match=names):
        refit.param.update(**change)
    assert (settled(refit), refit.question) == before


def test_too_few_runs_leave_the_last_fit_in_place_and_say_so() -> None:
    refit = Refit(RUNS, bootstrap=0)
    before = settled(refit)
    refit.drop(range(22))
    assert settled(refit) is before
    assert "5 coefficients" in refit.error
    assert "still show the fit of 25 runs" in refit.error
    refit.undo()
    assert settled(refit).values == before.values
    assert refit.error == ""


def test_all_runs_can_be_dropped_without_losing_the_fit() -> None:
    refit = Refit(RUNS, bootstrap=0)
    before = settled(refit)
    refit.drop(range(25))
    assert settled(refit) is before
    assert refit.error


def test_an_upload_is_fitted_and_forgets_what_was_dropped_before() -> None:
    refit = Refit(RUNS, bootstrap=0)
    refit.toggle(2)
    assert refit.load("mine.csv", CSV)
    fit = settled(refit)
    assert fit.record is not None
    assert fit.record.rows == 25
    assert refit.dropped == ()
    assert not refit.undoable
    assert fit.values["alpha"] == pytest.approx(sw.fit("chinchilla", RUNS, bootstrap=0).values["alpha"], rel=1e-2)


@pytest.mark.parametrize(
    ("name", "content", "how", "said"),
    [
        ("mine.csv", b"", "", "mine.csv is empty"),
        ("mine.csv", b"N,D,loss\n1e8,x,3\n", "", "row 1"),
        ("mine.csv", b"N,D,a,b\n1,2,3,4\n", "", "loss="),
        ("mine.csv", CSV, "loss=nowhere", "nowhere"),
        ("mine.csv", CSV, "loss", "name=value"),
        ("mine.csv", CSV, "loss=open('x')", "name=value"),
        ("mine.csv", CSV, "source=3", "source"),
        ("mine.csv", b"size,loss\n1e8,3\n1e9,2\n", "", "no column for N"),
        ("mine.csv", b"C,loss\n1e18,3\n1e19,2\n", "", "N=size"),
        ("mine.docx", CSV, "", "docx"),
        ("mine.parquet", b"nothing of the kind", "", "mine.parquet"),
        ("", CSV, "", "no name"),
    ],
)
def test_a_bad_file_is_named_and_the_old_state_stays(name: str, content: bytes, how: str, said: str) -> None:
    refit = Refit(RUNS, bootstrap=0, shows=lambda law: set(law.symbols) == {"N", "D"})
    refit.toggle(3)
    before = settled(refit), refit.question
    assert not refit.load(name, content, how)
    assert said in refit.error
    assert (settled(refit), refit.question) == before


def test_what_a_reader_should_know_is_written_as_in_python() -> None:
    runs, named = read_upload("a/b.csv", CSV.replace(b"loss", b"eval loss"), 'loss="eval loss", C=False')
    assert len(runs) == 25
    assert named == {"loss": "eval loss", "C": False}
    assert arguments("") == {}


def test_a_newer_choice_cancels_the_fit_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go = threading.Event(), threading.Event()
    asked: list[int] = []
    direct = question_module.fit

    def slow(law: Any, runs: Any, **settings: Any) -> Fit:
        asked.append(len(runs))
        if len(runs) == 24:
            begun.set()
            assert go.wait(30)
        return direct(law, runs, **settings)

    refit = Refit(RUNS, bootstrap=0)
    settled(refit)
    shown: list[int] = []
    refit.param.watch(lambda event: shown.append(len(event.new.runs)), "fit")
    monkeypatch.setattr(question_module, "fit", slow)
    refit.toggle(0)
    assert begun.wait(30)
    for row in range(1, 6):
        refit.toggle(row)
    go.set()
    settled(refit)
    assert asked == [24, 19]
    assert shown == [19]


def test_cancelling_keeps_the_last_fit_and_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    refit = Refit(RUNS, bootstrap=0)
    before = settled(refit)
    go = threading.Event()
    direct = question_module.fit
    monkeypatch.setattr(question_module, "fit", lambda *a, **k: go.wait(30) and direct(*a, **k))
    refit.toggle(4)
    assert refit.busy
    refit.cancel()
    go.set()
    assert settled(refit) is before
    assert refit.dropped == (4,)
    assert "cancelled" in refit.error


def test_results_are_set_where_the_owner_wants_them() -> None:
    calls: list[Callable[[], None]] = []
    refit = Refit(RUNS, bootstrap=0)
    before = settled(refit)
    refit.deliver = calls.append
    refit.toggle(4)
    assert refit._latest.wait(30)
    assert refit.fit is before
    for call in calls:
        call()
    assert refit.fit is not before
    assert not refit.busy


def test_a_result_that_comes_after_a_newer_choice_is_not_shown() -> None:
    refit = Refit(RUNS, bootstrap=0)
    settled(refit)
    refit.deliver = lambda call: None
    shown: list[int] = []
    refit.param.watch(lambda event: shown.append(len(event.new.runs)), "fit")
    refit.toggle(4)
    assert refit._latest.wait(30)
    refit.toggle(5)
    settled(refit)
    assert shown == [23]


@pytest.mark.parametrize("rows", [(), (3, 17)])
def test_its_code_gives_its_fit(rows: tuple[int, ...]) -> None:
    refit = Refit(RUNS, bootstrap=40, objective="squared", delta=0.01, method="isoflop", dropped=rows)
    fit = settled(refit)
    names: dict[str, Any] = {"runs": RUNS}
    exec(refit.code(), names)
    assert_same(names["fit"], fit)
    assert refit.frontier is not None
    assert names["sizes"].values == refit.frontier.values


def test_the_code_of_an_upload_reads_the_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refit = Refit()
    refit.bootstrap = 0
    assert refit.load("mine.csv", CSV.replace(b"loss", b"eval"), "loss=eval")
    refit.toggle(2)
    fit = settled(refit)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_bytes(CSV.replace(b"loss", b"eval"))
    names: dict[str, Any] = {}
    exec(refit.code(), names)
    assert names["fit"].values == fit.values


def test_without_runs_there_is_nothing_to_do() -> None:
    refit = Refit()
    assert (refit.fit, refit.busy, refit.kept, refit.choosable) == (None, False, 0, {})
    refit.delta = 0.1
    assert not refit.busy
    with pytest.raises(ScalewidgetsError, match="no runs"):
        refit.code()
    with pytest.raises(ScalewidgetsError, match="no runs"):
        refit.toggle(0)
    with pytest.raises(ScalewidgetsError, match="no runs"):
        Refit(delta=0.1)


def test_the_choices_offered_are_those_of_the_library() -> None:
    assert set(OBJECTIVES.values()) == set(NAMES)
    assert set(WAYS.values()) == {"surface", *METHODS}
    assert {"chinchilla", "kaplan-nd"} <= {law.key for law in Refit(RUNS, bootstrap=0).choosable.values()}


def test_a_job_that_fails_does_not_stop_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    latest, done = Latest(), threading.Event()
    seen: list[Any] = []

    def fail(cancelled: Callable[[], bool]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", seen.append)
    latest.ask(fail)
    assert latest.wait(30)
    latest.ask(lambda cancelled: done.set())
    assert latest.wait(30)
    assert done.is_set()
