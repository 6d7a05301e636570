r"""Test loss when a small part of the data is repeated many times: it rises and falls again as repeats grow.

.. math:: L(R) = a + b\,R^{-c_0} \prod_{i=1}^{2} \left(1 + (R / d_i)^{1 / f_i}\right)^{-c_i f_i}

Hernandez et al. print no closed form. A broken power law with changes of slope of both signs stands in for it: its
coefficients are the user's to fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scalewidgets.declare import Citation, Law, Variable
from scalewidgets.laws.broken_power import break_coefficients, broken, floor_and_start, printed
from scalewidgets.laws.common import LOSS


def repeated_share(fraction: Any, repeats: Any) -> Any:
    """Return the share of training tokens that repeated data take up.

    Parameters
    ----------
    fraction : array_like
        Distinct repeated tokens, as a share of all training tokens.
    repeats : array_like
        How often each of them is seen.

    Examples
    --------
    >>> round(repeated_share(0.001, 100), 12)
    0.1
    """
    return fraction * repeats


def _kernel(form: Callable[..., Any]) -> Callable[..., Any]:
    def kernel(R: Any, *, a: Any, b: Any, c_0: Any, c_1: Any, d_1: Any, f_1: Any, c_2: Any, d_2: Any, f_2: Any) -> Any:
        return form(R, a, b, c_0, (c_1, d_1, f_1), (c_2, d_2, f_2))

    return kernel


LAW = Law(
    _kernel(broken),
    "repeated-data",
    title="Loss against repeats of a part of the data",
    response=LOSS,
    variables=(Variable("R", "Repeats of the repeated part", "passes", 1.0, 1e5, format="count"),),
    coefficients=(
        *floor_and_start(b=1.5, c_0=0.02),
        *break_coefficients(1, (-0.15, 30.0, 0.3)),
        *break_coefficients(2, (0.3, 1e3, 0.3)),
    ),
    citation=Citation(
        "hernandez2022",
        authors="Hernandez et al.",
        title="Scaling Laws and Interpretability of Learning from Repeated Data",
        year=2022,
        arxiv="2205.10487",
    ),
    display=_kernel(printed),
    bends=("R",),
    notes=(
        "A stand-in: the paper prints no formula, and the values shown are illustrative.",
        "The paper's case: an 800M model does as well as one of 400M when 0.1 % of the data are seen 100 times, "
        "which makes them 10 % of the tokens, while 90 % stay unique.",
    ),
    topic="data limits",
)
