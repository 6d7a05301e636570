"""A fit is frozen, predicts with honest intervals, and prints what it is, where it comes from and what to beware of."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import Caution, FitError, UnknownName
from scalewidgets.fits.fit import Fit

POINT = sw.published("hoffmann2022")
RUNS = sw.simulate(POINT, N=np.geomspace(1e8, 1e10, 5)[:, None], D=np.geomspace(1e9, 1e11, 5), noise=0.01, seed=0)
DRAWN = sw.fit("chinchilla", RUNS, bootstrap=40, seed=1)
# Inside the design: far beyond it the scatter of a run is nothing beside the doubt about the mean.
AT = {"N": np.array([[3e8], [3e9]]), "D": np.array([3e9, 1e10, 3e10])}


def test_a_fit_can_be_changed_in_no_way() -> None:
    with pytest.raises(FrozenInstanceError):
        POINT.values = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        POINT.values["A"] = 1.0  # type: ignore[index]
    with pytest.raises(TypeError):
        DRAWN.draws["A"] = DRAWN.draws["B"]  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        DRAWN.draws["A"][0] = 1.0


def test_with_values_changes_a_copy_that_no_longer_passes_for_the_original() -> None:
    changed = sw.published("besiroglu2024").with_values(A=400, alpha=0.34)
    original = sw.published("besiroglu2024")
    assert dict(changed.values) == {**original.values, "A": 400.0, "alpha": 0.34}
    assert changed.draws is None
    assert changed.key == ""
    assert changed.name == f"{original.name}, with A = 400, alpha = 0.34"
    assert "Set by hand: A = 400, alpha = 0.34." in changed.summary()
    assert "Intervals" not in changed.summary()
    assert float(changed(N=1e9, D=1e10)) != float(original(N=1e9, D=1e10))
    with pytest.raises(UnknownName, match="'gamma'; it has A, B, E, alpha, beta"):
        POINT.with_values(gamma=1.0)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_a_new_run_is_less_certain_than_the_mean(level: float) -> None:
    mean, new = (DRAWN.predict(**AT, level=level, new_run=flag) for flag in (False, True))
    np.testing.assert_array_equal(mean.mean, new.mean)
    np.testing.assert_array_equal(mean.mean, DRAWN(**AT))
    assert mean.low.shape == mean.high.shape == (2, 3)
    assert (mean.low < mean.high).all()
    assert (new.high - new.low > mean.high - mean.low).all()


def test_the_interval_of_the_mean_is_that_of_the_joint_draws() -> None:
    found = DRAWN.predict(N=1e11, D=1e12, level=0.9)
    losses = [
        float(DRAWN.law(N=1e11, D=1e12, **dict(zip(DRAWN.law.names, row, strict=True))))
        for row in np.column_stack([DRAWN.draws[name] for name in DRAWN.law.names])
    ]
    assert [found.low, found.high] == pytest.approx(np.quantile(losses, [0.05, 0.95]), rel=1e-12)


def test_the_noise_of_a_new_run_is_the_scatter_of_the_runs_about_the_fit() -> None:
    residuals = np.log(RUNS.loss) - np.log(DRAWN(N=RUNS.N, D=RUNS["D"]))
    assert len(DRAWN.noise) == 40
    for value in DRAWN.noise:
        assert np.min(np.abs(residuals - value)) < 1e-12


def test_a_wider_level_gives_a_wider_interval() -> None:
    half, most = DRAWN.interval(0.5), DRAWN.interval(0.95)
    assert all(most[n][0] < half[n][0] < half[n][1] < most[n][1] for n in DRAWN.law.names)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: POINT.stderr, "is a point estimate: it has no joint draws, so a standard error can't be given"),
        (lambda: POINT.interval(), "is a point estimate: it has no joint draws, so an interval can't be given"),
        (lambda: POINT.objective_value, "was not fitted here, so it has no record"),
        (lambda: POINT.starts_agreeing, "was not fitted here, so it has no record"),
        (lambda: DRAWN.interval(1.0), "level = 1.0 is not between 0 and 1; 0.95 is usual"),
        (lambda: DRAWN.predict(N=1e9, D=1e9, level=95), "level = 95 is not between 0 and 1"),
        (lambda: replace(DRAWN, noise=None).predict(N=1e9, D=1e9, new_run=True), "no residuals"),
        (lambda: replace(POINT, values={"E": 1.0}), "needs exactly E, A, B, alpha, beta; got E"),
        (lambda: replace(POINT, draws={"E": np.ones(3)}), "joint draws of law 'chinchilla' are one array each"),
        (lambda: replace(DRAWN, noise=np.zeros(3)), "all of one length"),
    ],
)
def test_what_a_fit_does_not_have_is_refused_by_name(ask: Any, words: str) -> None:
    with pytest.raises(FitError) as caught:
        ask()
    assert words in str(caught.value)


def test_a_point_estimate_predicts_without_bounds() -> None:
    found = POINT.predict(**AT)
    np.testing.assert_array_equal(found.mean, POINT(**AT))
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()


def test_a_variable_the_law_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownName, match="no variable 'T'; it has D, N"):
        POINT(N=1e9, D=1e9, T=1)


@pytest.mark.parametrize("show", [str, Fit.summary, Fit._repr_html_], ids=["print", "summary", "html"])
def test_every_report_names_source_range_and_uncertainty(show: Any) -> None:
    published, fitted = show(POINT), show(DRAWN)
    assert "arXiv 2203.15556, Eq. 10" in published
    assert "point estimate" in published
    assert "70.0M–16.0B" in published
    assert "1.69337" in published
    assert "25 runs, huber objective (sum, delta 0.001)" in fitted
    assert "8 of 8 starts agree" in fitted
    assert "40 resamples" in fitted
    assert "Caution:" in fitted
    assert "C was not given" in fitted
    for low, high in DRAWN.interval().values():
        assert f"{low:.6g} to {high:.6g}" in fitted


def test_html_escapes_hostile_text() -> None:
    hostile = "<script>alert(1)</script>"
    source = replace(
        POINT.source, corpus=hostile, notes=(hostile,), citation=replace(POINT.source.citation, title=hostile)
    )
    fit = replace(POINT, title=hostile, source=source, warnings=(Caution("x", hostile, hostile),))
    html = fit._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 6


def test_the_representation_is_short_enough_for_an_error_message() -> None:
    assert "array(" not in repr(DRAWN)


def test_log_loss_intervals_of_a_good_fit_are_about_as_wide_as_theory_says() -> None:
    # 25 runs, 1 % noise, 5 coefficients: inside the design the mean is known to about 1 % x sqrt(5 / 25)
    found = DRAWN.predict(N=1e9, D=1e10)
    half = float(np.log(found.high / found.low)) / 2
    assert 0.3 < half / (1.96 * 0.01 * math.sqrt(5 / 25)) < 2.5
