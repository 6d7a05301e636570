"""Resamples of the runs as weights on their rows: pairs, whole groups, or residuals."""

from __future__ import annotations

from typing import Any

import numpy as np

from scalewidgets.errors import FitError, UnknownName
from scalewidgets.runs import Runs

KINDS = ("pairs", "groups", "residuals")


def kind_for(runs: Runs, wanted: str | None) -> str:
    """Return the kind of resampling: groups where the runs have them, pairs otherwise.

    Raises
    ------
    UnknownName, FitError
        For a kind that is not known, or groups where there are none.
    """
    if wanted is None:
        return "pairs" if runs.groups is None else "groups"
    if wanted not in KINDS:
        raise UnknownName.among("the bootstrap", "kind of resample", wanted, KINDS)
    if wanted == "groups" and runs.groups is None:
        raise FitError(
            "resample='groups' needs runs with groups; name their column with read_runs(..., group='column')"
        )
    return wanted


def row_weights(runs: Runs, kind: str, count: int, seed: Any) -> np.ndarray:
    """Return how often each row is drawn in each resample, shape (count, rows)."""
    rng = np.random.default_rng(seed)
    rows = len(runs)
    if kind == "pairs":
        return _counts(rng.integers(0, rows, (count, rows)), rows)
    labels, member = np.unique(np.asarray(runs.groups), return_inverse=True)
    if len(labels) < 2:
        raise FitError("all runs are of one group, so groups can't be resampled; use resample='pairs'")
    return _counts(rng.integers(0, len(labels), (count, len(labels))), len(labels))[:, member]


def _counts(drawn: Any, size: int) -> np.ndarray:
    return np.stack([np.bincount(row, minlength=size) for row in drawn]).astype(float)


def redrawn(residuals: np.ndarray, count: int, searched: int, seed: Any) -> np.ndarray:
    r"""Draw residuals anew for each resample, shape (count, rows).

    They are drawn :math:`\sqrt{n / (n - p)}` times as large: p coefficients fitted to n runs make them smaller
    than the scatter of the runs. And they are drawn from a smoothed distribution (normal kernel, Silverman's width)
    of the same variance: a robust fit goes right through p of the runs, whose residuals of zero would promise too much.
    """
    rng = np.random.default_rng(seed)
    rows = len(residuals)
    spread = float(np.std(residuals))
    width = 0.9 * min(spread, float(np.subtract(*np.quantile(residuals, [0.75, 0.25]))) / 1.34) * rows**-0.2
    drawn = rng.choice(residuals, (count, rows)) + width * rng.standard_normal((count, rows))
    shrunk = np.sqrt(1 + (width / spread) ** 2) if spread else 1.0
    return drawn * np.sqrt(rows / max(rows - searched, 1)) / shrunk
