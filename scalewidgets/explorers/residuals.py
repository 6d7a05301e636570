"""Frame of the residuals: how far each run lies from the curve, against N, D and C, whether it was fitted or not."""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.axes import padded, padded_log
from scalewidgets.explorers.scene import Scene

SYMBOLS = ("N", "D", "C")
# Room above and below the runs, at least this much of a percent.
LEAST_HEIGHT = 0.2


def frame(scene: Scene) -> dict[str, Any]:
    """Return the columns and ranges of the views; a residual is by how many percent a loss lies above the curve."""
    N, D, loss = (scene.inputs[f"runs.{name}"] for name in ("N", "D", "loss"))
    kept, threshold = scene.inputs["runs.kept"], scene.inputs["threshold"]
    nan = float("nan")
    residual = percent(ops.log(loss) - ops.log(scene.surface.loss(N, D)))
    least = ops.minimum(ops.smallest(residual), -LEAST_HEIGHT)
    bottom, top = padded(least, ops.maximum(ops.largest(residual), LEAST_HEIGHT), 0.08)
    tables: dict[str, Any] = {}
    ranges: dict[str, Any] = {"y": [bottom, top]}
    for symbol in SYMBOLS:
        x = scene.inputs[f"runs.{symbol}"]
        left, right = padded_log(ops.smallest(x), ops.largest(x) * 1.0001, 0.06)
        ends = ops.stack(left, right)
        level = 0.0 * ends
        columns = {"N": N, "D": D, "loss": loss}
        shown = {"kept": ops.where(kept > 0, residual, nan), "dropped": ops.where(kept > 0, nan, residual)}
        tables |= {f"{symbol}_{name}": {**columns, symbol: x, "residual": values} for name, values in shown.items()}
        tables[f"{symbol}_zero"] = {symbol: ends, "residual": level}
        edges = {"low": level + percent(-threshold), "high": level + percent(threshold)}
        tables[f"{symbol}_within"] = {symbol: ends, **edges}
        ranges[f"{symbol}.x"] = [left, right]
    return {"tables": tables, "ranges": ranges}


def percent(difference: Any) -> Any:
    """Return a difference of logarithms as per cent."""
    return 100.0 * ops.expm1(difference)
