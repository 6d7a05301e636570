"""Count floating-point operations by named conventions; portable, so plans and frames use the same functions."""

from __future__ import annotations

from typing import Any

TRAINING_FLOP_PER_PARAMETER_TOKEN = 6
SERVING_FLOP_PER_PARAMETER_TOKEN = 2


def training_flop(N: Any, D: Any) -> Any:
    """Return 6 N D, the FLOP of training a model of N parameters on D tokens (Kaplan et al. 2020, Sec. 2.1)."""
    return TRAINING_FLOP_PER_PARAMETER_TOKEN * N * D


def serving_flop(N: Any, tokens: Any) -> Any:
    """Return 2 N per token, the FLOP of a forward pass over prompt or generated tokens."""
    return SERVING_FLOP_PER_PARAMETER_TOKEN * N * tokens


def tokens_within(compute: Any, N: Any) -> Any:
    """Return the training tokens that `compute` pays for with a model of N parameters."""
    return compute / TRAINING_FLOP_PER_PARAMETER_TOKEN / N
