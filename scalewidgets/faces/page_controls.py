"""The HTML of a page's controls, steps and questions: native elements that page.mjs finds by their marks."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.controls import Choice, Group, Slider
from scalewidgets.faces import fields
from scalewidgets.faces.page_options import Options, Question, Step, markdown


def controls_html(ex: BaseExplorer, options: Options, offered: Mapping[str, list[str]]) -> str:
    """Return the shown controls in their groups; `offered` are the options of each choice that the page holds."""
    return "".join(_group(ex, group, options, offered) for group in ex.groups)


def steps_html(steps: tuple[Step, ...]) -> str:
    """Return the way through named states."""
    if not steps:
        return ""
    notes = "".join(
        f'<div class="sw-prose" data-step-note="{i}" hidden>{markdown(step.note)}</div>' for i, step in enumerate(steps)
    )
    names = "".join(f'<option value="{i}">{i + 1}. {escape(step.name)}</option>' for i, step in enumerate(steps))
    return (
        '<nav class="sw-steps" aria-label="Steps">'
        '<button type="button" data-walk="-1">Previous</button>'
        f'<select data-step aria-label="Step"><option value="" hidden>Your own state</option>{names}</select>'
        '<button type="button" data-walk="1">Next</button>'
        f'<div class="sw-step-notes" aria-live="polite">{notes}</div></nav>'
    )


def questions_html(questions: tuple[Question, ...]) -> str:
    """Return the questions; what is behind a prediction is hidden until it is made."""
    if not questions:
        return ""
    parts = "".join(_question(i, question) for i, question in enumerate(questions))
    return f'<section class="sw-ask" aria-label="Questions">{parts}</section>'


def _question(number: int, question: Question) -> str:
    return (
        f'<form class="sw-question" data-question="{number}"><div class="sw-prose">{markdown(question.ask)}</div>'
        '<label>Your prediction <input type="text" data-predicted autocomplete="off" required></label> '
        '<button type="submit" data-reveal>Predict, then reveal</button>'
        '<div data-revealed role="status" hidden><p data-said></p>'
        f'<div class="sw-prose">{markdown(question.answer)}</div></div></form>'
    )


def _group(ex: BaseExplorer, group: Group, options: Options, offered: Mapping[str, list[str]]) -> str:
    rows = [
        _choice(ex, control, offered[control.name], control.name not in options.free)
        if isinstance(control, Choice)
        else _slider(
            ex, control, group.switch_label if group.switch == control.name else "", control.name not in options.free
        )
        for control in group.controls
        if control.name in options.shown
    ]
    if not rows:
        return ""
    title = escape(group.title)
    reset = (
        '<button type="button" class="sw-reset sw-reset-group" data-reset-group '
        f'title="Reset the group to what was saved" hidden>reset<span> {title}</span></button>'
    )
    return f'<details class="sw-group" open><summary>{title}</summary>{reset}{"".join(rows)}</details>'


def _slider(ex: BaseExplorer, control: Slider, optional: str, locked: bool) -> str:
    value = getattr(ex, control.name)
    low, high = control.ends
    place = control.place(control.rest if value is None else value)
    off = " disabled" if locked else ""
    switch = (
        f'<label><input type="checkbox" data-role="toggle"{"" if value is None else " checked"}{off}> '
        f"{escape(optional)}</label>"
        if optional
        else ""
    )
    return (
        f'<div class="sw-control" data-control="{escape(control.name)}"{_mark(locked)}>{switch}'
        f'<label title="{escape(control.help)}">{escape(control.title)}'
        f'<input type="text" data-role="text" autocomplete="off" spellcheck="false" '
        f'value="{escape(fields.shown(control, value))}"{off}></label>'
        f'<input type="range" data-role="slider" aria-label="{escape(control.title)}" min="{low!r}" max="{high!r}" '
        f'step="{control.step!r}" value="{place!r}"{off}>{_reset(control, locked)}'
        '<div class="sw-error" data-role="error" role="alert" hidden></div></div>'
    )


def _choice(ex: BaseExplorer, control: Choice, offered: list[str], locked: bool) -> str:
    now = control.key(getattr(ex, control.name))
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == now else ""}>{escape(label)}</option>'
        for label, key in control.keys().items()
        if key in offered
    )
    return (
        f'<div class="sw-control" data-control="{escape(control.name)}"{_mark(locked)}>'
        f'<label title="{escape(control.help)}">{escape(control.label)}'
        f'<select data-role="select"{" disabled" if locked else ""}>{options}</select></label>'
        f"{_reset(control, locked)}</div>"
    )


def _reset(control: Slider | Choice, locked: bool) -> str:
    if locked:
        return ""
    return (
        '<button type="button" class="sw-reset" data-role="reset" title="Reset to what was saved" hidden>'
        f'<i aria-hidden="true">↺</i><span>Reset {escape(control.label)}</span></button>'
    )


def _mark(locked: bool) -> str:
    return " data-locked" if locked else ""
