"""A law can be declared from names alone, or typed as a formula, which a grammar of our own reads and nothing runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import FormulaError
from scalewidgets.laws.common import LOSS, MODEL_SIZE

VALUES = {"N": 3e8, "D": 2e9, "E": 1.7, "A": 400.0, "B": 410.0, "alpha": 0.34, "beta": 0.28, "k": -0.5}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("E + A/N^alpha + B/D^beta", lambda v: v["E"] + v["A"] / v["N"] ** v["alpha"] + v["B"] / v["D"] ** v["beta"]),
        ("L = E+A*N**-alpha", lambda v: v["E"] + v["A"] * v["N"] ** -v["alpha"]),
        ("-N^2 + 2^3^2", lambda v: -(v["N"] ** 2) + 512),
        ("(E - A) − N", lambda v: v["E"] - v["A"] - v["N"]),
        ("N / D / A", lambda v: v["N"] / v["D"] / v["A"]),
        ("E × N · A", lambda v: v["E"] * v["N"] * v["A"]),
        (
            "exp(k*log(N)) + ln(D) + log10(N) + log2(D)",
            lambda v: np.exp(v["k"] * np.log(v["N"])) + np.log(v["D"]) + np.log10(v["N"]) + np.log2(v["D"]),
        ),
        ("max(N, D) - min(N, A) + sqrt(N)", lambda v: max(v["N"], v["D"]) - min(v["N"], v["A"]) + np.sqrt(v["N"])),
        (
            "tanh(E) * softplus(k) + 1.5e3 * .5 - N*+1",
            lambda v: np.tanh(v["E"]) * np.log1p(np.exp(v["k"])) + 750 - v["N"],
        ),
    ],
)
def test_a_formula_means_what_it_says(formula: str, expected: Any) -> None:
    law = sw.law_from_formula(formula)
    values = {name: VALUES[name] for name in (*law.symbols, *law.names)}
    assert float(law(**values)) == pytest.approx(float(expected(VALUES)), rel=1e-12)
    assert law.portable
    assert law.latex().startswith("L = ")


@pytest.mark.parametrize(
    ("formula", "place", "sentence"),
    [
        ("E + A//N", 7, "'/' can't stand here"),
        ("E + A N", 7, "write a sign such as \\* before it"),
        ("E + (A/N", 9, "a '\\)' is missing"),
        ("E + A/N)", 8, "'\\)' can't follow"),
        ("E + A/N^", 9, "ends too early"),
        ("", 1, "ends too early"),
        ("foo(N)", 1, "foo is no function; functions are exp|foo is no function"),
        ("exp(N, 2)", 1, "exp takes 1, not 2"),
        ("E + exp", 5, "exp is a function"),
        ("__import__('os')", 1, "'_' is no part of a formula"),
        ("N.__class__", 2, "'.' is no part of a formula"),
        ("N if E else A", 3, "can't follow"),
        ("lambda*N", 1, "'lambda' can't be a name"),
        ("E; N", 2, "';' is no part"),
        ("N[0]", 2, "'\\[' is no part"),
        ("1/0 + N", 2, "no finite number"),
        ("9^9^9^9 + N", 4, "no finite number"),
        ("(-8)^(1/3) + N", 5, "no finite number"),
        ("1e999*N", 1, "too large"),
        ("(" * 200 + "N", 61, "inside each other"),
    ],
)
def test_what_it_cannot_read_is_pointed_at(formula: str, place: int, sentence: str) -> None:
    with pytest.raises(FormulaError, match=sentence) as caught:
        sw.law_from_formula(formula)
    first, shown, mark = str(caught.value).splitlines()
    assert f"at character {place}" in first
    assert mark.strip() == "^"
    pointed = mark.index("^")
    assert shown[pointed : pointed + 1] == formula[place - 1 : place]


def test_a_formula_needs_a_variable_and_only_names_it_has() -> None:
    with pytest.raises(FormulaError, match=r"none of N, D, C, U, L; say which of a, b are variables"):
        sw.law_from_formula("a + b")
    with pytest.raises(FormulaError, match="variable D does not occur"):
        sw.law_from_formula("E + A/N", variables=("N", "D"))
    with pytest.raises(FormulaError, match="coefficient B does not occur"):
        sw.law_from_formula("E + A/N", coefficients=("B",))
    with pytest.raises(FormulaError, match="at most 2000"):
        sw.law_from_formula("N+" * 2000)


def test_names_suggest_variables_and_kinds_of_coefficients() -> None:
    def kernel(N: Any, width: Any, *, E: Any, A: Any, alpha: Any, k: Any) -> Any:
        return E + A / (N * width) ** alpha + k

    law = sw.Law(kernel)
    assert law.variables[0] is MODEL_SIZE
    assert law.response is LOSS
    assert (law.variable("width").label, law.variable("width").positive) == ("width", True)
    assert [c.kind for c in law.coefficients] == ["irreducible", "amplitude", "exponent", "offset"]
    assert sw.Law(kernel, variables=("N", "width")).symbols == law.symbols  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="use the same names in the same order"):
        sw.Law(kernel, variables=("N", "depth"))  # type: ignore[arg-type]


def test_a_typed_law_is_fitted_saved_planned_and_explored(tmp_path: Path) -> None:
    truth = sw.published("hoffmann2022")
    runs = sw.simulate(truth, N=np.geomspace(1e8, 1e10, 6)[:, None], D=np.geomspace(2e9, 2e11, 6), noise=0, seed=0)
    fit = sw.fit(sw.law_from_formula("E + A/N^alpha + B/D^beta"), runs, bootstrap=0)
    for name, value in truth.values.items():
        assert fit.values[name] == pytest.approx(value, rel=1e-4)
    fit.save(tmp_path / "fit.json")
    again = sw.Fit.load(tmp_path / "fit.json")
    assert again.law.latex() == fit.law.latex()
    assert pytest.approx(sw.plan(truth, compute=1e21).N, rel=1e-3) == sw.plan(again, compute=1e21).N
    ex = sw.explore(again, view="law")
    assert "residuals_N" in ex.views
    assert "1 graphs" in str(ex.save(tmp_path / "page.html"))
