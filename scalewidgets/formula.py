"""Print a law's formula: LaTeX for notebooks and papers, MathML with live number slots for pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from html import escape, unescape
from typing import TYPE_CHECKING, Any

import sympy

from scalewidgets.formats import MINUS, format_value

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
    return _whole(result), {symbols[name]: text for name, text in names.items()}


def _written(law: Law) -> tuple[Any, dict[str, Any]] | None:
    """Return what `expression` does; None for a kernel of the user's own that knows no symbols and has no display."""
    try:
        return expression(law)
    except Exception:  # whatever a function may say to arguments that it was not made for
        return None


def in_parts(law: Law, formula: Any) -> list[tuple[Any, Any]]:
    """Return the law's expression and those of its parts, each after what it is called (None for the law itself).

    Wherever a part occurs, in the law or in a part before it, its name stands.
    """
    known = {name: sympy.Symbol(name, positive=True) for name in (*law.symbols, *law.names)}
    named = []
    for name, function in law.parts:
        found = function(**{each: known[each] for each in inspect.signature(function).parameters})
        named.append((sympy.Symbol(name, positive=True), _whole(found)))
    lines = [(None, formula), *named]
    for i, (left, right) in enumerate(lines):
        for symbol, part in named[i:]:
            right = right.xreplace({part: symbol})
        lines[i] = (left, _short(right).xreplace({known[name]: _in_front(name) for name in law.names}))
    return lines


def _in_front(name: str) -> Any:
    """Return a symbol that SymPy prints before those of variables, as papers print coefficients."""
    return sympy.Symbol(f" {name}", positive=True)


def _whole(formula: Any) -> Any:
    """Write 2 for 2.0: a stored graph holds plain floats."""
    return formula.xreplace({n: sympy.Integer(int(n)) for n in formula.atoms(sympy.Float) if float(n).is_integer()})


def _short(formula: Any) -> Any:
    """Round the numbers that stand in a formula."""
    return formula.xreplace({number: sympy.Float(number, DIGITS) for number in formula.atoms(sympy.Float)})


def _ordered_terms(law: Law, formula: Any) -> list[Any]:
    """Put the terms of a sum in the order of the declared coefficients, as papers print them."""
    place = {name: i for i, name in enumerate(law.names)}

    def first(term: Any) -> int:
        held = (symbol.name.strip() for symbol in term.free_symbols)
        return min((place[name] for name in held if name in place), default=len(place))

    return sorted(sympy.Add.make_args(formula), key=first)


def _number(name: str, value: float) -> str:
    text = format_value(value, "formula")
    if "e" in text:
        mantissa, power = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(power)}}}"
    return text


def latex(law: Law, values: Mapping[str, float] | None = None) -> str:
    """Return the formula of a law as LaTeX, with numbers for coefficients if `values` are given.

    A law without a formula is named, with what it is a function of.
    """
    left = law.response.latex or law.response.symbol
    found = _written(law)
    if found is None:
        return rf"{left} = \mathrm{{{_name(law)}}}({', '.join(v.latex or v.symbol for v in law.variables)})"
    formula, names = found
    if values is not None:
        numbers = {name: _number(name, float(value)) for name, value in values.items()}
        names = {symbol: numbers.get(str(symbol), text) for symbol, text in names.items()}
    names |= {_in_front(str(symbol)): text for symbol, text in names.items()}
    lines = []
    for symbol, part in in_parts(law, formula):
        terms = [_term(term, names) for term in _ordered_terms(law, part)]
        joined = terms[0] + "".join(f" {t}" if t.startswith("-") else f" + {t}" for t in terms[1:])
        lines.append(f"{sympy.latex(symbol) if symbol else left} = {joined}")
    return r",\quad ".join(lines).replace(r"1.0 \cdot 10^", "10^")


def _term(term: Any, names: Mapping[Any, str]) -> str:
    """Print A N^-alpha as a fraction, as papers do."""
    above, below = sympy.fraction(term)
    if below == 1:
        return str(sympy.latex(term, symbol_names=dict(names)))
    return rf"\frac{{{sympy.latex(above, symbol_names=dict(names))}}}{{{sympy.latex(below, symbol_names=dict(names))}}}"


def mathml(law: Law, values: Mapping[str, float] | None = None) -> str:
    """Return the formula as MathML, in which each coefficient is a slot with its current number if `values` are given.

    Slots are ``<mn data-coefficient="alpha">0.348</mn>``, so that a page can change the numbers in place. Each term is
    an element of its own, since lines break between such elements only. A law without a formula is named, with what it
    is a function of.
    """
    from sympy.printing.mathml import MathMLPresentationPrinter

    left = f"{_inner(MathMLPresentationPrinter().doprint(sympy.Symbol(law.response.symbol)))}<mo>=</mo>"
    found = _written(law)
    if found is None:
        arguments = "<mo>,</mo>".join(f"<mi>{escape(symbol)}</mi>" for symbol in law.symbols)
        named = f"<mi>{escape(_name(law))}</mi><mo>(</mo>{arguments}<mo>)</mo>"
        return f'<math display="inline"><mrow>{left}{named}</mrow></math>'
    printer = MathMLPresentationPrinter({"root_notation": False})
    slots = set(law.names) if values is not None else set()
    # with Greek letters and indices
    print_name = printer._print_Symbol

    def print_symbol(symbol: Any, *rest: Any) -> Any:
        name = symbol.name.strip()
        if name not in slots or values is None:
            return print_name(sympy.Symbol(name), *rest)
        element = printer.dom.createElement("mn")
        element.setAttribute("data-coefficient", name)
        element.appendChild(printer.dom.createTextNode(format_value(float(values[name]), "formula")))
        return element

    printer._print_Symbol = print_symbol
    pieces: list[str] = []
    for symbol, part in in_parts(law, found[0]):
        if symbol:
            left = f"{_inner(printer.doprint(symbol))}<mo>=</mo>"
            pieces[-1] += "<mo>,</mo>"
        for i, term in enumerate(_ordered_terms(law, part)):
            negative = i > 0 and term.as_coeff_Mul()[0] < 0
            sign = f"<mo form='infix'>{MINUS if negative else '+'}</mo>" if i else left
            pieces.append(sign + _mathml_term(printer, -term if negative else term))
    either = {coefficient.name for coefficient in law.coefficients if coefficient.low < 0}
    shown = " ".join(
        f'<math display="inline"><mrow>{_told_apart(piece, slots & either)}</mrow></math>' for piece in pieces
    )
    return f'<span class="sw-math">{shown}</span>'


def _name(law: Law) -> str:
    return law.key or getattr(law.kernel, "__name__", "") or "f"


def _mathml_term(printer: Any, term: Any) -> str:
    above, below = sympy.fraction(term)
    if below == 1:
        return f"<mrow>{_inner(printer.doprint(term))}</mrow>"
    numerator, denominator = _inner(printer.doprint(above)), _inner(printer.doprint(below))
    return f"<mfrac><mrow>{numerator}</mrow><mrow>{denominator}</mrow></mfrac>"


def _told_apart(text: str, either: set[str]) -> str:
    """Keep a number apart from what stands before it: by a dot, or in brackets if it may be negative."""

    def apart(found: re.Match[str]) -> str:
        if found["name"] in either and found["operator"] not in "=(":
            return f"{found['before']}<mo>(</mo>{found['number']}<mo>)</mo>"
        times = found["operator"] == "\N{INVISIBLE TIMES}"
        return f"{'<mo>·</mo>' if times else found['before']}{found['number']}"

    before = r"(?P<before><mo[^>]*>(?P<operator>[^<]*)</mo>(?:<mrow>)*)"
    text = re.sub(r"<mn>1.0</mn><mo>[^<]*</mo><msup><mn>10</mn>", "<msup><mn>10</mn>", text)
    return re.sub(before + r'(?P<number><mn(?: data-coefficient="(?P<name>\w+)")?>[^<]*</mn>)', apart, text)


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
