"""Print a plan: the same rows as plain data, text and HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from scalewidgets.formats import format_pm, format_value

if TYPE_CHECKING:
    from scalewidgets.planning.plan import Plan

FIXED = 1e-6

_ROWS = (
    ("N", "Model size", "short", "parameters"),
    ("D", "Training tokens", "short", "tokens"),
    ("tokens_per_param", "Tokens per parameter", "ratio", ""),
    ("loss", "Loss", "loss", ""),
    ("training_flop", "Training", "power", "FLOP"),
)


def rows(plan: Plan) -> list[tuple[str, str]]:
    """Return label and value of each line as text; intervals are 95 %."""
    lines = []
    for name, label, key, unit in _ROWS:
        value, interval = getattr(plan, name), plan.interval(name)
        # an interval that is only rounding noise belongs to a number that was given
        spread = interval is not None and interval[1] - interval[0] > FIXED * abs(value)
        text = format_pm(value, *interval, key) if interval and spread else format_value(value, key)
        lines.append((label, f"{text} {unit or (plan.fit.law.response.unit if name == 'loss' else '')}".strip()))
    if plan.question.demand is not None:
        lines.append(("Serving", f"{format_value(plan.lifetime.serving_flop, 'power')} FLOP"))
        lines.append(("Training and serving", f"{format_value(plan.total_flop, 'power')} FLOP"))
    for unit, training, serving, total in plan.lifetime.rows()[1:]:
        lines.append((f"Cost in {unit}", f"{training} training + {serving} serving = {total}"))
    low, high = plan.near_optimal
    lines.append(
        (
            f"Sizes within {100 * plan.question.tolerance:g} % of the least cost",
            f"{format_value(low, 'short')} to {format_value(high, 'short')}",
        )
    )
    if not plan.composition.plain:
        lines.append(("Training, whatever the bits", f"{format_value(plan.raw_training_flop, 'power')} FLOP"))
        lines += [(f"Worth of {term.name}", f"{format_value(term.compute, 'factor')} compute") for term in plan.terms]
    if plan.epochs is not None:
        lines.append(("Epochs", format_value(plan.epochs, "plain")))
    if plan.baseline is not None:
        base = plan.baseline
        text = f"{format_value(base.N, 'short')} on {format_value(base.D, 'short')} tokens"
        if plan.hold == "quality":
            saved = 1 - plan.lifetime.total / base.lifetime.total
            text += f"; this plan saves {format_value(saved, 'percent')} in all"
        else:
            # another quality: a saving would compare unlike things
            text += f", loss {format_value(base.loss, 'loss')}"
        lines.append(("Best for training alone", text))
    return lines


def as_dict(plan: Plan) -> dict[str, Any]:
    """Return the headline numbers as plain data."""
    numbers = {name: getattr(plan, name) for name, *_ in _ROWS}
    intervals = {name: plan.interval(name) for name in numbers}
    return {
        "fit": plan.fit.key or plan.fit.name,
        **numbers,
        "total_flop": plan.total_flop,
        "near_optimal": list(plan.near_optimal),
        "hold": plan.hold,
        "epochs": plan.epochs,
        "intervals": {name: list(bounds) for name, bounds in intervals.items() if bounds},
        "baseline": None if plan.baseline is None else as_dict(plan.baseline),
        "warnings": [str(warning) for warning in plan.warnings],
        "reason": plan.reason,
        **({} if plan.composition.plain else _composed(plan)),
    }


def _composed(plan: Plan) -> dict[str, Any]:
    return {
        "raw_training_flop": plan.raw_training_flop,
        "terms": {term.name: {"value": term.value, "compute": term.compute} for term in plan.terms},
    }


def as_text(plan: Plan) -> str:
    """Return the plan as text."""
    lines = rows(plan)
    width = max(len(label) for label, _ in lines)
    text = [f"Plan with {plan.fit.name}", ""]
    text += [f"  {label:<{width}}  {value}" for label, value in lines]
    text += [""] * bool(plan.reason or plan.warnings)
    text += [plan.reason] * bool(plan.reason)
    text += [f"Caution: {warning}" for warning in plan.warnings]
    return "\n".join(text)


def as_html(plan: Plan) -> str:
    """Return the plan as HTML for a notebook."""
    body = "".join(
        f"<tr><th style='text-align:left'>{escape(label)}</th><td style='text-align:left'>{escape(value)}</td></tr>"
        for label, value in rows(plan)
    )
    notes = "".join(f"<li>{escape(str(warning))}</li>" for warning in plan.warnings)
    reason = f"<p>{escape(plan.reason)}</p>" if plan.reason else ""
    return f"<b>Plan with {escape(plan.fit.name)}</b><table>{body}</table>{reason}<ul>{notes}</ul>"
