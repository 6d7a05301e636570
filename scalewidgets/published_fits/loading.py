"""Read published coefficients from TOML, check every entry, convert units, and hand out fits."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from scalewidgets.declare import Citation
from scalewidgets.errors import PublishedError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import LEVELS, Source
from scalewidgets.registry import law, user_folders
from scalewidgets.units import to_plain

_PAPER = {"key", "authors", "title", "year", "arxiv"}
_OPTIONAL = {"N_convention", "corpus", "tokenizer", "ranges", "within_range_only", "notes", "draws", "draws_note"}
_REQUIRED = {"key", "title", "where", "law", "verified", "coefficients"}


def published(key: str) -> Fit:
    """Return a published fit by key.

    Raises
    ------
    UnknownName
        Listing what there is.

    Examples
    --------
    >>> round(published("hoffmann2022").values["alpha"], 4)
    0.3392
    """
    known = published_fits()
    if key not in known:
        raise UnknownName.among("the catalogue", "published fit", key, known)
    return known[key]


def published_fits() -> dict[str, Fit]:
    """Return every published fit by key: those shipped, and those in the folders of SCALEWIDGETS_PATH.

    Raises
    ------
    PublishedError
        Naming the file, the entry and what is wrong with it.
    """
    folders = (Path(__file__).parent, *user_folders())
    return dict(_load(tuple(str(folder) for folder in folders)))


@cache
def _load(folders: tuple[str, ...]) -> dict[str, Fit]:
    found: dict[str, Fit] = {}
    for folder in folders:
        for file in sorted(Path(folder).glob("*.toml")):
            for fit in read(file):
                if fit.key in found:
                    raise PublishedError(f"{file.name}: published fit {fit.key!r} is declared twice; rename one")
                found[fit.key] = fit
    return {key: found[key] for key in sorted(found)}


def read(file: Path) -> Iterator[Fit]:
    """Read the fits of one file."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PublishedError(f"{file.name} is not valid TOML: {error}") from error
    paper = data.get("paper", {})
    if not isinstance(paper, dict) or set(paper) != _PAPER:
        raise PublishedError(f"{file.name}: [paper] must give exactly {', '.join(sorted(_PAPER))}; it gives {sorted(paper)}")
    if set(data) - {"paper", "common", "fit"} or not data.get("fit"):
        raise PublishedError(f"{file.name}: tables are [paper], [common] and one [[fit]] or more; it has {sorted(data)}")
    for entry in data["fit"]:
        yield _fit({**data.get("common", {}), **entry}, paper, file)


def _fit(entry: Mapping[str, Any], paper: Mapping[str, Any], file: Path) -> Fit:
    where = f"{file.name}, fit {entry.get('key', '?')!r}"
    missing, unknown = _REQUIRED - set(entry), set(entry) - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise PublishedError(f"{where}: missing {sorted(missing) or 'nothing'}, not known {sorted(unknown) or 'nothing'}")
    if entry["verified"] not in LEVELS:
        raise PublishedError(f"{where}: verified = {entry['verified']!r}; levels are {', '.join(LEVELS)}")
    declared = law(entry["law"])
    if set(entry["coefficients"]) != set(declared.names):
        raise PublishedError(
            f"{where}: law {declared.key!r} has coefficients {', '.join(declared.names)}; "
            f"the file gives {', '.join(entry['coefficients'])}"
        )
    values = {name: _number(item, f"{where}, {name}") for name, item in entry["coefficients"].items()}
    for name, value in values.items():
        coefficient = declared.coefficient(name)
        if not coefficient.low <= value <= coefficient.high:
            raise PublishedError(
                f"{where}: {name} = {value:g} lies outside {coefficient.low:g} to {coefficient.high:g}, "
                f"which law {declared.key!r} allows"
            )
    return Fit(
        law=declared,
        values=values,
        key=entry["key"],
        title=entry["title"],
        source=Source(
            citation=Citation(**paper, where=entry["where"]),
            verified=entry["verified"],
            N_convention=entry.get("N_convention", ""),
            corpus=entry.get("corpus", ""),
            tokenizer=entry.get("tokenizer", ""),
            ranges=_ranges(entry.get("ranges", {}), where),
            within_range_only=entry.get("within_range_only", False),
            draws=entry.get("draws_note", ""),
            notes=tuple(entry.get("notes", ())),
        ),
        draws=_draws(file.parent / entry["draws"], declared.names, where) if "draws" in entry else None,
    )


def _number(item: Any, where: str) -> float:
    """Read a plain number, ``{ log = x }`` for e^x, or ``{ value = x, unit = "PF-days" }``."""
    if isinstance(item, dict) and set(item) == {"log"}:
        return math.exp(item["log"])
    if isinstance(item, dict) and set(item) == {"value", "unit"}:
        return to_plain(item["value"], item["unit"])
    if isinstance(item, int | float) and math.isfinite(item):
        return float(item)
    raise PublishedError(
        f"{where}: {item!r} is not a coefficient; give a number, {{ log = x }} or {{ value = x, unit = 'PF-days' }}"
    )


def _ranges(given: Mapping[str, Any], where: str) -> dict[str, tuple[float, float]]:
    for symbol, bounds in given.items():
        if not (isinstance(bounds, list) and len(bounds) == 2 and 0 < bounds[0] < bounds[1]):
            raise PublishedError(f"{where}: range of {symbol} is {bounds!r}; give [smallest, largest]")
    return {symbol: (float(low), float(high)) for symbol, (low, high) in given.items()}


def _draws(file: Path, names: tuple[str, ...], where: str) -> dict[str, np.ndarray]:
    if not file.is_file():
        raise PublishedError(f"{where}: its file of draws {file.name} is missing")
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    if tuple(header) != names:
        raise PublishedError(f"{where}: draws have columns {', '.join(header)}; law coefficients are {', '.join(names)}")
    table = np.array(rows, dtype=float)
    table.setflags(write=False)
    return {name: table[:, i] for i, name in enumerate(names)}
