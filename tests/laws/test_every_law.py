"""Every law of the catalogue broadcasts, falls, refuses, records, differentiates and prints; none is listed here."""

from __future__ import annotations

import json
import math
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from scalewidgets.declare import Law, Variable
from scalewidgets.errors import DomainError, UnknownName
from scalewidgets.formula import expression, mathml
from scalewidgets.ops.graph import Graph
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

LAWS = laws()
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


def those_with(attribute: str) -> pytest.MarkDecorator:
    found = {key: law for key, law in LAWS.items() if getattr(law, attribute) is not None}
    assert found, f"no law offers {attribute}: the tests of it would be empty"
    return pytest.mark.parametrize("law", found.values(), ids=found.keys())


def plausible(law: Law) -> dict[str, float]:
    """Return the values of a published fit, or the illustrative ones."""
    for fit in published_fits().values():
        if fit.law is law:
            return dict(fit.values)
    return {c.name: c.illustrative for c in law.coefficients}


def middle(law: Law) -> dict[str, float]:
    """Return the middle of the declared range of each variable, a little apart so that no minimum sits on its edge."""
    return {v.symbol: float(between(v, 0.5 + 0.01 * i)) for i, v in enumerate(law.variables)}


def between(variable: Variable, share: Any) -> Any:
    """Return what lies at a share of the way along the declared range, on the variable's own scale."""
    if variable.scale == "log":
        return np.exp(np.log(variable.low) + share * (np.log(variable.high) - np.log(variable.low)))
    return variable.low + share * (variable.high - variable.low)


def scattered(law: Law, count: int, seed: int = 0) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return random variables over their ranges and coefficients within 10 % of plausible ones."""
    rng = np.random.default_rng(seed)
    variables = {v.symbol: between(v, rng.uniform(size=count)) for v in law.variables}
    return variables, {name: value * rng.uniform(0.9, 1.1, count) for name, value in plausible(law).items()}


@every_law
def test_inputs_broadcast_together(law: Law) -> None:
    at, values = middle(law), plausible(law)
    single = law(**at, **values)
    assert single.shape == ()
    count = len(law.symbols)
    spread = {s: x * np.ones((2,) + (1,) * i) for i, (s, x) in enumerate(at.items())}
    drawn = {name: value * np.ones((3,) + (1,) * count) for name, value in values.items()}
    assert law(**spread, **values).shape == (2,) * count
    assert law(**spread, **drawn).shape == (3,) + (2,) * count
    assert law(**spread, **drawn) == pytest.approx(float(single), rel=1e-12)
    assert law(**dict.fromkeys(law.symbols, np.empty(0)), **values).shape == (0,)


@every_law
def test_the_response_stays_in_its_domain_and_goes_the_way_that_is_declared(law: Law) -> None:
    at, values = middle(law), plausible(law)
    for variable in law.variables:
        grid = between(variable, np.linspace(0.0, 1.0, 300))
        response = law(**{**at, variable.symbol: grid}, **values)
        assert np.isfinite(response).all(), variable.symbol
        assert law.response.allows(response).all(), variable.symbol
        if variable.symbol in law.bends:
            continue
        sign = 1 if variable.symbol in law.rises else -1
        assert (sign * np.diff(response) >= -1e-12 * np.abs(response[1:])).all(), variable.symbol
        assert sign * (response[-1] - response[0]) > 0, variable.symbol


@every_law
def test_a_variable_must_lie_in_its_domain(law: Law) -> None:
    for variable in law.variables:
        low, high = variable.domain
        outside = [low, high] if not variable.closed else [np.nextafter(low, -math.inf), np.nextafter(high, math.inf)]
        for value in (math.nan, math.inf, -math.inf, *outside, [middle(law)[variable.symbol], math.nan]):
            with pytest.raises(DomainError, match=rf"law '{law.key}': {variable.symbol} = .* must be "):
                law(**{**middle(law), variable.symbol: value}, **plausible(law))


@every_law
def test_a_missing_name_is_named(law: Law) -> None:
    given = {**middle(law), **plausible(law)}
    for name in given:
        rest = {key: value for key, value in given.items() if key != name}
        with pytest.raises(DomainError, match=rf"law '{law.key}' also needs {name};"):
            law(**rest)


@every_law
def test_an_unknown_name_gets_a_suggestion(law: Law) -> None:
    name = max(law.names, key=len)
    with pytest.raises(UnknownName, match=f"has no variable or coefficient '{name}s'; it has .* Did you mean"):
        law(**middle(law), **plausible(law), **{f"{name}s": 1.0})


@every_law
def test_the_graph_survives_json_and_gives_the_same_numbers(law: Law) -> None:
    assert law.portable, law.why_not_portable
    text = json.dumps(law.graph.to_json(), allow_nan=False)
    graph = Graph.from_json(json.loads(text))
    assert json.dumps(graph.to_json(), allow_nan=False) == text
    variables, values = scattered(law, 200)
    np.testing.assert_allclose(graph(**variables, **values)[""], law(**variables, **values), rtol=1e-12, atol=0)


@every_law
def test_the_derivative_by_complex_step_equals_a_difference_in_many_digits(law: Law) -> None:
    formula, symbols = expression(law)
    order = [symbol.name for symbol in symbols]
    exact = sympy.lambdify(list(symbols), formula, "mpmath")
    variables, values = scattered(law, 4, seed=1)
    for i in range(4):
        point = {name: float(column[i]) for name, column in {**variables, **values}.items()}
        for name in order:
            step = 1e-30 * point[name]
            moved: dict[str, Any] = {**point, name: complex(point[name], step)}
            slope = np.imag(law.evaluate(moved, moved)) / step
            with mpmath.workdps(60):
                h = mpmath.mpf(point[name]) * mpmath.mpf("1e-15")
                up, down = ([mpmath.mpf(point[n]) + sign * h * (n == name) for n in order] for sign in (1, -1))
                expected = float((exact(*up) - exact(*down)) / (2 * h))
            scale = abs(float(np.real(law.evaluate(point, point))) / point[name])
            assert slope == pytest.approx(expected, rel=1e-9, abs=1e-13 * scale), name


@those_with("optimum")
@pytest.mark.parametrize("C", [1e18, 1e21, 5.76e23, 1e27])
def test_the_optimum_lies_on_the_budget_and_no_other_point_there_is_better(law: Law, C: float) -> None:
    values = plausible(law)
    N, D = closed(law.optimum)(C, **values)
    assert pytest.approx(C, rel=1e-12) == 6 * N * D
    best = float(law(N=N, D=D, **values))
    for factor in (1.0001, 1.01, 2.0, 100.0):
        for other in (N * factor, N / factor):
            assert law(N=other, D=C / 6 / other, **values) > best * (1 - 1e-14)
    assert law(N=2 * N, D=D / 2, **values) > best


@those_with("tokens")
def test_the_tokens_for_a_loss_invert_the_law(law: Law) -> None:
    variables, values = scattered(law, 200, seed=2)
    loss = law(**variables, **values)
    D = closed(law.tokens)(variables["N"], loss, **values)
    np.testing.assert_allclose(law(N=variables["N"], D=D, **values), loss, rtol=1e-12)


@those_with("tokens")
@pytest.mark.parametrize(
    "exponent", [0.2, 0.3, 0.5]
)  # 1 / 0.2 and 1 / 0.5 are whole: negative numbers have such powers
def test_a_loss_that_no_tokens_reach_has_no_number_of_tokens(law: Law, exponent: float) -> None:
    values = {c.name: exponent if c.kind == "exponent" else plausible(law)[c.name] for c in law.coefficients}
    limit = float(law(N=1e9, D=1e300, **values))
    with np.errstate(all="ignore"):
        D = closed(law.tokens)(np.float64(1e9), np.float64(limit * 0.99), **values)
    assert not np.isfinite(D)


@those_with("display")
def test_the_display_form_is_the_same_function(law: Law) -> None:
    variables, values = scattered(law, 200, seed=3)
    shown = closed(law.display)(*variables.values(), **values)
    np.testing.assert_allclose(shown, law(**variables, **values), rtol=1e-9)


def closed(function: Callable[..., Any] | None) -> Callable[..., Any]:
    assert function is not None
    return function


def balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0 and text.count(r"\left") == text.count(r"\right")


@every_law
def test_the_formula_names_every_variable_and_coefficient(law: Law) -> None:
    text = law.latex()
    assert balanced(text), text
    assert text.startswith(f"{law.response.latex or law.response.symbol} = ")
    for name in [*(v.latex or v.symbol for v in law.variables), *(c.latex or c.name for c in law.coefficients)]:
        assert name in text, f"{name} is not in {text}"
    assert text.count(r"\frac") <= text.count("}{")


@every_law
def test_the_formula_with_numbers_has_no_coefficient_left(law: Law) -> None:
    text = law.latex(plausible(law))
    assert balanced(text), text
    for coefficient in law.coefficients:
        assert (coefficient.latex or coefficient.name) not in text
    for variable in law.variables:
        assert (variable.latex or variable.symbol) in text
    assert sum(character.isdigit() for character in text) >= 2 * len(law.names)


def in_letters(part: ET.Element) -> str:
    """Return what an element shows, a Greek letter by its name."""
    text = part.text or ""
    name = unicodedata.name(text, "") if len(text) == 1 else ""
    return name.removeprefix("GREEK SMALL LETTER ").lower() if name.startswith("GREEK SMALL") else text


@every_law
def test_the_mathml_is_well_formed_with_a_slot_for_every_coefficient(law: Law) -> None:
    tree = ET.fromstring(mathml(law, plausible(law)))
    slots = [e.get("data-coefficient") for e in tree.iter() if e.get("data-coefficient")]
    assert set(slots) == set(law.names)
    plain = {in_letters(e) for e in tree.iter() if e.tag.endswith("mi")}
    indexed = {"".join(in_letters(part) for part in e) for e in tree.iter() if e.tag.endswith("msub")}
    assert plain | indexed >= {symbol.replace("_", "") for symbol in law.symbols}
    assert all(e.text for e in tree.iter() if e.get("data-coefficient"))


@every_law
def test_the_declaration_is_complete_enough_to_show(law: Law) -> None:
    assert law.title
    assert law.citation.arxiv
    assert law.citation.year
    assert law.response.unit
    for variable in law.variables:
        assert variable.low < variable.high
        assert variable.scale == "linear" or variable.low > 0
        assert variable.allows(np.array([variable.low, variable.high])).all()
        assert variable.label
    for coefficient in law.coefficients:
        assert coefficient.kind in {"irreducible", "amplitude", "exponent", "scale", "fraction", "offset"}
        assert coefficient.low <= coefficient.start[0] < coefficient.start[1] <= coefficient.high
    assert all(note.endswith(".") for note in law.notes)
    assert law.title in law._repr_html_()
