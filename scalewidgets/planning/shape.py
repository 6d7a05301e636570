"""Scale width, depth and MLP size of a vision transformer together, each at its own pace (SoViT)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["EXPONENTS", "scaled_shape"]

# The best value of each dimension grows as compute to this power, when the others are held (paper text).
EXPONENTS: Mapping[str, float] = MappingProxyType({"width": 0.22, "depth": 0.45, "mlp": 0.6})


def scaled_shape(
    shape: Mapping[str, Any],
    compute_ratio: Any,
    *,
    exponents: Mapping[str, float] = EXPONENTS,
    weights: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return the shape for a multiple of the compute that `shape` is best for.

    Parameters
    ----------
    shape : mapping of str to array_like
        Width, depth and MLP size that are best at some compute.
    compute_ratio : array_like
        How many times that compute.
    exponents : mapping of str to float
        How each dimension grows when compute does.
    weights : mapping of str to float, optional
        The share of compute that each dimension takes, summing to 1; equal by default.

    Examples
    --------
    >>> {name: round(float(x), 3) for name, x in scaled_shape(dict(width=1, depth=1, mlp=1), 10.0).items()}
    {'width': 1.184, 'depth': 1.413, 'mlp': 1.585}
    """
    weights = weights or dict.fromkeys(shape, 1 / len(shape))
    return {name: size * compute_ratio ** (exponents[name] * weights[name]) for name, size in shape.items()}
