r"""Best learning rate and batch size as power laws of size, tokens or compute.

.. math::

   \eta = k_1 N^{a} D^{b} \qquad B = k_2 D^{c} \qquad \eta = k\, C^{a} \qquad B = k\, C^{a}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, MODEL_SIZE, TOKENS

LEARNING_RATE = Variable("lr", "Learning rate", "peak", 1e-5, 1e-1, latex=r"\eta_{\mathrm{opt}}", format="plain")
BATCH = Variable("B", "Batch size", "tokens", 1e4, 1e9, latex=r"B_{\mathrm{opt}}")
STEP_LAW = Citation(
    "li2025",
    authors="Li et al.",
    title="Predictable Scale: Part I, Step Law",
    year=2025,
    arxiv="2503.04715",
)
_DEEPSEEK = Citation(
    "deepseek2024",
    authors="DeepSeek-AI",
    title="DeepSeek LLM: Scaling Open-Source Language Models with Longtermism",
    year=2024,
    arxiv="2401.02954",
)


def rate_kernel(N: Any, D: Any, *, k_1: Any, a: Any, b: Any) -> Any:
    """Return the best peak learning rate of a model of size N trained on D tokens."""
    return ops.exp(ops.log(k_1) + a * ops.log(N) + b * ops.log(D))


def batch_kernel(D: Any, *, k_2: Any, c: Any) -> Any:
    """Return the best batch size in tokens for a run of D tokens."""
    return ops.exp(ops.log(k_2) + c * ops.log(D))


def compute_kernel(C: Any, *, k: Any, a: Any) -> Any:
    """Return what is best at training compute C."""
    return ops.exp(ops.log(k) + a * ops.log(C))


def _factor(name: str, latex: str, typical: float) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-12, 1e12, (1e-3, 1e3), latex, linear=True, typical=typical)


def _power(name: str, latex: str, start: tuple[float, float], typical: float) -> Coefficient:
    return Coefficient(name, "offset", -3.0, 3.0, start, latex, typical=typical)


RATE = Law(
    rate_kernel,
    "step-law-lr",
    title="Step law: best learning rate",
    response=LEARNING_RATE,
    variables=(replace(MODEL_SIZE, low=1e7, high=1e12), replace(TOKENS, low=1e9, high=1e14)),
    coefficients=(
        _factor("k_1", "k_{1}", 1.8),
        _power("a", "a_{N}", (-1.5, 0.0), -0.7),
        _power("b", "b_{D}", (0.0, 1.0), 0.3),
    ),
    citation=STEP_LAW,
    display=lambda N, D, *, k_1, a, b: k_1 * N**a * D**b,
    rises=("D",),
    notes=("N counts non-embedding parameters; the learning rate is the peak of the schedule.",),
    topic="hyperparameters",
)
BATCH_LAW = Law(
    batch_kernel,
    "step-law-batch",
    title="Step law: best batch size",
    response=BATCH,
    variables=(replace(TOKENS, low=1e9, high=1e14),),
    coefficients=(_factor("k_2", "k_{2}", 0.6), _power("c", "c_{D}", (0.0, 1.0), 0.6)),
    citation=STEP_LAW,
    display=lambda D, *, k_2, c: k_2 * D**c,
    rises=("D",),
    notes=("The batch is in tokens; the published table of runs has sequences of 2048 tokens.",),
    topic="hyperparameters",
)
RATE_AT_COMPUTE = Law(
    compute_kernel,
    "compute-lr",
    title="Best learning rate over compute",
    response=LEARNING_RATE,
    variables=(COMPUTE,),
    coefficients=(_factor("k", "k_{0}", 0.3), _power("a", "a_{C}", (-0.5, 0.0), -0.12)),
    citation=_DEEPSEEK,
    display=lambda C, *, k, a: k * C**a,
    notes=("C = M D with M the non-embedding FLOP per token, so attention counts and embeddings don't.",),
    topic="hyperparameters",
)
BATCH_AT_COMPUTE = Law(
    compute_kernel,
    "compute-batch",
    title="Best batch size over compute",
    response=BATCH,
    variables=(COMPUTE,),
    coefficients=(_factor("k", "k_{0}", 0.3), _power("a", "a_{C}", (0.0, 0.6), 0.33)),
    citation=_DEEPSEEK,
    display=lambda C, *, k, a: k * C**a,
    rises=("C",),
    notes=("C = M D with M the non-embedding FLOP per token, so attention counts and embeddings don't.",),
    topic="hyperparameters",
)
