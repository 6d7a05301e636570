"""Serve the app on this machine: a page of its own around the layout, state in the address, one session a visitor."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import panel as pn
from bokeh.models import CustomJS

from scalewidgets.errors import ScalewidgetsError
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.faces.app import App
from scalewidgets.faces.files import text_of
from scalewidgets.faces.gallery import Gallery, from_query, to_query
from scalewidgets.fits.fit import Fit

# What the address carries: short names, numbers and keys only.
ADDRESS = {"fit": "fit", "compute": "C", "inference_tokens": "inference", "hold": "hold", "near_optimal": "near"}


def pane(app: App) -> Any:
    """Return the Panel pane of an app."""
    return pn.pane.Bokeh(app.layout, sizing_mode="stretch_width", margin=0)


def page(app: App, title: str) -> Any:
    """Return the whole page, as a Panel template."""
    template = pn.Template(text_of("page.html"), location=True)
    template.add_variable("page_title", title)
    template.add_panel("app", pane(app))
    return template


def from_address(ex: Explorer, query: Mapping[str, Any]) -> list[str]:
    """Apply the settings of an address; return what was refused and why."""
    refused = []
    names = {short: name for name, short in ADDRESS.items()}
    for short, values in query.items():
        if short not in names:
            continue
        text = values[0] if isinstance(values, list) else values
        text = text.decode() if isinstance(text, bytes) else str(text)
        try:
            value = float(text) if names[short] == "near_optimal" else text
            ex.apply({names[short]: value})
        except (ScalewidgetsError, ValueError) as error:
            refused.append(f"{short}: {error}")
    return refused


def to_address(ex: Explorer) -> dict[str, str]:
    """Return the settings that the address carries."""
    found = {ADDRESS[name]: value for name, value in ex.settings().items() if name in ADDRESS}
    if not ex.fit.key:
        found.pop("fit")
    return {short: f"{value:.6g}" if isinstance(value, float) else str(value) for short, value in found.items()}


def write_address(location: Any, ex: Explorer) -> None:
    """Write the settings to the address; what is back at its default leaves it, and what others wrote there stays."""
    others = {name: value for name, value in location.query_params.items() if name not in ADDRESS.values()}
    location.search = "?" + urlencode(others | to_address(ex))


def session(fit: Fit | None, settings: Mapping[str, Any], title: str) -> Any:
    """Return the page of one visitor, with a state of its own."""
    ex = Explorer(fit, **settings)
    location = pn.state.location
    refused = from_address(ex, pn.state.session_args) if pn.state.session_args else []
    app = App(ex, gallery="gallery")
    if refused:
        app.complain(refused)
    if location is not None:
        app.settled.append(lambda: write_address(location, ex))
    return _opened(app, title)


def law_session() -> Any:
    """Return the page of one visitor to the explorer of a law, which the address names."""
    query, location = pn.state.session_args or {}, pn.state.location
    ex, refused = from_query(query)
    app = App(ex, gallery="gallery")
    if refused:
        app.complain(refused)
    if location is not None:

        def write() -> None:
            location.search = "?" + urlencode(to_query(ex, query))

        app.settled.append(write)
    return _opened(app, ex.title)


def _opened(app: App, title: str) -> Any:
    """Return the page of an app, which starts when it is shown, in the colours that the visitor's system prefers."""
    template = page(app, title)
    follow = CustomJS(
        args={"button": app.theme}, code="button.active = matchMedia('(prefers-color-scheme: dark)').matches"
    )
    if pn.state.curdoc is not None:
        pn.state.curdoc.js_on_event("document_ready", follow, app.start)
    return template


def free_port() -> int:
    """Return a port that nobody listens on at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(
    port: int = 5006,
    fit: Fit | str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    origins: Sequence[str] = (),
    title: str = "scalewidgets",
    start: bool = True,
) -> Any:
    """Serve the explorer on 127.0.0.1 and print its address; ``/gallery`` lists the explorers of all laws.

    Parameters
    ----------
    port : int
        0 takes a free one.
    fit : Fit, str or path, optional
        A fit, the key of a published one, or a file that a fit was saved to.
    settings : mapping, optional
        Settings of the explorer to begin with.
    origins : sequence of str
        Further hosts, such as a proxy's, that a page may be opened under.
    start : bool
        Whether to block and serve; False returns the server, not yet running.

    Raises
    ------
    ScalewidgetsError
        If the fit can't be read or shown. OSError if the port is taken.
    """
    loaded = Fit.load(fit) if isinstance(fit, Path) or (isinstance(fit, str) and fit.endswith(".json")) else fit
    Explorer(loaded, **(settings or {}))  # refuse before the first visitor does
    port = port or free_port()
    server = pn.serve(
        {"/": lambda: session(loaded, settings or {}, title), "law": law_session},
        port=port,
        extra_patterns=[("/gallery", Gallery)],
        address="127.0.0.1",
        websocket_origin=[f"127.0.0.1:{port}", f"localhost:{port}", *origins],
        show=False,
        start=False,
        title=title,
        admin=False,
        verbose=False,
    )
    print(f"scalewidgets is served at http://127.0.0.1:{port}/, all laws at /gallery (stop with ctrl+C)", flush=True)
    if start:
        server.start()
        server.io_loop.start()
    return server
