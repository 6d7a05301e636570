r"""Time of a training step from the memory it copies (Inbar and Sernau).

.. math:: t(M) = t_0 + t_1 M

M counts the numbers copied in a step, a sum of a few products of depth, width, batch and context: `copies`.
"""

from __future__ import annotations

from typing import Any

from scalewidgets.declare import Citation, Coefficient, Law, Variable


def kernel(M: Any, *, t_0: Any, t_1: Any) -> Any:
    """Return the seconds of one step."""
    return t_0 + t_1 * M


def copies(width: Any, blocks: Any, batch: Any) -> Any:
    """Return a plain count of the numbers a step copies: activations of every block, and the weights.

    Parameters
    ----------
    width : array_like
        Model width.
    blocks : array_like
        Transformer blocks.
    batch : array_like
        Tokens per step.

    Notes
    -----
    The paper's own sum was not found. This one counts, per block, 16 activations of full width per token and 12 width^2
    weights; t_1 is fitted, so only the proportions between shapes matter.

    Examples
    --------
    >>> copies(512, 8, 1000)
    90701824
    """
    return blocks * (16 * batch * width + 12 * width**2)


LAW = Law(
    kernel,
    "step-time",
    title="Step time from memory copies",
    response=Variable("t", "Step time", "seconds", 1e-4, 100.0, format="plain"),
    variables=(Variable("M", "Numbers copied per step", "numbers", 1e6, 1e13),),
    coefficients=(
        Coefficient("t_0", "irreducible", 0.0, 1e4, (1e-4, 0.1), "t_{0}", linear=True, unit="seconds", typical=0.02),
        Coefficient("t_1", "amplitude", 1e-18, 1.0, (1e-13, 1e-9), "t_{1}", linear=True, typical=2e-12),
    ),
    citation=Citation(
        "inbar2024",
        authors="Inbar and Sernau",
        title="Time Matters: Scaling Laws for Any Budget",
        year=2024,
        arxiv="2406.18922",
    ),
    rises=("M",),
    notes=("No coefficient of the paper was found: fit t_0 and t_1 to timings of your own machine.",),
    topic="hyperparameters",
)
