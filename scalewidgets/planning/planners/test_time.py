"""Parameters against samples, samples for a coverage, a budget over stages, drafts, and a datastore."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.costs import speculative as drafts
from scalewidgets.declare import Citation, Variable
from scalewidgets.laws import chinchilla, coverage, datastore, speculative
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning import sampling
from scalewidgets.planning.datastore import datastore_split
from scalewidgets.planning.planner import Planner, constant, numbered, part

_TOPIC = "test time"
_PER_CENT = Variable("c", "Coverage", "share of problems", 0.05, 0.99, scale="linear", format="percent",
                     domain=(0.0, 1.0), typical=0.9)  # fmt: skip
_SAMPLES = replace(coverage.LAW.variables[0], high=1e9)


def _multiple(M: Any, R: Any, *, per_token: Any) -> dict[str, Any]:
    return {"m": sampling.inference_multiple(M, R, 1.0, per_token=per_token)}


TRADE = Planner(
    _multiple,
    "size-for-samples",
    "Test-time compute of a small model for the FLOP of a large one",
    (
        Variable("M", "Size of the large model", "of the small one", 1.0, 100.0, format="factor", typical=14.0),
        Variable("R", "Tokens generated", "per token of pretraining", 0.01, 100.0, format="ratio", typical=1.0),
    ),
    (Variable("m", "Inference of the small model", "of the large one's", 1.0, 1e5, format="factor"),),
    (constant("per_token", 2.0, "FLOP per parameter and token"),),
    Citation(
        "snell2024",
        authors="Snell et al.",
        title="Scaling LLM Test-Time Compute Optimally",
        year=2024,
        arxiv="2408.03314",
    ),
    _TOPIC,
    notes=("Both models see the same pretraining tokens. With a verifier of the same size, per_token is 4.",),
    rises=("M",),
)


def _samples(c: Any, **values: Any) -> dict[str, Any]:
    k = sampling.samples_for_coverage(c, values)
    # the next problem in a thousand: what it takes in samples, over what all before it took on average
    return {"k": k, "r": sampling.samples_for_coverage(1 - (1 - c) / 2, values) / k}


SAMPLES = Planner(
    _samples,
    "samples-for-coverage",
    "Samples that solve a share of the problems",
    (_PER_CENT,),
    (_SAMPLES, Variable("r", "To halve what is left", "times the samples", 1.0, 1e4, format="factor")),
    coverage.LAW.coefficients,
    coverage.LAW.citation,
    _TOPIC,
    tuple((f"brown2024-{name}",) for name in ("llama-3-8b-math", "llama-3-70b-math", "llama-3-8b-code",
          "llama-3-70b-code", "pythia-70m-math", "pythia-12b-math", "gemma-2b-math", "llama-3-8b-minif2f")),
    coverage.LAW.notes,
    rises=("c",),
)  # fmt: skip


def _stages(b: Any, *, cost_1: Any, cost_2: Any, **values: Any) -> dict[str, Any]:
    one, two = part(values, "1"), part(values, "2")
    costs = ops.stack(cost_1, cost_2)
    found = sampling.best_split(b, a=ops.stack(one["a"], two["a"]), b=ops.stack(one["b"], two["b"]), cost=costs)
    k, each = found["k"], found["coverage"]
    share = ops.take(k, 0.0) * cost_1 / b
    return {"c": found["overall"], "s": share, "c_1": ops.take(each, 0.0), "c_2": ops.take(each, 1.0)}


STAGES = Planner(
    _stages,
    "stages-of-a-task",
    "Test-time budget over two stages that both have to succeed",
    (Variable("b", "Budget", "in the unit of the costs", 2.0, 1e5, typical=100.0),),
    (
        replace(_PER_CENT, label="Both succeed", low=0.0, high=1.0),
        Variable("s", "Share of the first stage", "of the budget", 0.0, 1.0, scale="linear", format="percent"),
        replace(_PER_CENT, symbol="c_1", label="First stage", low=0.0, high=1.0, latex="c_{1}"),
        replace(_PER_CENT, symbol="c_2", label="Second stage", low=0.0, high=1.0, latex="c_{2}"),
    ),
    (
        *numbered(coverage.LAW.coefficients, "1"),
        *numbered(coverage.LAW.coefficients, "2"),
        constant("cost_1", 1.0, "of a sample"),
        constant("cost_2", 4.0, "of a sample"),
    ),
    coverage.LAW.citation,
    _TOPIC,
    (
        ("brown2024-llama-3-8b-math@1", "brown2024-llama-3-8b-code@2"),
        ("brown2024-llama-3-70b-math@1", "brown2024-llama-3-70b-code@2"),
    ),
    ("Coverages of the stages multiply, as if problems were hard in one stage independently of the other.",),
    rises=("b",),
)


def _drafts(a: Any, *, c: Any) -> dict[str, Any]:
    like = 0.0 * a
    lengths = ops.arange(drafts.LONGEST_DRAFT + 1)
    best = ops.argmin(-drafts.speedup(ops.column(a), lengths, c)) + like
    return {"g": best, "S": drafts.speedup(a, best, c), "t": drafts.expected_tokens(a, best),
            "o": drafts.operations(a, best, c)}  # fmt: skip


DRAFTS = Planner(
    _drafts,
    "best-draft",
    "Best length of a draft in speculative decoding",
    (replace(speculative.LAW.variables[0], typical=0.8),),
    (
        Variable("g", "Best number of drafts", "tokens a call", 0.0, 64.0, scale="linear", format="count"),
        speculative.LAW.response,
        Variable("t", "Tokens a call", "tokens", 1.0, 65.0, format="ratio"),
        Variable("o", "FLOP", "of those without drafts", 0.5, 20.0, format="factor"),
    ),
    speculative.LAW.coefficients,
    speculative.LAW.citation,
    _TOPIC,
    notes=("Up to 64 drafts; 0 where none helps. c is the cost of a draft over that of a call of the large model.",),
    rises=("a",),
)


def _datastore(C: Any, N: Any, *, gain: Any, retriever: Any, **values: Any) -> dict[str, Any]:
    like = 0.0 * (C + N)

    def loss(D: Any, D_s: Any) -> Any:
        return chinchilla.kernel(ops.align(N + like, D), D, **values) - gain * ops.log(1 + D_s / 1e9)

    found = datastore_split(C + like, N + like, retriever=retriever, loss=loss)
    return {"s": found["share"], "D": found["D"], "D_s": found["D_s"], "L": found["loss"]}


DATASTORE = Planner(
    _datastore,
    "datastore-split",
    "Compute split between pretraining and a datastore",
    (replace(COMPUTE, low=1e18, high=1e26, typical=1e22), replace(MODEL_SIZE, low=1e8, high=1e12, typical=1e9)),
    (
        Variable("s", "Share of the datastore", "of the compute", 1e-6, 1.0, format="percent"),
        replace(TOKENS, low=1e7),
        datastore.LAW.variables[0],
        LOSS,
    ),
    (
        *chinchilla.LAW.coefficients,
        constant("gain", 0.02, "nats per e-fold"),
        constant("retriever", 177e6, "parameters"),
    ),
    datastore.LAW.citation,
    _TOPIC,
    (("besiroglu2024",), ("hoffmann2022",)),
    (
        "A datastore of D_s tokens is taken to lower the loss by gain times ln(1 + D_s / 1e9); the paper prints no "
        "coefficients.",
        "Embedding the datastore takes 2 FLOP per token and parameter of the retriever.",
    ),
    rises=("C",),
)
