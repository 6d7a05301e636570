"""Rows of printed values for whole families of laws, and what their columns are computed with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from scalewidgets.fits.source import LEVELS
from scalewidgets.planning import batch_trajectory, experts, fixed_data, pruning, shape
from scalewidgets.published_fits.loading import published

from .printed import QUANTITIES, Row, as_printed, coefficients_of


def values_of(key: str) -> Mapping[str, float]:
    return coefficients_of(key)[1]


def sparse(key: str, what: str, C: float, N: float) -> float:
    return float(experts.best_sparsity(C, N, values_of(key))[what])


def efficiency(key: str, D: float, worse: str) -> float:
    return float(fixed_data.data_efficiency(D, values_of(key), values_of(worse)))


def pruned(key: str, what: str, s: float, N: float = 1.0) -> float:
    return float(pruning.pruning_plan(N, 1.0, s)[what])


def kaplan(key: str) -> tuple[Mapping[str, float], Mapping[str, float]]:
    return values_of(f"{key}-steps"), values_of(f"{key}-critical-batch")


def kaplan_optimum(key: str, what: str, days: float) -> float:
    """Return the size of least loss over compute when the batch is critical, and that loss."""
    steps, critical = kaplan(key)
    logs = np.linspace(math.log(1e6), math.log(1e13), 20001)
    loss = batch_trajectory.loss_at_compute(np.exp(logs), days * 8.64e19, steps, critical)
    at = int(np.argmin(loss))
    a, b, c = loss[at - 1 : at + 2]
    middle = logs[at] + (logs[1] - logs[0]) * (a - c) / (a - 2 * b + c) / 2
    size = math.exp(middle)
    least = float(batch_trajectory.loss_at_compute(size, days * 8.64e19, steps, critical))
    return {"N": size, "L": least, "over": least / float(published(f"{key}-n")(N=size))}[what]


PLANNED: Mapping[str, Callable[..., float]] = {
    "best sparsity": lambda key, C, N: sparse(key, "S", C, N),
    "loss at best sparsity": lambda key, C, N: sparse(key, "loss", C, N),
    "dense loss": lambda key, C, N: sparse(key, "dense_loss", C, N),
    "dense twin": lambda key, N, E: float(experts.dense_twin(N, E, values_of(key))),
    "data efficiency": efficiency,
    "average size": lambda key, s, N: pruned(key, "average", s, N),
    "average density": lambda key, s: pruned(key, "average", s),
    "start step": lambda key, s: pruned(key, "start_step", s),
    "end step": lambda key, s: pruned(key, "end_step", s),
    "scaled": lambda key, name, by: float(shape.scaled_shape(dict.fromkeys(shape.EXPONENTS, 1.0), by)[name]),
    "N* at critical batch": lambda key, days: kaplan_optimum(key, "N", days),
    "L* at critical batch": lambda key, days: kaplan_optimum(key, "L", days),
    "L* over L(N, inf)": lambda key, days: kaplan_optimum(key, "over", days),
}


def losses(card: str, fit: str, level: str, *points: tuple[dict[str, float], str]) -> Iterator[Row]:
    for at, text in points:
        yield Row(card, fit, "L", at, text, level)


def coefficients(card: str, fit: str, level: str, **printed: str) -> Iterator[Row]:
    for name, text in printed.items():
        yield Row(card, fit, "coefficient", {"name": name}, text, level)


def shipped(card: str, fit: str, **printed: str) -> Iterator[Row]:
    """Yield the coefficients of a shipped set at its own level."""
    yield from coefficients(card, fit, published(fit).source.verified, **printed)


def check(row: Row) -> None:
    """Hold the library to a row."""
    value = {**QUANTITIES, **PLANNED}[row.what](row.fit, **row.inputs)
    number, tolerance = as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: computed {value!r}, {row.level}"


def check_levels(rows: list[Row]) -> None:
    """Hold every row to a level, and to standing once."""
    assert {row.level for row in rows} <= set(LEVELS) - {"fitted", "simulated", "illustrative"}
    assert len({str(row) for row in rows}) == len(rows)


def at(**variables: Any) -> dict[str, Any]:
    return variables
