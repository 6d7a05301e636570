"""Training by the clock and by memory: time budget, days, pruning on the way, uneven experts, two kinds of images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.costs.batch_shapes import batch_factor, shape_share
from scalewidgets.costs.flops import training_days
from scalewidgets.costs.load_balance import dropped_share, imbalance, throughput_factor
from scalewidgets.costs.memory import low_rank_training_bytes, training_bytes
from scalewidgets.declare import Citation, Coefficient, Variable
from scalewidgets.laws import chinchilla, images, pruned, step_time
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE, TOKENS
from scalewidgets.planning.image_sources import crossing, matching_images
from scalewidgets.planning.planner import Planner, constant, numbered
from scalewidgets.planning.pruning import pruning_plan
from scalewidgets.planning.time_budget import best_in_time

_SIZE = replace(MODEL_SIZE, low=1e7, high=1e12, typical=1e9)
_FEW_TOKENS = replace(TOKENS, low=1e9, high=1e14, typical=1e11)


def _hours(h: Any, aspect: Any, *, batch: Any, t_0: Any, t_1: Any, **values: Any) -> dict[str, Any]:
    def loss(N: Any, D: Any) -> Any:
        return chinchilla.kernel(N, D, **values)

    found = best_in_time(3600.0 * h, loss, {"t_0": t_0, "t_1": t_1}, batch=batch, aspect=aspect)
    return {"N": found["N"], "D": found["D"], "L": found["loss"], "w": found["width"], "n": found["blocks"]}


TIME = Planner(
    _hours,
    "best-in-time",
    "Best size and shape for hours of training",
    (
        Variable("h", "Time of training", "hours", 0.05, 1e4, format="hours", typical=24.0),
        Variable("aspect", "Width over blocks", "ratio", 8.0, 256.0, format="ratio", typical=64.0),
    ),
    (
        replace(MODEL_SIZE, label="Best size", low=1e4, latex="N^{*}"),
        replace(TOKENS, low=1e6),
        LOSS,
        Variable("w", "Width", "numbers", 32.0, 65536.0, format="count"),
        Variable("n", "Blocks", "blocks", 1.0, 1e3, format="count"),
    ),
    (*chinchilla.LAW.coefficients, *step_time.LAW.coefficients, constant("batch", 524288.0, "tokens a step")),
    step_time.LAW.citation,
    "hyperparameters",
    (("besiroglu2024",), ("hoffmann2022",)),
    ("A step takes as long as the numbers it copies: fit the law step-time to timings of your machine.",),
    rises=("h",),
)


def _pruning(s: Any, N: Any, D: Any, *, start: Any, end: Any) -> dict[str, Any]:
    found = pruning_plan(N, D, s, start, end)
    like = 0.0 * (s + N + D)
    return {"N_1": found["average"] + like, "N_2": found["final"] + like, "C": found["compute"],
            "a": found["start_step"] + like, "b": found["end_step"] + like}  # fmt: skip


_STEPS = Variable("a", "Pruning starts", "of the steps", 0.0, 1.0, scale="linear", format="percent")
PRUNING = Planner(
    _pruning,
    "pruning-plan",
    "Average size of a model that is pruned while it trains",
    (replace(pruned.LAW.variable("s"), typical=0.8), _SIZE, _FEW_TOKENS),
    (
        replace(MODEL_SIZE, symbol="N_1", label="Average size", latex=r"\bar{N}"),
        replace(MODEL_SIZE, symbol="N_2", label="Size at the end", latex="N_{2}"),
        COMPUTE,
        _STEPS,
        replace(_STEPS, symbol="b", label="Pruning ends"),
    ),
    (
        Coefficient("start", "fraction", 0.0, 0.5, (0.1, 0.4), unit="of the compute", typical=0.25),
        Coefficient("end", "fraction", 0.5, 1.0, (0.6, 0.9), unit="of the compute", typical=0.75),
    ),
    pruned.LAW.citation,
    "size and data",
    notes=("The ramp is geometric. A dense model of the average size costs, and by the law does, the same.",),
    rises=("N",),
)


def _memory(
    r: Any, w: Any, *, weights: Any, gradients: Any, master: Any, moments: Any, projection: Any
) -> dict[str, Any]:
    kept = {"weights": weights, "gradients": gradients, "master": master, "moments": moments}
    whole = training_bytes(w * w, **kept)
    rank = ops.minimum(r, w)
    low = low_rank_training_bytes(w, w, rank, projection=projection, **kept)
    return {"s": low / whole, "b": 8 * low / (8 * w * w), "b_1": whole / (w * w) + 0.0 * rank}


_BYTES = Variable("b", "Bytes a parameter", "bytes", 0.1, 32.0, scale="linear", format="ratio")
MEMORY = Planner(
    _memory,
    "training-memory",
    "Training memory by the optimiser's state and its rank",
    (
        Variable("r", "Rank of the moments", "dimensions", 4.0, 8192.0, format="count", typical=128.0),
        Variable("w", "Width of the matrix", "numbers", 256.0, 16384.0, format="count", typical=4096.0),
    ),
    (
        Variable("s", "Memory", "of that of full rank", 0.0, 2.0, scale="linear", format="percent"),
        _BYTES,
        replace(_BYTES, symbol="b_1", label="Bytes a parameter at full rank"),
    ),
    tuple(Coefficient(name, "scale", 0.0, 64.0, (4.0, 32.0), unit="bits", typical=typical)
          for name, typical in {"weights": 16.0, "gradients": 16.0, "master": 32.0, "moments": 32.0,
                                "projection": 16.0}.items()),
    Citation("low-rank", title="SVD-Free Low-Rank Gradient Optimization; Scalable Parameter and Memory Efficient "
             "Pretraining"),
    "precision",
    notes=("Of one square matrix, with two moments; activations are not counted. A rank is at most the width.",),
    rises=("r",),
)  # fmt: skip


def _uneven(z: Any, *, expert_share: Any, capacity: Any) -> dict[str, Any]:
    ranks = ops.arange(EXPERTS) + 1
    loads = ops.exp(-ops.column(z) * ops.log(ranks))
    return {"t": throughput_factor(loads, expert_share), "i": imbalance(loads), "d": dropped_share(loads, capacity)}


EXPERTS = 64
UNEVEN = Planner(
    _uneven,
    "uneven-experts",
    "What uneven load on experts costs",
    (Variable("z", "Unevenness", "exponent of the load by rank", 0.0, 1.5, scale="linear", format="plain",
              domain=(0.0, 10.0), closed=True, typical=0.3),),
    (
        Variable("t", "Throughput", "of that of even experts", 0.0, 1.0, scale="linear", format="percent"),
        Variable("i", "Busiest expert", "of the mean load", 1.0, 64.0, format="factor"),
        Variable("d", "Tokens dropped at a capacity", "of all", 0.0, 1.0, scale="linear", format="percent",
                 domain=(0.0, 1.0), closed=True),
    ),
    (
        Coefficient("expert_share", "fraction", 0.0, 1.0, (0.2, 0.9), unit="of a balanced step", typical=0.5),
        constant("capacity", 1.25, "of the mean load"),
    ),
    Citation("load-balancing", title="A Theoretical Framework for Auxiliary-Loss-Free Load Balancing"),
    "mixture of experts",
    notes=(f"{EXPERTS} experts, a device each; the load of the j-th busiest is as j to the power -z.",),
)  # fmt: skip


def _images(n: Any, *, k_1: Any, k_2: Any, loss_1: Any, loss_2: Any) -> dict[str, Any]:
    like = 0.0 * n
    return {"m": matching_images(n, k_1, loss_1, k_2, loss_2), "x": crossing(k_1, loss_1, k_2, loss_2) + like}


IMAGES = Planner(
    _images,
    "matching-images",
    "Generated images that do what real ones do",
    (replace(images.IMAGES, typical=1e7),),
    (
        Variable("m", "Generated images as good", "images", 1e5, 1e13),
        Variable("x", "Both do the same at", "images", 1e4, 1e12),
    ),
    (
        *numbered(images.SLOPE.coefficients, "1"),
        *numbered(images.SLOPE.coefficients, "2"),
        constant("loss_1", 1.6, "with a million real ones"),
        constant("loss_2", 1.5, "with a million generated ones"),
    ),
    images.SLOPE.citation,
    "domains",
    tuple(("fan2023-imagenet-real@1", f"fan2023-imagenet-{name}@2") for name in ("imagen", "muse", "sd", "clip")),
    ("The paper's slopes are known, its levels are not: the losses with a million images are yours to set.",),
    rises=("n",),
)


def _days(N: Any, D: Any, g: Any, *, peak: Any, use: Any) -> dict[str, Any]:
    return {"d": training_days(N, D, gpus=g, achieved=peak * use), "C": 6 * N * D + 0.0 * g}


DAYS = Planner(
    _days,
    "training-days",
    "Days of training on so many accelerators",
    (
        replace(_SIZE, typical=7e10),
        replace(_FEW_TOKENS, typical=1.4e12),
        Variable("g", "Accelerators", "chips", 1.0, 1e5, format="count", typical=1024.0),
    ),
    (Variable("d", "Time of training", "days", 1e-4, 1e6, format="days"), COMPUTE),
    (
        constant("peak", 1e15, "FLOP a second"),
        Coefficient("use", "fraction", 0.01, 1.0, (0.2, 0.6), unit="of the peak", typical=0.45),
    ),
    Citation("narayanan2021", authors="Narayanan et al.", title="Megatron-LM", year=2021),
    "size and data",
    notes=("Measured utilisation stands in scalewidgets.costs.utilisations().",),
    rises=("N", "D"),
)  # fmt: skip


def _shapes(e: Any, t: Any, s: Any, *, last_time: Any, last_space: Any) -> dict[str, Any]:
    cost = e * shape_share(t, s) + (1 - e) * shape_share(last_time, last_space)
    return {"c": cost, "x": 1 / cost, "n": batch_factor(t, s) + 0.0 * cost}


def _shape(symbol: str, label: str, typical: float) -> Variable:
    return Variable(symbol, label, "of the full one", 0.1, 1.0, format="percent", typical=typical)


SHAPES = Planner(
    _shapes,
    "batch-shapes",
    "Cost of a schedule of batch shapes",
    (
        Variable("e", "Epochs at the first shape", "of all", 0.0, 1.0, scale="linear", format="percent",
                 domain=(0.0, 1.0), closed=True, typical=0.8),
        _shape("t", "Frames of the first shape", 0.5),
        _shape("s", "Width of the first shape", 0.5),
    ),
    (
        Variable("c", "Cost", "of training at the full shape", 0.001, 1.0, scale="linear", format="percent"),
        Variable("x", "Speed-up", "of the full shape", 1.0, 1000.0, format="factor"),
        Variable("n", "Samples a step at the first shape", "of those at the full one", 1.0, 1000.0, format="factor"),
    ),
    tuple(Coefficient(name, "fraction", 0.0, 1.0, (0.5, 1.0), unit="of the full one", typical=1.0)
          for name in ("last_time", "last_space")),
    Citation("wu2020", authors="Wu et al.", title="A Multigrid Method for Efficiently Training Video Models", year=2020,
             arxiv="1912.00998"),
    "schedule",
    notes=("A sample costs about its frames times its pixels; smaller ones leave room for more of them in a step.",),
)  # fmt: skip
