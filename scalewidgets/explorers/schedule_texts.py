"""What the schedule explorer says: its headline numbers, and its sentences, refusals first."""

from __future__ import annotations

from scalewidgets.explorers.cards import Card
from scalewidgets.explorers.schedule_shapes import BEST, CUSTOM
from scalewidgets.explorers.sentences import Sentence
from scalewidgets.fits.fit import Fit
from scalewidgets.laws.common import LOSS
from scalewidgets.schedules.areas import MOMENTUM

CARDS = (
    Card("loss", "End loss", LOSS.unit, "loss", "Predicted loss at the last step."),
    Card("gain", "Below cosine", LOSS.unit, "loss", "Against a cosine of the same steps, peak and end."),
    Card(
        "worth",
        "Worth",
        "of the tokens",
        "factor",
        "How much longer a cosine to a tenth of the peak would have to run for the same loss.",
    ),
    Card("share", "Best cooldown", "of the steps", "percent", "Share of least end loss for this shape."),
    Card("best_loss", "Loss there", LOSS.unit, "loss", "End loss with the best share."),
)


def refusals(fit: Fit, peaks: tuple[float, float]) -> tuple[Sentence, ...]:
    """Return why no loss is shown, for everything that a schedule law can't judge."""
    low, high = peaks
    known = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    steps = ("notes/steps", "count")
    return (
        Sentence(
            f"No loss is shown: the peak is {{peak}} and {fit.name} was fitted to runs of peak {known}. "
            "Schedule laws say nothing about another peak; switch it off, or fit the law to loss curves of yours.",
            {"peak": ("notes/peak", "power")},
            when="notes/refused_peak",
        ),
        Sentence(
            "No loss is shown: from step {step} of {steps} on the rate is next to 0. Nothing trains there, yet "
            "schedule laws go on changing the loss; end the schedule there.",
            {"step": ("notes/idle_from", "count"), "steps": steps},
            when="notes/refused_tail",
        ),
        Sentence(
            "No loss is shown: the warm-up takes all {steps} steps; shorten it.",
            {"steps": steps},
            when="notes/refused_warmup",
        ),
        Sentence(
            "No loss is shown: an exponential cooldown never reaches 0; choose an end above 0, or another shape.",
            when="notes/refused_end",
        ),
        Sentence(
            "No loss is shown: the jumps need steps before and after them; choose another share.",
            when="notes/refused_jump",
        ),
        Sentence(
            "No loss is shown: the best shape of the annealing law jumps to the least rate and stays there, which "
            "trains next to nothing. Choose a shape and take its best share, or a fit of the Multi-Power law.",
            when="notes/refused_best",
        ),
    )


def remarks(fit: Fit, shape: str, momentum_unknown: bool) -> tuple[Sentence, ...]:
    """Return what else a reader must know, most important first."""
    found = [
        Sentence(
            f"{{factor}} beyond the runs behind {fit.name}: the dashed curve is extrapolated.",
            {"factor": ("notes/beyond", "factor")},
            when="notes/extrapolated",
        ),
        Sentence(
            "The worth in tokens is rough, {low} to {high}: the difference between two end losses is predicted to "
            "about 1.1 % of the loss, and on public runs the Multi-Power law made every cooldown better than it was.",
            {"low": ("notes/worth_low", "factor"), "high": ("notes/worth_high", "factor")},
            when="notes/worth_low",
        ),
    ]
    if fit.draws is None:
        found.append(Sentence("Point estimate: these coefficients come without joint draws, so no interval is shown."))
    if momentum_unknown:
        found.append(
            Sentence(f"The fit does not say which momentum its annealing area has; {MOMENTUM:g} is taken, as usual.")
        )
    found.append(
        Sentence(
            "Drawn on {knots} of the steps, which moves the end loss by about {error} nats.",
            {"knots": ("notes/knots", "count"), "error": ("notes/thinning", "power")},
        )
    )
    if shape == CUSTOM:
        found.append(
            Sentence("Your schedule has its own steps and rates; the share and the end are those of the references.")
        )
    if shape == BEST:
        found.append(
            Sentence(
                "The best shape was searched for four lengths of a run, by projected gradient among the schedules that "
                "never rise after the warm-up, and is blended between them; ex.best_shape() searches for this very run."
            )
        )
    found.append(
        Sentence(
            "Diamonds are measured end losses of a 124M model (50,000 steps, linear falls to 0, peak {peak}), "
            "triangles those of other models and of 1-sqrt falls. Each is moved so that its cosine lies at this law's: "
            "they show what a cooldown gained against a cosine, not a loss.",
            {"peak": ("notes/measured_peak", "power")},
            when="notes/measured",
        )
    )
    return (*found, *(Sentence(str(warning)) for warning in fit.warnings))
