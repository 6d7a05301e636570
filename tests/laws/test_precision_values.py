"""Values that cards P5 to P9 print follow from the declared forms and the shipped coefficients.

The rows are as in test_reference_values.py: a number as printed, its level, a tolerance of half its last digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from scalewidgets.fits.source import LEVELS
from scalewidgets.laws.effective_size import SHARES
from scalewidgets.laws.precision import capacity
from scalewidgets.laws.quantization_aware import tokens_per_byte
from scalewidgets.planning import bits
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

from .printed import Row, agrees, as_printed

SUN, KUMAR, OUYANG = "sun2025", "kumar2024", "ouyang2024"
# The form of Kumar's main text, which drops the offsets of the fits: it contradicts the paper's own best bits.
BARE = "kumar2024 without offsets"
WITHOUT = {**published(KUMAR).values, "n_w": 0.0, "n_a": 0.0, "n_kv": 0.0}
ONE_GAMMA = {"gamma_w": 1.9475, "gamma_a": 1.9475, "gamma_kv": 1.9475, "n_w": 0.0, "n_a": 0.0, "n_kv": 0.0}
FULL = {"P_w": 1e3, "P_a": 1e3, "P_kv": 1e3}


def values(key: str) -> Mapping[str, float]:
    return WITHOUT if key == BARE else published(key).values


def loss(key: str, **at: float) -> float:
    form = "precision" if key == BARE else published(key).law.key
    return float(law(form)(**at, **values(key)))


def all_at(P: float) -> dict[str, float]:
    return {"P_w": P, "P_a": P, "P_kv": P}


def part(key: str, P: float, of: str) -> float:
    return float(capacity(np.float64(P), values(key)[f"gamma_{of}"], values(key)[f"n_{of}"]))


def after_training(key: str, N: float, P: float) -> float:
    return bits.critical_tokens(published(KUMAR), penalty=published(key), N=N, P=P, **FULL)


def tokens_to_lose(key: str, N: float, P: float, added: float) -> float:
    c = values(key)
    return float((added / (c["k"] * N ** -c["alpha"] * P ** -c["gamma"])) ** (1 / c["beta"]))


def best_under_paper_cost(P: float, C: float) -> tuple[float, float]:
    """Return Kumar's best (N, D) at P bits of one gamma, when 6 N D P / 16 is the budget."""
    share = float(bits.share_of_capacity(np.float64(P), ONE_GAMMA))
    optimum = law("chinchilla").optimum
    assert optimum is not None
    c = values(KUMAR)
    counted, D = optimum(C * 16 / P * share, **{name: c[name] for name in ("E", "A", "B", "alpha", "beta")})
    return float(counted / share), float(D)


def of_sun(function: Callable[..., Any], *swept: str) -> Callable[..., float]:
    return lambda key, **at: float(function(*(at[name] for name in swept), values(key)))


def chen_excess(tokens_per_param: float, G: float) -> float:
    """Return how much more quantised activations cost than quantised weights, at the largest size of the paper."""
    at = {"N": 594e6, "D": 594e6 * tokens_per_param, "G": G}
    return loss("chen2025-w16a4", **at) / loss("chen2025-w4a16", **at)


QUANTITIES: Mapping[str, Callable[..., float]] = {
    "L": loss,
    "coefficient": lambda key, name: values(key)[name],
    "share": part,
    "share of all": lambda key, P: float(bits.share_of_capacity(np.float64(P), values(key))),
    "best bits": lambda key: float(bits.best_training_bits(values(key))),
    "gain at best bits": lambda key: float(bits.compute_gain(bits.best_training_bits(values(key)), values(key))),
    "critical tokens": lambda key, **at: bits.critical_tokens(published(key), **at),
    "critical tokens after training": after_training,
    "best bits at D": of_sun(bits.best_float_bits_at_tokens, "D", "G"),
    "best bits at C": of_sun(bits.best_float_bits, "C", "G"),
    "tokens to lose": tokens_to_lose,
    "gamma_rho": lambda key: float(bits._fineness(values(key))),
    "gamma_D": lambda key: float(bits._growth(values(key))),
    "exponent bits": lambda key, P: float(bits.best_split(P, delta=values(key)["delta"], nu=values(key)["nu"])[0]),
    "mantissa bits": lambda key, P: float(bits.best_split(P, delta=values(key)["delta"], nu=values(key)["nu"])[1]),
    "tokens per byte": lambda key, N, D, P: tokens_per_byte(N, D, P),
}


def table(card: str, fit: str, what: str, level: str, lines: Mapping[str, str], **fixed: Any) -> Iterator[Row]:
    """Read lines "inputs": "printed", the inputs as ``N=1e9 D=1e11``."""
    for inputs, text in lines.items():
        at = {name: float(value) for name, _, value in (each.partition("=") for each in inputs.split())}
        yield Row(card, fit, what, {**at, **fixed}, text, level)


P5 = [
    *table("P5", SUN, "critical tokens", "recomputed", {
        "P_e=8 P_m=7": "1.730e15", "P_e=4 P_m=3": "2.733e13", "P_e=5 P_m=2": "1.941e13",
        "P_e=3 P_m=2": "4.797e12", "P_e=2 P_m=1": "3.928e11",
    }, N=1e9, G=128),
    *table("P5", SUN, "critical tokens", "paper", {
        "P_e=8 P_m=7": "1730T", "P_e=4 P_m=3": "27T", "P_e=2 P_m=1": "0.4T",
    }, N=1e9, G=128),
    *table("P5", SUN, "L", "recomputed", {
        "P_e=8 P_m=7": "2.56263", "P_e=4 P_m=3": "2.56307", "P_e=5 P_m=2": "2.56326", "P_e=3 P_m=2": "2.56529",
        "P_e=2 P_m=1": "2.59787",
    }, N=1e9, D=1e11, G=128),
    *table("P5", SUN, "L", "recomputed", {
        "N=40894464 D=10485760000 P_e=1 P_m=1 G=32": "3.546307",
        "N=40894464 D=10485760000 P_e=1 P_m=1 G=1": "3.460732",
        "N=40894464 D=10485760000 P_e=2 P_m=1 G=128": "3.484185",
        "N=679477248 D=104857600000 P_e=4 P_m=3 G=128": "2.608669",
        "N=1e9 D=1e12 P_e=2 P_m=1 G=1": "2.462009",
    }),
    *table("P5", SUN, "best bits at D", "recomputed", {
        "D=1e10": "3.518", "D=1e11": "4.268", "D=1e12": "5.179", "D=1e13": "6.284", "D=1e14": "7.624",
        "D=1e15": "9.251",
    }, G=128),
    *table("P5", SUN, "best bits at C", "recomputed", {
        "C=1e21": "4.190", "C=1e22": "4.446", "C=1e23": "4.717", "C=1e24": "5.005", "C=1e26": "5.635",
        "C=1e28": "6.344", "C=1e30": "7.142", "C=1e31": "7.578", "C=1e32": "8.040", "C=1e33": "8.531",
    }, G=128),
    *table("P5", SUN, "exponent bits", "recomputed", {"P=8": "3.655", "P=4": "1.578", "P=16": "7.810"}),
    *table("P5", SUN, "mantissa bits", "recomputed", {"P=8": "3.345", "P=4": "1.422", "P=16": "7.190"}),
    Row("P5", SUN, "gamma_rho", {}, "160.69724", "recomputed"),
    Row("P5", SUN, "gamma_D", {}, "2.243280e-3", "recomputed"),
    *(Row("P5", SUN, "coefficient", {"name": name}, text, "paper") for name, text in {
        "A": "69.2343", "alpha": "0.2368", "B": "68973.0621", "beta": "0.5162", "E": "1.9061",
        "gamma": "11334.5197", "delta": "3.1926", "nu": "2.9543",
    }.items()),
]  # fmt: skip

SHARES_OF_KUMAR = {
    BARE: {4: ".77589 .83631 .98464 .63892", 6: ".89390 .93377 .99810 .83312", 7: ".92700 .95788 .99933 .88736",
           8: ".94977 .97321 .99976 .92411", 16: ".99748 .99928 1.0 .99676"},
    KUMAR: {4: ".69636 .33141 .82757 .19099", 6: ".85625 .72950 .97863 .61129", 7: ".90110 .82794 .99248 .74045",
            8: ".93195 .89056 .99735 .82776", 16: ".99658 .99707 1.0 .99366"},
}  # fmt: skip


def shares() -> Iterator[Row]:
    for fit, lines in SHARES_OF_KUMAR.items():
        for P, line in lines.items():
            *parts, product = line.split()
            for of, text in zip(("w", "a", "kv"), parts, strict=True):
                yield Row("P6", fit, "share", {"P": P, "of": of}, text, "recomputed")
            yield Row("P6", fit, "share of all", {"P": P}, product, "recomputed")


SMALL = {"N": 220e6, "D": 26e9}
P6 = [
    *shares(),
    Row("P6", KUMAR, "best bits", {}, "7.002", "recomputed"),
    Row("P6", KUMAR, "best bits", {}, "7.0021", "recomputed"),
    Row("P6", BARE, "best bits", {}, "3.469", "recomputed"),
    Row("P6", KUMAR, "gain at best bits", {}, "1.7032", "recomputed"),
    Row("P6", KUMAR, "L", {**SMALL, **FULL}, "3.19661", "recomputed"),
    Row("P6", KUMAR, "L", {"N": 1e9, "D": 20e9, **FULL}, "3.04973", "recomputed"),
    Row("P6", KUMAR, "L", {**SMALL, **all_at(8)}, "3.22711", "recomputed"),
    Row("P6", BARE, "L", {**SMALL, **all_at(8)}, "3.20899", "recomputed"),
    *table("P6", "kumar2024-post", "L", "recomputed", {
        "N=220e6 D=26e9 P=4": "0.017586", "N=220e6 D=26e9 P=3": "0.095585", "N=30e6 D=26e9 P=4": "0.034894",
        "N=8e9 D=15e12 P=4": "0.128171",
    }),
    *table("P6", "kumar2024-post-offset", "L", "recomputed", {
        "N=220e6 D=26e9 P=4": "0.054316", "N=220e6 D=26e9 P=3": "0.295219", "N=30e6 D=26e9 P=4": "0.107771",
        "N=8e9 D=15e12 P=4": "0.395863",
    }),
    *table("P6", "kumar2024-post", "critical tokens after training", "recomputed", {
        "N=220e6 P=4": "1.753e11", "N=220e6 P=3": "3.244e10", "N=1e9 P=4": "2.946e11", "N=8e9 P=4": "6.009e11",
        "N=8e9 P=3": "1.112e11",
    }),
    *(Row("P6", KUMAR, "coefficient", {"name": name}, text, "paper") for name, text in {
        "A": "4.299e3", "alpha": "0.4965", "beta": "0.4965", "B": "1.806e4", "E": "2.7648", "gamma_w": "2.6745",
        "n_w": "0.3037", "gamma_a": "2.2102", "n_a": "1.4072", "gamma_kv": "0.9578", "n_kv": "2.4185",
    }.items()),
]  # fmt: skip

P7 = [
    *table("P7", OUYANG, "L", "recomputed", {
        "N=160e6 D=206e9 P=4": "0.10164", "N=1e9 D=206e9 P=4": "0.06716", "N=12e9 D=206e9 P=4": "0.03829",
        "N=12e9 D=206e9 P=3": "0.18615", "N=12e9 D=206e9 P=2": "1.72896", "N=8e9 D=15e12 P=4": "0.39883",
        "N=70e9 D=15e12 P=4": "0.24423", "N=7e9 D=1e14 P=4": "1.11309", "N=70e9 D=1e14 P=4": "0.66135",
        "N=405e9 D=1e14 P=4": "0.44469",
    }),
    *table("P7", OUYANG, "tokens to lose", "recomputed", {
        "N=1e9 P=4": "1.65e12", "N=7e9 P=4": "3.80e12", "N=70e9 P=4": "1.03e13", "N=405e9 P=4": "2.18e13",
        "N=1e9 P=3": "8.1e10", "N=7e9 P=3": "1.87e11", "N=70e9 P=3": "5.05e11", "N=405e9 P=3": "1.07e12",
    }, added=0.2),
    *table("P7", "ouyang2024-16bit", "L", "recomputed", {"N=1e9 D=206e9": "3.0505", "N=12e9 D=206e9": "2.7358"}),
    *(Row("P7", OUYANG, "coefficient", {"name": name}, text, "second-hand") for name, text in {
        "k": "0.017", "beta": "0.5251", "alpha": "0.2261", "gamma": "5.4967",
    }.items()),
]  # fmt: skip

P8 = [
    *table("P8", "dremov2025", "L", "recomputed", {
        "S=10": "0.0538", "S=20": "0.1058", "S=100": "0.2319", "S=200": "0.2808", "S=1000": "0.3775",
        "S=2000": "0.4126", "S=1e4": "0.4816", "S=1e5": "0.5574", "S=53.5": "0.184", "S=90.9": "0.225",
        "S=1010": "0.378", "S=32558": "0.523",
    }),
    Row("P8", "dremov2025", "coefficient", {"name": "a"}, "6.7297", "second-hand"),
    Row("P8", "dremov2025", "tokens per byte", {"N": 1e9, "D": 1e11, "P": 4}, "200", "recomputed"),
]  # fmt: skip

P9 = [
    *table("P9", "chen2025-w4a4", "L", "recomputed", {
        "N=594e6 G=128": "0.05730", "N=594e6 G=32": "0.04410", "N=74e6 G=128": "0.09034",
    }, D=1e11),
    Row("P9", "chen2025-w4a16", "L", {"N": 594e6, "D": 1e11, "G": 128}, "0.02101", "recomputed"),
    Row("P9", "chen2025-w16a4", "L", {"N": 594e6, "D": 1e11, "G": 128}, "0.03997", "recomputed"),
]  # fmt: skip

ROWS = [*P5, *P6, *P7, *P8, *P9]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row}-{row.level}")
def test_the_library_gives_what_is_printed(row: Row) -> None:
    value, (number, tolerance) = QUANTITIES[row.what](row.fit, **row.inputs), as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: computed {value!r}, {row.level}"


def test_every_row_says_how_well_it_is_known() -> None:
    assert {row.level for row in ROWS} <= set(LEVELS) - {"fitted", "simulated"}
    assert len({(str(row), row.level) for row in ROWS}) == len(ROWS)


LAYOUTS = "E1M0 E1M1 E2M1 E2M2 E3M2 E3M3 E4M3 E4M4 E5M4 E5M5 E6M5 E6M6 E7M6 E7M7 E8M7"


@pytest.mark.parametrize(("total", "layout"), list(enumerate(LAYOUTS.split(), start=2)))
def test_the_best_whole_layout_is_that_of_the_papers_figure(total: int, layout: str) -> None:
    c = published(SUN).values
    exponent, mantissa = bits.best_layout(total, delta=c["delta"], nu=c["nu"])
    assert f"E{exponent}M{mantissa}" == layout


def test_sun_penalties_add_up_to_the_losses() -> None:
    at = {"N": 1e9, "D": 1e12, "P_e": 2, "P_m": 1}
    assert agrees(loss(SUN, **at, G=128) - loss(SUN, **at, G=1), "0.115666")
    small = {"N": 40894464, "D": 10485760000, "P_e": 1, "P_m": 1}
    assert agrees(loss(SUN, **small, G=32) - loss(SUN, **small, G=1), "0.085574")


def test_sun_says_four_to_eight_bits_over_the_budgets_of_the_paper() -> None:
    c = published(SUN).values
    over_tokens = [bits.best_float_bits_at_tokens(D, 128, c) for D in (1e11, 1e14)]
    over_budgets = [bits.best_float_bits(C, 128, c) for C in (1e21, 1e31)]
    assert 4 < over_tokens[0] < over_tokens[1] < 8
    assert 4 < over_budgets[0] < over_budgets[1] < 8


def test_with_one_gamma_the_best_bits_are_a_fixed_multiple_of_it() -> None:
    assert agrees(float(bits.best_training_bits(ONE_GAMMA)) / 1.9475, "1.9038")
    assert agrees(float(bits.best_training_bits(ONE_GAMMA)), "3.708")
    larger = {**ONE_GAMMA, "gamma_w": 2.6745, "gamma_a": 2.6745, "gamma_kv": 2.6745}
    assert agrees(float(bits.best_training_bits(larger)), "5.092")


def test_four_bits_move_the_optimum_as_the_derivation_says() -> None:
    (N4, D4), (N16, D16) = best_under_paper_cost(4, 1e21), best_under_paper_cost(16, 1e21)
    assert agrees(N4 / N16, "2.45614")
    assert agrees(D4 / D16, "1.62857")


@pytest.mark.parametrize(
    ("ratio", "G", "recomputed", "stated"),
    [(100, 32, "1.646", 1.67), (1000, 32, "1.226", 1.20), (1000, 256, "1.647", 1.62)],
)
def test_quantised_activations_cost_more_than_weights(ratio: float, G: float, recomputed: str, stated: float) -> None:
    assert agrees(chen_excess(ratio, G), recomputed)
    # what the paper states was computed from its runs or from more digits
    assert chen_excess(ratio, G) == pytest.approx(stated, rel=0.03)


def test_the_trends_of_quantisation_aware_training_are_those_reported() -> None:
    smaller, larger = (loss("chen2025-w4a4", N=N, D=1e11, G=128) for N in (74e6, 595e6))
    assert larger / smaller == pytest.approx(1 - 0.34, abs=0.03)
    shorter, longer = (loss("chen2025-w4a4", N=594e6, D=D, G=128) for D in (1e10, 1e11))
    assert longer / shorter == pytest.approx(1.22, abs=0.04)


def test_the_shares_quoted_from_frantar_are_the_ones_kept() -> None:
    assert list(SHARES.values()) == [0.923, 0.747, 0.067, 0.871]
    half = law("effective-size")(N=2e9, D=1e11, x=0.5, E=1.7, A=400, B=400, alpha=0.34, beta=0.28)
    assert float(half) == float(law("chinchilla")(N=1e9, D=1e11, E=1.7, A=400, B=400, alpha=0.34, beta=0.28))


@pytest.mark.parametrize("P", [1.0, 2.0, 3.0])
def test_bits_that_leave_no_capacity_have_no_loss(P: float) -> None:
    assert math.isnan(loss(KUMAR, N=1e9, D=1e11, P_w=16, P_a=P, P_kv=16))
    # two negative shares would multiply to a positive one
    assert math.isnan(loss(KUMAR, N=1e9, D=1e11, P_w=16, P_a=P, P_kv=min(P, 2.0)))
    assert math.isnan(float(bits.share_of_capacity(np.float64(P), published(KUMAR).values)))


@pytest.mark.parametrize("symbol", ["P_w", "P_a", "P_kv"])
def test_more_bits_never_raise_the_training_loss(symbol: str) -> None:
    grid = np.linspace(3.2, 16, 200)
    found = published(KUMAR)(**{**SMALL, **all_at(8), symbol: grid})
    assert (np.diff(found) < 0).all()
