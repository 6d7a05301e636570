"""Read a law from a formula that somebody types: a grammar of our own, from text to portable operations, nothing else.

::

    formula = [name "="] sum
    sum     = product {("+" | "-") product}
    product = sign {("*" | "/") sign}
    sign    = ["+" | "-"] sign | power
    power   = value ["^" sign]
    value   = number | name | function "(" sum {"," sum} ")" | "(" sum ")"
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.errors import FormulaError
from scalewidgets.naming import SHARED, coefficient_named, variable_named

LONGEST = 2000
DEEPEST = 60
# Names of functions, with the number of their arguments.
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int]] = {
    "exp": (ops.exp, 1),
    "log": (ops.log, 1),
    "ln": (ops.log, 1),
    "log10": (lambda x: ops.log(x) / math.log(10.0), 1),
    "log2": (lambda x: ops.log(x) / math.log(2.0), 1),
    "sqrt": (ops.sqrt, 1),
    "tanh": (ops.tanh, 1),
    "softplus": (ops.softplus, 1),
    "min": (ops.minimum, 2),
    "max": (ops.maximum, 2),
}
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z]\w*)|(?P<sign>\*\*|[-+*/^(),=])", re.A
)
_SAME = str.maketrans(
    {"\N{MINUS SIGN}": "-", "\N{MULTIPLICATION SIGN}": "*", "\N{MIDDLE DOT}": "*", "\N{DIVISION SIGN}": "/"}
)
_COMPUTED: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "^": lambda x, y: x**y,
}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


# A part of a formula: its value, given the values of the names in it.
_Part = Callable[[Mapping[str, Any]], Any]


def law_from_formula(
    formula: str,
    *,
    variables: Sequence[Variable | str] | None = None,
    coefficients: Sequence[Coefficient | str] | None = None,
    response: Variable | str | None = None,
    key: str = "",
    title: str = "",
) -> Law:
    """Return the law that a typed formula says; it fits, explores, saves and exports like any other.

    Parameters
    ----------
    formula : str
        Such as ``"E + A/N^alpha + B/D^beta"``. It may hold numbers, names, ``+ - * / ^``, brackets and the functions
        exp, log (also ln), log10, log2, sqrt, tanh, softplus, min and max. ``L = ...`` names the response.
    variables : sequence of Variable or str, optional
        Which names are variables; N, D, C and U by default, as far as they occur.
    coefficients : sequence of Coefficient, optional
        Declarations of coefficients, where the kind that a name suggests does not suit.
    response : Variable or str, optional
        The loss by default.
    key, title : str

    Raises
    ------
    FormulaError
        Pointing at the character that can't be read, with what may stand there.

    Examples
    --------
    >>> law = law_from_formula("E + A/N^alpha")
    >>> law.symbols, law.names
    (('N',), ('E', 'A', 'alpha'))
    >>> round(float(law(N=1e9, E=1.7, A=400, alpha=0.34)), 4)
    2.0484
    >>> law_from_formula("E + A//N")
    Traceback (most recent call last):
    ...
    scalewidgets.errors.FormulaError: '/' can't stand here, at character 7; a number, a name or a bracket may
      E + A//N
            ^
    """
    reader = _Reader(formula)
    left, value = reader.read()
    found = reader.names
    declared = [v if isinstance(v, str) else v.symbol for v in variables or ()]
    if variables is None:
        variables = declared = [name for name in found if name in SHARED and name != (left or "L")]
    for symbol in declared:
        if symbol not in found:
            raise FormulaError(f"variable {symbol} does not occur in the formula {formula!r}; leave it out")
    if not declared:
        raise FormulaError(
            f"the formula {formula!r} has none of {', '.join(SHARED)}; say which of "
            f"{', '.join(found) or 'its names'} are variables, as in variables=({found[0] if found else 'N'!r},)"
        )
    own = {each if isinstance(each, str) else each.name: each for each in coefficients or ()}
    names = [name for name in found if name not in declared]
    if unknown := sorted(set(own) - set(names)):
        raise FormulaError(f"coefficient {unknown[0]} does not occur in the formula {formula!r}; leave it out")

    def kernel(*values: Any, **settings: Any) -> Any:
        return value({**dict(zip(declared, values, strict=True)), **settings})

    return Law(
        kernel,
        key,
        title=title or formula.strip(),
        response=_variable(response or left or "L"),
        variables=tuple(_variable(each) for each in variables or ()),
        coefficients=tuple(
            coefficient_named(name) if isinstance(each := own.get(name, name), str) else each for name in names
        ),
        citation=Citation("typed", title="a formula of your own"),
    )


def _variable(named: Variable | str) -> Variable:
    return variable_named(named) if isinstance(named, str) else named


class _Reader:
    """Read one formula from left to right, one token ahead."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.names: list[str] = []
        self.depth = 0
        if len(formula) > LONGEST:
            raise FormulaError(f"the formula has {len(formula)} characters; at most {LONGEST} are read")
        self.tokens = list(self._split(formula.translate(_SAME)))
        self.at = 0

    def _split(self, text: str) -> Any:
        place = 0
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            found = _TOKEN.match(text, place)
            if found is None:
                raise self.fault(f"{self.formula[place]!r} is no part of a formula", place)
            kind = str(found.lastgroup)
            yield _Token(kind, "^" if found[0] == "**" else found[0], place)
            place = found.end()
        yield _Token("end", "", len(text))

    def fault(self, what: str, place: int, remedy: str = "") -> FormulaError:
        """Return the error that points at a character."""
        shown = "".join(" " if character.isspace() else character for character in self.formula)
        start, end = max(0, place - 60), place + 20
        pointed = f"  {shown[start:end]}\n  {' ' * (place - start)}^"
        return FormulaError(f"{what}, at character {place + 1}{f'; {remedy}' if remedy else ''}\n{pointed}")

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> _Token | None:
        """Pass over the next token if it is one of these signs."""
        token = self.next
        if token.kind == "sign" and token.text in texts:
            self.at += 1
            return token
        return None

    def read(self) -> tuple[str, _Part]:
        """Return the name before the equals sign, and the value of what stands behind it."""
        left = ""
        if self.next.kind == "name" and len(self.tokens) > 1 and self.tokens[1].text == "=":
            left, self.at = self.next.text, 2
        value = self.sum()
        if self.next.kind != "end":
            text = self.next.text
            remedy = "write a sign such as * before it" if self.next.kind in ("name", "number") or text == "(" else ""
            raise self.fault(f"{text!r} can't follow", self.next.place, remedy)
        return left, value

    def sum(self) -> _Part:
        value = self.product()
        while token := self.take("+", "-"):
            value = self.joined(token, value, self.product())
        return value

    def product(self) -> _Part:
        value = self.signed()
        while token := self.take("*", "/"):
            value = self.joined(token, value, self.signed())
        return value

    def signed(self) -> _Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"more than {DEEPEST} brackets, powers or signs inside each other", self.next.place)
        if token := self.take("+", "-"):
            inner = self.signed()
            value = inner if token.text == "+" else self.negative(inner)
        else:
            value = self.power()
        self.depth -= 1
        return value

    def power(self) -> _Part:
        value = self.value()
        if token := self.take("^"):
            value = self.joined(token, value, self.signed())
        return value

    def value(self) -> _Part:
        token = self.next
        if token.kind == "number":
            self.at += 1
            return self.number(float(token.text), token.place)
        if token.kind == "name":
            self.at += 1
            if self.next.text == "(" and self.next.kind == "sign":
                return self.call(token)
            return self.named(token)
        if self.take("("):
            value = self.sum()
            self.close()
            return value
        what = repr(token.text) + " can't stand here" if token.kind != "end" else "the formula ends too early"
        raise self.fault(what, token.place, "a number, a name or a bracket may")

    def close(self) -> None:
        if self.take(")") is None:
            raise self.fault("a ')' is missing", self.next.place)

    def named(self, token: _Token) -> _Part:
        name = token.text
        if name in FUNCTIONS:
            raise self.fault(f"{name} is a function", token.place, f"write {name}(...)")
        if keyword.iskeyword(name) or name in ("self", "name", "param"):
            raise self.fault(f"{name!r} can't be a name", token.place, f"write {name}_1, say")
        if name not in self.names:
            self.names.append(name)
        return lambda values: values[name]

    def call(self, token: _Token) -> _Part:
        if token.text not in FUNCTIONS:
            known = f"functions are {', '.join(FUNCTIONS)}; for a product write {token.text}*(...)"
            raise self.fault(f"{token.text} is no function", token.place, known)
        function, count = FUNCTIONS[token.text]
        self.take("(")
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        self.close()
        if len(parts) != count:
            raise self.fault(f"{token.text} takes {count}, not {len(parts)}", token.place)
        return lambda values: function(*(part(values) for part in parts))

    def number(self, value: float, place: int) -> _Part:
        if not math.isfinite(value):
            raise self.fault("the number is too large", place)
        return _Constant(value)

    def negative(self, inner: _Part) -> _Part:
        if isinstance(inner, _Constant):
            return _Constant(-inner.value)
        return lambda values: -inner(values)

    def joined(self, token: _Token, first: _Part, second: _Part) -> _Part:
        compute = _COMPUTED[token.text]
        if isinstance(first, _Constant) and isinstance(second, _Constant):
            # numbers meet numbers here, where a fault has a place, rather than in the law
            try:
                value = compute(first.value, second.value)
            except (OverflowError, ZeroDivisionError):
                value = math.nan
            if isinstance(value, complex) or not math.isfinite(value):
                raise self.fault(f"{first.value:g} {token.text} {second.value:g} is no finite number", token.place)
            return _Constant(value)
        return lambda values: compute(first(values), second(values))


class _Constant:
    """A number in a formula."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, values: Mapping[str, Any]) -> float:
        return self.value
