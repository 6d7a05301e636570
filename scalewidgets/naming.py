"""What a name stands for where nothing more is said: the shared variables, and likely kinds of coefficients."""

from __future__ import annotations

from scalewidgets.declare import Coefficient, Variable

MODEL_SIZE = Variable("N", "Model size", "parameters", 1e6, 1e13)
TOKENS = Variable("D", "Training tokens", "tokens", 1e8, 1e15)
COMPUTE = Variable("C", "Training compute", "FLOP", 1e17, 1e28, format="power")
UNIQUE_TOKENS = Variable("U", "Unique tokens", "tokens", 1e8, 1e15)
LOSS = Variable("L", "Loss", "nats/token", 0.1, 12.0, scale="linear", format="loss")

SHARED = {variable.symbol: variable for variable in (MODEL_SIZE, TOKENS, COMPUTE, UNIQUE_TOKENS, LOSS)}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
)
IRREDUCIBLE = ("E", "L_inf", "L_0")


def variable_named(symbol: str) -> Variable:
    """Return the variable that a symbol stands for: N, D, C, U or L, or else any positive quantity.

    Examples
    --------
    >>> variable_named("N").unit, variable_named("width").label
    ('parameters', 'width')
    """
    return SHARED.get(symbol) or Variable(symbol, symbol, "", 1.0, 1e6, latex=_latex(symbol), format="plain")


def coefficient_named(name: str) -> Coefficient:
    """Return a coefficient of the kind that its name suggests.

    E, L_inf and L_0 are irreducible; a Greek letter is an exponent; a capital is an amplitude; any other name may take
    either sign.

    Examples
    --------
    >>> [coefficient_named(name).kind for name in ("E", "A", "alpha_1", "k")]
    ['irreducible', 'amplitude', 'exponent', 'offset']
    """
    latex = _latex(name)
    if name in IRREDUCIBLE:
        return Coefficient(name, "irreducible", 0.0, 1e6, (0.3, 3.0), latex)
    if name.split("_")[0].rstrip("0123456789") in GREEK:
        return Coefficient(name, "exponent", 0.0, 3.0, (0.02, 1.2), latex, typical=0.3)
    if name[:1].isupper():
        return Coefficient(name, "amplitude", 1e-12, 1e18, (1e-1, 1e10), latex, typical=400.0)
    return Coefficient(name, "offset", -1e9, 1e9, (-2.0, 2.0), latex, typical=0.5)


def _latex(name: str) -> str:
    """Return a name as LaTeX: Greek letters by name, what follows as an index."""
    head, _, index = name.partition("_")
    letter = head.rstrip("0123456789")
    index = head[len(letter) :] + index
    head = rf"\{letter}" if letter in GREEK else letter if len(letter) == 1 else rf"\mathrm{{{letter}}}"
    return f"{head}_{{{index.replace('_', ',')}}}" if index else head
