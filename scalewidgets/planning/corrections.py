"""The best size over compute before and after each correction to Kaplan's experiment, as switches (Porian et al.)."""

from __future__ import annotations

from scalewidgets.errors import PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.published_fits.loading import published

__all__ = ["corrected_frontier"]

# In the order in which the paper makes them: each was measured with those before it.
CORRECTIONS = ("head", "warmup", "cosine", "tuned")
CORPORA = ("refinedweb", "openwebtext2")


def corrected_frontier(
    corpus: str = "refinedweb", *, head: bool = False, warmup: bool = False, cosine: bool = False, tuned: bool = False
) -> Fit:
    """Return N*(C) with some corrections made; without any it is Kaplan's experiment, repeated.

    Parameters
    ----------
    corpus : {"refinedweb", "openwebtext2"}
    head : bool
        Count the FLOP of the output head.
    warmup : bool
        Warm up for a share of the run instead of a fixed, long time.
    cosine : bool
        Let the learning rate decay end with the budget.
    tuned : bool
        Tune the optimiser for each size, at a constant learning rate.

    Raises
    ------
    PlanError
        For a corpus or a combination that the paper has not measured.

    Examples
    --------
    >>> round(corrected_frontier().values["a"], 3), round(corrected_frontier(head=True, warmup=True).values["a"], 3)
    (0.835, 0.602)
    """
    if corpus not in CORPORA:
        raise PlanError(f"corpus = {corpus!r} was not measured; it is one of {', '.join(CORPORA)}")
    made = dict(zip(CORRECTIONS, (head, warmup, cosine, tuned), strict=True))
    last = max((i for i, name in enumerate(CORRECTIONS) if made[name]), default=-1)
    missing = [name for name in CORRECTIONS[: max(last, 0)] if not made[name]]
    if missing:
        raise PlanError(
            f"{CORRECTIONS[last]} was measured only together with the corrections before it; "
            f"switch on {', '.join(missing)} too"
        )
    return published(f"porian2024-{corpus}-{('kaplan', *CORRECTIONS)[last + 1]}")
