r"""Loss of a model that is pruned while it trains: its average size over training counts (Jin et al.).

.. math::

   L(N, D, s) = E + \frac{A}{\bar N^{\alpha}} + \frac{B}{D^{\beta}}, \qquad
   \bar N = \frac{N}{\frac14 + \frac12 \frac{-\ln(1 - s)}{s} + \frac14 \frac{1}{1 - s}}

for pruning to the final sparsity s that starts at 25 % of compute, ends at 75 % and removes the same fraction of what
is left at every event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible


def average_density(s: Any, start: Any = 0.25, end: Any = 0.75) -> Any:
    """Return the average size over training tokens as a share of the size at the start.

    Compute per token is proportional to the size, so that the phases of compute `start`, `end - start` and `1 - end`
    take tokens in proportion to one over their density; the ramp's mean density is s / -ln(1 - s).

    Parameters
    ----------
    s : array_like
        Final sparsity, above 0 and below 1.
    start, end : array_like
        Where pruning starts and ends, as shares of training compute.

    Examples
    --------
    >>> [round(float(average_density(s)), 4) for s in (0.2, 0.4, 0.5, 0.6, 0.8)]
    [0.8926, 0.7662, 0.6929, 0.6103, 0.3991]
    """
    return 1 / (start - (end - start) * ops.log1p(-s) / s + (1 - end) / (1 - s))


def kernel(N: Any, D: Any, s: Any, *, E: Any, A: Any, B: Any, alpha: Any, beta: Any) -> Any:
    """Return the loss in nats per token."""
    return E + A * (N * average_density(s)) ** -alpha + B * D**-beta


LAW = Law(
    kernel,
    "average-size",
    title="Pruned while training L(N, D, s)",
    response=LOSS,
    variables=(
        replace(MODEL_SIZE, label="Size before pruning"),
        TOKENS,
        Variable(
            "s", "Final sparsity", "share pruned", 0.01, 0.95, scale="linear", format="percent", domain=(0.0, 1.0)
        ),
    ),
    coefficients=(
        replace(irreducible("E"), typical=1.7),
        replace(amplitude("A"), typical=400.0),
        replace(amplitude("B"), typical=400.0),
        replace(exponent("alpha"), typical=0.33),
        replace(exponent("beta"), typical=0.3),
    ),
    citation=Citation(
        "jin2025",
        authors="Jin et al.",
        title="The Journey Matters: Average Parameter Count over Pre-training Unifies Sparse and Dense Scaling Laws",
        year=2025,
        arxiv="2501.12486",
    ),
    rises=("s",),
    notes=(
        "N counts the parameters of linear layers, which are those pruned. A model that is not pruned is s = 0, "
        "the form of Chinchilla.",
        "The ramp is geometric, not cubic: that is what the authors' average density of 0.3984 at s = 0.8 needs.",
        "The paper's coefficients were not found: fit your own.",
    ),
    topic="size and data",
)
