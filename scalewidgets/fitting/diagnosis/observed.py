"""What the losses and rows themselves give away: repeated rows, losses rounded or read off a scale, no variation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scalewidgets.errors import Caution
from scalewidgets.fitting.problem import Problem
from scalewidgets.runs import Runs

# Losses count as rounded if there are fewer distinct ones than this share of the runs.
DISTINCT = 0.5
LEAST_ROWS = 12


def observed_cautions(problem: Problem, runs: Runs) -> Iterator[Caution]:
    """Yield what is odd about the losses."""
    count = len(runs)
    levels = np.unique(runs.loss)
    if len(levels) == 1:
        yield Caution(
            "identical-losses",
            f"All {count} runs have the same loss, {levels[0]:g}.",
            "There is nothing to fit; check which column was read as the loss.",
        )
        return
    table = np.stack([*problem.columns.values(), runs.loss], axis=-1)
    unique = len(np.unique(table, axis=0))
    if unique < count:
        yield Caution(
            "duplicated-rows",
            f"{count - unique} of {count} runs repeat another in every number.",
            "Each copy counts again and narrows the intervals; keep one of each, or say what they share with group=.",
        )
    if unique >= LEAST_ROWS and len(levels) < DISTINCT * unique:
        step = float(np.median(np.diff(levels)))
        yield Caution(
            "quantised-losses",
            f"There are only {len(levels)} distinct losses among {count} runs, {step:.2g} apart at the median.",
            "The losses are rounded or were read off a scale; trust no difference below that.",
        )
