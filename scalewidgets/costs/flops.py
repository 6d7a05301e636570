"""Count floating-point operations by named conventions; portable, so plans and frames use the same functions."""

from __future__ import annotations

from typing import Any

TRAINING_FLOP_PER_PARAMETER_TOKEN = 6
SERVING_FLOP_PER_PARAMETER_TOKEN = 2
# Keeping no activations means one more forward pass: 2 of the 6 once more.
RECOMPUTING_FLOP_PER_PARAMETER_TOKEN = 8


def training_flop(N: Any, D: Any) -> Any:
    """Return 6 N D, the FLOP of training a model of N parameters on D tokens (Kaplan et al. 2020, Sec. 2.1)."""
    return TRAINING_FLOP_PER_PARAMETER_TOKEN * N * D


def serving_flop(N: Any, tokens: Any) -> Any:
    """Return 2 N per token, the FLOP of a forward pass over prompt or generated tokens."""
    return SERVING_FLOP_PER_PARAMETER_TOKEN * N * tokens


def tokens_within(compute: Any, N: Any) -> Any:
    """Return the training tokens that `compute` pays for with a model of N parameters."""
    return compute / TRAINING_FLOP_PER_PARAMETER_TOKEN / N


def attention_flop(layers: Any, width: Any, context: Any) -> Any:
    """Return the forward FLOP per token of the attention scores and their sum over the values, 4 layers width context.

    Every token is taken to see the whole context, as in Megatron's count; a causal mask that skips work halves it.
    """
    return 4 * layers * width * context


def training_flop_with_attention(N: Any, D: Any, *, layers: Any, width: Any, context: Any) -> Any:
    """Return 6 N D plus the attention that the parameters do not count, 12 layers width context per token."""
    return training_flop(N, D) + 3 * attention_flop(layers, width, context) * D


def serving_flop_with_attention(N: Any, tokens: Any, *, layers: Any, width: Any, context: Any) -> Any:
    """Return 2 N per token plus attention over a context of so many tokens."""
    return serving_flop(N, tokens) + attention_flop(layers, width, context) * tokens


def megatron_parameters(*, layers: Any, width: Any, vocabulary: Any, context: Any) -> Any:
    r"""Return the parameters of a GPT with learned positions (Narayanan et al. 2021, Eq. 2).

    .. math:: 12 l h^2 \left(1 + \frac{13}{12 h} + \frac{V + s}{12 l h}\right)
    """
    return 12 * layers * width**2 * (1 + 13 / (12 * width) + (vocabulary + context) / (12 * layers * width))


def megatron_iteration_flop(
    *, batch: Any, layers: Any, width: Any, vocabulary: Any, context: Any, recompute: bool = True
) -> Any:
    r"""Return the FLOP of one training step on `batch` sequences (Narayanan et al. 2021, Eq. 3).

    .. math:: 96 B s l h^2 \left(1 + \frac{s}{6 h} + \frac{V}{16 l h}\right)

    with activations computed a second time; without, 72 stands for 96 and 12 for 16.
    """
    passes, head = (96, 16) if recompute else (72, 12)
    inner = 1 + context / (6 * width) + vocabulary / (head * layers * width)
    return passes * batch * context * layers * width**2 * inner


def training_days(N: Any, D: Any, *, gpus: Any, achieved: Any, recompute: bool = False) -> Any:
    """Return the days that so many GPUs take at `achieved` FLOP/s each.

    With `recompute`, `achieved` counts the activations computed a second time: 8 N D (Narayanan et al. 2021, Eq. 4).
    """
    per_token = RECOMPUTING_FLOP_PER_PARAMETER_TOKEN if recompute else TRAINING_FLOP_PER_PARAMETER_TOKEN
    return per_token * N * D / (gpus * achieved) / 86400
