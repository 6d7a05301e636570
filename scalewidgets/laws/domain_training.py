r"""Loss on a general and a domain corpus when training goes on with a mixture of both (Que et al., D-CPT).

.. math:: L(N, D, r) = E + \frac{A}{N^{\alpha}} + \frac{B r^{\eta}}{D^{\beta}} + \frac{C}{(r + \epsilon)^{\gamma}}

r is the share of the corpus whose loss is meant. Across domains a term F / K^mu is added, where K says how learnable a
domain is.
"""

from __future__ import annotations

from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible

SHARE = Variable(
    "r", "Share of the corpus", "share of training tokens", 0.02, 1.0, scale="linear", format="percent",
    domain=(0.0, 1.0), closed=True,
)  # fmt: skip
LEARNABLE = Variable("K", "Learnability of the domain", "as measured", 0.1, 10.0, format="plain")


def kernel(
    N: Any,
    D: Any,
    r: Any,
    *,
    E: Any,
    A: Any,
    alpha: Any,
    B: Any,
    eta: Any,
    beta: Any,
    C: Any,
    epsilon: Any,
    gamma: Any,
) -> Any:
    """Return the loss on a corpus that has the share r of the mixture."""
    return E + A * N**-alpha + B * r**eta * D**-beta + C * (r + epsilon) ** -gamma


def across_kernel(
    N: Any,
    D: Any,
    r: Any,
    K: Any,
    *,
    E: Any,
    A: Any,
    alpha: Any,
    B: Any,
    eta: Any,
    beta: Any,
    C: Any,
    epsilon: Any,
    gamma: Any,
    F: Any,
    mu: Any,
) -> Any:
    """Return the loss on a domain with learnability K."""
    within = kernel(
        N, D, r, E=E, A=A, alpha=alpha, B=B, eta=eta, beta=beta, C=C, epsilon=epsilon, gamma=gamma
    )  # fmt: skip
    return within + F * K**-mu


def _exponent(name: str, typical: float, latex: str = "") -> Coefficient:
    made = exponent(name, latex)
    return Coefficient(name, made.kind, made.low, made.high, made.start, made.latex, typical=typical)


def _amplitude(name: str, typical: float, latex: str) -> Coefficient:
    made = amplitude(name, latex)
    return Coefficient(name, made.kind, made.low, made.high, made.start, made.latex, made.linear, typical=typical)


_CITATION = Citation(
    "que2024",
    authors="Que et al.",
    title="D-CPT Law: Domain-specific Continual Pre-Training Scaling Law for Large Language Models",
    year=2024,
    arxiv="2406.01375",
)
_COEFFICIENTS = (
    irreducible("E"),
    _amplitude("A", 300.0, "A_{0}"),
    _exponent("alpha", 0.33),
    _amplitude("B", 40.0, "B_{0}"),
    _exponent("eta", 0.3),
    _exponent("beta", 0.2),
    Coefficient("C", "amplitude", 1e-9, 1e6, (1e-3, 10.0), "C_{0}", linear=True, typical=0.5),
    Coefficient("epsilon", "fraction", 0.0, 1.0, (0.01, 0.5), r"\epsilon", typical=0.1),
    _exponent("gamma", 0.3),
)
_NOTES = (
    "No coefficient of the paper was found: fit your own runs. The numbers here only show the form.",
    "epsilon keeps the loss finite on a corpus that the mixture leaves out.",
)

WITHIN = Law(
    kernel,
    "d-cpt",
    title="Continued pretraining on a mixture L(N, D, r)",
    topic="mixture",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS, SHARE),
    coefficients=_COEFFICIENTS,
    citation=_CITATION,
    bends=("r",),
    notes=_NOTES,
)
ACROSS = Law(
    across_kernel,
    "d-cpt-across",
    title="Continued pretraining across domains L(N, D, r, K)",
    topic="mixture",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS, SHARE, LEARNABLE),
    coefficients=(
        *_COEFFICIENTS,
        Coefficient("F", "amplitude", 1e-9, 1e6, (1e-3, 10.0), "F_{0}", linear=True, typical=0.2),
        _exponent("mu", 0.5),
    ),
    citation=_CITATION,
    bends=("r",),
    notes=(*_NOTES, "K weighs the validation loss at the start against how fast it falls; the weights are fitted too."),
)
