"""Declare a law: one pure function of named variables and coefficients, and what is known about each name.

Declarations are frozen and hold no fitted numbers; those live in a `Fit`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from scalewidgets.errors import DomainError, PortabilityError, UnknownName
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import trace


@dataclass(frozen=True)
class Variable:
    """Describe one input or the response of a law.

    Parameters
    ----------
    symbol : str
        The field's letter, which is also the keyword ("N").
    label : str
        Words for axes and controls ("Model size").
    unit : str
        Unit of the plain number ("parameters").
    low, high : float
        The range a slider covers. Values outside it are allowed if positive and finite.
    scale : {"log", "linear"}
    latex : str
        Symbol in formulas; `symbol` by default.
    format : str
        Key of the formatter of its values.
    """

    symbol: str
    label: str
    unit: str
    low: float
    high: float
    scale: str = "log"
    latex: str = ""
    format: str = "short"

    @property
    def axis(self) -> str:
        """Label with unit, for an axis."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True)
class Coefficient:
    """Describe one coefficient of a law.

    Parameters
    ----------
    name : str
        Keyword of the kernel ("alpha").
    kind : str
        "irreducible", "amplitude", "exponent" or "scale".
    low, high : float
        Values outside are refused by a fit.
    start : tuple of float
        Range in which a fit looks for starting points.
    linear : bool
        Whether the response is linear in it when all coefficients that are not linear are held.
    """

    name: str
    kind: str
    low: float
    high: float
    start: tuple[float, float]
    latex: str = ""
    linear: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Citation:
    """Say where a form or a number comes from."""

    key: str
    authors: str = ""
    title: str = ""
    year: int | None = None
    arxiv: str = ""
    where: str = ""

    def __str__(self) -> str:
        paper = ", ".join(filter(None, [f"{self.authors} ({self.year})" if self.year else self.authors, self.title]))
        return ", ".join(filter(None, [paper or self.key, f"arXiv {self.arxiv}" if self.arxiv else "", self.where]))


@dataclass(frozen=True, repr=False)
class Law:
    r"""Declare a functional form.

    Parameters
    ----------
    kernel : callable
        ``kernel(N, D, *, E, A, ...)``: variables positional, coefficients keyword-only, written with operators
        and `scalewidgets.ops`.
    key : str
        Name in the catalogue ("chinchilla").
    response : Variable
    variables : tuple of Variable
        In the order of the kernel's arguments.
    coefficients : tuple of Coefficient
    citation : Citation
    title : str
    optimum : callable, optional
        ``optimum(C, **coefficients) -> (N, D)``: least loss under 6 N D = C, in closed form.
    tokens : callable, optional
        ``tokens(N, loss, **coefficients) -> D``: training tokens that reach a loss, in closed form; infinite
        or NaN where no number of tokens does.
    display : callable, optional
        The same function in the form a reader expects, when the stable form reads badly.
    notes : tuple of str
        Traps a user of the form should know, as sentences.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> law = sw.law("chinchilla")
    >>> float(law(N=1e9, D=20e9, E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28).round(6))
    2.580048
    """

    kernel: Callable[..., Any]
    key: str = ""
    response: Variable = field(kw_only=True)
    variables: tuple[Variable, ...] = field(kw_only=True)
    coefficients: tuple[Coefficient, ...] = field(kw_only=True)
    citation: Citation = field(kw_only=True)
    title: str = field(default="", kw_only=True)
    optimum: Callable[..., Any] | None = field(default=None, kw_only=True)
    tokens: Callable[..., Any] | None = field(default=None, kw_only=True)
    display: Callable[..., Any] | None = field(default=None, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        declared = [*self.symbols, *self.names]
        if len(set(declared)) != len(declared):
            raise ValueError(f"law {self.key!r} declares a name twice: {', '.join(declared)}")
        taken = list(inspect.signature(self.kernel).parameters.values())
        if any(p.kind is p.VAR_KEYWORD for p in taken):
            return
        if [p.name for p in taken] != declared:
            raise ValueError(
                f"law {self.key!r}: its kernel takes {', '.join(p.name for p in taken)} "
                f"but it declares {', '.join(declared)}; use the same names in the same order"
            )

    def __repr__(self) -> str:
        return f"Law({self.key!r}: {self.response.symbol}({', '.join(self.symbols)}; {', '.join(self.names)}))"

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols of the variables, in order."""
        return tuple(variable.symbol for variable in self.variables)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients, in order."""
        return tuple(coefficient.name for coefficient in self.coefficients)

    def variable(self, symbol: str) -> Variable:
        """Return the variable with this symbol."""
        return _find(self.variables, "symbol", symbol, f"law {self.key!r}", "variable")

    def coefficient(self, name: str) -> Coefficient:
        """Return the coefficient with this name."""
        return _find(self.coefficients, "name", name, f"law {self.key!r}", "coefficient")

    def __call__(self, **values: Any) -> Any:
        """Evaluate the law: every variable and every coefficient by keyword, broadcast together.

        Returns
        -------
        ndarray
            In the unit of `response`.

        Raises
        ------
        UnknownName
            For a name the law does not have.
        DomainError
            For a missing name, or a variable that is not positive and finite.
        """
        known = (*self.symbols, *self.names)
        for name in values:
            if name not in known:
                raise UnknownName.among(f"law {self.key!r}", "variable or coefficient", name, known)
        missing = [name for name in known if name not in values]
        if missing:
            raise DomainError(f"law {self.key!r} also needs {', '.join(missing)}; it takes {', '.join(known)}")
        variables = {symbol: self._checked(symbol, values[symbol]) for symbol in self.symbols}
        coefficients = {name: np.asarray(values[name], dtype=float) for name in self.names}
        return np.asarray(self.evaluate(variables, coefficients))

    def _checked(self, symbol: str, value: Any) -> np.ndarray:
        array = np.asarray(value, dtype=float)
        bad = ~(np.isfinite(array) & (array > 0))
        if bad.any():
            offender = array[bad].flat[0] if array.ndim else float(array)
            raise DomainError(
                f"law {self.key!r}: {symbol} = {offender:g} is not allowed; "
                f"{self.variable(symbol).label.lower()} must be positive and finite"
            )
        return array

    def evaluate(self, variables: Mapping[str, Any], coefficients: Mapping[str, Any]) -> Any:
        """Evaluate without checks: on arrays, complex steps, symbols or traced values."""
        with np.errstate(all="ignore"):
            return self.kernel(*(variables[s] for s in self.symbols), **{n: coefficients[n] for n in self.names})

    @cached_property
    def graph(self) -> Graph:
        """The law as a graph with one number per input.

        Raises
        ------
        PortabilityError
            At the first step that is not a portable operation.
        """
        names = (*self.symbols, *self.names)
        return trace(lambda **v: self.evaluate(v, v), {name: () for name in names})

    @property
    def portable(self) -> bool:
        """Whether the law can be recorded, and so run in a browser without Python."""
        return not self.why_not_portable

    @cached_property
    def why_not_portable(self) -> str:
        """The sentence that says why the law cannot be recorded; empty if it can."""
        try:
            self.graph  # noqa: B018 - tracing is the question asked
        except PortabilityError as error:
            return str(error)
        return ""

    def latex(self, values: Mapping[str, float] | None = None) -> str:
        r"""Return the formula as LaTeX, with numbers in place of coefficients if `values` are given.

        Examples
        --------
        >>> import scalewidgets as sw
        >>> print(sw.law("power-constant-n").latex())
        L = E + \frac{A}{N^{\alpha}}
        """
        from scalewidgets.formula import latex

        return latex(self, values)

    def _repr_html_(self) -> str:
        from scalewidgets.formula import describe_html

        return describe_html(self)


def _find(items: tuple[Any, ...], attribute: str, wanted: str, owner: str, kind: str) -> Any:
    for item in items:
        if getattr(item, attribute) == wanted:
            return item
    raise UnknownName.among(owner, kind, wanted, [getattr(item, attribute) for item in items])
