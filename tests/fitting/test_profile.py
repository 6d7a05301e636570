"""Profiles end where the runs object, agree with other intervals where they should, and say when a side is open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FitError, UnknownName

from .intervals import fitted, simulated

NAMES = ("E", "A", "B", "alpha", "beta")


@pytest.mark.parametrize("name", NAMES)
def test_profile_delta_and_bootstrap_agree_where_the_runs_determine_the_law(name: str) -> None:
    found = fitted(simulated(), bootstrap=400)
    intervals = np.array(
        [sw.profile(found, name).interval, sw.delta_method(found).interval[name], found.interval()[name]]
    )
    if name in "AB":
        intervals = np.log(intervals)
    widths = np.ptp(intervals, axis=1)
    assert intervals == pytest.approx(np.tile(intervals.mean(axis=0), (3, 1)), abs=0.2 * widths.mean())


def test_at_the_ends_a_refit_with_the_coefficient_held_scores_what_the_threshold_says() -> None:
    found = fitted(simulated())
    traced = sw.profile(found, "alpha")
    for end in traced.interval:
        held = fitted(simulated(), fixed={"alpha": end})
        statistic = (144 - 5) * np.log(held.objective_value / found.objective_value)
        assert statistic == pytest.approx(traced.threshold, rel=2e-3)


def test_the_trace_can_be_plotted_and_is_least_at_the_fit() -> None:
    traced = sw.profile(fitted(simulated()), "beta")
    assert (np.diff(traced.values) > 0).all()
    assert traced.values[np.argmin(traced.statistic)] == pytest.approx(traced.value)
    assert set(traced.others) == {"E", "A", "B", "alpha"}
    assert len(traced.others["E"]) == len(traced.values) == len(traced.statistic)
    assert "profile interval" in repr(traced) and "<p>" in traced._repr_html_()


def test_a_higher_level_gives_a_wider_interval() -> None:
    found = fitted(simulated())
    narrow, wide = (sw.profile(found, "E", level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_uneven_scatter_of_the_chinchilla_points_is_said_and_allowed_for(shared_data: Path) -> None:
    runs = sw.read_runs(shared_data / "chinchilla_epoch" / "points.csv", dropped="dropped_by_epoch")
    found = sw.fit("chinchilla", runs.subset(runs["dropped"] == 0), bootstrap=200)
    even, uneven = (sw.profile(found, "beta", scatter=kind) for kind in ("even", "uneven"))
    assert [warning.key for warning in even.warnings] == ["uneven-scatter"]
    assert uneven.warnings == ()
    assert uneven.low < even.low < even.high < uneven.high
    # 95 % percentiles of the replication's bootstrap
    assert uneven.interval == pytest.approx((0.331, 0.415), abs=0.02)


def test_a_side_that_the_runs_do_not_bound_is_infinite() -> None:
    # sizes so large that their term has all but vanished: E and A N^-alpha are one constant
    runs = simulated(0.01, N=np.geomspace(1e11, 2e11, 6)[:, None], D=TOKENS_FEW)
    traced = sw.profile(fitted(runs), "A")
    assert not np.isfinite(traced.interval).all()
    assert "open-interval" in {warning.key for warning in traced.warnings}


TOKENS_FEW = np.geomspace(1e9, 1e11, 6)


@pytest.mark.parametrize(
    ("name", "settings", "error", "words"),
    [
        ("gamma", {}, UnknownName, "gamma"),
        ("E", {"fixed": {"E": 1.69}}, FitError, "was held"),
    ],
)
def test_what_has_no_profile_is_refused_in_words(name: str, settings: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        sw.profile(fitted(simulated(), **settings), name)


def test_runs_without_scatter_have_no_profile() -> None:
    with pytest.raises(FitError, match="exactly"):
        sw.profile(fitted(simulated(0.0)), "alpha")


def test_an_unknown_kind_of_scatter_is_named() -> None:
    with pytest.raises(UnknownName, match="'odd'"):
        sw.profile(fitted(simulated()), "alpha", scatter="odd")


def test_the_flat_valley_of_repeated_data_holds_the_published_decay_and_no_upper_end(shared_data: Path) -> None:
    runs = sw.read_runs(
        shared_data / "data_constrained_muennighoff" / "runs_outliers_removed.csv",
        N="params", D="tokens", U="unique_tokens", loss="loss",
    )  # fmt: skip
    published = sw.published("muennighoff2023").values
    held = {name: published[name] for name in NAMES}
    found = sw.fit("data-constrained", runs, fixed=held, bootstrap=0)
    # the published point scores 0.01582594
    assert found.objective_value == pytest.approx(0.01580466, rel=1e-6)
    traced = sw.profile(found, "R_D")
    assert traced.low < published["R_D"] < found.values["R_D"] < traced.high
    assert not np.isfinite(traced.high)
