"""The app's group "Your scores": pairs of loss and score from a file or pasted, behind the Studio's task error.

It stands there while the task error is by pairs of one's own. What is refused is said, and changes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape
from typing import Any

from bokeh.models import Button, Column, Div, FileInput, InlineStyleSheet, TextAreaInput, TextInput

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.studio_task import OWN
from scalewidgets.explorers.studio_task_table import ENDINGS, EXAMPLE, PASTED
from scalewidgets.faces.app_controls import error_html, heading

TITLE = "Your scores"
ABOUT = (
    "A table with a row a model: the loss, on the corpus of the coefficients, and the score or the error as a share "
    "of answers; a label if you like."
)


class ScoresPanel:
    """The pairs of one session.

    Parameters
    ----------
    ex : TaskExplorer
    style : InlineStyleSheet

    Attributes
    ----------
    layout : bokeh Column
    """

    def __init__(self, ex: Any, style: InlineStyleSheet) -> None:
        self.ex = ex
        self._writing = self._waiting = False
        # before there is a file, its model has no such values, not even empty ones
        self._given = {"filename": "", "value": ""}
        self._last: Callable[[], tuple[str, bytes]] = lambda: ("", b"")
        wide: dict[str, Any] = {"stylesheets": [style], "sizing_mode": "stretch_width"}
        self.file = FileInput(
            title="Table of pairs", accept=",".join(ENDINGS), description=ABOUT, name="scores.file", **wide
        )
        self.paste = TextAreaInput(
            title="Or paste it",
            placeholder="loss,score\n2.6,0.44\n3.0,0.36",
            rows=5,
            # cut off, a table would lose rows unseen
            max_length=None,
            name="scores.paste",
            **wide,
        )
        self.how = TextInput(
            title="How to read the pairs",
            placeholder=EXAMPLE,
            description="Only if a column isn't found: names of columns, as in sw.read_scores.",
            name="scores.how",
            **wide,
        )
        about = "As in 3, 17; empty for none."
        self.dropped = TextInput(title="Pairs left out (rows from 0)", description=about, name="scores.dropped", **wide)
        self.remove = Button(label="Remove the pairs", name="scores.remove", stylesheets=[style])
        self.error, self.status = (Div(css_classes=["sw-slot"], disable_math=True, **wide) for _ in range(2))
        title = heading(TITLE, style)
        self._all = [title, self.file, self.paste, self.how, self.error, self.status, self.dropped]
        self.layout = Column(children=[title], css_classes=["sw-group"], visible=False, **wide)
        for part in self._given:
            self.file.on_change(part, self._file_part)
        self.paste.on_change("value", lambda attribute, old, new: self._soon(self._pasted))
        self.how.on_change("value", lambda attribute, old, new: self._soon(self._last))
        self.dropped.on_change("value", lambda attribute, old, new: self._try(lambda: ex.task_drop(new)))
        self.remove.on_click(self._forget)
        ex.param.watch(lambda *_: self.write(), ["fit", "tasks"])
        self.write()

    def write(self, reason: str = "") -> None:
        """Show the pairs that are in force, and why others are not."""
        ex = self.ex
        self.layout.visible = ex.tasks == OWN
        if self.layout.visible:
            # from then on they stay, and what was typed there
            self.layout.children = [*self._all, self.remove]
        table, fit = ex.task_table, ex.task_pairs
        self._writing = True
        try:
            kept = ". What was there before still holds." if reason and fit is not None else ""
            self.error.text = error_html([reason + kept]) if reason else ""
            self.error.visible = bool(reason)
            told = "" if fit is None else "a fit that was given" if table is None else table.told(fit)
            self.status.text = f'<div class="sw-refit" role="status">{escape(told)}</div>'
            self.status.visible = self.remove.visible = fit is not None
            self.dropped.visible = table is not None
            self.dropped.value = "" if table is None else ", ".join(map(str, table.dropped))
        finally:
            self._writing = False

    def _of_file(self) -> tuple[str, bytes]:
        return self._given["filename"], base64.b64decode(self._given["value"])

    def _file_part(self, attribute: str, old: str, new: str) -> None:
        """Note the name or the content of a file; they come one after the other."""
        self._given[attribute] = new
        self._soon(self._of_file)

    def _pasted(self) -> tuple[str, bytes]:
        return PASTED, self.paste.value.encode()

    def _soon(self, source: Callable[[], tuple[str, bytes]]) -> None:
        """Read a table once the messages that have arrived are taken."""
        if self._writing:
            return
        self._last = source
        document = self.layout.document
        if document is None or document.session_context is None:
            self._load()
        elif not self._waiting:
            self._waiting = True
            document.add_timeout_callback(self._load, 1)

    def _load(self) -> None:
        self._waiting = False
        name, content = self._last()
        if name and content.strip():
            self._try(lambda: self.ex.task_upload(name, content, self.how.value))

    def _try(self, change: Callable[[], object]) -> None:
        if self._writing:
            return
        reason = ""
        try:
            change()
        except ScalewidgetsError as problem:
            reason = str(problem)
        self.write(reason)

    def _forget(self) -> None:
        self._writing = True
        # so that the same one can be given again
        self.paste.value = ""
        self.file.clear()
        self._writing = False
        self._last = lambda: ("", b"")
        self._try(self.ex.task_forget)
