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

_PAPER = {"key": str, "authors": str, "title": str, "year": int, "arxiv": str}
_REQUIRED = {"key": str, "title": str, "where": str, "law": str, "verified": str, "coefficients": dict}
_OPTIONAL = {
    "N_convention": str,
    "corpus": str,
    "tokenizer": str,
    "ranges": dict,
    "within_range_only": bool,
    "notes": list,
    "draws": str,
    "draws_note": str,
}
_WORDS = {str: "a text", int: "a whole number", dict: "a table", bool: "true or false", list: "a list"}


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
    paper, common, fits = data.get("paper", {}), data.get("common", {}), data.get("fit", [])
    tables = isinstance(paper, dict) and isinstance(common, dict) and isinstance(fits, list) and fits
    if set(data) - {"paper", "common", "fit"} or not tables or not all(isinstance(entry, dict) for entry in fits):
        raise PublishedError(
            f"{file.name}: tables are [paper], [common] and one [[fit]] or more; it has {sorted(data)}"
        )
    _check(paper, _PAPER, {}, f"{file.name}, [paper]")
    for entry in fits:
        yield _fit({**common, **entry}, paper, file)


def _check(entry: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type], where: str) -> None:
    """Refuse missing, unknown and mistyped keys."""
    missing, unknown = set(required) - set(entry), set(entry) - set(required) - set(optional)
    if missing or unknown:
        raise PublishedError(
            f"{where}: missing {sorted(missing) or 'nothing'}, not known {sorted(unknown) or 'nothing'}"
        )
    for name, value in entry.items():
        wanted = {**required, **optional}[name]
        if type(value) is not wanted:
            raise PublishedError(f"{where}: {name} = {value!r} must be {_WORDS[wanted]}")
    if not all(isinstance(note, str) for note in entry.get("notes", ())):
        raise PublishedError(f"{where}: notes = {entry['notes']!r} must be a list of texts")


def _fit(entry: Mapping[str, Any], paper: Mapping[str, Any], file: Path) -> Fit:
    where = f"{file.name}, fit {entry.get('key', '?')!r}"
    _check(entry, _REQUIRED, _OPTIONAL, where)
    if entry["verified"] not in LEVELS:
        raise PublishedError(f"{where}: verified = {entry['verified']!r}; levels are {', '.join(LEVELS)}")
    try:
        declared = law(entry["law"])
    except UnknownName as error:
        raise PublishedError(f"{where}: {error}") from error
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
            ranges=_ranges(entry.get("ranges", {}), {*declared.symbols, "C"}, where),
            within_range_only=entry.get("within_range_only", False),
            draws=entry.get("draws_note", ""),
            notes=tuple(entry.get("notes", ())),
        ),
        draws=_draws(file.parent / entry["draws"], declared.names, where) if "draws" in entry else None,
    )


def _number(item: Any, where: str) -> float:
    """Read a plain number, ``{ log = x }`` for e^x, or ``{ value = x, unit = "PF-days" }``."""
    try:
        if isinstance(item, dict) and set(item) == {"log"}:
            return math.exp(item["log"])
        if isinstance(item, dict) and set(item) == {"value", "unit"}:
            return to_plain(item["value"], item["unit"])
    except (TypeError, ValueError, OverflowError, AttributeError, UnknownName) as error:
        raise PublishedError(f"{where}: {item!r} can't be read: {error}") from error
    if _is_number(item):
        return float(item)
    raise PublishedError(
        f"{where}: {item!r} is not a coefficient; give a number, {{ log = x }} or {{ value = x, unit = 'PF-days' }}"
    )


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)


def _ranges(given: Mapping[str, Any], symbols: set[str], where: str) -> dict[str, tuple[float, float]]:
    for symbol, bounds in given.items():
        if symbol not in symbols:
            raise PublishedError(f"{where}: a range is given for {symbol}; variables are {', '.join(sorted(symbols))}")
        numbers = isinstance(bounds, list) and len(bounds) == 2 and all(_is_number(bound) for bound in bounds)
        if not (numbers and 0 < bounds[0] < bounds[1]):
            raise PublishedError(f"{where}: range of {symbol} is {bounds!r}; give [smallest, largest]")
    return {symbol: (float(low), float(high)) for symbol, (low, high) in given.items()}


def _draws(file: Path, names: tuple[str, ...], where: str) -> dict[str, np.ndarray]:
    if not file.is_file():
        raise PublishedError(f"{where}: its file of draws {file.name} is missing")
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(line for line in lines if not line.startswith("#"))) or [[]]
    if tuple(header) != names:
        raise PublishedError(
            f"{where}: draws have columns {', '.join(header)}; law coefficients are {', '.join(names)}"
        )
    try:
        table = np.array(rows, dtype=float).reshape(len(rows), len(names))
    except ValueError as error:
        raise PublishedError(f"{where}: {file.name} has a row that is not {len(names)} numbers: {error}") from error
    if not len(table) or not np.isfinite(table).all():
        raise PublishedError(f"{where}: {file.name} has no draws, or a number in it is not finite")
    table.setflags(write=False)
    return {name: table[:, i] for i, name in enumerate(names)}
