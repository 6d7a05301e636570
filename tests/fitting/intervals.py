"""Runs that the tests of intervals and diagnosis share."""

from __future__ import annotations

from typing import Any

import numpy as np

import scalewidgets as sw
from scalewidgets.fits.fit import Fit
from scalewidgets.runs import Runs

HOFFMANN = sw.published("hoffmann2022")
SIZES, TOKENS = np.geomspace(3e7, 2e10, 12)[:, None], np.geomspace(3e8, 4e11, 12)


def simulated(noise: float = 0.01, seed: int = 0, N: Any = SIZES, D: Any = TOKENS) -> Runs:
    """Simulate runs of Hoffmann's law; by default 144 that determine it well."""
    return sw.simulate(HOFFMANN, N=N, D=D, noise=noise, seed=seed)


def fitted(runs: Runs, **settings: Any) -> Fit:
    """Fit by least squares, for which the theory is exact, without draws unless asked."""
    return sw.fit("chinchilla", runs, **{"objective": "squared", "bootstrap": 0, **settings})
