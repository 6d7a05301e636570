r"""Loss from active size, tokens and experts together (Ludziejewski et al.).

.. math::

   L(N, D, E) = a \hat E^{\delta} N^{\alpha + \gamma \ln \hat E} + b \hat E^{\omega} D^{\beta + \zeta \ln \hat E} + c

N counts active parameters, and :math:`\hat E` saturates as in the law of routed models.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, irreducible
from scalewidgets.laws.routed import EXPERTS, MOST, PARTS, START, as_fraction, saturated


def kernel(
    N: Any,
    D: Any,
    E: Any,
    *,
    a: Any,
    delta: Any,
    alpha: Any,
    gamma: Any,
    b: Any,
    omega: Any,
    beta: Any,
    zeta: Any,
    c: Any,
    E_start: Any,
    E_max: Any,
) -> Any:
    """Return the loss in nats per token."""
    experts = ops.log(saturated(E, E_start, E_max))
    size = a * ops.exp(delta * experts + (alpha + gamma * experts) * ops.log(N))
    return size + b * ops.exp(omega * experts + (beta + zeta * experts) * ops.log(D)) + c


def display(
    N: Any,
    D: Any,
    E: Any,
    *,
    a: Any,
    delta: Any,
    alpha: Any,
    gamma: Any,
    b: Any,
    omega: Any,
    beta: Any,
    zeta: Any,
    c: Any,
    E_start: Any,
    E_max: Any,
) -> Any:
    """Write the same as the paper prints it."""
    experts = as_fraction(E, E_start, E_max)
    size = a * experts**delta * N ** (alpha + gamma * ops.log(experts))
    return size + b * experts**omega * D ** (beta + zeta * ops.log(experts)) + c


def best(
    C: Any,
    E: Any,
    *,
    a: Any,
    delta: Any,
    alpha: Any,
    gamma: Any,
    b: Any,
    omega: Any,
    beta: Any,
    zeta: Any,
    E_start: Any,
    E_max: Any,
) -> tuple[Any, Any]:
    """Return the (active N, D) of least loss on 6 N D = C with E experts."""
    experts = ops.log(saturated(E, E_start, E_max))
    mu, nu = -(alpha + gamma * experts), -(beta + zeta * experts)
    ratio = mu * a / (nu * b) * ops.exp((delta - omega) * experts)
    N = ratio ** (1 / (mu + nu)) * (C / 6) ** (nu / (mu + nu))
    return N, C / 6 / N


def learning_rate(N: Any, E: Any) -> Any:
    """Return the learning rate the paper trains with: exp(8.39 - 0.81 ln N - 0.25 ln E), N active without embeddings.

    Examples
    --------
    >>> round(float(learning_rate(1e8, 8.0)), 6)
    0.000867
    """
    return ops.exp(8.39 - 0.81 * ops.log(N) - 0.25 * ops.log(E))


def _offset(name: str, start: tuple[float, float], typical: float) -> Coefficient:
    return Coefficient(name, "offset", -3.0, 3.0, start, rf"\{name}", typical=typical)


def _amplitude(name: str, latex: str) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-12, 1e18, (1.0, 1e4), latex, linear=True)


LAW = Law(
    kernel,
    "experts-and-data",
    title="Experts and data L(N, D, E)",
    response=LOSS,
    variables=(replace(MODEL_SIZE, label="Active size"), TOKENS, replace(EXPERTS, high=64.0)),
    coefficients=(
        _amplitude("a", "a_{0}"),
        _offset("delta", (-0.5, 0.0), -0.2),
        _offset("alpha", (-0.4, -0.05), -0.2),
        _offset("gamma", (-0.02, 0.02), 0.01),
        _amplitude("b", "b_{0}"),
        _offset("omega", (0.0, 1.0), 0.5),
        _offset("beta", (-0.4, -0.05), -0.2),
        _offset("zeta", (-0.05, 0.02), -0.02),
        irreducible("c", "c_{0}"),
        START,
        MOST,
    ),
    citation=Citation(
        "ludziejewski2025",
        authors="Ludziejewski et al.",
        title="Joint MoE Scaling Laws: Mixture of Experts Can Be Memory Efficient",
        year=2025,
        arxiv="2502.05172",
    ),
    display=display,
    parts=PARTS,
    bends=("E",),
    notes=(
        "A published copy prints the exponents without their signs; only with every one negated does the loss fall "
        "in N, D and E.",
        "The start and the limit of the experts were not found with it: no full set of the paper's numbers is shipped.",
    ),
    topic="mixture of experts",
)
