r"""The best vocabulary size, from compute, from model size and from a loss (Tao et al., approaches 1 to 3).

.. math::

   N_v = k C^{\gamma} \qquad N_v = k N_{nv}^{\gamma} \qquad
   L_u = \frac{A_1}{N_{nv}^{\beta}} + \frac{A_2}{N_v^{\alpha_2}} + \frac{B}{D^{\beta}} - E

N_v = V d counts the parameters of the embedding and N_nv all others. L_u is the loss against a model that knows only
the frequencies of tokens, so it can be compared between vocabularies; it is negative and lower is better.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.laws.common import COMPUTE, exponent

LARGEST = 200_000.0
# the published quadratic in ln V: tokens per character
F_A, F_B, F_C = 0.00639222, -0.15811069, 1.20470122
MILLION, BILLION, THOUSAND = 1e6, 1e9, 1e3

VOCABULARY = Variable("V", "Vocabulary size", "tokens", 4096.0, 196608.0)
WIDTH = Variable("d", "Embedding width", "numbers", 512.0, 16384.0, format="count")
CHARACTERS = Variable("H", "Training text", "characters", 1e9, 1e13)
OTHERS = Variable("N_nv", "Model size without embedding", "parameters", 1e7, 1e12, latex="N_{nv}")
EMBEDDING = Variable("N_v", "Parameters of the embedding", "parameters", 1e6, 1e11, latex="N_{v}")
TOKENS_READ = Variable("D", "Training tokens", "tokens", 1e8, 1e14)
AGAINST_UNIGRAMS = Variable(
    "L_u", "Loss against unigrams", "nats/token below unigrams", -6.0, 0.0, scale="linear", latex="L_{u}",
    format="loss", domain=(float("-inf"), float("inf")),
)  # fmt: skip

_CITATION = Citation(
    "tao2024",
    authors="Tao et al.",
    title="Scaling Laws with Vocabulary: Larger Models Deserve Larger Vocabularies",
    year=2024,
    arxiv="2407.13623",
)


def power(C: Any, *, k: Any, gamma: Any) -> Any:
    """Return parameters that go with a budget of training compute."""
    return k * C**gamma


def power_of_size(N_nv: Any, *, k: Any, gamma: Any) -> Any:
    """Return the parameters of the embedding that go with a size."""
    return k * N_nv**gamma


def tokens_kernel(V: Any, *, a: Any, b: Any, c: Any) -> Any:
    """Return tokens per character, constant from 200 000 on, where the quadratic would soon rise."""
    log = ops.log(ops.minimum(V, LARGEST))
    return c + log * (b + a * log)


def tokens_display(V: Any, *, a: Any, b: Any, c: Any) -> Any:
    """Write the quadratic as printed."""
    log = ops.log(V)
    return a * log**2 + b * log + c


def kernel(N_nv: Any, N_v: Any, D: Any, *, E: Any, A_1: Any, A_2: Any, B: Any, beta: Any, alpha_2: Any) -> Any:
    """Return the loss against unigrams; millions of parameters and billions of tokens inside."""
    return A_1 * (N_nv / MILLION) ** -beta + A_2 * (N_v / MILLION) ** -alpha_2 + B * (D / BILLION) ** -beta - E


def fitted_tokens(V: Any, H: Any) -> Any:
    """Return what the authors' fitting script takes for tokens: H f(V / 1000), some three times as many."""
    return H * tokens_kernel(V / THOUSAND, a=F_A, b=F_B, c=F_C)


def thousands_log(V: Any) -> Any:
    """Return the logarithm that the script takes: of thousands of tokens of the vocabulary."""
    return ops.log(ops.minimum(V / THOUSAND, LARGEST))


def script_kernel(
    N_nv: Any, V: Any, d: Any, H: Any, *, E: Any, A_1: Any, A_2: Any, B: Any, beta: Any, alpha_2: Any
) -> Any:
    """Return the loss against unigrams as the authors' fitting script computes it."""
    return kernel(N_nv, V * d, fitted_tokens(V, H), E=E, A_1=A_1, A_2=A_2, B=B, beta=beta, alpha_2=alpha_2)


def _amplitude(name: str, latex: str) -> Coefficient:
    return Coefficient(name, "amplitude", 1e-6, 1e6, (0.05, 20.0), latex, linear=True, typical=1.0)


_POWER = (
    Coefficient("k", "amplitude", 1e-12, 1e6, (1e-3, 1e3), "k_{0}", linear=True),
    replace(exponent("gamma"), start=(0.2, 1.2)),
)
_LOSS = (
    Coefficient("E", "offset", 0.0, 20.0, (3.0, 8.0), linear=True, unit="nats/token", typical=5.5),
    _amplitude("A_1", "A_{1}"),
    _amplitude("A_2", "A_{2}"),
    _amplitude("B", "B_{0}"),
    exponent("beta"),
    exponent("alpha_2", r"\alpha_{2}"),
)
_UNITS = "Inside, parameters count in millions and tokens in billions: the amplitudes belong to these units."

COMPRESSION = Law(
    tokens_kernel,
    "tokens-per-character",
    title="Tokens per character against vocabulary size",
    topic="vocabulary",
    response=Variable("f", "Tokens per character", "tokens/character", 0.1, 1.0, scale="linear", format="plain"),
    variables=(replace(VOCABULARY, low=1024.0),),
    coefficients=(
        Coefficient("a", "offset", -1.0, 1.0, (0.0, 0.02), "a_{0}", linear=True, typical=0.006),
        Coefficient("b", "offset", -5.0, 5.0, (-0.3, 0.0), "b_{0}", linear=True, typical=-0.16),
        Coefficient("c", "offset", -20.0, 20.0, (0.5, 2.0), "c_{0}", linear=True, typical=1.2),
    ),
    citation=_CITATION,
    display=tokens_display,
    notes=("V counts as 200 000 at most: the quadratic turns at about 235 000 and would rise again.",),
)
OF_COMPUTE = Law(
    power,
    "vocabulary-of-compute",
    title="Embedding parameters against compute (approach 1)",
    topic="vocabulary",
    response=EMBEDDING,
    variables=(COMPUTE,),
    coefficients=_POWER,
    citation=_CITATION,
    rises=("C",),
    notes=("From the envelope of runs at equal FLOP.",),
)
SIZE_OF_COMPUTE = Law(
    power,
    "other-parameters-of-compute",
    title="Parameters without embedding against compute (approach 1)",
    topic="vocabulary",
    response=OTHERS,
    variables=(COMPUTE,),
    coefficients=_POWER,
    citation=_CITATION,
    rises=("C",),
    notes=("The paper holds the exponent at one half.",),
)
OF_SIZE = Law(
    power_of_size,
    "vocabulary-of-size",
    title="Embedding parameters against model size (approach 2)",
    topic="vocabulary",
    response=EMBEDDING,
    variables=(OTHERS,),
    coefficients=_POWER,
    citation=_CITATION,
    rises=("N_nv",),
    notes=("From where the FLOP for the same text are fewest, anchored at one small model.",),
)
LOSS_LAW = Law(
    kernel,
    "vocabulary-loss",
    title="Loss against unigrams L(N_nv, N_v, D) (approach 3)",
    topic="vocabulary",
    response=AGAINST_UNIGRAMS,
    variables=(OTHERS, EMBEDDING, TOKENS_READ),
    coefficients=_LOSS,
    citation=_CITATION,
    notes=(
        _UNITS,
        "The published set gives the best vocabulary with true tokens, as here, but was fitted with other tokens: its "
        "level misses the authors' runs by half a nat. Fit your own, or take 'vocabulary-loss-script' for the level.",
        "The exponents of N_nv and D are one, as in the paper.",
    ),
)
SCRIPT_LAW = Law(
    script_kernel,
    "vocabulary-loss-script",
    title="Loss against unigrams with the tokens of the fitting script (approach 3)",
    topic="vocabulary",
    response=AGAINST_UNIGRAMS,
    variables=(OTHERS, VOCABULARY, WIDTH, CHARACTERS),
    parts=(("v", thousands_log),),
    coefficients=_LOSS,
    citation=_CITATION,
    bends=("V",),
    notes=(
        _UNITS,
        "The script hands V / 1000 to the tokens per character, so D is about three times the true number; only so do "
        "the published coefficients describe the authors' runs.",
    ),
)
