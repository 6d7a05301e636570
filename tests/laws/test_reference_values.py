"""Values that cards L1, L2, L3, L13 and L16 print follow from the declared forms and the shipped coefficients.

A row holds where a number stands, the number as printed, and the level at which it is known; the tolerance is half a
unit of the last printed digit. Plans (card L5) and what can't be a row yet have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scalewidgets.fits.source import LEVELS

from .printed import Row, agrees, as_printed, computed

TEX, PRINTED, ROUNDED, EPOCH = "hoffmann2022", "hoffmann2022-printed", "hoffmann2022-rounded3", "besiroglu2024"
KAPLAN, REPEATED = "kaplan2020", "muennighoff2023"


def frontier(card: str, fit: str, table: dict[float, str]) -> Iterator[Row]:
    """Read a line "N, D, D/N, L" of a table over compute; a dash is a number that the card leaves out."""
    for C, line in table.items():
        for what, text in zip(("N*", "D*", "D*/N*", "L*"), line.split(), strict=True):
            if text != "-":
                yield Row(card, fit, what, {"C": C}, text, "recomputed")


def tokens_at_size(fit: str, line: str) -> Iterator[Row]:
    for N, text in zip((400e6, 1e9, 10e9, 67e9, 1e12), line.split(), strict=False):
        yield Row("L1", fit, "D* at size", {"N": N}, text, "recomputed")


def losses(card: str, fit: str, level: str, *points: tuple[dict[str, float], str]) -> Iterator[Row]:
    for at, text in points:
        yield Row(card, fit, "L", at, text, level)


def coefficients(card: str, fit: str, level: str, **printed: str) -> Iterator[Row]:
    for name, text in printed.items():
        yield Row(card, fit, "coefficient", {"name": name}, text, level)


GOPHER, SMALL = {"N": 280e9, "D": 300e9}, {"N": 1e9, "D": 20e9}
CHINCHILLA, LONG = {"N": 70e9, "D": 1.4e12}, {"N": 7e9, "D": 2e12}

L1 = [
    *frontier(
        "L1",
        PRINTED,
        {
            1e20: "6.4486e8 2.5846e10 40.08 2.59985",
            1e21: "1.8242e9 9.1363e10 50.08 2.32888",
            5.76e23: "3.2190e10 2.9823e12 92.65 1.93075",
            1e24: "4.1297e10 4.0358e12 97.73 1.91120",
        },
    ),
    *frontier(
        "L1",
        TEX,
        {
            1e20: "7.7487e8 2.1509e10 27.76 2.55342",
            1e21: "2.2170e9 7.5178e10 33.91 2.29549",
            5.76e23: "4.0361e10 2.3785e12 58.93 1.91841",
            1e24: "5.1920e10 3.2101e12 61.83 1.89999",
        },
    ),
    *tokens_at_size(ROUNDED, "9.24B 27.4B 422B 4.04T 100T"),
    *tokens_at_size(TEX, "9.79B 29.1B 452B 4.35T 109T"),
    *tokens_at_size(PRINTED, "14.5B 44.0B 721B 7.26T"),
    *losses(
        "L1",
        PRINTED,
        "recomputed",
        (CHINCHILLA, "1.936645"),
        (GOPHER, "1.993258"),
        (SMALL, "2.580048"),
        (LONG, "2.020301"),
    ),
    *losses(
        "L1", TEX, "recomputed", (CHINCHILLA, "1.920846"), (GOPHER, "1.967243"), (SMALL, "2.530668"), (LONG, "2.007984")
    ),
    Row("L1", PRINTED, "G", {}, "1.3447", "recomputed"),
    Row("L1", TEX, "G", {}, "1.3000", "recomputed"),
    *coefficients("L1", PRINTED, "paper", E="1.69", A="406.4", B="410.7", alpha="0.34", beta="0.28"),
    *coefficients("L1", ROUNDED, "repository", E="1.69", A="406.4", B="410.7", alpha="0.336", beta="0.283"),
    *coefficients(
        "L1", TEX, "repository", E="1.693374", A="406.4010", B="410.7228", alpha="0.33917084", beta="0.2849083"
    ),
    Row("L1", TEX, "exponent of N*", {}, "0.46", "paper"),
    Row("L1", TEX, "exponent of D*", {}, "0.54", "paper"),
]
L2 = [
    *coefficients(
        "L2", EPOCH, "repository", A="482.00572", B="2085.43420", E="1.81686", alpha="0.34781", beta="0.36585"
    ),
    *frontier(
        "L2",
        EPOCH,
        {
            1e20: "8.5455e8 1.9504e10 22.82 2.55251",
            1e21: "2.7821e9 5.9906e10 21.53 2.30480",
            5.76e23: "7.2356e10 1.3268e12 18.34 1.97396",
            5.88e23: "7.3125e10 1.3402e12 18.33 1.97339",
            1e24: "9.6005e10 1.7360e12 18.08 -",
        },
    ),
    Row("L2", EPOCH, "G", {}, "0.11963", "recomputed"),
    Row("L2", EPOCH, "exponent of N*", {}, "0.513", "repository"),
    Row("L2", EPOCH, "exponent of N*", {}, "0.5126", "second-hand"),
    Row("L2", TEX, "D*/N*", {"C": 5.88e23}, "59.04", "recomputed"),
    Row("L2", PRINTED, "D*/N*", {"C": 5.88e23}, "92.83", "recomputed"),
    *frontier("L2", "besiroglu2024 as printed", {5.76e23: "7.2249e10 1.3287e12 18.39 1.97444"}),
    *losses("L2", "besiroglu2024 as printed", "recomputed", (CHINCHILLA, "1.973882"), (SMALL, "2.530050")),
]
L3 = [
    *coefficients("L3", f"{KAPLAN}-n", "paper", N_c="8.8e13", alpha_N="0.076"),
    *coefficients("L3", f"{KAPLAN}-d", "paper", D_c="5.4e13", alpha_D="0.095"),
    *coefficients("L3", f"{KAPLAN}-c", "paper", C_c="1.3824e27", alpha_C="0.057"),
    *coefficients("L3", f"{KAPLAN}-nd", "second-hand", N_c="6.4e13", D_c="1.8e13", alpha_N="0.076", alpha_D="0.103"),
    *losses(
        "L3",
        f"{KAPLAN}-n",
        "recomputed",
        ({"N": 1e8}, "2.829963"),
        ({"N": 1.5e9}, "2.303551"),
        ({"N": 1.75e11}, "1.604389"),
    ),
    *losses("L3", f"{KAPLAN}-d", "recomputed", ({"D": 2.3e10}, "2.090322")),
    *losses("L3", f"{KAPLAN}-nd", "recomputed", ({"N": 1.5e9, "D": 2.2e10}, "2.312548")),
]
L13 = [
    *coefficients("L13", "henighan2020-image32-n", "paper", L_inf="2.20", N_0="6.3e1", alpha=".13"),
    *losses("L13", "henighan2020 image 8x8", "recomputed", ({"N": 1e8}, "3.154415")),
]
L16 = [
    *coefficients(
        "L16", REPEATED, "repository", A="520.825", B="1487.716", E="1.869144", alpha=".3526596", beta=".3526596"
    ),
    *coefficients("L16", REPEATED, "repository", R_D="15.387756", R_N="5.309743"),
    *losses(
        "L16",
        REPEATED,
        "repository",
        ({"N": 6.34e9, "D": 242e9, "U": 25e9}, "2.2256440889984477"),
        ({"N": 8.67e9, "D": 178e9, "U": 25e9}, "2.2269634075087867"),
    ),
    *losses(
        "L16",
        REPEATED,
        "recomputed",
        ({"N": 1e9, "D": 100e9, "U": 25e9}, "2.4195274624902576"),
        ({"N": 2.8e9, "D": 55e9, "U": 55e9}, "2.354403620141194"),
    ),
    Row("L16", REPEATED, "G", {}, ".2258019", "recomputed"),
    Row("L16", REPEATED, "G^2", {}, ".0509865", "recomputed"),
    Row("L16", REPEATED, "G^2", {}, ".051", "paper"),
    Row("L16", REPEATED, "D*/N*", {"C": 1e21}, "19.613", "recomputed"),
    Row("L16", REPEATED, "most effective tokens", {}, "16.39", "recomputed"),
]
ROWS = [*L1, *L2, *L3, *L13, *L16]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    value, (number, tolerance) = computed(row), as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: computed {value!r}, {row.level}"


def test_every_row_says_how_well_it_is_known() -> None:
    assert {row.level for row in ROWS} <= set(LEVELS) - {"fitted", "simulated"}
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("text", "number", "half"),
    [
        ("1.936645", 1.936645, 5e-7),
        ("6.4486e8", 6.4486e8, 5e3),
        ("1.4T", 1.4e12, 5e10),
        ("70.96%", 0.7096, 5e-5),
        ("7B", 7e9, 5e8),
    ],
)
def test_the_tolerance_is_half_a_unit_of_the_last_printed_digit(text: str, number: float, half: float) -> None:
    assert as_printed(text)[0] == pytest.approx(number, rel=1e-15)
    assert as_printed(text)[1] == pytest.approx(half, rel=1e-6)
    assert agrees(number + 0.99 * half, text)
    assert not agrees(number + 1.01 * half, text)
