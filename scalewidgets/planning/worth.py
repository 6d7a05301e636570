"""What each term of a composition is worth: the compute that would do the same to the plain plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.errors import Caution
from scalewidgets.fits.fit import Fit
from scalewidgets.formats import format_value
from scalewidgets.planning.bits import FULL_BITS
from scalewidgets.planning.composition import POST_TRAINING_LAWS, TRAINING_BITS, Composition
from scalewidgets.planning.surface import Surface
from scalewidgets.published_fits.loading import published, published_fits

# A term worth more compute than this, or less than its inverse, is a reason to doubt the composition.
REMARKABLE = 1.5
# Budgets are looked for between these, in FLOP.
CHEAPEST, DEAREST = 1e6, 1e40


@dataclass(frozen=True)
class Term:
    """Say what one part of a composition does to a plan.

    Parameters
    ----------
    name : str
        "bits", "deployment" or "schedule".
    value : float
        What it multiplies (share of the parameters, tokens) or adds (loss).
    compute : float
        Factor on the training budget of the plain plan that would do the same.
    sentence : str
    """

    name: str
    value: float
    compute: float
    sentence: str

    @property
    def remarkable(self) -> bool:
        """Whether it is worth so much that the composition deserves doubt."""
        return not 1 / REMARKABLE <= self.compute <= REMARKABLE


def terms(composition: Composition, surface: Surface, N: float, D: float, loss: float) -> tuple[Term, ...]:
    """Return the active terms of a plan, each with the compute it is worth.

    Parameters
    ----------
    composition : Composition
    surface : Surface
        Of the plain law.
    N, D, loss : float
        The plan.
    """
    c, found = composition, []
    if c.bits != FULL_BITS:
        factor = c.worth_of_bits
        found.append(
            Term(
                "bits",
                c.size_share,
                factor,
                f"Training in {c.bits:.3g} bits counts {format_value(c.size_share, 'percent')} of the parameters "
                f"at {format_value(c.training_cost, 'ratio')} of the cost of a FLOP: "
                f"worth {format_value(factor, 'factor')} compute.",
            )
        )
    if c.token_worth != 1.0:
        found.append(
            Term(
                "schedule",
                c.token_worth,
                c.token_worth,
                f"The schedule is worth {format_value(c.token_worth, 'factor')} tokens, and as much compute.",
            )
        )
    if c.adds:
        assert c.post_training is not None
        added = float(c.added(N, D))
        factor = float(worth_of_added(surface, loss, added))
        found.append(
            Term(
                "deployment",
                added,
                factor,
                f"Quantising to {c.deploy_bits:g} bits after training adds {format_value(added, 'loss')} nats "
                f"({c.post_training.name}): worth {format_value(factor, 'factor')} compute.",
            )
        )
    return tuple(found)


def compute_for(surface: Surface, loss: Any) -> Any:
    """Return the budget with which the best plain allocation reaches `loss`, in FLOP; portable."""
    like = 0.0 * loss
    t = ops.solve(
        lambda t: loss - surface.loss(*surface.best(ops.exp(t))), like + ops.log(CHEAPEST), like + ops.log(DEAREST)
    )
    return ops.exp(t)


def worth_of_added(surface: Surface, loss: Any, added: Any) -> Any:
    """Return the factor on compute that undoes what is added to a loss, as a worth below 1; portable.

    Parameters
    ----------
    surface : Surface
        Of the plain law.
    loss : number
        With the addition.
    added : number
    """
    return compute_for(surface, loss) / compute_for(surface, loss - added)


def composition_cautions(
    composition: Composition, found: tuple[Term, ...], N: float, D: float, precision: str = TRAINING_BITS
) -> tuple[Caution, ...]:
    """Return what to know before relying on a composed plan: remarkable terms, and laws far from their runs."""
    warnings = [
        Caution(
            f"worth-of-{term.name}",
            f"The {term.name} {'are' if term.name == 'bits' else 'is'} worth {format_value(term.compute, 'factor')} "
            "compute, more than a term measured elsewhere should be trusted for.",
            "Measure it on your own runs before building on it.",
        )
        for term in found
        if term.remarkable
    ]
    used = [published(precision)] * (composition.bits != FULL_BITS)
    used += [composition.post_training] if composition.adds and composition.post_training is not None else []
    for fit in used:
        at = {"P": composition.deploy_bits} if "P" in fit.law.symbols else {}
        factor = fit.source.beyond(N=N, D=D, **at)
        if factor > 1.0:
            warnings.append(
                Caution(
                    "extrapolated-bits",
                    f"This lies {format_value(factor, 'factor')} beyond the runs behind {fit.name}.",
                    "Treat its term as an extrapolation.",
                )
            )
    return tuple(warnings)


@dataclass(frozen=True)
class PostTraining:
    """Hold what one published law says that quantising after training adds."""

    fit: Fit
    added: float
    beyond: float

    @property
    def inside(self) -> bool:
        """Whether the plan lies within the runs behind the law."""
        return self.beyond <= 1.0


def post_training_range(N: float, D: float, bits: float) -> tuple[PostTraining, ...]:
    """Return what every published post-training law adds to a 16-bit model of N parameters on D tokens, least first.

    Examples
    --------
    >>> [each.fit.key for each in post_training_range(1e9, 2e10, 4)]
    ['kumar2024-post', 'ouyang2024', 'kumar2024-post-offset']
    """
    rows = [
        PostTraining(fit, float(fit(N=N, D=D, P=bits)), fit.source.beyond(N=N, D=D, P=bits))
        for fit in published_fits().values()
        if fit.law.key in POST_TRAINING_LAWS
    ]
    return tuple(sorted(rows, key=lambda row: row.added))
