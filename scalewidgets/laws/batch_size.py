r"""Loss over optimiser steps, and the batch size beyond which more data per step buys little.

.. math::

   L(N, S) = \left(\frac{N_c}{N}\right)^{\alpha_N} + \left(\frac{S_c}{S_\mathrm{min}}\right)^{\alpha_S} \qquad
   B_\mathrm{crit}(L) = \frac{B_*}{L^{1 / \alpha_B}} \qquad B(L) = B_* L^{-p}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, exponent, scale
from scalewidgets.laws.hyperparameters import BATCH

STEPS = Variable("S", "Steps at a large batch", "steps", 1e3, 1e8, latex=r"S_{\mathrm{min}}")
_KAPLAN = Citation(
    "kaplan2020",
    authors="Kaplan et al.",
    title="Scaling Laws for Neural Language Models",
    year=2020,
    arxiv="2001.08361",
)
_NOTE = (
    "S_min is the least number of steps, at batches far above the critical size. At a batch B it takes "
    "S = S_min (1 + B_crit / B)."
)


def steps_kernel(N: Any, S: Any, *, N_c: Any, alpha_N: Any, S_c: Any, alpha_S: Any) -> Any:
    """Return the loss of size N after S steps at a batch far above the critical one."""
    size = ops.exp(alpha_N * (ops.log(N_c) - ops.log(N)))
    return size + ops.exp(alpha_S * (ops.log(S_c) - ops.log(S)))


def critical_kernel(L: Any, *, B_star: Any, alpha_B: Any) -> Any:
    """Return the critical batch size in tokens at a loss."""
    return ops.exp(ops.log(B_star) - ops.log(L) / alpha_B)


def batch_kernel(L: Any, *, B_star: Any, p: Any) -> Any:
    """Return the best batch size in tokens for a run that ends at a loss."""
    return ops.exp(ops.log(B_star) - p * ops.log(L))


def _star() -> Coefficient:
    return Coefficient("B_star", "amplitude", 1e-3, 1e18, (1e6, 1e10), "B_{*}", linear=True, typical=2e8)


STEPS_LAW = Law(
    steps_kernel,
    "steps",
    title="Loss over steps L(N, S)",
    response=LOSS,
    variables=(MODEL_SIZE, STEPS),
    coefficients=(
        scale("N_c", "parameters", "N_{c}", start=(1e8, 1e18)),
        exponent("alpha_N", r"\alpha_{N}"),
        scale("S_c", "steps", "S_{c}", start=(1e1, 1e6)),
        exponent("alpha_S", r"\alpha_{S}"),
    ),
    citation=_KAPLAN,
    display=lambda N, S, *, N_c, alpha_N, S_c, alpha_S: (N_c / N) ** alpha_N + (S_c / S) ** alpha_S,
    notes=("N counts non-embedding parameters.", _NOTE),
    topic="schedule",
)
CRITICAL = Law(
    critical_kernel,
    "critical-batch",
    title="Critical batch size over loss",
    response=replace(BATCH, label="Critical batch size", latex=r"B_{\mathrm{crit}}"),
    variables=(replace(LOSS, low=1.0, typical=3.0),),
    coefficients=(_star(), replace(exponent("alpha_B", r"\alpha_{B}"), low=0.01, typical=0.2)),
    citation=_KAPLAN,
    display=lambda L, *, B_star, alpha_B: B_star / L ** (1 / alpha_B),
    notes=("The exponent divides: the power of L is 1 / alpha_B.",),
    topic="hyperparameters",
)
FROM_LOSS = Law(
    batch_kernel,
    "batch-from-loss",
    title="Best batch size over final loss",
    response=BATCH,
    variables=(replace(LOSS, low=1.0, typical=3.0),),
    coefficients=(_star(), Coefficient("p", "exponent", 0.0, 20.0, (1.0, 10.0), "p_{L}", typical=6.0)),
    citation=Citation("hu2024", authors="Hu et al.", title="MiniCPM", year=2024, arxiv="2404.06395"),
    display=lambda L, *, B_star, p: B_star * L**-p,
    notes=("The loss is per token of C4, unlike that of the paper's law of size and data, which is per byte.",),
    topic="hyperparameters",
)
