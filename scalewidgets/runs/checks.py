"""Complete N, D and C from two of them, and say what a reader must know about a table of runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scalewidgets.errors import Caution
from scalewidgets.formats import format_value

__all__ = ["complete", "count_distinct", "flop_ratio", "table_cautions"]

TOLERANCE = 0.10  # how far C/(6 N D) may lie from 1 without a caution
NATS = "nats/token"
HIGHEST_LOSS = 15.0  # nats/token; guessing evenly among 256,000 tokens gives 12.5
SMALLEST = {"N": (100.0, "parameters"), "D": (1e4, "tokens"), "C": (1e9, "FLOP")}
FORMULAS = {"N": "C/(6 D)", "D": "C/(6 N)", "C": "6 N D"}


def complete(columns: Mapping[str, np.ndarray]) -> tuple[dict[str, np.ndarray], frozenset[str]]:
    """Compute the third of N, D and C by C = 6 N D where exactly two are given.

    Returns
    -------
    dict, frozenset
        All columns with N, D and C first, and the symbols that were computed.
    """
    given = dict(columns)
    absent = {"N", "D", "C"} - set(given)
    if len(absent) == 1:
        with np.errstate(all="ignore"):  # the table refuses what is not finite, and says where
            if "C" in absent:
                given["C"] = 6.0 * given["N"] * given["D"]
            elif "D" in absent:
                given["D"] = given["C"] / (6.0 * given["N"])
            else:
                given["N"] = given["C"] / (6.0 * given["D"])
    else:
        absent = set()
    ordered = {symbol: given.pop(symbol) for symbol in ("N", "D", "C") if symbol in given}
    return ordered | given, frozenset(absent)


def flop_ratio(columns: Mapping[str, np.ndarray], imputed: frozenset[str]) -> tuple[float, float, float] | None:
    """Return least, median and largest C/(6 N D), or None where it says nothing because one was computed."""
    if not {"N", "D", "C"} <= set(columns) or imputed & {"N", "D", "C"}:
        return None
    with np.errstate(all="ignore"):
        ratio = columns["C"] / (6.0 * columns["N"] * columns["D"])
    return float(ratio.min()), float(np.median(ratio)), float(ratio.max())


def count_distinct(values: np.ndarray, rel: float) -> int:
    """Count the values that differ by more than a relative tolerance, each compared with the least of its cluster."""
    count, limit = 0, -np.inf
    for value in np.sort(values):
        if value > limit:
            count, limit = count + 1, value + rel * abs(value)
    return count


def table_cautions(
    columns: Mapping[str, np.ndarray], loss: np.ndarray, imputed: frozenset[str], loss_unit: str = NATS
) -> tuple[Caution, ...]:
    """List the cautions that follow from the numbers alone, so that they hold for a part of the table too.

    `loss_unit` is that of what stands as the loss: only nats per token can be too high.
    """
    found = []
    for symbol in sorted(imputed & set(FORMULAS)):
        found.append(
            Caution(
                "imputed",
                f"{symbol} was not given and is computed as {FORMULAS[symbol]}.",
                f"Give {symbol} where it was measured.",
            )
        )
    ratio = flop_ratio(columns, imputed)
    if ratio and (ratio[0] < 1 - TOLERANCE or ratio[2] > 1 + TOLERANCE):
        low, median, high = (format_value(each, "ratio") for each in ratio)
        found.append(
            Caution(
                "compute-disagrees",
                f"C, N and D disagree: C/(6 N D) has median {median} and goes from {low} to {high} instead of 1.",
                "Check how N and C were counted (embeddings, attention, repeated steps), or leave C out with C=False.",
            )
        )
    for symbol, key, what in (("N", "one-size", "model size"), ("D", "one-data-size", "number of tokens")):
        if symbol in columns and symbol not in imputed and count_distinct(columns[symbol], 0.02) == 1:
            found.append(
                Caution(
                    key,
                    f"All runs have one {what}, {symbol} = {format_value(float(columns[symbol][0]), 'tick')}.",
                    f"A law in {symbol} cannot be fitted to them; add runs of another {what}.",
                )
            )
    for symbol, (least, unit) in SMALLEST.items():
        if symbol in columns and symbol not in imputed and columns[symbol].max() < least:
            found.append(
                Caution(
                    "small-numbers",
                    f"{symbol} is at most {format_value(float(columns[symbol].max()), 'tick')} {unit}.",
                    "If the column counts millions or billions, multiply it or write a suffix, as in 70B.",
                )
            )
    if loss_unit == NATS and loss.max() > HIGHEST_LOSS:
        found.append(
            Caution(
                "high-loss",
                f"The loss reaches {format_value(float(loss.max()), 'plain')} nats/token, more than guessing gives.",
                'If it is a perplexity, say loss_unit="perplexity".',
            )
        )
    return tuple(found)
