"""Reference models: sizes, tokens and compute of models that were really trained, for marking on charts."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from scalewidgets.errors import PublishedError

__all__ = ["ReferenceModel", "reference_models"]

_ALLOWED = {
    "C_convention": ("6ND", "reported"),
    "N_convention": ("total", "active", "not stated"),
    "verified": ("paper", "repository", "second-hand", "recomputed"),
}


@dataclass(frozen=True)
class ReferenceModel:
    """Hold what a source says of one trained model.

    Parameters
    ----------
    name : str
        The model's name, unique in the table.
    N, D, C : float
        Parameters, training tokens and training FLOP.
    C_convention : {"6ND", "reported"}
        Whether C is ``6 * N * D`` or the FLOP that the source reports.
    N_convention : {"total", "active", "not stated"}
        Which parameters N counts, as far as the source says.
    source : str
        Where the numbers were read.
    verified : {"paper", "repository", "second-hand", "recomputed"}
        How well they are known.
    note : str, optional
        What else to know before comparing the model with another.

    Raises
    ------
    PublishedError
        If a number is not positive and finite, a convention is unknown, or a 6ND row is more than 2 % off 6ND.

    Examples
    --------
    >>> model = ReferenceModel("toy", 1e9, 2e10, 1.2e20, "6ND", "total", "a talk", "second-hand")
    >>> model.tokens_per_param
    20.0
    """

    name: str
    N: float
    D: float
    C: float
    C_convention: str
    N_convention: str
    source: str
    verified: str
    note: str = ""

    def __post_init__(self) -> None:
        for field, allowed in _ALLOWED.items():
            if (given := getattr(self, field)) not in allowed:
                raise PublishedError(f"{self.name}: {field} is {given!r}; use one of {', '.join(allowed)}")
        for field in ("N", "D", "C"):
            if not 0 < (number := getattr(self, field)) < math.inf:
                raise PublishedError(f"{self.name}: {field} is {number!r}; give a positive finite number")
        if self.C_convention == "6ND" and not math.isclose(self.C, 6 * self.N * self.D, rel_tol=0.02):
            raise PublishedError(
                f"{self.name}: C is {self.C:.4g} but 6ND is {6 * self.N * self.D:.4g}; "
                "mend the numbers or set C_convention to 'reported'"
            )

    @property
    def tokens_per_param(self) -> float:
        """Give D/N."""
        return self.D / self.N


@cache
def reference_models() -> tuple[ReferenceModel, ...]:
    """List the reference models, in the order of the data file; it is read on the first call.

    Returns
    -------
    tuple of ReferenceModel

    Raises
    ------
    PublishedError
        If the data file is inconsistent.

    Examples
    --------
    >>> chinchilla = next(model for model in reference_models() if model.name == "Chinchilla")
    >>> chinchilla.N, chinchilla.D, chinchilla.C_convention
    (70000000000.0, 1400000000000.0, '6ND')
    """
    return read_models((files("scalewidgets") / "references.toml").read_text(encoding="utf-8"))


def read_models(text: str) -> tuple[ReferenceModel, ...]:
    """Read reference models from TOML in the form of ``references.toml``.

    Parameters
    ----------
    text : str
        Tables ``sources`` and ``left_out``, and an array of tables ``family``.

    Returns
    -------
    tuple of ReferenceModel

    Raises
    ------
    PublishedError
        If a source, a field or a number is missing or unknown, a name occurs twice, or a model is also left out.
    """
    document = tomllib.loads(text)
    models = tuple(
        _model({**{key: value for key, value in family.items() if key != "models"}, **row}, document["sources"])
        for family in document["family"]
        for row in family["models"]
    )
    names = [model.name for model in models]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PublishedError(f"reference models occur twice: {', '.join(twice)}; keep one row of each")
    if both := sorted(set(names) & set(document.get("left_out", {}))):
        raise PublishedError(f"reference models are both listed and left out: {', '.join(both)}; decide for one")
    return models


def _model(row: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> ReferenceModel:
    name = row.get("name", "a row without a name")
    known = {field.name for field in fields(ReferenceModel)}
    if unknown := sorted(set(row) - known):
        raise PublishedError(f"{name}: unknown {', '.join(unknown)}; a model has {', '.join(sorted(known))}")
    if row.get("source") not in sources:
        raise PublishedError(f"{name}: source {row.get('source')!r} is not declared; use one of {', '.join(sources)}")
    source = sources[row["source"]]
    given = {"verified": source["verified"], **row, "source": source["citation"]}
    if given.get("C_convention") == "6ND" and {"N", "D"} <= set(given):
        given.setdefault("C", 6 * given["N"] * given["D"])
    if missing := sorted(known - {"note"} - set(given)):
        raise PublishedError(f"{name}: no {', '.join(missing)}; state it on the model or on its family")
    return ReferenceModel(**given)
