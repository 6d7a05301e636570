"""Where the Studio's task error comes from: published laws of one corpus, or pairs of loss and score of one's own.

A law of error over loss belongs to the corpus that the loss is measured on and to one set of tasks, so the fit of the
loss must be of that corpus too. The published ones are over compute and tokens per parameter; they are brought here to
size and data, which is the same law turned by 45 degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from scalewidgets.errors import StateError
from scalewidgets.fits.fit import Fit
from scalewidgets.fitting.surface import fit
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import law
from scalewidgets.runs import Runs, read_scores
from scalewidgets.runs.scores import refuse_other_than_shares

ERROR, TURNED, SIZE_AND_DATA = "error-from-loss", "over-training", "chinchilla"
# How many tasks the published laws of error are of.
TASKS = (17, 46)
DRAWS = 200
# Not that of the fit of the loss: draws of two fits must not go together.
SEED = 1
FLOP = 6.0  # for each parameter and token


@cache
def published_error(corpus: str, tasks: int) -> Fit | None:
    """Return the published law of error on so many tasks whose loss is on a corpus; None if there is none.

    Examples
    --------
    >>> published_error("C4, models trained on C4", 17).key
    'gadre2024-error17-c4'
    >>> published_error("", 17) is None
    True
    """
    found = (each for each in published_fits().values() if each.law.key == ERROR and f"-error{tasks}-" in each.key)
    return next((each for each in found if corpus and each.source.corpus == corpus), None)


def in_size_and_data(given: Any) -> Any:
    r"""Return a fit of loss over compute and tokens per parameter as one over size and data; anything else as it is.

    .. math:: A = a \, 6^{-\eta}, \quad B = b \, 6^{-\eta}, \quad \alpha = \beta = 2 \eta

    Parameters
    ----------
    given : Fit or str or object
        Also the key of a published fit.

    Examples
    --------
    >>> fit = in_size_and_data("gadre2024-c4")
    >>> round(float(fit(N=1e9, D=2e10)), 4) == round(float(published_fits()["gadre2024-c4"](C=1.2e20, M=20)), 4)
    True
    """
    if isinstance(given, str):
        known = published_fits().get(given)
        return _published_in_size_and_data(given) if known is not None and known.law.key == TURNED else given
    return _turned(given) if isinstance(given, Fit) and given.law.key == TURNED else given


@cache
def _published_in_size_and_data(key: str) -> Fit:
    return _turned(published_fits()[key])


def all_in_size_and_data() -> dict[str, Fit]:
    """Return the published fits that `in_size_and_data` turns, by name."""
    keys = (each.key for each in published_fits().values() if each.law.key == TURNED)
    return {turned.name: turned for turned in map(_published_in_size_and_data, keys)}


def _turned(given: Fit) -> Fit:
    note = "Written over size and data here: A and B are a and b over 6^eta, both exponents 2 eta."
    return replace(
        given,
        law=law(SIZE_AND_DATA),
        values={name: float(value) for name, value in _coefficients(given.values).items()},
        draws=None if given.draws is None else _coefficients(given.draws),
        source=replace(given.source, notes=(*given.source.notes, note)),
        # those of the other variables can't be fitted again as they are
        runs=None,
        record=None,
    )


def _coefficients(of: Mapping[str, Any]) -> dict[str, Any]:
    share = FLOP ** -of["eta"]
    return {
        "E": of["E"],
        "A": of["a"] * share,
        "B": of["b"] * share,
        "alpha": 2 * of["eta"],
        "beta": 2 * of["eta"],
    }


def fit_of_pairs(table: Any) -> Fit:
    """Fit the law of error over loss to pairs, as its authors do: least squares of the error itself.

    Parameters
    ----------
    table : path, data frame, mapping, list of (loss, score), Runs or Fit
        As `sw.read_scores` takes them: columns ``loss`` (nats/token), and ``score`` or ``error``, shares of answers
        between 0 and 1. Also what it returns. A fit of the law is taken as it is.

    Returns
    -------
    Fit
        With draws from resampled pairs.

    Raises
    ------
    StateError, RunsError, FitError
        If it is another law, a column is missing, a score is no share, or pairs are too few.

    Examples
    --------
    >>> pairs = [(2.5, 0.47), (3.0, 0.36), (3.5, 0.29), (4.0, 0.25), (4.5, 0.22)]
    >>> round(float(fit_of_pairs(pairs)(L=3.0)), 2)
    0.64
    """
    if isinstance(table, Fit):
        if table.law.key != ERROR:
            raise StateError(f"task_scores: a fit of {table.law.key!r} was given; give one of {ERROR!r}, or pairs")
        return table
    if isinstance(table, Runs):
        refuse_other_than_shares(table.loss, lambda row: f"task_scores, row {row + 1}")
    else:
        table = read_scores(table)
    return fit(ERROR, table, objective="squared", residual="raw", bootstrap=DRAWS, seed=SEED, progress=False)
