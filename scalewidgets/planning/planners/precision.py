"""Bits: the best share of quantised training, the best floating-point width, critical tokens, equal bits of a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Variable
from scalewidgets.laws import float_quantization, precision, quantization_aware
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning import bits
from scalewidgets.planning.planner import Planner

_TOPIC = "precision"
_BLOCK = replace(float_quantization.LAW.variable("G"), low=2.0, typical=128.0)
_BITS = Variable("P", "Best bits", "bits", 1.0, 32.0, scale="linear", latex="P^{*}", format="ratio")
WIDTHS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)


def _quantised(D: Any, N: Any, P: Any, *, a: Any) -> dict[str, Any]:
    full, quantised = bits.best_qat_split(N, D, P, a=a)
    return {"f": quantised / D, "D_qat": quantised, "S": quantization_aware.tokens_per_byte(N, D, P)}


QUANTISED = Planner(
    _quantised,
    "quantised-share",
    "Best share of quantisation-aware training",
    (
        replace(TOKENS, low=1e9, high=1e14, typical=1e11),
        replace(MODEL_SIZE, low=1e7, high=1e12, typical=1e9),
        quantization_aware.QAT_BITS,
    ),
    (
        Variable("f", "Best share of quantised training", "of the tokens", 0.0, 1.0, scale="linear", format="percent"),
        replace(TOKENS, symbol="D_qat", label="Quantised tokens", low=1e6, latex=r"D_{\mathrm{qat}}"),
        replace(quantization_aware.SHARE.variables[0], low=0.01),
    ),
    quantization_aware.SHARE.coefficients,
    quantization_aware.SHARE.citation,
    _TOPIC,
    (("dremov2025",),),
    ("No share where there is no more than one token for each byte of quantised parameters.",),
    rises=("D",),
)


def _float(C: Any, G: Any, **values: Any) -> dict[str, Any]:
    P = bits.best_float_bits(C, G, values)
    exponent, mantissa = bits.best_split(P, delta=values["delta"], nu=values["nu"])
    return {"P": P, "P_e": exponent, "P_m": mantissa}


FLOAT = Planner(
    _float,
    "best-float-bits",
    "Best width of floating-point training for a budget",
    (replace(COMPUTE, low=1e18, high=1e30, typical=1e23), _BLOCK),
    (
        _BITS,
        replace(_BITS, symbol="P_e", label="Exponent bits of them", low=0.1, latex="P_e"),
        replace(_BITS, symbol="P_m", label="Mantissa bits of them", low=0.1, latex="P_m"),
    ),
    float_quantization.LAW.coefficients,
    float_quantization.LAW.citation,
    _TOPIC,
    (("sun2025",),),
    ("Not rounded. A FLOP of P bits costs P / 16 of one of 16 bits; size and tokens are chosen with the width.",),
    rises=("C", "G"),
)


def _critical(N: Any, P_e: Any, P_m: Any, G: Any, **values: Any) -> dict[str, Any]:
    # where B D^-beta falls as fast as D^beta N^-alpha times the coarseness rises
    coarse = float_quantization.coarseness(P_e, P_m, G, **{n: values[n] for n in ("gamma", "delta", "nu")})
    D = ops.exp((ops.log(values["B"]) + values["alpha"] * ops.log(N) - ops.log(coarse)) / (2 * values["beta"]))
    return {"D": D, "t": D / N, "L": float_quantization.kernel(N, D, P_e, P_m, G, **values)}


CRITICAL = Planner(
    _critical,
    "critical-tokens",
    "Tokens beyond which more of them hurt, in a floating-point format",
    (
        replace(MODEL_SIZE, low=1e7, high=1e12, typical=1e9),
        *(replace(float_quantization.LAW.variable(symbol), typical=None) for symbol in ("P_e", "P_m")),
        _BLOCK,
    ),
    (
        replace(TOKENS, label="Critical tokens", high=1e18, latex=r"D_{\mathrm{crit}}"),
        Variable("t", "Tokens per parameter", "tokens", 1.0, 1e9, format="short"),
        replace(LOSS, label="Loss there, the least of this size"),
    ),
    float_quantization.LAW.coefficients,
    float_quantization.LAW.citation,
    _TOPIC,
    (("sun2025",),),
    float_quantization.LAW.notes,
    rises=("N", "P_e", "P_m"),
)


def _gain(P: Any, **values: Any) -> dict[str, Any]:
    like = 0.0 * P
    best = bits.best_training_bits(values) + like
    return {
        "g": bits.compute_gain(P, values),
        "P_1": best,
        "g_1": bits.compute_gain(best, values),
        "c": bits.share_of_capacity(P, values),
    }


GAIN = Planner(
    _gain,
    "training-bits",
    "What fewer bits of training are worth in compute",
    (Variable("P", "Bits of training", "bits", 2.0, 16.0, scale="linear", format="plain", typical=8.0),),
    (
        Variable("g", "Compute gained", "of that of 16 bits", 0.3, 3.0, format="factor"),
        replace(_BITS, symbol="P_1"),
        Variable("g_1", "Compute gained with the best bits", "of that of 16 bits", 0.3, 3.0, format="factor"),
        Variable("c", "Parameters that count", "of all", 0.0, 1.0, scale="linear", format="percent"),
    ),
    precision.TRAINING.coefficients,
    precision.TRAINING.citation,
    _TOPIC,
    (("kumar2024",),),
    ("Weights, activations and cache have the same bits; a FLOP of P bits costs P / 16 of one of 16 bits.",),
)


def _equal(T: Any, D: Any, **values: Any) -> dict[str, Any]:
    def loss(N: Any, width: float) -> Any:
        return precision.TRAINING.evaluate({"N": N, "D": D, "P_w": width, "P_a": 16.0, "P_kv": 16.0}, values)

    losses, best, width = bits.over_total_bits(loss, T + 0.0 * D, WIDTHS)
    return {"L": best, "P": width, "N": T / width, "L_16": losses[-1]}


EQUAL = Planner(
    _equal,
    "equal-bits",
    "Best bits of weights at equal bits of the whole model",
    (
        Variable("T", "Bits of the whole model", "bits", 1e8, 1e13, typical=1.6e10),
        replace(TOKENS, low=1e9, high=1e14, typical=1e11),
    ),
    (
        LOSS,
        replace(_BITS, label="Best bits of weights"),
        MODEL_SIZE,
        replace(LOSS, symbol="L_16", label="Loss of 16 bits", latex="L_{16}"),
    ),
    precision.TRAINING.coefficients,
    precision.TRAINING.citation,
    _TOPIC,
    (("kumar2024",),),
    (f"Among widths of {', '.join(f'{width:g}' for width in WIDTHS)} bits; activations and cache have 16.",),
)
