"""Say where the numbers of a fit come from and where they hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scalewidgets.declare import Citation

LEVELS = {
    "paper": "read in the paper's own text",
    "repository": "read in, or computed by, the authors' own repository",
    "second-hand": "quoted by somebody else from the paper",
    "recomputed": "computed by this project from the authors' data or figures",
    "illustrative": "neutral values that show the form, from no paper",
    "fitted": "fitted here to the user's runs",
    "simulated": "made up for an example",
}


@dataclass(frozen=True)
class Source:
    """Where a set of coefficients comes from.

    Parameters
    ----------
    citation : Citation
    verified : str
        A key of `LEVELS`.
    N_convention : str
        "total", "non-embedding" or "" where it is not stated.
    corpus, tokenizer : str
        What the loss was evaluated on and with; empty where not stated.
    ranges : mapping of str to tuple
        Smallest and largest value of each variable among the runs behind the numbers.
    within_range_only : bool
        True where the irreducible loss is not identified, so that nothing beyond the runs should be read off.
    draws : str
        Where the joint draws come from, if there are any.
    notes : tuple of str
    """

    citation: Citation
    verified: str
    N_convention: str = ""
    corpus: str = ""
    tokenizer: str = ""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    within_range_only: bool = False
    draws: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verified not in LEVELS:
            raise ValueError(f"verified = {self.verified!r} is not a level; levels are {', '.join(LEVELS)}")

    def beyond(self, **variables: float) -> float:
        """Return the largest factor by which a variable lies outside its range; 1 inside it.

        C = 6 N D is judged too where N and D are given and its range is known.
        """
        if "N" in variables and "D" in variables:
            variables.setdefault("C", 6 * variables["N"] * variables["D"])
        factor = 1.0
        for symbol, value in variables.items():
            if symbol in self.ranges and value > 0 and math.isfinite(value):
                low, high = self.ranges[symbol]
                factor = max(factor, low / value, value / high)
        return factor

    def sentences(self) -> tuple[str, ...]:
        """Return the source as sentences for a reader."""
        lines = [f"Coefficients: {self.citation}; {LEVELS[self.verified]}."]
        if self.N_convention:
            lines.append(f"N counts {self.N_convention} parameters.")
        if self.corpus:
            lines.append(f"Loss on {self.corpus}" + (f", tokenizer {self.tokenizer}." if self.tokenizer else "."))
        if self.within_range_only:
            lines.append("The irreducible loss is not identified by these runs: use it within their range only.")
        return (*lines, *filter(None, [self.draws]), *self.notes)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for storage."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return data | {"citation": vars(self.citation), "ranges": {k: list(v) for k, v in self.ranges.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Source:
        """Undo `to_json`."""
        ranges = {symbol: (low, high) for symbol, (low, high) in data["ranges"].items()}
        return cls(
            **{**data, "citation": Citation(**data["citation"]), "ranges": ranges, "notes": tuple(data["notes"])}
        )
