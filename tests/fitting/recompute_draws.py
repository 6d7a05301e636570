"""Recompute the joint draws shipped with `besiroglu2024` from Epoch AI's points; run as a script to write them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import scalewidgets as sw

DRAWS, SEED = 200, 0
SHIPPED = Path(sw.__file__).parent / "published_fits" / "besiroglu2024-draws.csv"
HEADER = (
    "# Joint draws recomputed by scalewidgets: pairs bootstrap of the 240 points kept by Besiroglu et al. 2024,\n"
    "# Huber loss on log loss (delta 1e-3, summed), seed 0. Made by tests/fitting/recompute_draws.py.\n"
)


def kept_points(shared: Path) -> sw.Runs:
    """Return the 240 points, the five of highest loss left out as in the paper."""
    points = shared / "chinchilla_epoch" / "points.csv"
    runs = sw.read_runs(points, dropped="dropped_by_epoch")
    return runs.subset(runs["dropped"] == 0)


def recompute(shared: Path, draws: int) -> sw.Fit:
    """Refit the points with joint draws."""
    return sw.fit("chinchilla", kept_points(shared), bootstrap=draws, seed=SEED)


def main(shared: Path) -> None:
    """Write the file that the package ships."""
    fit = recompute(shared, DRAWS)
    table = np.column_stack([fit.draws[name] for name in fit.law.names])
    lines = [",".join(fit.law.names), *(",".join(f"{value:.9g}" for value in row) for row in table)]
    SHIPPED.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
