"""An explorer as a notebook output or part of a document: live without a kernel, a picture and a table without scripts.

What sanitisers leave of it is the picture and the table: everything live lies packed in one script element. BokehJS and
the page's module, the weight of it all, come with the first explorer of a document only.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from bokeh import __version__ as bokeh_version

from scalewidgets.errors import PortabilityError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.sentences import number_at
from scalewidgets.explorers.texts import card_text, numbered, sentences
from scalewidgets.faces.files import HERE
from scalewidgets.faces.page import bokeh_script, fragment, in_script, prepared, squeezed, style
from scalewidgets.faces.page_options import Options
from scalewidgets.live.bundling import joined
from scalewidgets.views.board import Board
from scalewidgets.views.picture import svg


class Carrier:
    """Decide which output of a notebook brings the scripts along: that of the cell that showed an explorer first."""

    def __init__(self) -> None:
        self.cell: str | None = None

    def brings(self) -> bool:
        """Tell whether the output that is being made is the one."""
        cell = _running_cell()
        if self.cell is None or (cell and cell == self.cell):
            self.cell = cell or "the first"
            return True
        return False


CARRIER = Carrier()


class Embedded:
    """An explorer in its present state, to be shown at the end of a cell or written into a document.

    Attributes
    ----------
    contents : tuple of str
        One line for each kind of thing in it.
    """

    def __init__(
        self, ex: BaseExplorer, options: Options, *, scripts: bool | None, whole: tuple[BaseExplorer, ...] = ()
    ) -> None:
        self.scripts = scripts
        self.title = options.title
        self._rows, frames = cards_of(ex), ex.frames()
        self._words = sentences(ex, frames)
        board = Board.of(ex, frames)
        self._pictures = {key: svg(board.figures[key]) for key in options.charts}
        self._live = ""
        try:
            live, self.contents = fragment(ex, options, standalone=False, board=board, whole=whole)
            self._live = squeezed(f"<style>{style()}</style>{live}".encode())
        except PortabilityError as why:
            self.contents = (f"a picture and a table only: {why}",)
            self._words.append(str(why))

    def html(self, *, scripts: bool = True) -> str:
        """Return the element; with `scripts` where no explorer before it in the document brought them."""
        live = f'<script type="text/plain" data-page>{self._live}</script>' if self._live else ""
        poke = "<script>globalThis.__scalewidgets__?.open?.()</script>" if self._live else ""
        carried = _scripts() if scripts and self._live else ""
        return f'<div class="sw-host" data-scalewidgets-embed>{self._still()}{live}</div>{carried}{poke}'

    def _still(self) -> str:
        images = "".join(
            f'<img alt="{escape(self.title)}: {escape(key)}" width="420" '
            f'src="data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}">'
            for key, text in self._pictures.items()
        )
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in self._rows)
        words = "".join(f"<li>{escape(line)}</li>" for line in self._words)
        return (
            f'<div class="sw-still"><p><strong>{escape(self.title)}</strong></p>'
            f"<table><tbody>{rows}</tbody></table><p>{images}</p><ul>{words}</ul></div>"
        )

    def __str__(self) -> str:
        width = max((len(name) for name, _ in self._rows), default=0)
        return "\n".join([self.title, *(f"  {name:<{width}}  {text}" for name, text in self._rows), *self._words])

    __repr__ = __str__

    def _repr_mimebundle_(self, **kwargs: Any) -> Mapping[str, str]:
        scripts = CARRIER.brings() if self.scripts is None else self.scripts
        first = next(iter(self._pictures.values()))
        return {"text/html": self.html(scripts=scripts), "image/svg+xml": first, "text/plain": str(self)}


def embed(ex: BaseExplorer, *, scripts: bool | None = None, **options: Any) -> Embedded:
    """Return the present state as an output that needs no kernel.

    Parameters
    ----------
    ex : BaseExplorer
    scripts : bool, optional
        Whether it brings the scripts along. Left out, the first cell of a notebook session that shows one does.
    **options
        Those of `scalewidgets.faces.page.save`.

    Returns
    -------
    Embedded

    Raises
    ------
    StateError, UnknownName
        Naming the option that can't be taken.
    """
    include_runs, draws = options.pop("include_runs", False), options.pop("draws", None)
    given, chosen, whole = prepared(ex, options, include_runs=include_runs, draws=draws)
    return Embedded(given, chosen, scripts=scripts, whole=whole)


def cards_of(ex: BaseExplorer) -> list[tuple[str, str]]:
    """Return label and text of every headline number that applies."""
    frames = ex.frames()
    numbers = numbered(ex, frames)
    beyond = float(frames["notes"].get("beyond", 1.0))
    return [
        (card.label, f"{card_text(card, frames['cards'][card.name], beyond)} {card.unit}".strip())
        for card in ex.cards
        if (not card.when or number_at(numbers, card.when) > 0) and np.isfinite(frames["cards"][card.name]["value"])
    ]


def _scripts() -> str:
    module = in_script(joined(HERE / "page.mjs"))
    return (
        f'<script type="text/plain" data-scalewidgets-bokeh="{bokeh_version}">{squeezed(bokeh_script().encode())}'
        f'</script><script type="module">{module}</script>'
    )


def _running_cell() -> str:
    """Return the id of the cell that runs, where the notebook tells it."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    parent = getattr(shell, "parent_header", None) or {}
    return str((parent.get("metadata") or {}).get("cellId", "")) if isinstance(parent, dict) else ""
