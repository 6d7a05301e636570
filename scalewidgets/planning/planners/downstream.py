"""Best KL of a trained policy, best size of a compressor, encoder against decoder, worth of some extra training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Variable
from scalewidgets.laws import compression, reward, translation
from scalewidgets.naming import COMPUTE, LOSS, MODEL_SIZE
from scalewidgets.planning import best_kl
from scalewidgets.planning.compression import best_compressor
from scalewidgets.planning.extra_training import EXTRA, equivalent_compute
from scalewidgets.planning.planner import Planner, constant
from scalewidgets.planning.translation import encoder_decoder_split

_KL = Variable(
    "kl", "Divergence from the start", "nats", 0.05, 150.0, latex=r"\mathrm{KL}", format="ratio", typical=20.0
)


def _reward(kl: Any, *, alpha: Any, beta: Any) -> dict[str, Any]:
    best = best_kl.best_distance(alpha, beta)
    like, d = 0.0 * kl, ops.sqrt(kl)
    return {
        "R": reward.trained_kernel(d, alpha=alpha, beta=beta),
        "kl_1": best["kl"] + like,
        "R_1": best["reward"] + like,
        "n": best_kl.samples_for_kl(kl),
    }


KL = Planner(
    _reward,
    "best-kl",
    "How far to optimise against a reward model",
    (_KL,),
    (
        replace(reward.GOLD, low=-1.0),
        replace(_KL, symbol="kl_1", label="Best divergence", latex=r"\mathrm{KL}^{*}"),
        replace(reward.GOLD, symbol="R_1", label="Gold reward there", latex="R^{*}"),
        Variable("n", "Best of so many samples is as far", "samples", 1.0, 1e70, format="power"),
    ),
    reward.TRAINED.coefficients,
    reward.TRAINED.citation,
    "downstream",
    notes=reward.TRAINED.notes,
)


def _compressor(S: Any, **values: Any) -> dict[str, Any]:
    found = best_compressor(S, values)
    return {"N": found["N"], "rho": found["rate"], "raw": found["raw"]}


COMPRESSOR = Planner(
    _compressor,
    "best-compressor",
    "Best size of a model that compresses data, its own bytes counted",
    (replace(compression.BYTES, typical=1e12),),
    (
        replace(MODEL_SIZE, label="Best size", low=1e5, latex="N^{*}"),
        compression.LAW.response,
        replace(compression.LAW.response, symbol="raw", label="Rate without the model", latex=""),
    ),
    compression.LAW.coefficients,
    compression.LAW.citation,
    "downstream",
    notes=compression.LAW.notes,
    rises=("S",),
)


def _encoder(s: Any, N: Any, **values: Any) -> dict[str, Any]:
    found = encoder_decoder_split(N, values, share=s)
    like = 0.0 * found["loss"]
    best = values["p_e"] / (values["p_e"] + values["p_d"])
    return {"L": found["loss"], "s_1": best + like, "L_1": found["best_loss"] + like, "w": found["worth"]}


_SHARE = Variable("s", "Share of the encoder", "of the parameters", 0.05, 0.95, scale="linear", format="percent",
                  domain=(0.0, 1.0), typical=0.5)  # fmt: skip
ENCODER = Planner(
    _encoder,
    "encoder-split",
    "Split of a translation model between encoder and decoder",
    (_SHARE, replace(MODEL_SIZE, low=1e7, high=1e11, typical=1e9)),
    (
        LOSS,
        replace(_SHARE, symbol="s_1", label="Best share of the encoder", latex="s^{*}"),
        replace(LOSS, symbol="L_1", label="Loss with the best share", latex="L^{*}"),
        Variable("w", "Worth of the split", "of the parameters", 0.01, 1.0, format="percent"),
    ),
    translation.SPLIT.coefficients,
    translation.SPLIT.citation,
    "domains",
    notes=translation.SPLIT.notes,
)


def _extra(C: Any, *, savings: Any, extra: Any) -> dict[str, Any]:
    found = equivalent_compute(C, savings=savings, extra=extra)
    return {"C_1": found["equivalent"], "C_0": found["spent"], "g": found["gain"] + 0.0 * C}


EXTRA_TRAINING = Planner(
    _extra,
    "extra-training",
    "What a little extra training with another objective is worth",
    (replace(COMPUTE, typical=2.53e24),),
    (
        replace(COMPUTE, symbol="C_1", label="Equivalent compute", latex="C_{1}"),
        replace(COMPUTE, symbol="C_0", label="Compute spent", latex="C_{0}"),
        Variable("g", "Gain", "of the compute spent", 0.5, 5.0, format="factor"),
    ),
    (constant("savings", 2.0), Coefficient("extra", "scale", 1e-6, 1.0, (5e-4, 5e-3), typical=EXTRA)),
    Citation(
        "tay2022",
        authors="Tay et al.",
        title="Transcending Scaling Laws with 0.1% Extra Compute",
        year=2022,
        arxiv="2210.11399",
    ),
    "downstream",
    notes=("Savings of about 2 were read for PaLM 540B, up to 2.35 as far as they were seen to grow.",),
    rises=("C",),
)
