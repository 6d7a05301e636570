"""The app's group "Hardware and checks": what the plan would run on, what that costs, and whether it can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from types import SimpleNamespace
from typing import Any

from bokeh.models import Column, Div, InlineStyleSheet, Select, TextInput

from scalewidgets.costs import Hardware, Utilisation, chip, chips, nearest_utilisation
from scalewidgets.errors import ScalewidgetsError, StateError
from scalewidgets.faces.address import text_in
from scalewidgets.faces.app_controls import error_html, heading
from scalewidgets.formats import format_value
from scalewidgets.planning.composition import compose
from scalewidgets.planning.feasibility import Check, feasibility
from scalewidgets.units import parse_quantity

# Milliseconds without a change after which the checks are made.
REST = 250
MARKS = {"pass": "✓", "warn": "▲", "fail": "✕"}


@dataclass(frozen=True)
class Field:
    """A number that may be left empty: its label, what it means, its largest value, and how it is written."""

    label: str
    help: str
    most: float = float("inf")
    format: str = "short"


FIELDS: Mapping[str, Field] = {
    "gpus": Field("Number of GPUs", "How many train it.", format="count"),
    "days": Field("Deadline (days)", "Until training must be done.", format="plain"),
    "utilisation": Field("Utilisation in training", "Share of the peak that is reached.", 1.0, "percent"),
    "serving": Field("Utilisation in serving", "That of training where it is left empty.", 1.0, "percent"),
    "price": Field("Price per GPU-hour ($)", "Yours; without one, costs are in GPU-hours.", format="plain"),
    "unique": Field("Unique training tokens", "How many different ones exist."),
    "batch": Field("Batch (tokens a step)", "That of the Step law where it is left empty."),
}
TITLE = "Hardware and checks"
GPU = "gpu"
# The headline numbers that checks judge.
NUMBERS = {"N", "D", "loss", "training_flop"}
NO_GPU = "none chosen"


class ChecksPanel:
    """The hardware of one session, and the checks of its plan.

    Parameters
    ----------
    ex : Studio
    style : InlineStyleSheet
    tell : callable
        Takes what the page is told.

    Attributes
    ----------
    layout : bokeh Column
    gpu : str
        Name of a chip; empty for none.
    given : dict of str to float
        What was entered, by field.
    start : Utilisation or None
        The published run that the utilisation begins at, if it was not entered.
    entered : list of callable
        Called when a field was changed.
    held : bool
        Whether a control is on its way: checks wait until it has come to rest.
    shown : dict of str to float, or None
        The headline numbers of the present state where the page has said them, so that none is computed again.
    """

    def __init__(self, ex: Any, style: InlineStyleSheet, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self.ex, self.tell = ex, tell
        self.gpu = ""
        self.given: dict[str, float] = {}
        self.entered: list[Callable[[], None]] = []
        self.start: Utilisation | None = None
        self._waiting = False
        self.held = False
        self.shown: Mapping[str, float] | None = None
        wide: dict[str, Any] = {"stylesheets": [style], "sizing_mode": "stretch_width"}
        options = [("", NO_GPU), *((name, each.title) for name, each in chips().items())]
        self._select = Select(title="GPU", options=options, value="", name="checks.gpu", **wide)
        self._texts = {
            name: TextInput(title=field.label, description=field.help, name=f"checks.{name}", **wide)
            for name, field in FIELDS.items()
        }
        self._note = Div(css_classes=["sw-slot"], disable_math=True, visible=False, **wide)
        self._error = Div(css_classes=["sw-slot"], disable_math=True, visible=False, **wide)
        self.layout = Column(
            children=[heading(TITLE, style), self._select, *self._texts.values(), self._note, self._error],
            css_classes=["sw-group"],
            **wide,
        )
        self._select.on_change("value", lambda attribute, old, new: self._try(GPU, new))
        for name, model in self._texts.items():
            model.on_change("value", lambda attribute, old, new, name=name: self._try(name, new))
        ex.param.watch(self._moved, list(ex.names))

    def question(self) -> dict[str, Any]:
        """Return the arguments of `feasibility` that were entered."""
        known = {"gpus": "gpus", "days": "days", "batch": "batch", "unique": "unique_tokens"}
        return {argument: self.given[name] for name, argument in known.items() if name in self.given}

    def carried(self) -> dict[str, str]:
        """Return what was entered as an address carries it."""
        gpu = {GPU: self.gpu} if self.gpu else {}
        return gpu | {name: f"{value:.9g}" for name, value in self.given.items()}

    def restore(self, query: Mapping[str, Any]) -> list[str]:
        """Begin with what an address carries; return what was refused and why."""
        refused = []
        for name in (*FIELDS, GPU):
            if name in query:
                try:
                    self._take(name, text_in(query, name))
                except ScalewidgetsError as error:
                    refused.append(str(error))
        self._apply()
        self._write()
        return refused

    def enter(self, name: str, text: str) -> None:
        """Take one field as it was typed; empty takes it back.

        Raises
        ------
        StateError, UnknownName, QuantityError
            The old value then stays.
        """
        self._take(name, text)
        self._apply()

    def _take(self, name: str, text: str) -> None:
        if name == GPU:
            if text:
                chip(text)
            self.gpu = text
            if text and "utilisation" not in self.given:
                N = float(self.ex.frames()["cards"]["N"]["value"])
                self.start = nearest_utilisation(N, gpus=self.given.get("gpus"))
                self.given["utilisation"] = self.start.model_share
        elif not text.strip():
            self.given.pop(name, None)
        else:
            field = FIELDS[name]
            value = parse_quantity(text, field.label)
            if not 0 < value <= field.most:
                most = "" if field.most == float("inf") else f", and at most {format_value(field.most, field.format)}"
                raise StateError(f"{field.label}: {text!r} is not allowed; it must be above zero{most}")
            self.given[name] = value

    def _apply(self) -> None:
        if self.hardware != self.ex.hardware:
            self.ex.hardware = self.hardware
        self.soon()

    @property
    def hardware(self) -> Hardware | None:
        """The hardware that was entered; None until there is a chip and what is reached of its peak."""
        if not self.gpu or "utilisation" not in self.given:
            return None
        training, price = self.given["utilisation"], self.given.get("price")
        serving = self.given.get("serving", training)
        return chip(self.gpu).hardware(
            train_utilisation=training,
            prefill_utilisation=serving,
            decode_utilisation=serving,
            train_price=price,
            serve_price=price,
        )

    def _moved(self, *_: Any) -> None:
        self.shown = None
        if not self.held:
            self.soon()

    def soon(self) -> None:
        """Write checks and costs once the state rests."""
        document = self.layout.document
        if document is None or document.session_context is None:
            self.show()
        elif not self._waiting:
            self._waiting = True
            document.add_timeout_callback(self.show, REST)

    def show(self) -> None:
        """Tell the page the checks and the costs of the present state."""
        self._waiting = False
        self.tell({"html": {"checks": checks_html(self.checks()), "costs": self.costs_html()}})

    def checks(self) -> tuple[Check, ...]:
        """Return the checks of what is shown, without making the plan anew for every draw."""
        ex = self.ex
        shown = self.shown or {}
        if not shown.keys() >= NUMBERS:
            shown = {name: float(card["value"]) for name, card in ex.frames()["cards"].items()}
        speeds = {} if ex.hardware is None else ex.hardware.speeds

        def width(bits: float | None) -> float | None:
            return min(speeds, key=lambda each: abs(each - bits)) if speeds and bits is not None else bits

        composition = compose(bits=width(ex.bits), deploy_bits=width(ex.deploy_bits), hardware=ex.hardware)
        plan: Any = SimpleNamespace(
            **{name: shown[name] for name in NUMBERS},
            fit=ex.fit,
            composition=composition,
            question=SimpleNamespace(hardware=ex.hardware, unique_tokens=None),
        )
        return feasibility(plan, **self.question()).checks

    def costs_html(self) -> str:
        """Return headline cards of hours, days and money; the page keeps them up to date by their marks."""
        hardware = self.ex.hardware
        if hardware is None:
            return ""
        unit = f"{hardware.name}-hours"
        training, serving = hardware.train_hours(1.0), hardware.decode_hours(1.0)
        rows = [("Training time", "training_flop", training, "hours", unit)]
        if "gpus" in self.given:
            days = training / 24 / self.given["gpus"]
            rows.append(
                ("Days", "training_flop", days, "plain", f"on {format_value(self.given['gpus'], 'count')} GPUs")
            )
        if self.ex.inference_tokens:
            rows.append(("Serving time", "serving_flop", serving, "hours", unit))
        if hardware.train_price and hardware.serve_price:
            rows.append(("Cost of training", "training_flop", training * hardware.train_price, "money", ""))
            if self.ex.inference_tokens:
                rows.append(("Cost of serving", "serving_flop", serving * hardware.serve_price, "money", ""))
        return f'<div class="sw-cards">{"".join(_cost(*row) for row in rows)}</div>'

    def _try(self, name: str, text: str) -> None:
        if self._shown(name) == text:
            return
        reason = ""
        try:
            self.enter(name, text)
        except ScalewidgetsError as error:
            reason = str(error)
        self._write(reason)
        if not reason:
            for call in self.entered:
                call()

    def _shown(self, name: str) -> str:
        if name == GPU:
            return self.gpu
        return format_value(self.given[name], FIELDS[name].format) if name in self.given else ""

    def _write(self, reason: str = "") -> None:
        """Show in the fields what is in force, and what was refused."""
        self._select.value = self.gpu
        for name, model in self._texts.items():
            model.value = self._shown(name)
        starts = self.start is not None and self.given.get("utilisation") == self.start.model_share
        self._note.text = f"<small>Starts at what was published nearest: {escape(str(self.start))}.</small>"
        self._note.visible = starts
        self._error.text = error_html([reason]) if reason else ""
        self._error.visible = bool(reason)


def checks_html(checks: tuple[Check, ...]) -> str:
    """Return the checks as a table: a mark and a word for the status, the number, and what it is judged by."""
    rows = "".join(
        f'<tr class="sw-{check.status}"><th scope="row">{escape(check.name.capitalize())}</th>'
        f"<td><span aria-hidden=true>{MARKS[check.status]}</span> {check.status}</td>"
        f"<td>{escape(check.shown)}</td><td>{escape(check.why)}</td></tr>"
        for check in checks
    )
    return (
        '<details class="sw-checks" open><summary>Can it be carried out?</summary><table>'
        "<thead><tr><th>Check</th><th>Status</th><th>Value</th><th>Judged by</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )


def _cost(name: str, card: str, times: float, form: str, unit: str) -> str:
    return (
        f'<div class="sw-card" data-from="cards/{card}" data-times="{times!r}" data-format="{form}" '
        f'data-unit="{escape(unit)}"><div class="sw-card-name">{escape(name)}</div>'
        '<div class="sw-card-value"></div><div class="sw-card-note"></div></div>'
    )
