"""The app's top bar: scenarios, undo and redo, pinning, sharing, and files to take away.

Its elements are plain HTML with marks (``data-act``), which bar.mjs carries out in the page. What only Python can make,
a link or a file of words, the page asks for.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from bokeh.models import ColumnDataSource, Div, InlineStyleSheet

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.faces.checks_app import ChecksPanel
from scalewidgets.faces.share import link
from scalewidgets.live.program import state_of

# Files that Python writes: what they are called in the menu, and on the reader's disk.
FILES = {
    "brief.html": ("Brief (HTML)", "brief.html"),
    "brief.md": ("Brief (Markdown)", "brief.md"),
    "code": ("Python code", "scenario.py"),
    "page": ("Page that stays live", "scenario.html"),
}


class TopBar:
    """The bar of one session.

    Parameters
    ----------
    ex : BaseExplorer
    style : InlineStyleSheet
    tell : callable
        Takes what the page is told.
    checks : ChecksPanel or None
        What the brief is asked beyond the state, and what a link carries.

    Attributes
    ----------
    html : bokeh Div
    asks : bokeh ColumnDataSource
        By whose tags the page asks.
    """

    def __init__(
        self,
        ex: BaseExplorer,
        style: InlineStyleSheet,
        tell: Callable[[Mapping[str, Any]], None],
        checks: ChecksPanel | None,
    ) -> None:
        self.ex, self.tell, self.checks = ex, tell, checks
        self.html = Div(text=self._html(), css_classes=["sw-bar-slot"], stylesheets=[style], disable_math=True)
        self.asks = ColumnDataSource(data={}, name="asks")
        self.asks.on_change("tags", lambda attribute, old, new: self._asked(json.loads(new[-1])["what"]))

    @property
    def presets(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Key, sentence and state of every scenario, for the page; a fit belongs to it only where it is named."""
        found = []
        for key, preset in _presets(self.ex).items():
            twin: Any = self.ex.twin()
            twin.preset(key)
            state = state_of(twin)
            if "fit" not in preset.settings:
                del state["fit"]
            found.append((key, preset.sentence, state))
        return found

    def _asked(self, what: str) -> None:
        """Answer after the state that came before the question is taken."""
        document = self.html.document
        if document is None or document.session_context is None:
            self._answer(what)
        else:
            document.add_timeout_callback(lambda: self._answer(what), 5)

    def _answer(self, what: str) -> None:
        ex: Any = self.ex
        try:
            if what == "link":
                self.tell({"link": link(ex, self.checks.carried() if self.checks else {})})
            elif what == "page":
                self._make_page()
            elif what in FILES:
                self.tell({"file": [FILES[what][1], self._file(what)]})
        except (ScalewidgetsError, ValueError) as error:
            self.tell({"said": str(error)})

    def _file(self, what: str) -> str:
        ex: Any = self.ex
        if what == "code":
            return f"{ex.code()}\n"
        return ex.brief(html=what == "brief.html", **(self.checks.question() if self.checks else {}))

    def _make_page(self) -> None:
        """Make the page in a thread of its own: it takes seconds, in which others want to be served."""
        twin, document = self.ex.twin(), self.html.document
        self.tell({"note": "The page is being made; it takes some seconds."})

        def make() -> None:
            try:
                message: dict[str, Any] = {"note": "The page is made.", "file": [FILES["page"][1], _page(twin)]}
            except (ScalewidgetsError, ValueError) as error:
                message = {"said": str(error)}
            if document is None or document.session_context is None:
                self.tell(message)
            else:
                document.add_next_tick_callback(lambda: self.tell(message))

        threading.Thread(target=make, daemon=True).start()

    def _html(self) -> str:
        presets = _presets(self.ex).items()
        options = "".join(f'<option value="{escape(key)}">{escape(each.label)}</option>' for key, each in presets)
        scenario = (
            f'<label class="sw-scenario">Scenario <select data-act="preset"><option value="">Your own</option>{options}'
            "</select></label>"
        )
        return (
            f'<div class="sw-bar">{scenario if options else ""}'
            '<button type="button" data-act="undo" title="ctrl+Z" disabled>Undo</button>'
            '<button type="button" data-act="redo" title="ctrl+shift+Z" disabled>Redo</button>'
            '<button type="button" data-act="pin" title="Keep this scenario beside what you do next" hidden>'
            "Pin A</button>"
            f"{_share_button() if hasattr(self.ex, 'brief') else ''}{self._menu()}</div>"
        )

    def _menu(self) -> str:
        files = [key for key in FILES if hasattr(self.ex, "brief") or not key.startswith("brief")]
        made = "".join(f'<button type="button" data-act="{key}">{FILES[key][0]}</button>' for key in files)
        return (
            '<details class="sw-menu"><summary>Export</summary><div>'
            '<button type="button" data-act="csv">All numbers (CSV)</button>'
            f"{made}<div data-pictures></div></div></details>"
        )


def _page(ex: BaseExplorer) -> str:
    """Return an explorer as a page that stays live."""
    from scalewidgets.faces.page import save

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        save(ex, path)
        return path.read_text(encoding="utf-8")


def _presets(ex: BaseExplorer) -> Mapping[str, Any]:
    return getattr(ex, "presets", {})


def _share_button() -> str:
    return '<button type="button" data-act="share" title="Copy a link to this state">Share</button>'
