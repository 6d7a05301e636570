"""Say in words what the runs can't support."""

from __future__ import annotations

import numpy as np

from scalewidgets.errors import Caution
from scalewidgets.fitting.problem import Problem
from scalewidgets.fitting.solving import Optimum
from scalewidgets.runs import Runs

FEW_SIZES = 4


def diagnose(problem: Problem, optimum: Optimum, runs: Runs) -> tuple[Caution, ...]:
    """Return the cautions of a fit, those of its runs included."""
    found = list(runs.warnings)
    if optimum.agreeing < 2:
        found.append(
            Caution(
                "starts-disagree",
                f"Only {optimum.agreeing} of {optimum.starts} starts reached the best optimum found.",
                "Another seed may find a better one; the runs may not identify the law.",
            )
        )
    low, high = problem.bounds
    for name, value, lowest, highest in zip(problem.free, optimum.point, low, high, strict=True):
        if min(value - lowest, highest - value) < 1e-3:
            found.append(
                Caution(
                    "at-bound",
                    f"{name} ended at the edge of what is allowed.",
                    "The runs don't determine it; treat it as unknown.",
                )
            )
    for symbol in problem.law.symbols:
        distinct = runs.distinct(symbol)
        if distinct < FEW_SIZES:
            found.append(
                Caution(
                    "few-sizes",
                    f"The runs have only {distinct} distinct values of {symbol}.",
                    f"Add runs with other {symbol}.",
                )
            )
    found += _valley(problem, optimum)
    return tuple(found)


def _valley(problem: Problem, optimum: Optimum) -> list[Caution]:
    jacobian = problem.batch.jacobian(optimum.point)
    size = np.linalg.norm(jacobian, axis=0)
    flat = [name for name, length in zip(problem.free, size, strict=True) if length < 1e-9]
    if flat:
        return [Caution("unidentified", f"The loss of these runs does not depend on {', '.join(flat)} at the optimum.")]
    *_, directions = np.linalg.svd(jacobian / size)
    values = np.linalg.svd(jacobian / size, compute_uv=False)
    if values[-1] > 1e-5 * values[0]:
        return []
    pair = np.argsort(-np.abs(directions[-1]))[:2]
    names = " and ".join(problem.free[i] for i in sorted(pair))
    return [
        Caution("flat-valley", f"{names} can hardly be told apart with these runs.", "Widen the range of the runs.")
    ]
