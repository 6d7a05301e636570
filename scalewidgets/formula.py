"""Print a law's formula: LaTeX for notebooks and papers, MathML with live number slots for pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import sympy

from scalewidgets.formats import format_value

if TYPE_CHECKING:
    from scalewidgets.declare import Law


# Digits of a constant in a formula.
DIGITS = 6


def expression(law: Law) -> tuple[Any, dict[str, Any]]:
    """Call the law's kernel (or its display form) with SymPy symbols.

    Returns
    -------
    expression : sympy.Expr
    symbols : dict
        The symbol of each variable and coefficient by name.
    """
    names = {variable.symbol: variable.latex or variable.symbol for variable in law.variables}
    names |= {coefficient.name: coefficient.latex or coefficient.name for coefficient in law.coefficients}
    symbols = {name: sympy.Symbol(name, positive=True) for name in names}
    function = law.display or law.kernel
    result = function(*(symbols[s] for s in law.symbols), **{n: symbols[n] for n in law.names})
    # a stored graph holds plain floats: its 2.0 is the 2 that was written
    whole = {number: sympy.Integer(int(number)) for number in result.atoms(sympy.Float) if float(number).is_integer()}
    return result.xreplace(whole), {symbols[name]: text for name, text in names.items()}


def _ordered_terms(law: Law, formula: Any) -> list[Any]:
    """Put the terms of a sum in the order of the declared coefficients, as papers print them."""
    place = {name: i for i, name in enumerate(law.names)}

    def first(term: Any) -> int:
        return min((place[s.name] for s in term.free_symbols if s.name in place), default=len(place))

    return sorted(sympy.Add.make_args(formula), key=first)


def _number(name: str, value: float) -> str:
    text = format_value(value, "formula")
    if "e" in text:
        mantissa, power = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(power)}}}"
    return text


def latex(law: Law, values: Mapping[str, float] | None = None) -> str:
    """Return the formula of a law as LaTeX, with numbers for coefficients if `values` are given."""
    formula, names = expression(law)
    if values is not None:
        numbers = {name: _number(name, float(value)) for name, value in values.items()}
        names = {symbol: numbers.get(str(symbol), text) for symbol, text in names.items()}
    terms = [_term(term, names) for term in _ordered_terms(law, formula)]
    left = law.response.latex or law.response.symbol
    joined = terms[0] + "".join(f" {t}" if t.startswith("-") else f" + {t}" for t in terms[1:])
    return f"{left} = {joined}"


def _term(term: Any, names: Mapping[Any, str]) -> str:
    """Print A N^-alpha as a fraction, as papers do."""
    above, below = sympy.fraction(term)
    if below == 1:
        return str(sympy.latex(term, symbol_names=dict(names)))
    return rf"\frac{{{sympy.latex(above, symbol_names=dict(names))}}}{{{sympy.latex(below, symbol_names=dict(names))}}}"


def mathml(law: Law, values: Mapping[str, float] | None = None) -> str:
    """Return the formula as MathML, in which each coefficient is a slot with its current number if `values` are given.

    Slots are ``<mn data-coefficient="alpha">0.348</mn>``, so that a page can change the numbers in place.
    """
    from sympy.printing.mathml import MathMLPresentationPrinter

    formula, _ = expression(law)
    formula = formula.xreplace({number: sympy.Float(number, DIGITS) for number in formula.atoms(sympy.Float)})
    printer = MathMLPresentationPrinter({"root_notation": False})
    slots = set(law.names) if values is not None else set()
    # with Greek letters and indices
    print_name = printer._print_Symbol

    def print_symbol(symbol: Any, *rest: Any) -> Any:
        if symbol.name not in slots or values is None:
            return print_name(symbol, *rest)
        element = printer.dom.createElement("mn")
        element.setAttribute("data-coefficient", symbol.name)
        element.appendChild(printer.dom.createTextNode(format_value(float(values[symbol.name]), "formula")))
        return element

    printer._print_Symbol = print_symbol
    joined = "<mo>+</mo>".join(_mathml_term(printer, term) for term in _ordered_terms(law, formula))
    return f'<math display="inline"><mrow><mi>{escape(law.response.symbol)}</mi><mo>=</mo>{joined}</mrow></math>'


def _mathml_term(printer: Any, term: Any) -> str:
    above, below = sympy.fraction(term)
    if below == 1:
        return f"<mrow>{_inner(printer.doprint(term))}</mrow>"
    numerator, denominator = _inner(printer.doprint(above)), _inner(printer.doprint(below))
    return f"<mfrac><mrow>{numerator}</mrow><mrow>{denominator}</mrow></mfrac>"


def _inner(text: str) -> str:
    start, end = text.find(">") + 1, text.rfind("</math>")
    inner = text[start:end] if text.startswith("<math") else text
    # SymPy writes &InvisibleTimes; and the like, which HTML knows and XML doesn't: the characters themselves suit both
    return re.sub(r"&(?!amp;|lt;|gt;|quot;|apos;)\w+;", lambda entity: unescape(entity[0]), inner)


def describe_html(law: Law) -> str:
    """Return a law as a small table for a notebook: formula, variables, coefficients and source."""
    rows = [("Variables", ", ".join(f"{v.symbol} ({v.label.lower()}, {v.unit})" for v in law.variables))]
    rows += [("Coefficients", ", ".join(law.names)), ("Source", str(law.citation))]
    rows += [("Runs in a browser", "yes" if law.portable else f"no: {law.why_not_portable}")]
    rows += [("Note", note) for note in law.notes]
    body = "".join(f"<tr><th style='text-align:left'>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<b>{escape(law.title or law.key)}</b><p>$${escape(law.latex())}$$</p><table>{body}</table>"
