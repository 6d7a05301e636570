r"""Loss of fine-grained mixtures of experts (Krajewski et al.).

.. math:: L(N, D, G) = c + \left(\frac{g}{G^{\gamma}} + a\right) \frac{1}{N^{\alpha}} + \frac{b}{D^{\beta}}

G = d_ff / d_expert is the granularity: into how many smaller experts one of full width is cut.
"""

from __future__ import annotations

from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, exponent, irreducible


def kernel(N: Any, D: Any, G: Any, *, c: Any, g: Any, gamma: Any, a: Any, alpha: Any, b: Any, beta: Any) -> Any:
    """Return the loss in nats per token."""
    return c + (g * G**-gamma + a) * N**-alpha + b * D**-beta


def flop_per_token(width: Any, blocks: Any, experts: Any, G: Any, layer: float = 6.0, router: float = 14.0) -> Any:
    """Return the training FLOP a token takes, the router's included.

    Parameters
    ----------
    width : array_like
        Model width d_model.
    blocks : array_like
        Transformer blocks.
    experts : array_like
        Experts of full width per layer, E; the router chooses among E G.
    G : array_like
        Granularity.
    layer, router : float
        FLOP per parameter of the layers and of the router: 6 and 14 in the paper.

    Examples
    --------
    >>> flop_per_token(512, 8, 64, 1)
    154664960.0
    """
    return (12 * width**2 * layer + width * experts * G * router) * blocks


def _amplitude(name: str, latex: str, typical: float) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-12, 1e18, (1e-1, 1e6), latex, linear=True, typical=typical)


LAW = Law(
    kernel,
    "fine-grained",
    title="Fine-grained experts L(N, D, G)",
    response=LOSS,
    variables=(MODEL_SIZE, TOKENS, Variable("G", "Granularity", "parts", 1.0, 64.0, format="count")),
    coefficients=(
        irreducible("c", "c_{0}"),
        _amplitude("g", "g_{0}", 2.0),
        exponent("gamma"),
        _amplitude("a", "a_{0}", 18.0),
        exponent("alpha"),
        _amplitude("b", "b_{0}", 30.0),
        exponent("beta"),
    ),
    citation=Citation(
        "krajewski2024",
        authors="Krajewski et al.",
        title="Scaling Laws for Fine-Grained Mixture of Experts",
        year=2024,
        arxiv="2402.07871",
    ),
    notes=(
        "N counts all parameters without embeddings, every expert's included; the number of experts is 64.",
        "Labels such as 64 x 25M multiply the feed-forward part only: N is about 43 times the active size.",
    ),
    topic="mixture of experts",
)
