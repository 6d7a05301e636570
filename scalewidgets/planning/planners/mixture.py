"""The best mixture of two corpora, also under a cap on one loss, and the best share of a domain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Variable
from scalewidgets.laws import domain_training
from scalewidgets.laws.domain_training import WITHIN
from scalewidgets.laws.mixture import ONE_SHARE, one_share_kernel
from scalewidgets.naming import LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning.mixture import best_domain_share
from scalewidgets.planning.planner import Planner, numbered, part

_TOPIC = "mixture"
_SHARE = Variable("r", "Best share of the first corpus", "of the mixture", 0.0, 1.0, scale="linear", format="percent",
                  domain=(0.0, 1.0), closed=True)  # fmt: skip
_CORPUS_LOSS = replace(LOSS, label="Loss on the first corpus")


def _two(w: Any, x: Any, **values: Any) -> dict[str, Any]:
    first, second = part(values, "I"), part(values, "II")
    like = 0.0 * (w + x)

    def losses(r: Any) -> tuple[Any, Any]:
        return one_share_kernel(r, **first), one_share_kernel(1 - r, **second)

    # the loss on the second corpus is least without the first, and may rise by the share x
    most = ops.solve(lambda r: losses(r)[1] - (1 + x) * losses(like)[1], like, like + 1)

    def weighed(r: Any) -> Any:
        one, two = losses(r)
        weight = ops.align(w + like, r)
        return weight * one + (1 - weight) * two

    r = ops.minimise(weighed, like, most)
    one, two = losses(r)
    return {"r": r, "L": one, "L_2": two, "m": most}


TWO = Planner(
    _two,
    "best-mixture",
    "Best mixture of two corpora, under a cap",
    (
        Variable("w", "What the first loss counts", "of both", 0.0, 1.0, scale="linear", format="percent",
                 domain=(0.0, 1.0), closed=True, typical=0.5),
        Variable("x", "Allowed rise of the second loss", "over its least", 0.001, 1.0, format="percent", typical=0.1),
    ),
    (
        _SHARE,
        _CORPUS_LOSS,
        replace(LOSS, symbol="L_2", label="Loss on the second corpus", latex="L_{2}"),
        replace(_SHARE, symbol="m", label="Largest share that the cap allows"),
    ),
    (*numbered(ONE_SHARE.coefficients, "I"), *numbered(ONE_SHARE.coefficients, "II")),
    ONE_SHARE.citation,
    _TOPIC,
    tuple((f"ye2024-{size}-github{end}@I", f"ye2024-{size}-cc{end}@II")
          for size in ("70m", "160m") for end in ("", "-20k")),
    ("Five corpora at once are searched by scalewidgets.planning.mixture.best_mixture, on the whole simplex.",),
    rises=("w", "x"),
)  # fmt: skip


def _domain(x: Any, N: Any, D: Any, **values: Any) -> dict[str, Any]:
    general, domain = part(values, "general"), part(values, "domain")
    start = domain_training.kernel(N, D, 1.0, **general)
    found = best_domain_share(N, D, general=general, domain=domain, limit=(1 + x) * start)
    return {"r": found["r"], "L": found["loss"], "L_2": found["general_loss"]}


DOMAIN = Planner(
    _domain,
    "best-domain-share",
    "Best share of a domain under a cap on the general loss",
    (
        Variable("x", "Allowed rise of the general loss", "over no domain data", 0.001, 0.3, format="percent",
                 typical=0.03),
        replace(MODEL_SIZE, low=1e8, high=1e12, typical=1.8e9),
        replace(TOKENS, low=1e9, high=1e13, typical=1e11),
    ),
    (
        replace(_SHARE, label="Best share of the domain"),
        replace(_CORPUS_LOSS, label="Loss on the domain"),
        replace(LOSS, symbol="L_2", label="Loss on the general corpus", latex="L_{2}"),
    ),
    (*numbered(WITHIN.coefficients, "general"), *numbered(WITHIN.coefficients, "domain")),
    WITHIN.citation,
    _TOPIC,
    notes=("No coefficient of the paper was found: fit the law d-cpt to runs of yours, once a corpus.",),
    rises=("x",),
)  # fmt: skip
