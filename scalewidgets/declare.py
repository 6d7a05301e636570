"""Declare a law: one pure function of named variables and coefficients, and what is known about each name.

Declarations are frozen and hold no fitted numbers; those live in a `Fit`.
"""

from __future__ import annotations

import inspect
import math
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
        The range a slider covers. Values outside it are allowed inside `domain`.
    scale : {"log", "linear"}
    latex : str
        Symbol in formulas; `symbol` by default.
    format : str
        Key of the formatter of its values.
    domain : tuple of float
        What values make sense at all: any finite number between the two, without them. Positive by default.
    closed : bool
        Whether the two ends of the domain make sense themselves (0 experts, a share of 1).
    typical : float, optional
        Where a slider stands at first; amid the runs or the range if left out.
    """

    symbol: str
    label: str
    unit: str
    low: float
    high: float
    scale: str = "log"
    latex: str = ""
    format: str = "short"
    domain: tuple[float, float] = (0.0, math.inf)
    closed: bool = False
    typical: float | None = None

    @property
    def axis(self) -> str:
        """Label with unit, for an axis; experts are counted in experts."""
        return f"{self.label} ({self.unit})" if self.unit not in ("", self.label.lower()) else self.label

    def allows(self, values: Any) -> Any:
        """Tell for each value whether it makes sense."""
        low, high = self.domain
        inside = (values >= low) & (values <= high) if self.closed else (values > low) & (values < high)
        return np.isfinite(values) & inside

    @property
    def positive(self) -> bool:
        """Whether all values that make sense are positive, so that they have a logarithm."""
        low = self.domain[0]
        return low > 0 or (low == 0 and not self.closed)

    @property
    def allowed(self) -> str:
        """Which values make sense, in words."""
        low, high = self.domain
        if high == math.inf:
            if low == -math.inf:
                return "finite"
            bound = "positive" if low == 0 and not self.closed else f"{'at least' if self.closed else 'above'} {low:g}"
            return f"{bound} and finite"
        return f"between {low:g} and {high:g}{', or one of these' if self.closed else ''}"


@dataclass(frozen=True)
class Coefficient:
    """Describe one coefficient of a law.

    Parameters
    ----------
    name : str
        Keyword of the kernel ("alpha").
    kind : str
        "irreducible", "amplitude", "exponent", "scale", "fraction" (between 0 and 1) or "offset" (of either sign).
    low, high : float
        Values outside are refused by a fit.
    start : tuple of float
        Range in which a fit looks for starting points.
    linear : bool
        Whether the response is linear in it when all coefficients that are not linear are held.
    typical : float, optional
        A neutral value that shows the form where no paper's number is known; the middle of `start` by default.
    """

    name: str
    kind: str
    low: float
    high: float
    start: tuple[float, float]
    latex: str = ""
    linear: bool = False
    unit: str = ""
    typical: float | None = None

    @property
    def illustrative(self) -> float:
        """A neutral value that shows the form; from no paper."""
        if self.typical is not None:
            return self.typical
        low, high = self.start
        return math.sqrt(low * high) if low > 0 else (low + high) / 2


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


# The citation of a law whose author gives none, and the symbol of its response.
OWN = Citation("own", title="a law of your own")
_LOSS: Any = "L"


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
    response : Variable or str
        The loss by default.
    variables : sequence of Variable or str
        In the order of the kernel's arguments, which they are by default. A text stands for a shared variable
        ("N", "D", "C", "U", "L"), or for any positive quantity.
    coefficients : sequence of Coefficient or str
        In the order of the kernel's keyword-only arguments, which they are by default. A text stands for a coefficient
        of the kind that it suggests (`scalewidgets.naming.coefficient_named`).
    citation : Citation
    title : str
    optimum : callable, optional
        ``optimum(C, **coefficients) -> (N, D)``: least loss under 6 N D = C, in closed form.
    tokens : callable, optional
        ``tokens(N, loss, **coefficients) -> D``: training tokens that reach a loss, in closed form; infinite
        or NaN where no number of tokens does.
    powers : callable, optional
        ``powers(loss, **coefficients) -> (log room, log A, alpha, log B, beta)``, for a law of N and D in which the
        room is A N^-alpha + B D^-beta: the loss above the irreducible one, or, in a law that has no coefficient of that
        kind, any rising function of the loss.
    display : callable, optional
        The same function in the form a reader expects, when the stable form reads badly.
    parts : sequence of (str, callable)
        Names for parts of a long formula, outermost first, each with the function of variables and coefficients that
        it stands for; the formula is printed with the names, and what they are after it.
    views : tuple of callable
        Further views of its explorer (`scalewidgets.explorers.law_view`), each ``view(setting)``.
    simplex : tuple of str
        Symbols of variables that are shares of one whole and sum to one.
    rises, bends : tuple of str
        Symbols of the variables with which the response rises, and of those with which it may do either. It falls
        with all others.
    notes : tuple of str
        Traps a user of the form should know, as sentences.
    topic : str
        The shelf of the catalogue it stands on: "size and data", "data limits", "mixture of experts",
        "hyperparameters", "schedule", "precision", "domains", "downstream", "test time", ...

    Examples
    --------
    >>> import scalewidgets as sw
    >>> law = sw.law("chinchilla")
    >>> float(law(N=1e9, D=20e9, E=1.69, A=406.4, B=410.7, alpha=0.34, beta=0.28).round(6))
    2.580048
    >>> def mine(N, D, *, E, A, alpha):
    ...     return E + A / (N * D) ** alpha
    >>> sw.Law(mine).variable("D").label
    'Training tokens'
    """

    kernel: Callable[..., Any]
    key: str = ""
    response: Variable = field(default=_LOSS, kw_only=True)
    variables: tuple[Variable, ...] = field(default=(), kw_only=True)
    coefficients: tuple[Coefficient, ...] = field(default=(), kw_only=True)
    citation: Citation = field(default=OWN, kw_only=True)
    title: str = field(default="", kw_only=True)
    optimum: Callable[..., Any] | None = field(default=None, kw_only=True)
    tokens: Callable[..., Any] | None = field(default=None, kw_only=True)
    powers: Callable[..., tuple[Any, Any, Any, Any, Any]] | None = field(default=None, kw_only=True)
    display: Callable[..., Any] | None = field(default=None, kw_only=True)
    parts: tuple[tuple[str, Callable[..., Any]], ...] = field(default=(), kw_only=True)
    views: tuple[Callable[..., Any], ...] = field(default=(), kw_only=True)
    simplex: tuple[str, ...] = field(default=(), kw_only=True)
    rises: tuple[str, ...] = field(default=(), kw_only=True)
    bends: tuple[str, ...] = field(default=(), kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    topic: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        self._settle()
        declared = [*self.symbols, *self.names]
        if not self.variables:
            raise ValueError(f"law {self.key!r} has no variable; name one such as variables=('N',)")
        for symbol in (*self.rises, *self.bends, *self.simplex):
            self.variable(symbol)
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

    def _settle(self) -> None:
        """Put declarations in the place of texts, and of what the kernel's own arguments say."""
        from scalewidgets.naming import coefficient_named, variable_named

        arguments = inspect.signature(self.kernel).parameters.values()
        positional = [p.name for p in arguments if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        coefficients = self.coefficients or [p.name for p in arguments if p.kind is p.KEYWORD_ONLY]
        settled = {
            "response": variable_named(self.response) if isinstance(self.response, str) else self.response,
            "variables": tuple(variable_named(v) if isinstance(v, str) else v for v in self.variables or positional),
            "coefficients": tuple(coefficient_named(c) if isinstance(c, str) else c for c in coefficients),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

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
            For a missing name, or a variable outside its domain.
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
        variable = self.variable(symbol)
        bad = ~variable.allows(array)
        if bad.any():
            offender = array[bad].flat[0] if array.ndim else float(array)
            raise DomainError(
                f"law {self.key!r}: {symbol} = {offender:g} is not allowed; "
                f"{variable.label.lower()} must be {variable.allowed}"
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
