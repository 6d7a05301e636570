r"""Vision models: real against synthetic training images (Fan et al.), and accuracy against patch size (Wang et al.).

.. math:: \frac{L(n)}{L(n_1)} = \left(\frac{n}{n_1}\right)^{-k}, \; n_1 = 10^6 \qquad e(p) = e_0 + c \, p^{b}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import exponent

FIRST = 1e6
IMAGES = Variable("n", "Training images", "images", 1e6, 1e9)
PATCH = Variable("p", "Patch side", "pixels", 1.0, 32.0, format="plain")


def slope_kernel(n: Any, *, k: Any) -> Any:
    """Return the loss over that of a million images of the same source."""
    return (n / FIRST) ** -k


def patch_kernel(p: Any, *, e_0: Any, c: Any, b: Any) -> Any:
    """Return the top-1 error of a model that reads patches of p by p pixels."""
    return e_0 + c * p**b


def tokens_of(side: Any, p: Any) -> Any:
    """Return how many patches of p by p pixels a square image has.

    Examples
    --------
    >>> tokens_of(224, 1), tokens_of(224, 16)
    (50176.0, 196.0)
    """
    return (side / p) ** 2


SLOPE = Law(
    slope_kernel,
    "image-slope",
    title="Loss against training images of one source",
    topic="domains",
    response=Variable("L", "Loss over that of a million images", "ratio", 0.05, 1.0, format="plain"),
    variables=(IMAGES,),
    coefficients=(replace(exponent("k", "k_{0}"), typical=0.25),),
    citation=Citation(
        "fan2023",
        authors="Fan et al.",
        title="Scaling Laws of Synthetic Images for Model Training ... for Now",
        year=2023,
        arxiv="2312.04567",
    ),
    notes=(
        "Slopes only: the intercepts were not found, so where two sources cross needs a loss of your own for each.",
        "Synthetic images fall behind on the distribution of the real ones and may lead away from it.",
    ),
)
PATCHES = Law(
    patch_kernel,
    "patch-size",
    title="Error against patch size",
    topic="domains",
    response=Variable("e", "Top-1 error", "% of images", 10.0, 40.0, scale="linear", format="plain"),
    variables=(PATCH,),
    coefficients=(
        Coefficient("e_0", "irreducible", 0.0, 100.0, (5.0, 40.0), "e_{0}", linear=True, typical=17.5),
        Coefficient("c", "amplitude", 1e-6, 100.0, (1e-3, 1.0), "c_{0}", linear=True, typical=0.05),
        Coefficient("b", "exponent", 0.0, 5.0, (0.5, 2.5), "b_{0}", typical=1.55),
    ),
    citation=Citation(
        "wang2025",
        authors="Wang et al.",
        title="Scaling Laws in Patchification: An Image Is Worth 50,176 Tokens And More",
        year=2025,
        arxiv="2502.03738",
    ),
    rises=("p",),
    notes=(
        "The paper prints a table of accuracies and no formula; this form and its fits are this project's.",
        "Halving the patch makes four times as many tokens; attention costs sixteen times as much.",
    ),
)
