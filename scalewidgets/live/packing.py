"""One block of bytes for plain data with arrays in it: what Python tells a page.

Layout, little-endian: the length of the header as uint32, the header as UTF-8 JSON padded with blanks to a multiple
of 8, then float64 values. An array is ``{"$": [offset, count]}`` in the header, counted in values: NaN and infinities
never meet JSON. `unpack` of connect.mjs reads it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

_LENGTH = struct.Struct("<I")
_ALIGNMENT = 8


def pack(data: Mapping[str, Any]) -> bytes:
    """Pack mappings, lists, texts, finite numbers and arrays of numbers.

    Raises
    ------
    ValueError
        If a number outside an array is not finite. TypeError if something can't be packed.

    Examples
    --------
    >>> unpack(pack({"state": {"compute": 1e21}, "draws": np.array([1.0, np.nan])}))["draws"]
    array([ 1., nan])
    """
    pieces: list[np.ndarray] = []
    used = 0

    def plain(value: Any) -> Any:
        nonlocal used
        if isinstance(value, np.ndarray):
            array = np.atleast_1d(value.astype("<f8")).ravel()
            pieces.append(array)
            used += len(array)
            return {"$": [used - len(array), len(array)]}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{type(value).__name__} can't be packed; give mappings, lists, texts, numbers and arrays")

    header = json.dumps(data, default=plain, allow_nan=False, separators=(",", ":")).encode()
    header += b" " * (-(_LENGTH.size + len(header)) % _ALIGNMENT)
    return b"".join([_LENGTH.pack(len(header)), header, *(piece.tobytes() for piece in pieces)])


def unpack(block: bytes) -> Any:
    """Undo `pack`."""
    (length,) = _LENGTH.unpack_from(block)
    payload = np.frombuffer(block, dtype="<f8", offset=_LENGTH.size + length)

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"$"}:
                offset, count = value["$"]
                return payload[offset : offset + count]
            return {name: whole(item) for name, item in value.items()}
        return [whole(item) for item in value] if isinstance(value, list) else value

    return whole(json.loads(block[_LENGTH.size : _LENGTH.size + length]))
