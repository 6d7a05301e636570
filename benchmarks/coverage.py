"""Count how often 95 % intervals hold the truth: seeded simulations, per kind of resample and kind of trouble.

Each simulation draws runs from a known law, fits, and asks whether the interval of every coefficient and of the best
size N* at a budget holds the true value. `--count 1000` is what the documentation prints.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import scalewidgets as sw
from scalewidgets.laws.chinchilla import optimum

TRUTH = sw.published("hoffmann2022")
SIZES = np.geomspace(5e7, 1e10, 10)
TOKENS = np.geomspace(2e9, 4e11, 8)
NOISE = 0.01
DRAWS = 200


def design() -> dict[str, np.ndarray]:
    """Return 80 runs on a grid of sizes and token counts."""
    N, D = np.meshgrid(SIZES, TOKENS, indexing="ij")
    return {"N": N.ravel(), "D": D.ravel()}


def independent(rng: np.random.Generator) -> sw.Runs:
    """Return runs of the true form with independent noise."""
    return sw.simulate(TRUTH, noise=NOISE, seed=int(rng.integers(2**31)), **design())


def clustered(rng: np.random.Generator) -> sw.Runs:
    """Return runs whose noise is half shared by all runs of a size; groups are known."""
    runs = independent(rng)
    _, member = np.unique(runs.N, return_inverse=True)
    shared = np.exp(NOISE * rng.normal(size=member.max() + 1))[member]
    groups = tuple(f"{size:.3g}" for size in runs.N)
    return sw.Runs(columns=runs.columns, loss=runs.loss * shared, groups=groups)


def wrong_form(rng: np.random.Generator) -> sw.Runs:
    """Return runs of a law whose size exponent drifts by a tenth over the range."""
    runs = independent(rng)
    drift = 1 + 0.004 * np.log(runs.N / 1e9) ** 2
    return sw.Runs(columns=runs.columns, loss=runs.loss * drift)


CASES: dict[str, tuple[Callable[[np.random.Generator], sw.Runs], str, float]] = {
    "independent noise, pairs": (independent, "pairs", 1e21),
    "independent noise, residuals": (independent, "residuals", 1e21),
    "noise shared by size, groups": (clustered, "groups", 1e21),
    "noise shared by size, pairs": (clustered, "pairs", 1e21),
    "wrong form, pairs": (wrong_form, "pairs", 1e21),
    "budget 100 times the largest, pairs": (independent, "pairs", 2.4e24),
}


def holds(runs: sw.Runs, resample: str, budget: float) -> dict[str, bool]:
    """Return which intervals hold the truth."""
    fit = sw.fit("chinchilla", runs, bootstrap=DRAWS, resample=resample)
    found = {name: low <= TRUTH.values[name] <= high for name, (low, high) in fit.interval().items()}
    best, _ = optimum(budget, **TRUTH.values)
    low, high = np.quantile(optimum(budget, **fit.draws)[0], [0.025, 0.975])
    return found | {"N*": bool(low <= best <= high)}


def main(count: int, only: str) -> None:
    """Print a table of shares."""
    print(f"Share of 95 % intervals that hold the truth, {count} simulations, {DRAWS} draws each")
    for name, (make, resample, budget) in CASES.items():
        if only not in name:
            continue
        start, rng = time.perf_counter(), np.random.default_rng(0)
        rows = [holds(make(rng), resample, budget) for _ in range(count)]
        shares = {key: np.mean([row[key] for row in rows]) for key in rows[0]}
        text = "  ".join(f"{key} {100 * share:5.1f}" for key, share in shares.items())
        print(f"{name:36s} {text}   ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--only", default="", help="part of a case's name")
    given = parser.parse_args()
    main(given.count, given.only)
