"""`sw.explore`: an explorer that displays itself in a notebook, as an app, and as a page."""

from __future__ import annotations

from typing import Any

from scalewidgets.explorers.explorer import Explorer
from scalewidgets.fits.fit import Fit


class LiveExplorer(Explorer):
    """An explorer with its faces, all on one state.

    Set a setting (`ex.compute = 1e24`) and every display follows; move a slider and the setting follows.
    """

    def __init__(self, fit: Fit | str | None = None, **settings: Any) -> None:
        super().__init__(fit, **settings)
        self._controls: Any = None

    @property
    def controls(self) -> dict[str, Any]:
        """The ipywidget of each setting, by name: observe, link and compose it like any other."""
        return self._shared_controls().by_name

    @property
    def views(self) -> dict[str, Any]:
        """The charts in the present state as HoloViews objects, to restyle and compose."""
        from scalewidgets.views.board import elements

        return elements(self)

    def widget(self) -> Any:
        """Return a new display of the explorer as an ipywidget."""
        from scalewidgets.faces.notebook import Notebook

        return Notebook(self, self._shared_controls()).widget

    def panel(self) -> Any:
        """Return a new display of the explorer as a Panel object, to place in an app of your own."""
        from scalewidgets.faces.app import App
        from scalewidgets.faces.serving import pane

        return pane(App(self))

    def servable(self, title: str = "scalewidgets") -> Any:
        """Mark the explorer as what `panel serve` shows for a file, and return the page."""
        from scalewidgets.faces.app import App
        from scalewidgets.faces.serving import page

        return page(App(self), title).servable(title=title)

    def _shared_controls(self) -> Any:
        if self._controls is None:
            from scalewidgets.faces.notebook import Controls

            self._controls = Controls(self)
        return self._controls

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget()._repr_mimebundle_(**kwargs)


def explore(fit: Fit | str | None = None, **settings: Any) -> LiveExplorer:
    """Explore how to spend training compute: sliders, charts and a plan that follow each other.

    Parameters
    ----------
    fit : Fit or str, optional
        A fit of a law of N and D, or the key of a published one; Besiroglu et al. 2024 if left out.
    **settings
        ``compute``, ``inference_tokens``, ``hold``, ``near_optimal``, ``prompt_share``, ``hardware``.

    Returns
    -------
    LiveExplorer
        Displays itself in a notebook.

    Raises
    ------
    StateError, UnknownName
        Naming the setting, what it was given and what it takes.

    Examples
    --------
    >>> ex = explore("hoffmann2022", compute="1e22")
    >>> ex.compute = 1e24
    >>> f"{ex.plan.N:.4g}"
    '5.192e+10'
    """
    return LiveExplorer(fit, **settings)
