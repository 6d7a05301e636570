"""Pruning by the easiest examples or by an imperfect probe: two derivations agree, and simulated students with them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.planning.data_pruning import pruned_error
from scalewidgets.planning.pruning_probe import probed_error


@pytest.mark.parametrize("keep", ["hard", "easy"])
@pytest.mark.parametrize(("alpha_total", "fraction"), [(1.0, 0.5), (2.0, 1.0), (8.0194, 0.25), (40.0, 0.5)])
def test_at_no_angle_it_is_the_perfect_probe(alpha_total: float, fraction: float, keep: str) -> None:
    perfect, probed = pruned_error(alpha_total, fraction, keep), probed_error(alpha_total, fraction, 0, keep)
    assert probed.error == pytest.approx(float(perfect["error"]), abs=2e-7)
    assert probed.margin == pytest.approx(float(perfect["margin"]), rel=1e-4)
    assert probed_error(alpha_total, fraction, 0.1, keep).error == pytest.approx(probed.error, rel=2e-3)


def test_a_probe_that_knows_nothing_prunes_at_random() -> None:
    for keep in ("hard", "easy"):
        blind = probed_error(8.0, 0.25, 90, keep).error
        assert blind == pytest.approx(float(pruned_error(2.0, 1.0)["error"]), abs=1e-6)


def test_few_examples_want_easy_ones_and_many_want_hard_ones() -> None:
    few, many = ({keep: float(pruned_error(a, 0.5, keep)["error"]) for keep in ("hard", "easy")} for a in (1.0, 40.0))
    assert few["easy"] < few["hard"]
    assert many["hard"] < many["easy"]
    same = [float(pruned_error(3.0, 1.0, keep)["error"]) for keep in ("hard", "easy")]
    assert same[0] == pytest.approx(same[1], abs=1e-7)


def test_the_worse_the_probe_the_less_pruning_helps() -> None:
    errors = [probed_error(64.0, 0.25, angle).error for angle in (0, 10, 20, 45)]
    assert errors == sorted(errors)
    assert errors[-1] < probed_error(64.0, 0.25, 90).error


@pytest.mark.parametrize(
    ("alpha_total", "fraction", "angle", "keep"),
    [(4.0, 0.5, 20, "hard"), (8.0, 0.25, 20, "easy"), (4.0, 0.5, 0, "easy")],
)
def test_simulated_students_err_as_often(alpha_total: float, fraction: float, angle: float, keep: str) -> None:
    rng, width, errors = np.random.default_rng(0), 60, []
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    for _ in range(10):
        x = rng.normal(size=(int(alpha_total * width), width))
        order = np.argsort(np.abs(x[:, 0] * cos + x[:, 1] * sin))
        kept = order[: int(fraction * len(x))] if keep == "hard" else order[-int(fraction * len(x)) :]
        # the student of largest margin by the dual of least distance, which is a least squares with no negative weight
        rows = (x * np.sign(x[:, :1]))[kept]
        sums, aim = np.vstack([rows.T, np.ones(len(rows))]), np.r_[np.zeros(width), 1.0]
        left = sums @ nnls(sums, aim)[0] - aim
        student = -left[:-1] / left[-1]
        errors.append(np.arccos(student[0] / np.linalg.norm(student)) / np.pi)
    expected = probed_error(alpha_total, fraction, angle, keep).error
    assert np.mean(errors) == pytest.approx(expected, abs=4 * np.std(errors) / np.sqrt(len(errors)) + 0.01)


def test_what_is_no_question_is_refused() -> None:
    with pytest.raises(UnknownName, match="keep"):
        pruned_error(1.0, 0.5, "middling")
    with pytest.raises(UnknownName, match="keep"):
        probed_error(1.0, 0.5, 0, "middling")
    with pytest.raises(DomainError, match="angle = 120"):
        probed_error(1.0, 0.5, 120)
