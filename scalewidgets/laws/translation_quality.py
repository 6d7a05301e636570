r"""Translation quality after fine-tuning against tokens of pretraining (Isik et al.).

.. math:: f(D) = \left(\ln (A D^{\alpha})\right)^{\beta} \qquad L(D) = E + \frac{A}{D^{\alpha}}
"""

from __future__ import annotations

from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, amplitude, exponent, irreducible

PRETRAINING = Variable("D", "Pretraining tokens", "tokens", 1e8, 1e13)

_CITATION = Citation(
    "isik2024",
    authors="Isik et al.",
    title="Scaling Laws for Downstream Task Performance of Large Language Models",
    year=2024,
    arxiv="2402.04177",
)
_NO_NUMBERS = "The coefficients stand in tables that were not found: fit your own runs."


def score_kernel(D: Any, *, A: Any, alpha: Any, beta: Any) -> Any:
    """Return the score, BLEU or COMET, after D tokens of pretraining."""
    return (ops.log(A) + alpha * ops.log(D)) ** beta


def score_display(D: Any, *, A: Any, alpha: Any, beta: Any) -> Any:
    """Write the logarithm as printed."""
    return ops.log(A * D**alpha) ** beta


def loss_kernel(D: Any, *, E: Any, A: Any, alpha: Any) -> Any:
    """Return the cross-entropy of the translations."""
    return E + A * D**-alpha


def alignment(source: Any, target: Any) -> Any:
    """Return how well a pretraining corpus fits a pair of languages, from their shares of it (Eq. 2).

    Examples
    --------
    >>> alignment(0.5, 0.5), alignment(1.0, 0.0), alignment(0.0, 1.0)
    (1.0, 0.7, 0.8)
    """
    return source * target + 0.7 * source + 0.8 * target


SCORE = Law(
    score_kernel,
    "translation-score",
    title="Translation score against pretraining tokens",
    topic="downstream",
    response=Variable("f", "Translation score", "BLEU or COMET", 0.0, 60.0, scale="linear", format="plain"),
    variables=(PRETRAINING,),
    coefficients=(
        Coefficient("A", "amplitude", 1e-3, 1e9, (1.0, 1e3), "A_{0}", typical=5.5),
        Coefficient("alpha", "exponent", 1e-3, 3.0, (0.02, 0.6), r"\alpha", typical=0.15),
        Coefficient("beta", "exponent", 0.01, 10.0, (0.3, 3.0), r"\beta", typical=2.0),
    ),
    citation=_CITATION,
    display=score_display,
    rises=("D",),
    notes=(
        _NO_NUMBERS,
        "The logarithm is taken as natural; another base would only change A and alpha.",
        "It holds where pretraining fits the languages; with a corpus in other languages the score may fall while the "
        "cross-entropy still improves.",
    ),
)
CROSS_ENTROPY = Law(
    loss_kernel,
    "translation-loss",
    title="Translation cross-entropy against pretraining tokens",
    topic="downstream",
    response=LOSS,
    variables=(PRETRAINING,),
    coefficients=(irreducible("E"), amplitude("A", "A_{0}"), exponent("alpha")),
    citation=_CITATION,
    notes=(_NO_NUMBERS, "It keeps falling where the score does not: no stand-in for the score."),
)
