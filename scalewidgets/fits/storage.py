"""Store a fit as JSON without loss, and read it back, also where its law is not in the catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.declare import Citation, Coefficient, Law, Variable
from scalewidgets.errors import Caution, FitError, PortabilityError
from scalewidgets.fits.fit import Fit, Record
from scalewidgets.fits.source import Source
from scalewidgets.ops.graph import Graph, encode_numbers
from scalewidgets.ops.tracing import trace
from scalewidgets.registry import laws
from scalewidgets.runs import Runs

FORMAT = "scalewidgets-fit/1"
# What a law that is a sum of two powers says, in order.
POWERS = ("room", "A", "alpha", "B", "beta")


def save(fit: Fit, path: Path, *, include_runs: bool = True) -> None:
    """Write a fit to a file."""
    path.write_text(
        json.dumps(to_json(fit, include_runs=include_runs), allow_nan=False, indent=1) + "\n", encoding="utf-8"
    )


def load(path: Path) -> Fit:
    """Read a fit from a file.

    Raises
    ------
    FitError
        Naming the file and what is wrong with it.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FitError(f"{path} can't be read: {error.strerror or error}") from error
    except ValueError as error:
        raise FitError(f"{path} is not JSON ({error}); a fit is saved with fit.save('fit.json')") from error
    try:
        return from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, FitError):
            raise FitError(f"{path}: {error}") from error
        raise FitError(f"{path} is not a complete fit: {error!r}; save it again with fit.save('fit.json')") from error


def to_json(fit: Fit, *, include_runs: bool = True) -> dict[str, Any]:
    """Return a fit as plain data."""
    return {
        "format": FORMAT,
        "key": fit.key,
        "title": fit.title,
        "law": law_to_json(fit.law),
        "values": {name: encode_numbers(value) for name, value in fit.values.items()},
        "draws": None if fit.draws is None else {name: encode_numbers(draw) for name, draw in fit.draws.items()},
        "noise": None if fit.noise is None else encode_numbers(fit.noise),
        "record": None if fit.record is None else {k: encode_numbers(v) for k, v in asdict(fit.record).items()},
        "warnings": [asdict(warning) for warning in fit.warnings],
        "source": fit.source.to_json(),
        "runs": fit.runs.to_dict() if include_runs and fit.runs is not None else None,
    }


def from_json(data: Mapping[str, Any]) -> Fit:
    """Undo `to_json`."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, Mapping) else type(data).__name__
        raise FitError(f"its format is {found!r}; this version reads {FORMAT!r}")
    law, notes = law_from_json(data["law"])
    draws = data["draws"]
    record = data["record"]
    return Fit(
        law=law,
        values={name: float(value) for name, value in data["values"].items()},
        source=Source.from_json(data["source"]),
        key=data["key"],
        title=data["title"],
        draws=None if draws is None else {name: np.array(draw, dtype=float) for name, draw in draws.items()},
        noise=None if data["noise"] is None else np.array(data["noise"], dtype=float),
        record=None if record is None else _record(record),
        warnings=tuple(Caution(**warning) for warning in data["warnings"]) + notes,
        runs=None if data["runs"] is None else Runs.from_dict(data["runs"]),
    )


def _record(data: Mapping[str, Any]) -> Record:
    noise = tuple(map(float, data.get("noise", ())))
    return Record(**{**data, "objective_value": float(data["objective_value"]), "noise": noise})


def law_to_json(law: Law) -> dict[str, Any]:
    """Return a declaration as plain data: names, texts and the graphs of its functions."""
    names = {name: () for name in law.names}
    graphs = {}
    if law.portable:
        graphs["kernel"] = law.graph.to_json()
    if law.portable and (optimum := law.optimum):
        best = trace(lambda C, **c: dict(zip("ND", optimum(C, **c), strict=True)), {"C": (), **names})
        graphs["optimum"] = best.to_json()
    if law.portable and law.tokens:
        graphs["tokens"] = trace(law.tokens, {"N": (), "loss": (), **names}).to_json()
    if law.portable and (powers := law.powers):
        terms = trace(lambda loss, **c: dict(zip(POWERS, powers(loss, **c), strict=True)), {"loss": (), **names})
        graphs["powers"] = terms.to_json()
    return {
        "key": law.key,
        "title": law.title,
        "response": _plain(law.response),
        "variables": [_plain(variable) for variable in law.variables],
        "coefficients": [_plain(coefficient) for coefficient in law.coefficients],
        "citation": asdict(law.citation),
        "rises": list(law.rises),
        "bends": list(law.bends),
        "notes": list(law.notes),
        "graphs": graphs,
    }


def _plain(declared: Variable | Coefficient) -> dict[str, Any]:
    """Return a declaration as plain data; a limit may be infinite."""
    return {name: encode_numbers(value) for name, value in asdict(declared).items()}


def _limits(data: Mapping[str, Any]) -> dict[str, Any]:
    """Undo `_plain`."""
    pairs = {name: tuple(map(float, data[name])) for name in ("domain", "start") if name in data}
    return {**data, "low": float(data["low"]), "high": float(data["high"]), **pairs}


def law_from_json(data: Mapping[str, Any]) -> tuple[Law, tuple[Caution, ...]]:
    """Return the law that `law_to_json` stored, from the catalogue where it is the same there, with cautions."""
    known = laws().get(data["key"])
    # a file of before a closed form was declared is of the same law
    if known and law_to_json(known)["graphs"].items() >= _renewed(data["graphs"]).items():
        return known, ()
    if not data["graphs"]:
        raise FitError(
            f"its law {data['key']!r} can't be stored as a graph and is not in the catalogue; "
            "put the file that declares it in a folder of SCALEWIDGETS_PATH"
        )
    notes: tuple[Caution, ...] = ()
    if known:
        sentence = f"Law {data['key']!r} in this version differs from the one this fit was saved with."
        notes = (Caution("law-changed", sentence, "The saved form is used; refit to use the new one."),)
    return law_from_graphs(data), notes


def _renewed(graphs: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored graphs as this version writes them; what it can't read stays."""
    try:
        return {name: Graph.from_json(graph).to_json() for name, graph in graphs.items()}
    except PortabilityError:
        return dict(graphs)


def law_from_graphs(data: Mapping[str, Any]) -> Law:
    """Rebuild a law from stored graphs; it evaluates, prints, fits and plans like any other."""
    try:
        graphs = {name: Graph.from_json(graph) for name, graph in data["graphs"].items()}
    except PortabilityError as error:
        raise FitError(str(error)) from error
    symbols = [variable["symbol"] for variable in data["variables"]]

    def kernel(*variables: Any, **coefficients: Any) -> Any:
        return graphs["kernel"](**dict(zip(symbols, variables, strict=True)), **coefficients)[""]

    def optimum(C: Any, **coefficients: Any) -> tuple[Any, Any]:
        best = graphs["optimum"](C=C, **coefficients)
        return best["N"], best["D"]

    def tokens(N: Any, loss: Any, **coefficients: Any) -> Any:
        return graphs["tokens"](N=N, loss=loss, **coefficients)[""]

    def powers(loss: Any, **coefficients: Any) -> tuple[Any, Any, Any, Any, Any]:
        found = graphs["powers"](loss=loss, **coefficients)
        room, A, alpha, B, beta = (found[name] for name in POWERS)
        return room, A, alpha, B, beta

    return Law(
        kernel,
        data["key"],
        title=data["title"],
        response=Variable(**_limits(data["response"])),
        variables=tuple(Variable(**_limits(variable)) for variable in data["variables"]),
        coefficients=tuple(Coefficient(**_limits(c)) for c in data["coefficients"]),
        citation=Citation(**data["citation"]),
        optimum=optimum if "optimum" in graphs else None,
        tokens=tokens if "tokens" in graphs else None,
        powers=powers if "powers" in graphs else None,
        rises=tuple(data.get("rises", ())),
        bends=tuple(data.get("bends", ())),
        notes=tuple(data["notes"]),
    )
