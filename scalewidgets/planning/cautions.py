"""What a reader must know before relying on a plan, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scalewidgets.errors import Caution
from scalewidgets.fits.fit import Fit
from scalewidgets.formats import format_value

if TYPE_CHECKING:
    from scalewidgets.planning.plan import Question

EPOCHS_WARN, EPOCHS_FAIL = 4.0, 16.0


def cautions(fit: Fit, question: Question, N: float, D: float) -> tuple[Caution, ...]:
    """Return the cautions of an allocation."""
    found = []
    factor = fit.source.beyond(N=N, D=D)
    if factor > 1.0:
        found.append(
            Caution(
                "extrapolation",
                f"This lies {format_value(factor, 'factor')} beyond the runs behind {fit.name}.",
                "Treat it as an extrapolation; a fit on runs nearer to it would say more.",
            )
        )
    if fit.source.within_range_only:
        found.append(
            Caution(
                "within-range", f"{fit.name} does not identify its irreducible loss.", "Use it within its range only."
            )
        )
    if fit.draws is None:
        found.append(
            Caution("point-estimate", f"{fit.name} has no joint draws: this is a point estimate without interval.")
        )
    if question.unique_tokens is not None:
        epochs = D / question.unique_tokens
        if epochs > EPOCHS_WARN:
            worth = "loses most of its worth" if epochs > EPOCHS_FAIL else "is worth clearly less than new data"
            found.append(
                Caution(
                    "epochs",
                    f"The data is seen {epochs:.1f} times; by then a repeat {worth}.",
                    "Find more unique tokens.",
                )
            )
    return tuple(found)
