"""The best size of a vocabulary, by the loss (approach 3), by the derivative (approach 2), and by cost alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Variable
from scalewidgets.laws import vocabulary as law
from scalewidgets.naming import COMPUTE
from scalewidgets.planning import vocabulary
from scalewidgets.planning.planner import Planner

_TOPIC = "vocabulary"
_SIZE = replace(law.OTHERS, low=3e7, typical=7e9)
_BEST = replace(law.VOCABULARY, label="Best vocabulary size", low=256.0, high=1e6, latex="V^{*}")
_SHARE = Variable("s", "Share of the embedding", "of all parameters", 0.0, 1.0, scale="linear", format="percent")
_WIDTHS = "The width of the embedding follows from the size by the authors' table, in steps."


def _of_loss(N_nv: Any, C: Any, **values: Any) -> dict[str, Any]:
    found = vocabulary.vocabulary_of_loss(N_nv, vocabulary.embedding_width(N_nv), C, values)
    return {"V": found["V"], "s": found["share"], "D": found["D"], "H": found["H"], "L_u": found["loss"]}


OF_LOSS = Planner(
    _of_loss,
    "best-vocabulary",
    "Best vocabulary for a size and a budget (approach 3)",
    (_SIZE, replace(COMPUTE, low=1e18, high=1e26, typical=7e21)),
    (_BEST, _SHARE, law.TOKENS_READ, law.CHARACTERS, law.AGAINST_UNIGRAMS),
    law.LOSS_LAW.coefficients,
    law.LOSS_LAW.citation,
    _TOPIC,
    (("tao2024-loss",),),
    ("Budget 6 (N_nv + V d) D with true tokens.", _WIDTHS),
    rises=("C",),
)


def _of_size(N_nv: Any, **values: Any) -> dict[str, Any]:
    width = vocabulary.embedding_width(N_nv)
    V = vocabulary.vocabulary_of_power(N_nv, width, values)
    return {"V": V, "N_v": V * width, "s": V * width / (V * width + N_nv)}


OF_SIZE = Planner(
    _of_size,
    "vocabulary-by-derivative",
    "Best vocabulary for a size (approach 2)",
    (_SIZE,),
    (_BEST, law.EMBEDDING, _SHARE),
    law.OF_SIZE.coefficients,
    law.OF_SIZE.citation,
    _TOPIC,
    (("tao2024-derivative",),),
    (_WIDTHS,),
)


def _cheapest(N_nv: Any, **values: Any) -> dict[str, Any]:
    width = vocabulary.embedding_width(N_nv)
    V = vocabulary.cheapest_vocabulary(N_nv, width, values)
    return {"V": V, "f": law.tokens_kernel(V, **values), "s": V * width / (V * width + N_nv)}


CHEAPEST = Planner(
    _cheapest,
    "cheapest-vocabulary",
    "Vocabulary with which a text costs the fewest FLOP",
    (_SIZE,),
    (_BEST, law.COMPRESSION.response, _SHARE),
    law.COMPRESSION.coefficients,
    law.COMPRESSION.citation,
    _TOPIC,
    (("tao2024-tokens-per-character",),),
    ("From a vocabulary of 200 000 on, tokens per character no longer fall, so a larger one never pays.", _WIDTHS),
)
