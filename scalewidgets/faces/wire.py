"""The wire form of an update: what changes in a picture, packed into one block of bytes.

Layout, little-endian::

    uint32  length of the header in bytes
    bytes   header, UTF-8 JSON, padded with spaces so that the payload starts at a multiple of 8
    bytes   payload, float64 values

The header says where each piece lies, counted in values from the start of the payload:
``{"sources": {source: {column: [offset, length]}}, "ranges": {range: offset}, "texts": {slot: html}}``.
All numbers travel in the payload, so NaN and infinities survive and never meet JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from scalewidgets.errors import ScalewidgetsError

_ALIGNMENT = 8
_LENGTH = struct.Struct("<I")


class WireError(ScalewidgetsError, ValueError):
    """Raised when an update can't be packed, or bytes aren't a packed update."""


@dataclass(frozen=True, eq=False)
class Update:
    """Hold what changes in a picture when the state moves.

    Parameters
    ----------
    sources : mapping of str to mapping of str to array
        Columns of each named data source, 1-d, equally long within a source.
    ranges : mapping of str to (float, float)
        Start and end of each named axis range (``"<figure>.x"``, ``"<figure>.y"``).
    texts : mapping of str to str
        HTML of each text slot, escaped by whoever wrote it.

    Examples
    --------
    >>> first = Update(sources={"bowl": {"x": [1.0, 2.0]}}, texts={"cards": "a"})
    >>> both = first.merged(Update(texts={"cards": "b"}))
    >>> both.sources["bowl"]["x"], both.texts["cards"]
    ([1.0, 2.0], 'b')
    """

    sources: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def merged(self, newer) -> Update:
        """Return this update overlaid with a newer one, column by column."""
        sources = {name: dict(columns) for name, columns in self.sources.items()}
        for name, columns in newer.sources.items():
            sources.setdefault(name, {}).update(columns)
        return Update(sources, {**self.ranges, **newer.ranges}, {**self.texts, **newer.texts})


def pack(update) -> bytes:
    """Pack an update into bytes.

    Parameters
    ----------
    update : Update
        Or any object with the attributes ``sources``, ``ranges`` and ``texts``.

    Returns
    -------
    bytes

    Raises
    ------
    WireError
        If a column isn't one-dimensional and numeric, columns of a source differ in length, or a range isn't a pair.

    Examples
    --------
    >>> block = pack(Update(sources={"bowl": {"x": [1.0, float("nan")]}}, ranges={"bowl.x": (0, 9)}))
    >>> unpack(block).ranges
    {'bowl.x': (0.0, 9.0)}
    """
    pieces: list[np.ndarray] = []
    used = 0

    def place(values: np.ndarray) -> int:
        nonlocal used
        offset, used = used, used + len(values)
        pieces.append(values)
        return offset

    sources: dict[str, dict[str, list[int]]] = {}
    for name, columns in update.sources.items():
        arrays = {column: _column(name, column, values) for column, values in columns.items()}
        lengths = {column: len(values) for column, values in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise WireError(f"columns of source {name!r} differ in length: {lengths}; make them equally long")
        sources[name] = {column: [place(values), len(values)] for column, values in arrays.items()}
    ranges = {name: place(_pair(name, limits)) for name, limits in update.ranges.items()}

    header = json.dumps(
        {"sources": sources, "ranges": ranges, "texts": dict(update.texts)}, allow_nan=False, separators=(",", ":")
    ).encode()
    header += b" " * (-(_LENGTH.size + len(header)) % _ALIGNMENT)
    return b"".join([_LENGTH.pack(len(header)), header, *(values.tobytes() for values in pieces)])


def unpack(block: bytes) -> Update:
    """Unpack what :func:`pack` wrote.

    Parameters
    ----------
    block : bytes

    Returns
    -------
    Update

    Raises
    ------
    WireError
        If the block is cut short or isn't a packed update.

    Examples
    --------
    >>> unpack(pack(Update(texts={"cards": "<b>72.4B</b>"}))).texts
    {'cards': '<b>72.4B</b>'}
    """
    try:
        (length,) = _LENGTH.unpack_from(block)
        header = json.loads(bytes(block[_LENGTH.size : _LENGTH.size + length]))
        payload = np.frombuffer(block, dtype="<f8", offset=_LENGTH.size + length)
        sources = {
            name: {column: _cut(payload, *place) for column, place in columns.items()}
            for name, columns in header["sources"].items()
        }
        ranges = {name: tuple(_cut(payload, offset, 2).tolist()) for name, offset in header["ranges"].items()}
        return Update(sources, ranges, header["texts"])
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WireError(f"not a packed update ({len(block)} bytes): {error}; give what `pack` returned") from error


def _column(source: str, column: str, values) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise WireError(
            f"column {column!r} of source {source!r} has shape {array.shape} and type {array.dtype}; "
            "give a one-dimensional array of numbers"
        )
    return array.astype("<f8")


def _pair(name: str, limits) -> np.ndarray:
    array = np.asarray(limits, dtype="<f8")
    if array.shape != (2,):
        raise WireError(f"range {name!r} is {limits!r}; give (start, end)")
    return array


def _cut(payload: np.ndarray, offset: int, length: int) -> np.ndarray:
    if offset < 0 or length < 0 or offset + length > len(payload):
        raise WireError(f"values {offset} to {offset + length} lie outside a payload of {len(payload)}")
    return payload[offset : offset + length].astype(float)
