"""The ipywidgets of the notebook face: what a page changed in them is carried out one change at a time."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets as widgets

# One change at a time, whichever thread of the kernel carries it out.
TURN = threading.RLock()


class _InTurn(widgets.Widget):
    """Take what a page changed when nothing else is being changed.

    JupyterLab has the first change of each widget carried out in the main thread, and later ones in another: of two at
    once, one would write the other's control back to where the explorer still stands.
    """

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page changed."""
        with TURN:
            super().set_state(sync_data)


class Dropdown(_InTurn, widgets.Dropdown):
    """A choice."""


class Checkbox(_InTurn, widgets.Checkbox):
    """A switch."""


class Text(_InTurn, widgets.Text):
    """A field for typed values."""


class FileUpload(_InTurn, widgets.FileUpload):
    """A field for a file."""


class LinearSlider(_InTurn, widgets.FloatSlider):
    """A slider with a linear track."""


class LogSlider(_InTurn, widgets.FloatLogSlider):
    """Take what a page says as a float.

    JSON writes 7.94e19 as a whole number, which no float equals; ipywidgets would send the float back, and the handle
    would jump to where it was a moment ago.
    """

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page changed."""
        if "value" in sync_data:
            sync_data = {**sync_data, "value": float(sync_data["value"])}
        super().set_state(sync_data)


class Button(widgets.Button):
    """A button, whose click is a message of its own."""

    def click(self) -> None:
        """Carry out what the button is for."""
        with TURN:
            super().click()
