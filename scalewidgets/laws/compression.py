r"""Compression by a language model when the model is paid for, too (Delétang et al.).

.. math:: \rho(N, S) = E + \frac{A}{N^{\alpha}} + \frac{b N}{S}

N parameters of b bytes compress S bytes; the first two terms are the rate without the model.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import MODEL_SIZE, exponent

BYTES = Variable("S", "Data to compress", "bytes", 1e9, 1e15, format="short")


def kernel(N: Any, S: Any, *, E: Any, A: Any, alpha: Any, b: Any) -> Any:
    """Return compressed bytes and model bytes over raw bytes."""
    return E + A * N**-alpha + b * N / S


def best_size(S: Any, *, A: Any, alpha: Any, b: Any) -> Any:
    """Return the parameters of least adjusted rate, where bigger models stop paying for themselves.

    Examples
    --------
    >>> f"{float(best_size(1e12, A=2.0, alpha=0.2, b=2.0)):.3g}"
    '2.62e+09'
    """
    return (alpha * A * S / b) ** (1 / (1 + alpha))


LAW = Law(
    kernel,
    "adjusted-compression",
    title="Compression rate with the model counted",
    topic="downstream",
    response=Variable("rho", "Adjusted rate", "bytes per raw byte", 0.05, 4.0, latex=r"\rho", format="percent"),
    variables=(replace(MODEL_SIZE, high=1e12), BYTES),
    coefficients=(
        Coefficient("E", "irreducible", 0.0, 1.0, (0.0, 0.3), linear=True, typical=0.05),
        Coefficient("A", "amplitude", 1e-6, 1e9, (1e-2, 1e2), "A_{0}", linear=True, typical=2.15),
        replace(exponent("alpha"), typical=0.2),
        Coefficient("b", "amplitude", 1e-3, 1e3, (0.5, 4.0), "b_{0}", linear=True, unit="bytes/parameter", typical=2.0),
    ),
    citation=Citation(
        "deletang2023",
        authors="Delétang et al.",
        title="Language Modeling Is Compression",
        year=2023,
        arxiv="2309.10668",
    ),
    bends=("N",),
    notes=(
        "The paper prints rates of single models, no law in N: E, A and alpha are for your own.",
        "A rate in bytes per byte is bits per byte over 8.",
        "Rates of the same model differ between versions of the paper (Chinchilla 70B on images: 43.4 or 48.0 %): "
        "say which one you quote.",
    ),
)
