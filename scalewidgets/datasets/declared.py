"""The declarations of the public data sets: where the file is, what it must hash to, how its columns are read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from html import escape
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from scalewidgets.errors import PublishedError, UnknownName

__all__ = ["Dataset", "describe", "names", "read_datasets"]


@dataclass(frozen=True, repr=False)
class Dataset:
    """Describe a public data set.

    Parameters
    ----------
    key, title : str
        The name it is loaded by, and what it is.
    repository, commit, path : str
        The repository on GitHub, the commit in full, and the file there.
    sha256 : str
        SHA-256 of the original file, in hexadecimal.
    size : int
        Its size in bytes.
    rows : int
        How many rows are loaded.
    licence : str
        The licence as the repository states it.
    citation, reproduces : str
        The paper, and what the data should reproduce.
    columns : mapping of str to str
        What each column is, with its unit.
    mirror : str
        Where a folder of copies (SCALEWIDGETS_DATA) keeps the file.
    read : mapping, optional
        Arguments of ``read_runs``; without them the set is no table of runs and loads as a DataTable.
    only : mapping of str to str, optional
        The cells that a row must have to belong to the set, by column.
    dropped : tuple of int
        Rows, counted from 0, that the paper left out; they are loaded.
    notes : tuple of str
        What else to know before using it.
    """

    key: str
    title: str
    repository: str
    commit: str
    path: str
    sha256: str
    size: int
    rows: int
    licence: str
    citation: str
    reproduces: str
    columns: Mapping[str, str]
    mirror: str
    read: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("columns", "read", "only"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        for name in ("dropped", "notes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def address(self) -> str:
        """Return the address of the original file at its commit."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.path}"

    def _lines(self) -> list[tuple[str, str]]:
        kind = "table of runs" if self.read else "table of columns"
        lines = [("kind", f"{kind}, {self.rows} rows")]
        if self.only:
            lines.append(("rows where", ", ".join(f"{name} = {cell}" for name, cell in self.only.items())))
        lines += [
            ("address", self.address),
            ("sha256", self.sha256),
            ("size", f"{self.size} bytes"),
            ("licence", self.licence),
            ("paper", self.citation),
            ("reproduces", self.reproduces),
        ]
        lines += [(f"column {name}", meaning) for name, meaning in self.columns.items()]
        if self.dropped:
            lines.append(("dropped", f"rows {', '.join(map(str, self.dropped))}, counted from 0, by the paper; loaded"))
        return lines + [("note", note) for note in self.notes]

    def __str__(self) -> str:
        return "\n".join([f"{self.key}: {self.title}", *(f"  {name}: {text}" for name, text in self._lines())])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in self._lines())
        return f"<p><b>{escape(self.key)}</b>: {escape(self.title)}</p><table><tbody>{rows}</tbody></table>"


def names() -> tuple[str, ...]:
    """List the names of the data sets.

    Examples
    --------
    >>> "epoch-chinchilla" in names()
    True
    """
    return tuple(_datasets())


def describe(name: str) -> Dataset:
    """Describe a data set: its origin, licence, columns, and what it should reproduce. Nothing is downloaded.

    Raises
    ------
    UnknownName
        Listing what there is.

    Examples
    --------
    >>> describe("epoch-chinchilla").dropped
    (0, 1, 2, 3, 4)
    """
    known = _datasets()
    if name not in known:
        raise UnknownName.among("the list of data sets", "set", name, known)
    return known[name]


@cache
def _datasets() -> dict[str, Dataset]:
    return read_datasets((files("scalewidgets.datasets") / "sets.toml").read_text(encoding="utf-8"))


def read_datasets(text: str) -> dict[str, Dataset]:
    """Read declarations: tables ``file`` that several sets may share, and an array of tables ``set``.

    Raises
    ------
    PublishedError
        If a set names no declared file, a key is missing or unknown, a hash is malformed, or a name comes twice.
    """
    document = tomllib.loads(text)
    found: dict[str, Dataset] = {}
    known = {each.name for each in fields(Dataset)}
    required = known - {"read", "only", "dropped", "notes"}
    for entry in document["set"]:
        where = f"data set {entry.get('key', '?')!r}"
        if entry.get("file") not in document["file"]:
            raise PublishedError(f"{where}: file = {entry.get('file')!r}; the files are {', '.join(document['file'])}")
        given = {**document["file"][entry["file"]], **{key: item for key, item in entry.items() if key != "file"}}
        if (missing := required - set(given)) | (unknown := set(given) - known):
            raise PublishedError(f"{where}: missing {sorted(missing) or 'nothing'}, unknown {sorted(unknown)}")
        for name, length in (("sha256", 64), ("commit", 40)):
            if len(given[name]) != length or set(given[name]) - set("0123456789abcdef"):
                raise PublishedError(f"{where}: {name} = {given[name]!r} is not {length} hexadecimal digits")
        if given["key"] in found:
            raise PublishedError(f"{where} is declared twice; rename one")
        found[given["key"]] = Dataset(**given)
    return {key: found[key] for key in sorted(found)}
