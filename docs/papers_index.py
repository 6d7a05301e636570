"""Word the index of papers from papers.toml, with the laws, fits and planners that each paper has here."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from catalogue_pages import FOLDER, PLANNERS, plain, table

from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

FILE = Path(__file__).with_name("papers.toml")


def known() -> dict[str, list[str]]:
    """Return the entries of the catalogue by the key of their paper, as MyST with links."""
    found: dict[str, list[str]] = {}
    for law in laws().values():
        found.setdefault(law.citation.key, []).append(f"[`{law.key}`]({FOLDER}/{law.key}.md)")
    for fit in published_fits().values():
        # a law that is listed links to its fits
        own = f"[`{fit.law.key}`]({FOLDER}/{fit.law.key}.md)"
        listed = found.setdefault(fit.source.citation.key, [])
        if own not in listed:
            listed.append(own)
    return found


def lines() -> Iterator[str]:
    """Yield the index as MyST: a table of each topic, and at the end what only the catalogue names."""
    entries = known()
    named: set[str] = set()
    for topic in tomllib.loads(FILE.read_text(encoding="utf-8"))["topic"]:
        yield from ("", f"## {plain(topic['title'])}")
        rows = []
        for paper in topic["paper"]:
            named |= set(paper["keys"])
            here = [entry for key in paper["keys"] for entry in entries.get(key, [])]
            here += [f"[`{key}`]({FOLDER}/{key}.md)" for key in paper.get("laws", [])]
            here += [f"[`{key}`]({PLANNERS}/{key}.md)" for key in paper.get("planners", [])]
            here += [f"{{py:obj}}`~{name}`" for name in paper.get("functions", [])]
            rows.append([plain(paper["title"]), paper["kind"], plain(paper["here"]), ", ".join(here) or "–"])
        yield from table(("paper", "kind", "what it is here", "in the catalogue"), rows)
    if rest := sorted(set(entries) - named):
        citations = {law.citation.key: law.citation for law in laws().values()}
        citations |= {fit.source.citation.key: fit.source.citation for fit in published_fits().values()}
        yield from ("", "## Also in the catalogue")
        yield from table(
            ("paper", "in the catalogue"), ([plain(citations[key]), ", ".join(entries[key])] for key in rest)
        )
