"""The HTML of the tools over a page: undo, scenarios, pinning, downloads, sharing. page_tools.mjs gives them life."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from scalewidgets.explorers.studio_presets import Preset

FILES = (("csv", "Numbers (CSV)"), ("code", "Python code"))
PICTURES = (("png", "PNG"), ("svg", "SVG"))


def tools_html(presets: Mapping[str, Preset], charts: Mapping[str, str], *, standalone: bool) -> str:
    """Return the tools.

    Parameters
    ----------
    presets : mapping of str to Preset
        The scenarios that the page holds.
    charts : mapping of str to str
        Titles of the charts by key.
    standalone : bool
        Whether the page has an address of its own, to be shared.
    """
    return (
        '<div class="sw-tools" role="toolbar" aria-label="Tools">'
        f"{_button('undo', 'Undo', 'Ctrl+Z')}{_button('redo', 'Redo', 'Ctrl+Shift+Z')}{_picker(presets)}"
        f"{_button('pin', 'Pin A', 'Compare what follows with this state', hidden=True)}{_downloads(charts)}"
        f"{_button('share', 'Share', 'Copy an address of this state and its numbers') if standalone else ''}"
        '<button type="button" data-theme>Dark</button><span data-tool="said" role="status"></span></div>'
    )


def presets_html(presets: Mapping[str, Preset]) -> str:
    """Return what the scenarios show, one paragraph each."""
    return "".join(
        f'<p class="sw-prose" data-preset-note="{escape(key)}" hidden>{escape(preset.sentence)}</p>'
        for key, preset in presets.items()
    )


def _button(name: str, label: str, title: str, *, hidden: bool = False) -> str:
    mark = " hidden" if hidden else ""
    return f'<button type="button" data-tool="{name}" title="{escape(title)}"{mark}>{label}</button>'


def _picker(presets: Mapping[str, Preset]) -> str:
    if not presets:
        return ""
    options = "".join(f'<option value="{escape(key)}">{escape(each.label)}</option>' for key, each in presets.items())
    return (
        '<select data-tool="preset" aria-label="Scenario">'
        f'<option value="" hidden>Scenario …</option>{options}</select>'
    )


def _downloads(charts: Mapping[str, str]) -> str:
    rows = [f"<li>{_download(what, label)}</li>" for what, label in FILES]
    for key, title in charts.items():
        both = "".join(_download(f"{what} {key}", label, f"{title} as {label}") for what, label in PICTURES)
        rows.append(f"<li><span>{escape(title)}</span>{both}</li>")
    return f'<details class="sw-menu"><summary>Download</summary><ul>{"".join(rows)}</ul></details>'


def _download(what: str, label: str, name: str = "") -> str:
    said = f' aria-label="{escape(name)}"' if name else ""
    return f'<button type="button" data-download="{escape(what)}"{said}>{escape(label)}</button>'
