r"""Error against examples seen: four estimators of a learning curve, M1 to M4.

.. math::

   \text{M1: } \varepsilon = \beta x^{-c} \qquad \text{M2: } \varepsilon = \varepsilon_\infty + \beta x^{-c} \qquad
   \text{M3: } \varepsilon = \beta (1/x + \gamma)^{c}

   \text{M4: } \frac{\varepsilon - \varepsilon_\infty}{(\varepsilon_0 - \varepsilon)^{\alpha}} = \beta x^{-c}

M4 has no closed form in x, so its law answers the other question: how many examples an error takes. `error` inverts it,
and `scalewidgets.fitting.learning_curve.fit_m4` fits it to errors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import exponent

_CITATION = Citation(
    "alabdulmohsin2022",
    authors="Alabdulmohsin et al.",
    title="Revisiting Neural Scaling Laws in Language and Vision",
    year=2022,
    arxiv="2209.06640",
)
_SIGN = "The exponent c is positive here and the law writes its sign; the paper's code has c < 0 for M1, M2 and M4."
EXAMPLES = Variable("x", "Examples seen", "examples", 1e4, 1e10)
ERROR = Variable("y", "Error or loss", "as measured", 0.01, 5.0, latex=r"\varepsilon", format="loss")


def plain(x: Any, *, beta: Any, c: Any) -> Any:
    """Return M1: the error falls without end."""
    return beta * x**-c


def with_floor(x: Any, *, eps_inf: Any, beta: Any, c: Any) -> Any:
    """Return M2: the error falls to a floor."""
    return eps_inf + beta * x**-c


def shifted(x: Any, *, beta: Any, gamma: Any, c: Any) -> Any:
    """Return M3: the floor is where 1/x no longer matters beside gamma."""
    return beta * (1 / x + gamma) ** c


def examples_for(y: Any, *, eps_inf: Any, eps_0: Any, alpha: Any, beta: Any, c: Any) -> Any:
    """Return M4 solved for x: the examples with which the error is y."""
    return ops.exp((ops.log(beta) + alpha * ops.log(eps_0 - y) - ops.log(y - eps_inf)) / c)


def error(x: Any, *, eps_inf: Any, eps_0: Any, alpha: Any, beta: Any, c: Any) -> Any:
    """Return the error after x examples by M4, found by bisection between its floor and its start.

    Examples
    --------
    >>> float(round(error(1e6, eps_inf=0.1, eps_0=0.9, alpha=0.5, beta=20.0, c=0.4), 6))
    0.168116
    """
    goal = ops.log(beta) - c * ops.log(x)

    def excess(share: Any) -> Any:
        # the error as a share of the way from floor to start: its M4 side rises from 0 to infinity
        span = eps_0 - eps_inf
        return ops.log(share * span) - alpha * ops.log((1 - share) * span) - goal

    nothing = 0.0 * (goal + eps_inf + eps_0 + alpha)
    return eps_inf + (eps_0 - eps_inf) * ops.solve(excess, nothing, nothing + 1.0)


_BETA = Coefficient("beta", "amplitude", 1e-12, 1e18, (1e-1, 1e6), r"\beta", linear=True, typical=30.0)
_C = replace(exponent("c", "c_{x}"), typical=0.3)
_FLOOR = Coefficient("eps_inf", "irreducible", 0.0, 20.0, (0.0, 1.0), r"\varepsilon_{\infty}", linear=True, typical=0.1)

M1 = Law(
    plain,
    "learning-curve-m1",
    title="Learning curve M1: power law",
    response=ERROR,
    variables=(EXAMPLES,),
    coefficients=(_BETA, _C),
    citation=_CITATION,
    notes=(_SIGN,),
    topic="learning curves",
)
M2 = Law(
    with_floor,
    "learning-curve-m2",
    title="Learning curve M2: power law with a floor",
    response=ERROR,
    variables=(EXAMPLES,),
    coefficients=(_FLOOR, _BETA, _C),
    citation=_CITATION,
    notes=(_SIGN,),
    topic="learning curves",
)
M3 = Law(
    shifted,
    "learning-curve-m3",
    title="Learning curve M3: shifted power law",
    response=ERROR,
    variables=(EXAMPLES,),
    coefficients=(
        _BETA,
        Coefficient("gamma", "scale", 1e-15, 1.0, (1e-9, 1e-4), r"\gamma", unit="1/examples", typical=1e-8),
        replace(_C, latex="c_{x}"),
    ),
    citation=_CITATION,
    notes=("M3 has no additive floor: without limit of examples the error is beta gamma^c.",),
    topic="learning curves",
)
M4 = Law(
    examples_for,
    "learning-curve-m4",
    title="Learning curve M4: examples for an error, with a start and a floor",
    response=replace(EXAMPLES, symbol="x"),
    variables=(
        replace(
            ERROR,
            low=0.12,
            high=0.85,
            scale="linear",
        ),
    ),
    coefficients=(
        replace(_FLOOR, linear=False, high=10.0),
        Coefficient("eps_0", "irreducible", 0.0, 20.0, (0.9, 3.0), r"\varepsilon_{0}", typical=0.999),
        Coefficient("alpha", "exponent", 0.0, 3.0, (0.0, 1.5), r"\alpha", typical=0.5),
        replace(_BETA, linear=True),
        _C,
    ),
    citation=_CITATION,
    display=lambda y, *, eps_inf, eps_0, alpha, beta, c: (beta * (eps_0 - y) ** alpha / (y - eps_inf)) ** (1 / c),
    notes=(
        _SIGN,
        "The error lies between eps_inf and eps_0; outside there is no number of examples.",
        "With alpha = 0 it is M2.",
        "Measured errors are fitted by scalewidgets.fitting.learning_curve.fit_m4, with residuals of the error.",
    ),
    topic="learning curves",
)
