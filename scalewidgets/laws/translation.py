r"""Translation loss against the sizes of encoder and decoder (Ghorbani et al.) and several tasks (Fernandes et al.).

.. math::

   L(N_e, N_d) = E + A N_e^{-p_e} N_d^{-p_d} \qquad
   L(N, p) = E + \beta \left((p + c_1 p^{c_2} (1 - p)^{c_3}) N\right)^{-\alpha}

p is the share of a task in the mixture; the bracket says how many parameters work for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, amplitude, exponent, irreducible


def kernel(N_e: Any, N_d: Any, *, E: Any, A: Any, p_e: Any, p_d: Any) -> Any:
    """Return the cross-entropy of a translation model."""
    return E + A * N_e**-p_e * N_d**-p_d


def effective_share(p: Any, *, c_1: Any, c_2: Any, c_3: Any) -> Any:
    """Return the share of the parameters that works for a task with the share p of the mixture.

    Examples
    --------
    >>> effective_share(0.0, c_1=0.3, c_2=1.0, c_3=1.0), effective_share(1.0, c_1=0.3, c_2=1.0, c_3=1.0)
    (0.0, 1.0)
    """
    return p + c_1 * p**c_2 * (1 - p) ** c_3


def tasks_kernel(N: Any, p: Any, *, E: Any, beta: Any, alpha: Any, c_1: Any, c_2: Any, c_3: Any) -> Any:
    """Return the loss on a task with the share p of the mixture."""
    return E + beta * (effective_share(p, c_1=c_1, c_2=c_2, c_3=c_3) * N) ** -alpha


def _part(symbol: str, label: str, latex: str) -> Variable:
    return replace(MODEL_SIZE, symbol=symbol, label=label, latex=latex, high=1e11)


def _small(name: str, latex: str, typical: float) -> Coefficient:
    return replace(exponent(name, latex), typical=typical)


SPLIT = Law(
    kernel,
    "encoder-decoder",
    title="Translation loss against encoder and decoder L(N_e, N_d)",
    topic="domains",
    response=LOSS,
    variables=(_part("N_e", "Encoder size", "N_{e}"), _part("N_d", "Decoder size", "N_{d}")),
    coefficients=(
        irreducible("E"),
        replace(amplitude("A", "A_{0}"), start=(1.0, 1e6), typical=2e3),
        _small("p_e", "p_{e}", 0.2),
        _small("p_d", "p_{d}", 0.25),
    ),
    citation=Citation(
        "ghorbani2021",
        authors="Ghorbani et al.",
        title="Scaling Laws for Neural Machine Translation",
        year=2021,
        arxiv="2109.07740",
    ),
    notes=(
        "The paper's coefficients were not found: fit your own runs.",
        "Sizes leave the embeddings out. The paper divides them by those of a baseline; here A takes that up.",
    ),
)
TASKS = Law(
    tasks_kernel,
    "multilingual",
    title="Loss on a task against its share of the mixture L(N, p)",
    topic="domains",
    response=LOSS,
    variables=(
        replace(MODEL_SIZE, high=1e12),
        Variable(
            "p", "Share of the task", "share of the mixture", 0.02, 1.0, scale="linear", format="percent",
            domain=(0.0, 1.0 + 1e-9),
        ),
    ),
    coefficients=(
        irreducible("E"),
        Coefficient("beta", "amplitude", 1e-12, 1e18, (1e-1, 1e6), r"\beta", linear=True, typical=30.0),
        _small("alpha", r"\alpha", 0.2),
        Coefficient("c_1", "fraction", 0.0, 1.0, (0.05, 0.8), "c_{1}", typical=0.3),
        _small("c_2", "c_{2}", 0.8),
        _small("c_3", "c_{3}", 1.2),
    ),
    citation=Citation(
        "fernandes2023",
        authors="Fernandes et al.",
        title="Scaling Laws for Multilingual Neural Machine Translation",
        year=2023,
        arxiv="2302.09650",
    ),
    notes=(
        "The paper's coefficients were not found: fit your own runs.",
        "Weights of the mixture move the factor of the power only; its exponent and floor belong to the task.",
    ),
)  # fmt: skip
