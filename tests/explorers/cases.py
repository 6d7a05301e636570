"""The fits and states that the tests of frames go through."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

import scalewidgets as sw
from scalewidgets.explorers.explorer import Explorer, plannable
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.published_fits.loading import published_fits

SERVED = 2e12

# Frames of the fits of a law come from the same graph: one is enough, beside some that differ in draws and floor.
_FIRST_OF_ITS_LAW = {fit.law.key: fit for fit in reversed(published_fits().values()) if plannable(fit)}
_PARTICULAR = [published_fits()[key] for key in ("besiroglu2024", "hoffmann2022", "sardana2024-all")]
PUBLISHED = {fit.key: fit for fit in (*_FIRST_OF_ITS_LAW.values(), *_PARTICULAR)}
RUNS = sw.simulate(
    PUBLISHED["besiroglu2024"],
    N=np.geomspace(1e8, 1e10, 5)[:, None],
    D=np.geomspace(2e9, 2e11, 5),
    noise=0.01,
    seed=0,
)
FITTED = sw.fit("chinchilla", RUNS, bootstrap=30, seed=0)
FITS = {**PUBLISHED, "fitted": FITTED}
CASES = list(product(FITS, HOLDS, (None, SERVED)))


def case_name(value: object) -> str:
    return {None: "unserved", SERVED: "served"}.get(value, str(value))  # type: ignore[call-overload]


def state(key: str, hold: str, served: float | None) -> Explorer:
    return Explorer(FITS[key], hold=hold, inference_tokens=served)


def random_states(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Give states over the whole tracks of the sliders, with and without serving."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        yield {
            "compute": 10 ** rng.uniform(18, 27),
            "inference_tokens": 10 ** rng.uniform(9, 16) if i % 3 else None,
            "near_optimal": float(rng.choice([0.01, 0.02, 0.05])),
        }
