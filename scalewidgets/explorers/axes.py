"""Ranges of axes, and the part of a curve that lies beyond the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scalewidgets import ops

if TYPE_CHECKING:
    from scalewidgets.explorers.scene import Scene


def padded(low: Any, high: Any, share: float) -> tuple[Any, Any]:
    """Widen a range at both ends by a share of its length."""
    margin = (high - low) * share
    return low - margin, high + margin


def padded_log(low: Any, high: Any, share: float) -> tuple[Any, Any]:
    """Widen a range on a logarithmic axis."""
    low, high = padded(ops.log(low), ops.log(high), share)
    return ops.exp(low), ops.exp(high)


def split_by_range(scene: Scene, N: Any, D: Any, values: Any) -> tuple[Any, Any]:
    """Split a curve into the part within the runs and the part beyond, with NaN in the gaps.

    The parts meet: a curve is drawn solid where its factor beyond the runs is at most 1, dashed elsewhere.
    """
    within = scene.beyond(N, D) <= 1.0
    return ops.where(within, values, float("nan")), ops.where(within, float("nan"), values)


def scientific(name: str, values: Any) -> dict[str, Any]:
    """Return columns with the digits and the power of ten of large numbers, for hovering.

    Bokeh's own forms of them are 1e+22 or 22 digits.
    """
    power = ops.floor(ops.log(values) / ops.log(10.0) + 1e-9)
    return {f"{name}_digits": values / 10.0**power, f"{name}_power": power}
