"""The brief of a Studio's state: one page that says what to train, how sure that is, and what it rests on."""

from __future__ import annotations

import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from scalewidgets.errors import PlanError
from scalewidgets.explorers.texts import sentences
from scalewidgets.formats import format_pm, format_value
from scalewidgets.planning.composition import ASSUMPTIONS
from scalewidgets.planning.plan import Plan

if TYPE_CHECKING:
    from scalewidgets.explorers.studio import Studio

# Sizes beside the plan's, as factors on it.
RUNNERS_UP = (0.5, 0.75, 1.5, 2.0)
# What a plan is asked for, with its format.
HEADLINES = (
    ("N", "parameters", "short"),
    ("D", "tokens", "short"),
    ("tokens_per_param", "tokens per parameter", "ratio"),
    ("loss", "nats/token", "loss"),
    ("training_flop", "FLOP of training, in 16 bits", "power"),
)


def brief(ex: Studio, **question: Any) -> str:
    """Return the brief as Markdown; `question` goes to the feasibility table.

    Examples
    --------
    >>> from scalewidgets.explorers.studio import Studio
    >>> print(brief(Studio(compute="1e22")).splitlines()[0])
    # What to train
    """
    plan = ex.plan
    parts = [
        "# What to train",
        _bullets([_headline(plan, *row) for row in HEADLINES]),
        _certainty(plan),
        "## Other sizes at this question",
        _sizes(plan),
        "## What the terms are worth",
        _bullets([term.sentence for term in sorted(plan.terms, key=lambda t: -abs(np.log(t.compute)))])
        or "Precision and schedule are off.",
        "## What it assumes",
        _bullets(ASSUMPTIONS if plan.terms else ASSUMPTIONS[:0]) or "Nothing beyond the law and its runs.",
        "## What to know",
        _bullets(sentences(ex, ex.frames())),
        "## Feasibility",
        _table(("check", "status", "value", "why"), [_check(row) for row in ex.feasibility(**question).rows]),
        "## Data and sources",
        _bullets([*_rows(ex), *ex.fit.source.sentences()]),
        "## Code",
        f"```python\n{ex.code()}\n```",
        _versions(ex),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(plan: Plan, name: str, unit: str, key: str) -> str:
    value, bounds = getattr(plan, name), plan.interval(name)
    shown = format_value(value, key) if bounds is None else format_pm(value, *bounds, key)
    return f"**{shown}** {unit}"


def _certainty(plan: Plan) -> str:
    low, high = plan.near_optimal
    share = format_value(plan.question.tolerance, "percent")
    near = f"{format_value(low, 'short')} to {format_value(high, 'short')} parameters cost at most {share} more."
    if plan.draws is None:
        return f"Point estimate: the fit has no draws. {near}"
    return f"95 % intervals from {len(plan.draws['N'])} joint draws of the base fit. {near}"


def _sizes(plan: Plan) -> str:
    rows = []
    for factor in (*RUNNERS_UP[:2], 1.0, *RUNNERS_UP[2:]):
        try:
            other = plan if factor == 1.0 else plan.at_size(plan.N * factor)
        except PlanError:
            rows.append([format_value(plan.N * factor, "short"), "–", "–", "–", "can't answer this question"])
            continue
        extra = other.lifetime.total / plan.lifetime.total - 1
        numbers = ((other.N, "short"), (other.D, "short"), (other.loss, "loss"), (other.total_flop, "power"))
        rows.append([*(format_value(value, key) for value, key in numbers), format_value(extra, "percent")])
    return _table(("N", "D", "loss", "FLOP of training and serving", "extra cost"), rows)


def _check(row: Any) -> list[str]:
    return [row["check"], row["status"], row["shown"], row["why"]]


def _rows(ex: Studio) -> list[str]:
    shown = ex.shown
    if shown is None:
        return ["No runs of your own: the coefficients are published ones."]
    columns = np.column_stack([shown.runs[name] for name in ("N", "D", "loss")])
    digest = hashlib.sha256(np.ascontiguousarray(columns).tobytes()).hexdigest()[:16]
    dropped = f"rows {', '.join(map(str, shown.dropped))} left out" if shown.dropped else "none left out"
    return [f"{len(shown.runs) - len(shown.dropped)} of {len(shown.runs)} runs used, {dropped}; data hash {digest}."]


def _versions(ex: Studio) -> str:
    from scalewidgets import __version__

    values = ",".join(f"{name}={value!r}" for name, value in sorted(ex.fit.values.items()))
    digest = hashlib.sha256(values.encode()).hexdigest()[:16]
    return f"scalewidgets {__version__}, NumPy {np.__version__}; coefficients {digest}."


def _bullets(lines: Any) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(head: Any, rows: Any) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def as_html(markdown: str) -> str:
    """Return a brief as a page of its own: headings, lists, tables and code, nothing else."""
    body: list[str] = []
    for block in markdown.strip().split("\n\n"):
        lines = [escape(line) for line in block.split("\n")]
        if block.startswith("#"):
            level = len(block) - len(block.lstrip("#"))
            body.append(f"<h{level}>{lines[0].lstrip('# ')}</h{level}>")
        elif block.startswith("- "):
            body.append("<ul>" + "".join(f"<li>{_bold(line[2:])}</li>" for line in lines) + "</ul>")
        elif block.startswith("| "):
            cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
            head = "".join(f"<th>{cell}</th>" for cell in cells[0])
            rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in cells[2:])
            body.append(f"<table><tr>{head}</tr>{rows}</table>")
        elif body and (block.startswith("```") or body[-1].startswith("<pre>") and not body[-1].endswith("</pre>")):
            text = "\n".join(line for line in lines if not line.startswith("```"))
            body.append((f"<pre>{text}" if block.startswith("```") else text) + "</pre>" * block.endswith("```"))
        else:
            body.append(f"<p>{_bold(lines[0])}</p>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What to train</title><style>'
        "body{font:15px/1.5 system-ui;max-width:52rem;margin:2rem auto;padding:0 1rem}"
        "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left}"
        f"pre{{background:#f4f5f7;padding:.6rem;overflow-x:auto}}</style>{chr(10).join(body)}</html>"
    )


def _bold(text: str) -> str:
    pieces = text.split("**")
    return "".join(f"<b>{piece}</b>" if i % 2 else piece for i, piece in enumerate(pieces))
