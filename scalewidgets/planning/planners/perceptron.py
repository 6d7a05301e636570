"""How many examples an error takes when only the hardest, or the easiest, are kept: the theory of the perceptron."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scalewidgets.declare import Citation, Coefficient, Variable
from scalewidgets.planning.data_pruning import examples_for
from scalewidgets.planning.planner import Planner

# A domain with its ends has no local exponents, which would take three times as long while a slider moves.
_EXAMPLES = Variable("P", "Examples before pruning", "a dimension", 0.05, 1e4, format="ratio", closed=True)


# Enough for a thousandth, and fast enough for a slider.
_NODES, _STEPS = 20, 14


def _pruned(e: Any, f: Any, *, place: Any) -> dict[str, Any]:
    found = examples_for(e, f, place, nodes=_NODES, steps=_STEPS)
    return {"P": found["alpha_total"], "a": found["alpha"], "k": found["margin"]}


PRUNED = Planner(
    _pruned,
    "pruned-data",
    "Examples for an error when only a share of them is kept",
    (
        Variable("e", "Test error", "wrong answers", 0.01, 0.45, latex=r"\varepsilon", format="percent",
                 domain=(0.0, 0.5), typical=0.1),
        Variable("f", "Share that is kept", "of the examples", 0.1, 1.0, format="percent", domain=(0.0, 1.0 + 1e-9),
                 typical=0.5),
    ),
    (
        _EXAMPLES,
        replace(_EXAMPLES, symbol="a", label="Examples kept", latex=r"\alpha"),
        Variable("k", "Margin of the student", "of its weights", 0.0, 10.0, scale="linear", latex=r"\kappa",
                 format="plain"),
    ),
    (Coefficient("place", "fraction", 0.0, 1.0, (0.0, 1.0), unit="0 the hardest, 1 the easiest", typical=0.0),),
    Citation(
        "sorscher2022",
        authors="Sorscher et al.",
        title="Beyond neural scaling laws: beating power law scaling via data pruning",
        year=2022,
        arxiv="2206.14486",
    ),
    "data limits",
    notes=(
        "A student of largest margin learns from a teacher's examples; the probe that sorts them is perfect.",
        "With many examples the hardest teach most, with few the easiest. The curve is a theory, not a fit.",
        "scalewidgets.planning.data_pruning.pruned_error gives the error of so many examples, solved for twice over.",
    ),
)  # fmt: skip
