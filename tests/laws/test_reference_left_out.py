"""Printed values of cards L1, L2, L3, L5, L13 and L16 that are no test row anywhere, each with the reason.

Where the reason is a claim about numbers (a misprint, a mismatch), a check below computes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import mpmath
import pytest

from .printed import agrees, as_printed, best, best_loss, best_tokens, coefficients_of

CARDS = {"L1", "L2", "L3", "L5", "L13", "L16"}
HOFFMANN = ("hoffmann2022", "hoffmann2022-printed", "hoffmann2022-rounded3")
SIZES = (400e6, 1e9, 10e9, 67e9, 175e9, 280e9, 520e9, 1e12, 10e12)
TABLE_3_TOKENS = ["8.0B", "20.2B", "205.1B", "1.5T", "3.7T", "5.9T", "11.0T", "21.2T", "216.2T"]
TABLE_3_FLOP = ["1.92e19", "1.21e20", "1.23e22", "5.76e23", "3.85e24", "9.90e24", "3.43e25", "1.27e26", "1.30e28"]
TABLE_A3_TOKENS = ["9.2B", "27.1B", "410.1B", "4.1T", "12.0T", "20.1T", "43.5T", "94.1T", "1425.5T"]
TABLE_A3_FLOP = ["2.21e19", "1.62e20", "2.46e22", "1.71e24", "1.26e24", "3.52e25", "1.36e26", "5.65e26", "8.55e28"]


class LeftOut(NamedTuple):
    card: str
    value: str
    reason: str
    check: str = ""

    def __str__(self) -> str:
        return f"{self.card}: {self.value}"


APPROACHES = "The paper prints no factor; test_reference_compute.py holds the lines through its tables to the columns."
NOT_DECLARED = "The form is not declared yet: "
NOT_SHIPPED = "The coefficients are not shipped in this version: "

NOT_COVERED = [
    LeftOut("L1", "Table A3, approach 3 tokens", "No set of the paper's coefficients gives the column.", "A3"),
    LeftOut("L1", "Table A3, 175B: 1.26e24 FLOP", "Misprint of the exponent: 6ND is 1.26e25.", "175B"),
    LeftOut(
        "L1", "Table 2, approach 3: a in 0.454 to 0.455", "The interval leaves out the a of every set.", "interval"
    ),
    LeftOut("L1", "1T with the printed set: 194T tokens", "The card rounds 193.47T up; the form gives 193T.", "194T"),
    LeftOut("L1", "Table 3, all columns", APPROACHES),
    LeftOut("L1", "Table 3, 67B: 5.76e23 FLOP", f"{APPROACHES} This column is not 6ND, the others are.", "67B"),
    LeftOut("L1", "Table A3, approach 2 columns", APPROACHES),
    LeftOut("L1", "Table 2, exponents of approaches 1 and 2; Table A2", APPROACHES),
    LeftOut("L1", "1e21 FLOP: 2.86B by approach 1, 4.68B by Kaplan", f"{APPROACHES} Kaplan's is its own line."),
    LeftOut(
        "L1", "Table A4, FLOP against 6ND of small models", NOT_DECLARED + "costs count 6ND; finer counts come later."
    ),
    LeftOut("L1", "Gopher's 6.3e23 FLOP", NOT_DECLARED + "costs count 6ND; finer counts come later."),
    LeftOut("L2", "5.88e23: D/N 72.87", "The notebook puts a = 0.4545 where the coefficients give 0.4565.", "72.87"),
    LeftOut(
        "L2", "5.88e23: D/N 25.66", "The notebook's cell overwrites its compute first; the form gives 18.33.", "25.66"
    ),
    LeftOut("L2", "E = 1.8172", "The paper prints the E of its plain fit beside the headline fit's A and B.", "E"),
    LeftOut(
        "L2", "plain fit and its objective 0.00101827403", "A fit, not a value of one; the tests of fitting have it."
    ),
    LeftOut("L2", "standard errors and 95 % intervals", "Come from 4,000 refits; our joint draws are tested as ours."),
    LeftOut(
        "L2", "fits with the outliers", NOT_SHIPPED + "partly second-hand; the tests of fitting refit all 245 rows."
    ),
    LeftOut(
        "L2",
        "chi2(5) = 238.40, likelihood ratios, p values",
        "Statistics of the comparison, which nothing here computes.",
    ),
    LeftOut(
        "L3", "S_min = 5.4e3 C^0.03, D_opt = 2e10 C^0.27", "Follow from size and batch; part of D_opt is from memory."
    ),
    LeftOut(
        "L3",
        "D >= 5e3 N^0.74; crossing at 1e4 PF-days",
        "Rules of thumb of the paper, second-hand; no form here gives them.",
    ),
    LeftOut(
        "L3", "0.6x to 2.2x of the size costs 20 %; 2.7x, 7.7x, 65 %", "Read off the paper's figures of excess compute."
    ),
    LeftOut("L5", "refits of the 47 runs and their objectives", "The runs are not among the shared data."),
    LeftOut("L5", "30B quality, 1.5B requests: 16B on 3.35T, 17 %", "The hardware behind the example was not found."),
    LeftOut(
        "L13",
        "L(N = 1.75e11), language: 1.602136",
        "The card cuts the last digit; the form gives 1.602137.",
        "language",
    ),
    LeftOut("L16", "up to 4 epochs cost almost nothing", "A judgement, not a number."),
    LeftOut("L16", "value per repeat 1/e near 16 epochs", "It is the meaning of R_D* = 15.39, which has a row."),
]


def exactly_best_tokens(key: str, N: float) -> float:
    """Compute D for which N is best from the first-order condition, to many digits, without the library's optimum."""
    c = {name: mpmath.mpf(value) for name, value in coefficients_of(key)[1].items()}
    with mpmath.workdps(40):
        reach = c["alpha"] * c["A"] * mpmath.mpf(N) ** -c["alpha"] / (c["beta"] * c["B"])
        return float(reach ** (-1 / c["beta"]))


def no_set_gives_table_a3() -> None:
    for key in HOFFMANN:
        assert not all(agrees(best_tokens(key, N), text) for N, text in zip(SIZES, TABLE_A3_TOKENS, strict=True)), key
    nearest = [best_tokens(HOFFMANN[2], N) / as_printed(t)[0] for N, t in zip(SIZES, TABLE_A3_TOKENS, strict=True)]
    assert all(0.97 < ratio < 1.10 for ratio in nearest)
    assert best_tokens(HOFFMANN[1], 1e12) / as_printed(TABLE_A3_TOKENS[7])[0] > 2


def table_a3_misprints_one_exponent() -> None:
    ratios = [
        6 * N * as_printed(D)[0] / as_printed(C)[0]
        for N, D, C in zip(SIZES, TABLE_A3_TOKENS, TABLE_A3_FLOP, strict=True)
    ]
    assert ratios.pop(SIZES.index(175e9)) == pytest.approx(10, rel=0.01)
    assert ratios == pytest.approx([1] * 8, rel=0.05)


def the_printed_interval_holds_no_exponent() -> None:
    for key in HOFFMANN:
        values = coefficients_of(key)[1]
        assert not 0.454 <= values["beta"] / (values["alpha"] + values["beta"]) <= 0.455


def the_card_rounds_193_up() -> None:
    exact = exactly_best_tokens("hoffmann2022-printed", 1e12)
    assert not agrees(exact, "194T")
    assert best_tokens("hoffmann2022-printed", 1e12) == pytest.approx(exact, rel=1e-9)


def only_67b_differs_from_6nd() -> None:
    ratios = {
        N: 6 * N * as_printed(D)[0] / as_printed(C)[0]
        for N, D, C in zip(SIZES, TABLE_3_TOKENS, TABLE_3_FLOP, strict=True)
    }
    assert ratios.pop(67e9) == pytest.approx(6.03 / 5.76, rel=1e-3)
    assert all(abs(ratio - 1) < 0.012 for ratio in ratios.values())
    assert 3 / math.log10(1.27e26 / 1.21e20) == pytest.approx(0.498, abs=5e-4)


def the_notebook_puts_in_another_exponent() -> None:
    G, C = best("hoffmann2022", 6.0)[0], 5.88e23
    N = G * (C / 6) ** 0.4545
    assert pytest.approx(72.87, rel=0.005) == C / 6 / N**2
    N, D = best("hoffmann2022", C)
    assert pytest.approx(59.04, abs=5e-3) == D / N


def the_notebook_overwrites_its_compute() -> None:
    N, D = best("besiroglu2024", 5.88e23)
    assert pytest.approx(18.33, abs=5e-3) == D / N


def the_printed_constant_belongs_to_another_fit() -> None:
    values = coefficients_of("besiroglu2024")[1]
    assert not agrees(values["E"], "1.8172")
    assert agrees(values["A"], "482.01")
    assert agrees(values["alpha"], "0.3478")
    assert not agrees(values["beta"], "0.3658"), "beta is cut, not rounded"
    assert best_loss("besiroglu2024", 5.76e23) == pytest.approx(
        best_loss("besiroglu2024 as printed", 5.76e23), abs=5e-4
    )


def the_card_cuts_the_loss_of_language() -> None:
    with mpmath.workdps(40):
        exact = float((mpmath.mpf("1.47e14") / mpmath.mpf("1.75e11")) ** mpmath.mpf("0.070"))
    assert not agrees(exact, "1.602136")
    assert agrees(exact, "1.602137")


CHECKS: Mapping[str, Callable[[], None]] = {
    "A3": no_set_gives_table_a3,
    "175B": table_a3_misprints_one_exponent,
    "interval": the_printed_interval_holds_no_exponent,
    "194T": the_card_rounds_193_up,
    "67B": only_67b_differs_from_6nd,
    "72.87": the_notebook_puts_in_another_exponent,
    "25.66": the_notebook_overwrites_its_compute,
    "E": the_printed_constant_belongs_to_another_fit,
    "language": the_card_cuts_the_loss_of_language,
}


@pytest.mark.parametrize("row", NOT_COVERED, ids=str)
def test_every_value_left_out_has_a_reason(row: LeftOut) -> None:
    assert row.card in CARDS
    assert len(row.reason.split()) >= 4
    assert row.reason.endswith(".")


@pytest.mark.parametrize("row", [row for row in NOT_COVERED if row.check], ids=str)
def test_a_reason_about_numbers_is_true(row: LeftOut) -> None:
    CHECKS[row.check]()


def test_every_check_belongs_to_a_row() -> None:
    assert {row.check for row in NOT_COVERED if row.check} == set(CHECKS)
