r"""Time-series foundation models against size, data and compute (Yao et al.).

.. math:: L(x) = \left(\frac{x_c}{x}\right)^{\alpha}, \qquad x \in \{N, D, C\}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, LOSS, MODEL_SIZE, exponent


def _power(x: Any, x_c: Any, alpha: Any) -> Any:
    # x_c reaches 1e48: the logarithms keep the ratio within floats
    return ops.exp(alpha * (ops.log(x_c) - ops.log(x)))


_KERNELS: dict[str, Callable[..., Any]] = {
    "N": lambda N, *, N_c, alpha: _power(N, N_c, alpha),
    "D": lambda D, *, D_c, alpha: _power(D, D_c, alpha),
    "C": lambda C, *, C_c, alpha: _power(C, C_c, alpha),
}
_DISPLAYS: dict[str, Callable[..., Any]] = {
    "N": lambda N, *, N_c, alpha: (N_c / N) ** alpha,
    "D": lambda D, *, D_c, alpha: (D_c / D) ** alpha,
    "C": lambda C, *, C_c, alpha: (C_c / C) ** alpha,
}
_ROUNDING = "The exponents have two digits and the scales are astronomically large: expect 5 % from rounding."
_UNIT_NOTE = "Compute counts validation intervals for steps, as the authors' code does: use its slope, not its level."


def _law(variable: Variable, *notes: str) -> Law:
    x = variable.symbol
    return Law(
        _KERNELS[x],
        f"time-series-{x.lower()}",
        title=f"Time-series loss against {variable.label.lower()}",
        topic="domains",
        response=replace(LOSS, unit="nats/point"),
        variables=(variable,),
        coefficients=(
            Coefficient(f"{x}_c", "scale", 1e-12, 1e90, (1e6, 1e70), f"{x}_{{c}}", unit=variable.unit, typical=1e30),
            replace(exponent("alpha"), start=(0.005, 0.3), typical=0.025),
        ),
        citation=Citation(
            "yao2024",
            authors="Yao et al.",
            title="Towards Neural Scaling Laws for Time Series Foundation Models",
            year=2024,
            arxiv="2410.12360",
        ),
        display=_DISPLAYS[x],
        notes=(_ROUNDING, *notes),
    )


LAWS = (
    _law(replace(MODEL_SIZE, low=1e3, high=1e10)),
    _law(Variable("D", "Training points", "time points", 1e7, 1e12)),
    _law(replace(COMPUTE, low=1e14, high=1e24), _UNIT_NOTE),
)
