"""Serve the app on this machine: a page of its own around the layout, state in the address, one session a visitor."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.models import CustomJS

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.studio import Studio
from scalewidgets.faces.address import ADDRESS, from_address, text_in, to_address
from scalewidgets.faces.app import App
from scalewidgets.faces.checks_app import FIELDS, GPU
from scalewidgets.faces.files import text_of
from scalewidgets.faces.gallery import Gallery, from_query, to_query
from scalewidgets.faces.share import EXTRA, opened, pin_from
from scalewidgets.fits.fit import Fit


def pane(app: App) -> Any:
    """Return the Panel pane of an app."""
    return pn.pane.Bokeh(app.layout, sizing_mode="stretch_width", margin=0)


def page(app: App, title: str) -> Any:
    """Return the whole page, as a Panel template."""
    template = pn.Template(text_of("page.html"))
    template.add_variable("page_title", title)
    template.add_panel("app", pane(app))
    return template


def address_of(ex: Explorer, query: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
    """Return the query of a state that was opened by another; what others wrote there stays."""
    ours = (*ADDRESS.values(), *EXTRA, *FIELDS, GPU)
    others = {name: text_in(query, name) for name in query if name not in ours}
    return others | to_address(ex) | dict(more)


def session(fit: Fit | None, settings: Mapping[str, Any], title: str) -> Any:
    """Return the page of one visitor, with a state of its own."""
    ex = Studio(fit, **settings)
    query = pn.state.session_args or {}
    said = from_address(ex, query) + pin_from(ex, query)
    app = App(ex, gallery="gallery", query=query)
    said += opened(ex, query)
    if said:
        app.complain(said)
    checks = app.checks
    if checks is not None:
        for calls in (app.settled, checks.entered):
            calls.append(lambda: app.show_address(address_of(ex, query, checks.carried())))
    return _opened(app, title)


def law_session() -> Any:
    """Return the page of one visitor to the explorer of a law, which the address names."""
    query = pn.state.session_args or {}
    ex, refused = from_query(query)
    app = App(ex, gallery="gallery")
    if refused:
        app.complain(refused)
    app.settled.append(lambda: app.show_address(to_query(ex, query)))
    return _opened(app, ex.title)


def _opened(app: App, title: str) -> Any:
    """Return the page of an app, in the colours that the visitor's system prefers."""
    template = page(app, title)
    follow = CustomJS(
        args={"button": app.theme}, code="button.active = matchMedia('(prefers-color-scheme: dark)').matches"
    )
    if pn.state.curdoc is not None:
        pn.state.curdoc.js_on_event("document_ready", follow)
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
    # refuse before the first visitor does, and draw what all of them are shown
    App(Studio(loaded, **(settings or {})))
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
