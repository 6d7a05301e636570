"""Word the catalogue and the page of each law and planner from the declarations, so that a new one appears there."""

import math
import re
from collections.abc import Iterable, Iterator

from scalewidgets.catalog import OTHER
from scalewidgets.declare import Law, Variable
from scalewidgets.explorers.explorer import showable
from scalewidgets.explorers.law_tracks import illustrative, published_of, stand
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import LEVELS
from scalewidgets.formats import format_value
from scalewidgets.planning.planner import Planner, planners
from scalewidgets.registry import laws

FOLDER, PLANNERS = "laws", "planners"


def plain(text: object) -> str:
    """Escape what Markdown would take for markup."""
    return re.sub(r"([\\`*_{}\[\]<>|$#~])", r"\\\1", " ".join(str(text).split()))


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    heads = list(heads)
    yield from ("", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}")
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def page_of(law: Law) -> str:
    """Return the page of a law as MyST."""
    return "\n".join([*_head(law), *_numbers(law), *_traps(law), *_code(law)])


def _head(law: Law) -> Iterator[str]:
    yield from (f"# {plain(law.title or law.key)}", "", "$$", law.latex(), "$$", "")
    yield f"`{law.key}`, {plain(law.topic or OTHER)}. Form: {plain(law.citation)}."
    if not law.portable:
        yield f"It runs in Python only: {plain(law.why_not_portable)}."
    yield from ("", "## Variables")
    rows = [_variable(variable) for variable in (*law.variables, law.response)]
    rows[-1][1] += " (the response)"
    yield from table(("symbol", "meaning", "unit", "slider", "allowed"), rows)


def _variable(variable: Variable) -> list[str]:
    ends = (format_value(end, variable.format) for end in (variable.low, variable.high))
    return [
        f"`{variable.symbol}`",
        plain(variable.label),
        plain(variable.unit) or "–",
        " to ".join(ends),
        variable.allowed,
    ]


def _numbers(law: Law) -> Iterator[str]:
    """Yield the coefficients: what each is, and the numbers of every published fit with their level and range."""
    yield "## Coefficients"
    fits = published_of(law)
    shown = fits or (illustrative(law),)
    heads = ["coefficient", "kind", *(f"`{fit.key}`" if fit.key else "illustrative" for fit in shown)]
    rows = [
        [
            f"`{c.name}`",
            c.kind + (f", {plain(c.unit)}" if c.unit else ""),
            *(f"{fit.values[c.name]:.6g}" for fit in shown),
        ]
        for c in law.coefficients
    ]
    yield from table(heads, rows)
    if not fits:
        yield "No paper's numbers are shipped for this form: fit it to runs of yours."
        yield "The values above are neutral and illustrative."
        return
    yield "## Where the numbers come from, and where they hold"
    rows = [
        [
            f"`{fit.key}`",
            plain(fit.name),
            f"{fit.source.verified}: {LEVELS[fit.source.verified]}",
            plain(fit.source.citation),
            _ranges(fit),
        ]
        for fit in fits
    ]
    yield from table(("fit", "title", "verified", "source", "runs behind it"), rows)


def _ranges(fit: Fit) -> str:
    parts = []
    for symbol, (low, high) in fit.source.ranges.items():
        known = {variable.symbol: variable.format for variable in fit.law.variables}
        key = known.get(symbol, "power")
        parts.append(f"{symbol} {format_value(low, key)} to {format_value(high, key)}")
    return plain(", ".join(parts)) or "not stated"


def _traps(law: Law) -> Iterator[str]:
    notes = [(plain(note), "") for note in law.notes]
    notes += [(plain(note), f"`{fit.key}`: ") for fit in published_of(law) for note in fit.source.notes]
    # a note that several fits share is said once
    said: dict[str, str] = {}
    for note, owner in notes:
        said[note] = owner if note not in said else ""
    if said:
        yield from ("", "## Traps", "", *(f"- {owner}{note}" for note, owner in said.items()), "")


def _code(law: Law) -> Iterator[str]:
    fits = published_of(law)
    places = ", ".join(f"{v.symbol}={_written(stand(v, fits))}" for v in law.variables)
    yield from ("## Code", "", "```python", "import scalewidgets as sw", "")
    view = ', view="law"' if showable(law) else ""
    if fits:
        yield from (f'fit = sw.published("{fits[0].key}")', f"fit({places})", f"sw.explore(fit{view})")
    else:
        yield from (f'law = sw.law("{law.key}")', "law.latex()", f"sw.explore(law{view})")
    yield from ("```", "")


def _written(value: float) -> str:
    return str(int(value)) if value == math.floor(value) and abs(value) < 1e6 else f"{value:.6g}"


def page_of_planner(planner: Planner) -> str:
    """Return the page of a planner as MyST."""
    return "\n".join(_planner_lines(planner))


def _planner_lines(planner: Planner) -> Iterator[str]:
    yield from (
        f"# {plain(planner.title)}",
        "",
        f"`{planner.key}`, {plain(planner.topic)}. After {plain(planner.citation)}.",
    )
    if not planner.law.portable:
        yield f"It runs in Python only: {plain(planner.law.why_not_portable)}."
    for title, variables in (("What it asks for", planner.variables), ("What it answers", planner.answers)):
        yield from ("", f"## {title}")
        yield from table(("symbol", "meaning", "unit", "from, to", "allowed"), map(_variable, variables))
    fits = planner.fits(planner.law)
    yield from ("## Coefficients",)
    heads = ("coefficient", "kind", *(f"`{fit.key}`" if fit.key else "illustrative" for fit in fits))
    rows = (
        [
            f"`{c.name}`",
            c.kind + (f", {plain(c.unit)}" if c.unit else ""),
            *(f"{fit.values[c.name]:.6g}" for fit in fits),
        ]
        for c in planner.coefficients
    )
    yield from table(heads, rows)
    notes = dict.fromkeys((*planner.notes, *(note for fit in fits for note in fit.source.notes)))
    yield from ("## To know", "", *(f"- {plain(note)}" for note in notes), "")
    places = ", ".join(f"{v.symbol}={_written(stand(v, fits))}" for v in planner.variables)
    yield from ("## Code", "", "```python", "import scalewidgets as sw", "")
    yield from (
        f'asked = sw.planner("{planner.key}")',
        f"asked.answer({places})",
        f'sw.explore("{planner.key}")',
        "```",
        "",
    )


def list_of_laws() -> str:
    """Return the catalogue as MyST: tables of each topic, with links to the pages of laws and planners."""
    shelves: dict[str, list[Law]] = {}
    for law in laws().values():
        shelves.setdefault(law.topic or OTHER, []).append(law)
    for planner in planners().values():
        shelves.setdefault(planner.topic, [])
    lines: list[str] = []
    for topic in sorted(shelves):
        lines += ["", f"## {topic.capitalize()}"]
        rows = [
            [
                f"[{plain(law.title or law.key)}]({FOLDER}/{law.key}.md)",
                f"`{law.key}`",
                ", ".join(law.symbols),
                ", ".join(f"`{fit.key}`" for fit in published_of(law)) or "fit your own",
            ]
            for law in shelves[topic]
        ]
        lines += table(("law", "key", "variables", "published fits"), rows) if rows else []
        asked = [planner for planner in planners().values() if planner.topic == topic]
        rows = [
            [
                f"[{plain(planner.title)}]({PLANNERS}/{planner.key}.md)",
                f"`{planner.key}`",
                ", ".join(variable.symbol for variable in planner.variables),
                plain(", ".join(answer.label.lower() for answer in planner.answers)),
            ]
            for planner in asked
        ]
        lines += table(("planner", "key", "asks for", "answers"), rows) if rows else []
    return "\n".join(lines)
