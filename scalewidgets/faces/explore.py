"""`sw.explore`: an explorer of a fit or a law that displays itself in a notebook, as an app, and as a page."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from scalewidgets.declare import Law
from scalewidgets.errors import UnknownName
from scalewidgets.explorers.base import BaseExplorer
from scalewidgets.explorers.explorer import DEFAULT_FIT, Explorer, showable
from scalewidgets.explorers.law_explorer import law_explorer
from scalewidgets.explorers.law_tracks import illustrative, published_of
from scalewidgets.explorers.planner_explorer import planner_explorer
from scalewidgets.explorers.schedule_explorer import ScheduleExplorer
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.planner import Planner, planners
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import laws
from scalewidgets.runs import Runs, read_runs
from scalewidgets.schedules.law import ScheduleLaw

VIEWS = ("allocation", "law", "schedule")


class Faces(BaseExplorer):
    """The faces of an explorer, all on one state; mixed in front of its class by `live`.

    Set a setting (`ex.compute = 1e24`) and every display follows; move a slider and the setting follows.
    """

    _controls: Any = None

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

    def save(self, path: str | os.PathLike[str], **options: Any) -> Any:
        """Save the explorer as one page that stays live without Python and without a network.

        Parameters
        ----------
        path : str or path
        **options
            ``title``; ``notes`` (Markdown); ``show`` and ``lock`` (groups and controls); ``charts``; ``steps`` (named
            states); ``questions``; ``projector``; ``include_runs`` (False: your runs stay out); ``draws``, the most
            draws that go into the page. `scalewidgets.faces.page.save` says what each takes.

        Returns
        -------
        scalewidgets.faces.page.Saved
            What the page contains; printing it lists it.

        Raises
        ------
        PortabilityError
            If the law can't run without Python.
        """
        from scalewidgets.faces.page import save

        return save(self, path, **options)

    def embed(self, **options: Any) -> Any:
        """Return the present state as a notebook output that stays live without a kernel.

        Where scripts don't run, a picture and the numbers as a table remain.

        Parameters
        ----------
        **options
            Those of `save`, and ``scripts``: whether it brings the scripts along; left out, the first cell that shows
            an explorer does.

        Returns
        -------
        scalewidgets.faces.embed.Embedded
            Displays itself; ``html()`` is the element, for documents of your own.
        """
        from scalewidgets.faces.embed import embed

        return embed(self, **options)

    def _shared_controls(self) -> Any:
        if self._controls is None:
            from scalewidgets.faces.notebook import Controls

            self._controls = Controls(self)
        return self._controls

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget()._repr_mimebundle_(**kwargs)


class LiveExplorer(Faces, Explorer):
    """The allocation explorer with its faces."""


@cache
def live(kind: type[BaseExplorer]) -> type[Any]:
    """Return a class of explorer with its faces."""
    return LiveExplorer if kind is Explorer else type(f"Live{kind.__name__}", (Faces, kind), {"__doc__": kind.__doc__})


def explore(
    fit: Fit | Law | Planner | str | None = None, *, runs: Any = None, view: str | None = None, **settings: Any
) -> Any:
    """Explore a law or a planner: sliders, charts and numbers that follow each other.

    A law of N and D whose response is the loss opens in the allocation explorer, which plans how to spend training
    compute. A law over learning-rate schedules opens in the schedule explorer. Every other law opens in an explorer
    made from its declaration, with a slider for each variable and each coefficient; ``view="law"`` asks for that one.
    So does a planner, whose answers are drawn over what it asks for.

    Parameters
    ----------
    fit : Fit, Law, Planner or str, optional
        A fit, a law, a planner, or the key of one of them; Besiroglu et al. 2024 if left out.
    runs : Runs, path, data frame or mapping, optional
        Runs of your own, as `read_runs` takes them. The allocation explorer fits and draws them, and refits when you
        drop one; the explorer of a law shows how far they lie from it.
    view : {"allocation", "law", "schedule"} or key of a planner, optional
        Which explorer; chosen by the law if left out. That of a planner takes a fit of the law behind it, such as
        your own, or one of its sets of coefficients.
    **settings
        Of the allocation explorer: ``compute``, ``inference_tokens``, ``hold``, ``near_optimal``, ``prompt_share``,
        ``hardware``. Of a law's: ``axis``, ``curves``, each variable and each coefficient by name. Of the schedule
        explorer: ``shape``, ``steps``, ``warmup``, ``peak``, ``cooldown``, ``end``, ``custom``.

    Returns
    -------
    LiveExplorer
        Displays itself in a notebook.

    Raises
    ------
    StateError, UnknownName, RunsError
        Naming the setting, what it was given and what it takes.

    Examples
    --------
    >>> ex = explore("hoffmann2022", compute="1e22")
    >>> ex.compute = 1e24
    >>> f"{ex.plan.N:.4g}"
    '5.192e+10'
    >>> explore("precision", P_w=4).settings()
    {'fit': 'kumar2024', 'P_w': 4.0}
    >>> explore("best-vocabulary").planner.answers[0].label
    'Best vocabulary size'
    """
    if view in planners():
        return _explore_planner(planners()[view], fit, settings)
    if isinstance(fit, Planner) or (isinstance(fit, str) and fit in planners()):
        return _explore_planner(planners()[fit] if isinstance(fit, str) else fit, None, settings)
    table = runs if runs is None or isinstance(runs, Runs) else read_runs(runs)
    wanted = _named(fit)
    form = wanted.law if isinstance(wanted, Fit) else wanted
    if view not in (None, *VIEWS):
        raise UnknownName.among("sw.explore", "view", str(view), (*VIEWS, *planners()))
    if view is None:
        planned = form is None or (showable(form) and (isinstance(wanted, Fit) or bool(published_of(form))))
        view = "allocation" if planned else "law"
        if isinstance(form, ScheduleLaw) and table is None:
            view = "schedule"
    if view == "schedule":
        chosen = next(iter(published_of(wanted)), None) if isinstance(wanted, Law) else wanted
        return live(ScheduleExplorer)(chosen, **settings)
    if view == "law":
        form = published(DEFAULT_FIT).law if form is None else form
        return live(law_explorer(form))(wanted if isinstance(wanted, Fit) else None, runs=table, **settings)
    if isinstance(wanted, Law):
        known = published_of(wanted) or (illustrative(wanted),)
        wanted = next((each for each in known if each.key == DEFAULT_FIT), known[0])
    return LiveExplorer(wanted, runs=table, **settings)


def _explore_planner(planner: Planner, fit: Any, settings: dict[str, Any]) -> Any:
    kind = planner_explorer(planner)
    if isinstance(fit, str) and fit not in (each.key for each in kind.sets):
        fit = published(fit)
    return live(kind)(planner.taking(kind.law, {fit.key: fit}) if isinstance(fit, Fit) else fit, **settings)


def _named(fit: Fit | Law | str | None) -> Fit | Law | None:
    """Return the fit or the law of a key."""
    if not isinstance(fit, str):
        return fit
    return laws()[fit] if fit in laws() and fit not in published_fits() else published(fit)


def studio(fit: Fit | str | None = None, *, runs: Any = None, **settings: Any) -> Any:
    """Open the Studio: compute, inference demand, bits and learning-rate schedule move one plan together.

    Parameters
    ----------
    fit, runs
        As in `explore`; `fit` may also be of the loss over compute and tokens per parameter.
    **settings
        Those of `explore`, and ``bits``, ``deploy_bits``, ``cooldown``, ``decay``, ``steps``, ``counted``
        (`scalewidgets.explorers.studio.Studio`). ``tasks`` says whose error on tasks is shown: 0 for none, 17 or 46
        for the published tasks, ``"own"`` for yours, whose pairs of loss and score ``task_scores`` takes as a table,
        a data frame, a mapping, a path or a fit (`scalewidgets.explorers.studio_task_state.TaskExplorer`).

    Returns
    -------
    Studio
        With faces; displays itself in a notebook.

    Raises
    ------
    StateError, UnknownName, RunsError

    Examples
    --------
    >>> ex = studio(compute="1e22", bits=8)
    >>> print(ex.plan.terms[0].sentence)
    Training in 8 bits counts 83.3 % of the parameters at 0.500 of the cost of a FLOP: worth ×1.67 compute.
    """
    from scalewidgets.explorers.studio import Studio

    table = runs if runs is None or isinstance(runs, Runs) else read_runs(runs)
    return live(Studio)(fit, runs=table, **settings)
