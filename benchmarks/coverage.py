"""Count how often 95 % intervals hold the truth: seeded simulations, every interval method, every kind of trouble.

A simulation makes 80 runs of a known law, fits them, and asks whether each interval holds: of the coefficients; of the
best size N*, of the mean loss there and of a new run there, at a budget among the runs and at 100 times the largest.
Simulation i of a trouble is the same for every method and on every machine. Results are kept in a file, a line each,
so the next call goes on where one ended. The tables of all that is kept come at the end, or at once with `--count 0`.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import scalewidgets as sw
from scalewidgets.laws.chinchilla import optimum

TRUTH = sw.published("hoffmann2022")
SIZES, TOKENS = np.geomspace(5e7, 1e10, 10), np.geomspace(2e9, 4e11, 8)
NOISE = 0.01
DRAWS = 300
BUDGETS = {"": 1e21, " x100": 100 * 6 * SIZES[-1] * TOKENS[-1]}
METHODS = ("pairs", "groups", "delta", "profile", "residuals")
KEPT = Path(__file__).parent / "results" / "coverage.jsonl"

Intervals = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Truth:
    """What intervals are judged by: coefficients, and the mean loss at any N and D."""

    values: Mapping[str, float]
    loss: Callable[[Any, Any], Any]

    def best_size(self, budget: float) -> float:
        """Return the N of least loss on a budget, by ever finer grids."""
        low, high = 1e7, 1e13
        for _ in range(4):
            sizes = np.geomspace(low, high, 2001)
            at = int(np.argmin(self.loss(sizes, budget / 6 / sizes)))
            low, high = sizes[max(at - 2, 0)], sizes[min(at + 2, 2000)]
        return float(sizes[at])


@dataclass(frozen=True)
class Trouble:
    """Where runs come from: the mean loss, and the standard deviation of the noise that all runs of a size share."""

    truth: Truth
    shared: float = 0.0

    def losses(self, rng: np.random.Generator, N: Any, D: Any) -> Any:
        """Return the losses of new runs; each has noise of its own besides."""
        _, member = np.unique(N, return_inverse=True)
        return self.truth.loss(N, D) * np.exp(
            NOISE * rng.normal(size=len(N)) + self.shared * rng.normal(size=len(N))[member]
        )

    def runs(self, rng: np.random.Generator, grouped: bool, copies: int = 1) -> sw.Runs:
        """Return runs on a grid of sizes and tokens; runs of one size are a group if that is known."""
        N, D = (np.tile(each.ravel(), copies) for each in np.meshgrid(SIZES, TOKENS, indexing="ij"))
        groups = tuple(f"{size:.3g}" for size in N) if grouped else None
        return sw.Runs(columns={"N": N, "D": D}, loss=self.losses(rng, N, D), groups=groups)


LAW = Truth(TRUTH.values, lambda N, D: TRUTH(N=N, D=D))
# up to 4 % above the law at the smallest and the largest sizes
DRIFTING = Truth(TRUTH.values, lambda N, D: TRUTH(N=N, D=D) * (1 + 0.004 * np.log(N / 1e9) ** 2))
TROUBLES = {
    "none": Trouble(LAW),
    "noise shared by size": Trouble(LAW, shared=NOISE),
    "wrong form": Trouble(DRIFTING),
}
CLOSEST = ", against the closest law"


def judges(name: str) -> dict[str, Truth]:
    """Return what a trouble's intervals are judged by; for a wrong form also the law closest to it on these runs."""
    trouble = TROUBLES[name]
    if trouble.truth is LAW:
        return {name: LAW}
    # the law closest to runs depends on their noise too, so: many noisy copies
    closest = sw.fit("chinchilla", trouble.runs(np.random.default_rng(0), False, copies=100), bootstrap=0)
    return {name: trouble.truth, name + CLOSEST: Truth(closest.values, lambda N, D: closest(N=N, D=D))}


def of_draws(fit: sw.Fit, sizes: Mapping[str, float]) -> Intervals:
    """Return percentile intervals of the bootstrap."""
    found = fit.interval()
    for at, N in sizes.items():
        low, high = np.quantile(optimum(BUDGETS[at], **fit.draws)[0], [0.025, 0.975])
        found["N*" + at] = float(low), float(high)
        for name, new_run in (("loss", False), ("new run", True)):
            predicted = fit.predict(N=N, D=BUDGETS[at] / 6 / N, new_run=new_run)
            found[name + at] = float(predicted.low), float(predicted.high)
    return found


def of_delta(fit: sw.Fit, sizes: Mapping[str, float]) -> Intervals:
    """Return intervals of the delta method, which has none for a new run."""
    found = dict(sw.delta_method(fit).interval)
    for at, N in sizes.items():
        best = sw.derived(fit, "N_opt", compute=BUDGETS[at], method="delta")
        loss = sw.derived(fit, "loss", N=N, D=BUDGETS[at] / 6 / N, method="delta")
        found |= {"N*" + at: (best.low, best.high), "loss" + at: (loss.low, loss.high)}
    return found


def intervals(method: str, runs: sw.Runs, sizes: Mapping[str, float]) -> Intervals:
    """Return every interval that a method gives; a profile has those of the coefficients."""
    if method in ("delta", "profile"):
        fit = sw.fit("chinchilla", runs, bootstrap=0)
        return of_delta(fit, sizes) if method == "delta" else {c: sw.profile(fit, c).interval for c in TRUTH.law.names}
    return of_draws(sw.fit("chinchilla", runs, bootstrap=DRAWS, resample=method), sizes)


def simulations(name: str, method: str, numbers: range) -> Iterator[dict[str, Any]]:
    """Yield for each simulation and judge which intervals held: trouble, method, number, and a truth value each."""
    trouble, judged = TROUBLES[name], judges(name)
    sizes = {at: trouble.truth.best_size(budget) for at, budget in BUDGETS.items()}
    N = np.array(list(sizes.values()))
    D = np.array(list(BUDGETS.values())) / 6 / N
    best = {each: [truth.best_size(budget) for budget in BUDGETS.values()] for each, truth in judged.items()}
    for i in numbers:
        rng = np.random.default_rng([list(TROUBLES).index(name), i])
        runs = trouble.runs(rng, grouped=method == "groups" or trouble.shared > 0)
        new = trouble.losses(rng, N, D)
        found = intervals(method, runs, sizes)
        for each, truth in judged.items():
            true = dict(truth.values)
            for at, size, loss, run in zip(BUDGETS, best[each], truth.loss(N, D), new, strict=True):
                true |= {
                    "N*" + at: size,
                    "loss" + at: loss,
                    **({"new run" + at: run} if truth is trouble.truth else {}),
                }
            held = {key: bool(low <= true[key] <= high) for key, (low, high) in found.items() if key in true}
            yield {"trouble": each, "method": method, "i": i, "held": held}


def done(kept: Path) -> dict[tuple[str, str], dict[int, dict[str, bool]]]:
    """Return the simulations of a file, by trouble and method; a line that was cut short counts for nothing."""
    found: dict[tuple[str, str], dict[int, dict[str, bool]]] = {}
    for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found.setdefault((row["trouble"], row["method"]), {})[row["i"]] = row["held"]
    return found


def table(kept: Path, columns: tuple[str, ...]) -> str:
    """Return shares in per cent with their standard errors, in Markdown."""
    lines = ["| trouble | method | simulations | " + " | ".join(columns) + " |", "|" + "---|" * (3 + len(columns))]
    order = [(each, method) for name in TROUBLES for each in (name, name + CLOSEST) for method in METHODS]
    found = done(kept)
    for trouble, method in (key for key in order if key in found):
        rows = list(found[trouble, method].values())
        counts = Counter(key for row in rows for key, held in row.items() if held)
        cells = []
        for column in columns:
            share = counts[column] / len(rows)
            near = (counts[column] + 1) / (len(rows) + 2)  # no certainty from all or none
            text = f"{100 * share:.1f} ± {100 * (near * (1 - near) / len(rows)) ** 0.5:.1f}"
            cells.append(text if column in rows[0] else "–")
        lines.append(f"| {trouble} | {method} | {len(rows)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(count: int, only: str, kept: Path) -> None:
    """Simulate what is not kept yet, and print the tables."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    for method in METHODS:
        for name in TROUBLES:
            if only not in f"{name}: {method}":
                continue
            first = max(done(kept).get((name, method), {-1: {}})) + 1
            with kept.open("a", encoding="utf-8") as file:
                file.write("\n")  # ends a line that was cut short
                for row in simulations(name, method, range(first, count)) if first < count else ():
                    file.write(json.dumps(row) + "\n")
                    file.flush()
    print(f"Share of 95 % intervals that hold the truth, in per cent; bootstraps have {DRAWS} draws.\n")
    print(
        table(kept, TRUTH.law.names),
        table(kept, tuple(q + at for at in BUDGETS for q in ("N*", "loss", "new run"))),
        sep="\n\n",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10, help="simulations of each trouble and method")
    parser.add_argument("--only", default="", help="part of 'trouble: method', such as 'none: pairs' or ': delta'")
    parser.add_argument("--kept", type=Path, default=KEPT, help="file of results")
    given = parser.parse_args()
    main(given.count, given.only, given.kept)
