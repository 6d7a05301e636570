"""Read runs from a file that was uploaded, with what its reader should know typed as one would in Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import PurePath
from tempfile import TemporaryDirectory

from scalewidgets.errors import RunsError, StateError
from scalewidgets.runs import Runs, read_runs

EXAMPLE = 'loss="eval loss", checkpoints="last"'


def read_upload(
    name: str, content: bytes, how: str = "", reader: Callable[..., Runs] = read_runs, example: str = EXAMPLE
) -> tuple[Runs, dict[str, object]]:
    r"""Return the runs of a file, and the arguments of `sw.read_runs`, or another reader, that it was read with.

    Raises
    ------
    RunsError, StateError
        Naming what can't be read.

    Examples
    --------
    >>> runs, named = read_upload("mine.csv", b"N,D,eval\n1e8,2e9,3.4\n1e9,2e10,2.6\n", "loss=eval")
    >>> runs.source, named
    ('mine.csv', {'loss': 'eval'})
    """
    named = arguments(how, example)
    plain = PurePath(name.replace("\\", "/")).name
    if not plain:
        raise RunsError("the uploaded file has no name; its ending, such as .csv or .parquet, says how to read it")
    with TemporaryDirectory() as folder:
        path = PurePath(folder) / plain
        with open(path, "wb") as file:
            file.write(content)
        try:
            return reader(path, **named), named
        except TypeError as problem:
            raise StateError(f"{how!r}: {problem}; write it as {example}") from problem


def arguments(how: str, example: str = EXAMPLE) -> dict[str, object]:
    """Return the named arguments that a text spells; a bare word stands for itself.

    Raises
    ------
    StateError
        If it is not a list of name=value.

    Examples
    --------
    >>> arguments('loss=eval_loss, N="Model Size", C=False')
    {'loss': 'eval_loss', 'N': 'Model Size', 'C': False}
    """
    wrong = StateError(f"{how!r} can't be read; write name=value with commas between, as in {example}")
    try:
        call = ast.parse(f"f({how})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError):  # ValueError for a null character
        raise wrong from None
    if not isinstance(call, ast.Call) or call.args or any(keyword.arg is None for keyword in call.keywords):
        raise wrong
    found: dict[str, object] = {}
    for keyword in call.keywords:
        if isinstance(keyword.value, ast.Name):
            found[str(keyword.arg)] = keyword.value.id
        elif isinstance(keyword.value, ast.Constant):
            found[str(keyword.arg)] = keyword.value.value
        else:
            raise wrong
    return found
