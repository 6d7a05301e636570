r"""Quantisation-aware training: its penalty, its best share of the tokens, and its loss with tokens split in two.

.. math::

   \delta = k \frac{D^{\gamma_D} (\log_2 G)^{\gamma_G}}{N^{\gamma_N}} \qquad \text{(Chen et al.)}

   f^* = e^{-a / \ln S}, \quad S = \frac{8 D}{N P} \qquad \text{(Dremov et al.)}
"""

from __future__ import annotations

import math
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import LOSS, MODEL_SIZE, TOKENS, amplitude, exponent, irreducible
from scalewidgets.laws.precision import PENALTY

_DREMOV = Citation(
    "dremov2025",
    authors="Dremov et al.",
    title="Compute-Optimal Quantization-Aware Training",
    year=2025,
    arxiv="2509.22935",
)
QAT_BITS = Variable("P", "Bits of weights", "bits", 1.0, 8.0, scale="linear", format="plain", typical=4.0)


def penalty_kernel(N: Any, D: Any, G: Any, *, k: Any, gamma_N: Any, gamma_D: Any, gamma_G: Any) -> Any:
    """Return what training with quantised weights or activations adds to the loss, in groups of G elements."""
    return k * D**gamma_D * (ops.log(G) / math.log(2)) ** gamma_G * N**-gamma_N


def tokens_per_byte(N: Any, D: Any, P: Any) -> Any:
    """Return the training tokens for each byte of quantised parameters, D / (N P / 8)."""
    return 8 * D / (N * P)


def share_kernel(S: Any, *, a: Any) -> Any:
    """Return the share of the tokens that is best spent on quantised training, at S tokens a byte."""
    return ops.exp(-a / ops.log(S))


def split_kernel(
    N: Any,
    D_fp: Any,
    D_qat: Any,
    P: Any,
    *,
    E: Any,
    A: Any,
    B: Any,
    alpha: Any,
    beta: Any,
    theta: Any,
    kappa: Any,
    phi: Any,
    chi: Any,
    psi: Any,
    omega: Any,
    mu: Any,
    nu: Any,
    xi: Any,
    rho: Any,
    lambda_: Any,
) -> Any:
    """Return the loss after D_fp tokens in full precision and then D_qat quantised ones."""
    S_fp, S_qat = tokens_per_byte(N, D_fp, P), tokens_per_byte(N, D_qat, P)
    own = theta * ops.exp(-math.log(2) * kappa * P)
    quantised = phi * ops.exp(-math.log(2) * chi * P) * N**-psi * S_qat**-omega
    both = lambda_ * ops.exp(-math.log(2) * mu * P) * N**-nu * S_fp**-xi * S_qat**-rho
    return E + A * N**-alpha + B * (D_fp + D_qat) ** -beta + own + quantised + both


def split_display(
    N: Any,
    D_fp: Any,
    D_qat: Any,
    P: Any,
    *,
    E: Any,
    A: Any,
    B: Any,
    alpha: Any,
    beta: Any,
    theta: Any,
    kappa: Any,
    phi: Any,
    chi: Any,
    psi: Any,
    omega: Any,
    mu: Any,
    nu: Any,
    xi: Any,
    rho: Any,
    lambda_: Any,
) -> Any:
    """Write the same in powers of two."""
    S_fp, S_qat = tokens_per_byte(N, D_fp, P), tokens_per_byte(N, D_qat, P)
    quantised = phi * 2.0 ** (-chi * P) * N**-psi * S_qat**-omega
    both = lambda_ * 2.0 ** (-mu * P) * N**-nu * S_fp**-xi * S_qat**-rho
    return E + A * N**-alpha + B * (D_fp + D_qat) ** -beta + theta * 2.0 ** (-kappa * P) + quantised + both


PENALTY_LAW = Law(
    penalty_kernel,
    "qat-penalty",
    title="Loss added by quantisation-aware training",
    topic="precision",
    response=PENALTY,
    variables=(
        MODEL_SIZE,
        TOKENS,
        Variable("G", "Group size", "elements", 16.0, 4096.0, domain=(1.0, math.inf)),
    ),
    coefficients=(
        amplitude("k"),
        exponent("gamma_N", r"\gamma_N"),
        exponent("gamma_D", r"\gamma_D"),
        exponent("gamma_G", r"\gamma_G"),
    ),
    citation=Citation(
        "chen2025",
        authors="Chen et al.",
        title="Scaling Law for Quantization-Aware Training",
        year=2025,
        arxiv="2505.14302",
    ),
    rises=("D", "G"),
    notes=(
        "It is added to a law of the same runs in 16 bits, whose exponents were both 0.3022.",
        "One coefficient set holds for one choice of what is quantised to 4 bits.",
    ),
)

SHARE = Law(
    share_kernel,
    "qat-share",
    title="Best share of quantisation-aware training",
    topic="precision",
    response=Variable(
        "f",
        "Best share of quantised training",
        "share of tokens",
        0.01,
        1.0,
        scale="linear",
        latex="f^{*}",
        format="percent",
        domain=(0.0, 1.0),
        closed=True,
    ),
    variables=(Variable("S", "Tokens per byte of parameters", "tokens/byte", 2.0, 1e5, domain=(1.0, math.inf)),),
    coefficients=(Coefficient("a", "scale", 0.01, 100.0, (1.0, 20.0), "a_S"),),
    citation=_DREMOV,
    rises=("S",),
    notes=(
        "The logarithm is natural: no other base keeps the share below 1.",
        "A byte of quantised parameters: S = 8 D / (N P) for P bits, N counting all parameters.",
    ),
)


def _decay(name: str) -> Coefficient:
    return Coefficient(name, "exponent", 0.0, 5.0, (0.1, 1.5), rf"\{name}", typical=0.5)


def _amplitude(name: str, typical: float) -> Coefficient:
    latex = rf"\{name.rstrip('_')}"
    return Coefficient(name, "amplitude", 1e-12, 1e18, (1e-2, 1e4), latex, linear=True, typical=typical)


SPLIT = Law(
    split_kernel,
    "qat-split",
    title="Loss with full-precision and quantised tokens apart",
    topic="precision",
    response=LOSS,
    variables=(
        MODEL_SIZE,
        Variable("D_fp", "Full-precision tokens", "tokens", 1e9, 1e13, latex="D_{fp}"),
        Variable("D_qat", "Quantised tokens", "tokens", 1e9, 1e13, latex="D_{qat}"),
        QAT_BITS,
    ),
    display=split_display,
    parts=(
        ("S_fp", lambda N, D_fp, P: tokens_per_byte(N, D_fp, P)),
        ("S_qat", lambda N, D_qat, P: tokens_per_byte(N, D_qat, P)),
    ),
    coefficients=(
        irreducible("E"),
        amplitude("A"),
        amplitude("B"),
        exponent("alpha"),
        exponent("beta"),
        _amplitude("theta", 0.1),
        _decay("kappa"),
        _amplitude("phi", 5.0),
        _decay("chi"),
        exponent("psi"),
        exponent("omega"),
        _decay("mu"),
        exponent("nu"),
        exponent("xi"),
        exponent("rho"),
        _amplitude("lambda_", 5.0),
    ),
    citation=_DREMOV,
    notes=(
        "The paper's coefficients were in no text that could be read: fit your own.",
        "Full-precision tokens stand in the denominator; with them above, all tokens would be best spent quantised.",
    ),
)
