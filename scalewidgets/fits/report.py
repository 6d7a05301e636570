"""Print a fit: the same rows as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from scalewidgets.formats import format_value

if TYPE_CHECKING:
    from scalewidgets.fits.fit import Fit


def coefficient_rows(fit: Fit) -> list[tuple[str, str, str]]:
    """Return name, value and 95 % interval of each coefficient as text."""
    intervals = fit.interval() if fit.draws is not None else {}
    rows = []
    for name, value in fit.values.items():
        low_high = intervals.get(name)
        bounds = " to ".join(f"{bound:.6g}" for bound in low_high) if low_high else "point estimate"
        rows.append((name, f"{value:.6g}", bounds))
    return rows


def facts(fit: Fit) -> list[str]:
    """Return what is known about how the fit was made, as sentences."""
    lines = []
    if fit.record:
        r = fit.record
        lines.append(
            f"{r.rows} runs, {r.objective} objective (sum, delta {r.delta:g}) = {r.objective_value:.9g}; "
            f"{r.starts_agreeing} of {r.starts} starts agree."
        )
        lines.append(f"Intervals: 95 %, from {r.bootstrap} resamples of the runs." if r.bootstrap else "No intervals.")
    ranges = [
        f"{symbol} {format_value(low, 'power' if symbol == 'C' else 'short')}–"
        f"{format_value(high, 'power' if symbol == 'C' else 'short')}"
        for symbol, (low, high) in fit.source.ranges.items()
    ]
    if ranges:
        lines.append(f"Range of the runs: {', '.join(ranges)}.")
    return [*lines, *fit.source.sentences()]


def as_text(fit: Fit) -> str:
    """Return the report as text."""
    width = max(len(name) for name in fit.values)
    form = fit.law.title or fit.law.key
    lines = [fit.name if form in fit.name else f"{fit.name} ({form})", ""]
    lines += [f"  {name:<{width}}  {value:<12}  {bounds}" for name, value, bounds in coefficient_rows(fit)]
    lines += ["", *facts(fit)]
    lines += [f"Caution: {warning}" for warning in fit.warnings]
    return "\n".join(lines)


def as_html(fit: Fit) -> str:
    """Return the report as HTML for a notebook."""
    rows = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in coefficient_rows(fit)
    )
    heads = ("Coefficient", "Value", "95 % interval")
    head = "<tr>" + "".join(f"<th style='text-align:left'>{text}</th>" for text in heads) + "</tr>"
    lines = "".join(f"<li>{escape(line)}</li>" for line in facts(fit))
    cautions = "".join(f"<li><b>Caution:</b> {escape(str(warning))}</li>" for warning in fit.warnings)
    formula = escape(fit.law.latex(fit.values))
    return f"<b>{escape(fit.name)}</b><p>$${formula}$$</p><table>{head}{rows}</table><ul>{lines}{cautions}</ul>"
