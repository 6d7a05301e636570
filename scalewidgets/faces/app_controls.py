"""The app's controls: for each declared slider and choice, the Bokeh models that set it, and a place for a refusal."""

from __future__ import annotations

from html import escape
from typing import Any

from bokeh.models import Checkbox, Column, Div, InlineStyleSheet, Select, Slider, TextInput

from scalewidgets.explorers import controls
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.faces import fields


class AppControls:
    """The controls of one app.

    Parameters
    ----------
    ex : BaseExplorer
    style : InlineStyleSheet

    Attributes
    ----------
    models : dict of str to dict
        By setting: ``text, slider, toggle`` or ``select``.
    groups : list of bokeh Column
    resets : list of (bokeh Div, list of str)
        The heading of each group, which holds its reset button, and the controls that it resets.
    """

    def __init__(self, ex: BaseExplorer, style: InlineStyleSheet) -> None:
        self.ex = ex
        self._style = style
        self.models: dict[str, dict[str, Any]] = {}
        self._errors: dict[str, Div] = {}
        self.resets: list[tuple[Div, list[str]]] = []
        self.groups = [self._group(group) for group in ex.groups]

    def refuse(self, name: str, reason: str) -> None:
        """Say beside a control why a value was not taken; nothing if it was."""
        error = self._errors.get(name)
        if error is None:  # a setting without a control
            return
        error.text = error_html([reason]) if reason else ""
        error.visible = bool(reason)

    def _group(self, group: controls.Group) -> Column:
        title = heading(group.title, self._style, resettable=True)
        self.resets.append((title, [control.name for control in group.controls]))
        rows: list[Any] = [title]
        for control in group.controls:
            if isinstance(control, controls.Slider):
                models = self._slider(control, group.switch_label if group.switch == control.name else "")
            else:
                models = {"select": self._choice(control)}
            for model in models.values():
                model.syncable = False  # the page tells the state in one piece
            self.models[control.name] = models
            self._errors[control.name] = Div(visible=False, css_classes=["sw-slot"], disable_math=True, **self._wide())
            rows += [*models.values(), self._errors[control.name]]
        return Column(children=rows, css_classes=["sw-group"], **self._wide())

    def _slider(self, control: controls.Slider, optional: str) -> dict[str, Any]:
        value = getattr(self.ex, control.name)
        low, high = control.ends
        models: dict[str, Any] = {}
        if optional:
            models["toggle"] = Checkbox(
                label=optional, active=value is not None, name=f"{control.name}.switch", stylesheets=[self._style]
            )
        models["text"] = TextInput(
            title=control.title,
            value=fields.shown(control, value),
            disabled=value is None,
            name=f"{control.name}.text",
            description=control.help or None,
            **self._wide(),
        )
        models["slider"] = Slider(
            start=low,
            end=high,
            step=control.step,
            value=control.place(control.rest if value is None else value),
            disabled=value is None,
            title=None,
            show_value=False,
            tooltips=False,  # it would show the logarithm; the field above shows the value
            name=f"{control.name}.slider",
            **self._wide(),
        )
        return models

    def _choice(self, control: controls.Choice) -> Select:
        return Select(
            title=control.label,
            options=list(control.options),
            value=control.chosen(getattr(self.ex, control.name)),
            name=f"{control.name}.select",
            description=control.help or None,
            **self._wide(),
        )

    def _wide(self) -> dict[str, Any]:
        return {"stylesheets": [self._style], "sizing_mode": "stretch_width"}


def heading(title: str, style: InlineStyleSheet, *, resettable: bool = False) -> Div:
    """Return the title of a group, which shuts, opens and resets it once the page's module runs."""
    text = f'<button type="button" class="sw-title" data-act="fold" aria-expanded="true">{escape(title)}</button>'
    if resettable:
        text += (
            '<button type="button" class="sw-reset sw-reset-group" data-act="reset" '
            f'title="Reset the group to its defaults" hidden>reset<span> {escape(title)}</span></button>'
        )
    return Div(
        text=text, css_classes=["sw-heading"], stylesheets=[style], sizing_mode="stretch_width", disable_math=True
    )


def error_html(sentences: list[str]) -> str:
    """Return what was refused, as an alert."""
    lines = "".join(f"<div>{escape(sentence)}</div>" for sentence in sentences)
    return f'<div class="sw-error" role="alert">{lines}</div>'
