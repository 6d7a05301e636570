"""What repeated tokens are worth, as a ratio to seeing every token once (Muennighoff et al. 2023).

The decay constants come from the data-constrained law. They are applied to another law's N and D relative to what the
same law gives for one epoch, so that one epoch, however it comes about, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets.laws.data_constrained import effective_size, effective_tokens


@dataclass(frozen=True)
class Repetition:
    """A limit on unique tokens.

    Parameters
    ----------
    unique_tokens : number or traced value
    coefficients : mapping of str to float
        A, B, alpha, beta, R_D, R_N of a data-constrained fit.
    """

    unique_tokens: Any
    coefficients: Mapping[str, Any]

    def effective(self, N: Any, D: Any) -> tuple[Any, Any]:
        """Return the size and the tokens that count."""
        c = {name: self.coefficients[name] for name in ("A", "B", "alpha", "beta", "R_N")}
        size_ratio = effective_size(N, D, self.unique_tokens, **c) / effective_size(N, D, D, **c)
        return N * size_ratio, effective_tokens(D, self.unique_tokens, self.coefficients["R_D"])
