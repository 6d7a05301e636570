"""Join ES modules into one text, for places that take a single module: notebooks, CustomJS and pages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'(?m)^import (\{[^}]*\}) from "\./(\w+)\.mjs";?\n')
_EXPORT = re.compile(r"(?m)^export ((?:async )?(?:function|class|const|let)\*? (\w+))")


@cache
def joined(path: Path) -> str:
    """Return a module and all that it imports as one module.

    Every imported module becomes a function of its own, called once, so that equal names in two modules don't meet.

    Parameters
    ----------
    path : Path
        The module; imports are looked for beside it, then in this folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> text = joined(Path(__file__).with_name("connect.mjs"))
    >>> 'from "./' in text
    False
    """
    order: list[Path] = []
    _collect(path, order)
    *imported, last = order
    return "\n".join([*(_as_function(each) for each in imported), _bound(last.read_text(encoding="utf-8"))])


def _collect(path: Path, order: list[Path]) -> None:
    for found in _IMPORT.finditer(path.read_text(encoding="utf-8")):
        _collect(_beside(path, f"{found[2]}.mjs"), order)
    if path not in order:
        order.append(path)


def _beside(path: Path, name: str) -> Path:
    near = path.with_name(name)
    return near if near.exists() else Path(__file__).with_name(name)


def _bound(text: str) -> str:
    """Replace imports by what the functions of the imported modules returned."""
    return _IMPORT.sub(lambda found: f"const {found[1].replace(' as ', ': ')} = module_{found[2]};\n", text)


def _as_function(path: Path) -> str:
    text = _bound(path.read_text(encoding="utf-8"))
    names = [found[2] for found in _EXPORT.finditer(text)]
    body = _EXPORT.sub(r"\1", text)
    return f"const module_{path.stem} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();"
