"""Find every law: in this package, in installed plug-ins, and in the folders of SCALEWIDGETS_PATH."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from scalewidgets import laws as _package
from scalewidgets.declare import Law
from scalewidgets.errors import ScalewidgetsError, UnknownName

ENTRY_POINTS = "scalewidgets.laws"
PATH_VARIABLE = "SCALEWIDGETS_PATH"


class RegistryError(ScalewidgetsError):
    """Raised when a law cannot be loaded or two laws share a key."""


def laws() -> dict[str, Law]:
    """Return every known law by key, in alphabetical order.

    A law comes from a module of `scalewidgets.laws`, from a module named by an entry point of the group
    ``scalewidgets.laws``, or from a ``.py`` file in a folder listed in the environment variable
    ``SCALEWIDGETS_PATH``.

    Raises
    ------
    RegistryError
        If a file cannot be imported, or two declare the same key.
    """
    return dict(_laws(os.environ.get(PATH_VARIABLE, "")))


def law(key: str) -> Law:
    """Return one law by key.

    Raises
    ------
    UnknownName
        Listing what there is.

    Examples
    --------
    >>> law("chinchilla").symbols
    ('N', 'D')
    """
    known = laws()
    if key not in known:
        raise UnknownName.among("the catalogue", "law", key, known)
    return known[key]


def user_folders(path: str | None = None) -> list[Path]:
    """Return the folders of SCALEWIDGETS_PATH, in order."""
    path = os.environ.get(PATH_VARIABLE, "") if path is None else path
    return [Path(folder) for folder in path.split(os.pathsep) if folder]


@cache
def _laws(path: str) -> dict[str, Law]:
    found: dict[str, tuple[Law, str]] = {}
    for module in _modules(path):
        for declared in _declared(module):
            origin = module.__file__ or module.__name__
            if declared.key in found and found[declared.key][0] is not declared:
                raise RegistryError(
                    f"law {declared.key!r} is declared in {found[declared.key][1]} and again in {origin}; rename one"
                )
            found[declared.key] = (declared, origin)
    return {key: found[key][0] for key in sorted(found)}


def _modules(path: str) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        yield importlib.import_module(info.name)
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        loaded = entry.load()
        yield loaded if isinstance(loaded, ModuleType) else importlib.import_module(entry.module)
    for folder in user_folders(path):
        if not folder.is_dir():
            raise RegistryError(f"{PATH_VARIABLE} names {folder}, which is not a folder")
        for file in sorted(folder.glob("*.py")):
            yield _load(file)


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"scalewidgets_user_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise RegistryError(f"{file} can't be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RegistryError(f"{file}, found through {PATH_VARIABLE}, fails to load: {error}") from error
    return module


def _declared(module: ModuleType) -> Iterator[Law]:
    for value in vars(module).values():
        if isinstance(value, Law):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Law))
