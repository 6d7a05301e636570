"""What a reader of the Studio must know: what each term is worth, how far it is trusted, what it assumes."""

from __future__ import annotations

from scalewidgets.explorers.sentences import Sentence
from scalewidgets.planning.composition import POST_TRAINING, TRAINING_BITS
from scalewidgets.planning.worth import REMARKABLE
from scalewidgets.published_fits.loading import published

_DOUBT = (
    f"a term worth {{worth}} compute is more than a factor of {REMARKABLE:g} away from none, more than a number "
    "measured elsewhere should be trusted for: measure it on your own runs before building on it."
)


def _doubt(what: str, note: str, when: str) -> Sentence:
    return Sentence(f"Caution, {what}: {_DOUBT}", {"worth": (f"notes/{note}", "factor")}, f"notes/{when}")


def term_sentences(drawn: bool) -> tuple[Sentence, ...]:
    """Return the sentences of the terms; `drawn` says whether the fit has draws."""
    precision, post = published(TRAINING_BITS), published(POST_TRAINING)
    found = [
        Sentence(
            "Training in {bits} bits counts {share} of the parameters at {cost} of the cost of a FLOP: "
            "worth {worth} compute.",
            {
                "bits": ("notes/bits", "plain"),
                "share": ("notes/size_share", "percent"),
                "cost": ("notes/training_cost", "ratio"),
                "worth": ("notes/bits_worth", "factor"),
            },
            "notes/bits_on",
        ),
        _doubt("bits", "bits_worth", "bits_remarkable"),
        Sentence(
            f"The plan lies {{factor}} beyond the runs behind {precision.name}: treat what bits do as "
            "an extrapolation.",
            {"factor": ("notes/bits_factor", "factor")},
            "notes/bits_beyond",
        ),
        Sentence(
            f"Quantising to {{bits}} bits after training adds {{added}} nats ({post.name}): worth {{worth}} compute. "
            "All published laws together give {least} to {most} nats here; the plan uses the one named.",
            {
                "bits": ("notes/deploy_bits", "plain"),
                "added": ("notes/added", "loss"),
                "worth": ("notes/added_worth", "factor"),
                "least": ("notes/added_least", "loss"),
                "most": ("notes/added_most", "loss"),
            },
            "notes/deployed",
        ),
        _doubt("deployment", "added_worth", "added_remarkable"),
        Sentence(
            "The bits of deployment are not below those of training, so quantising adds nothing.",
            when="notes/deploy_idle",
        ),
        Sentence(
            "The cooldown is worth {worth} tokens against a cosine to 10 % at this number of steps; it is drawn, and "
            "does not count in the plan.",
            {"worth": ("notes/token_worth", "factor")},
            "notes/schedule_drawn",
        ),
        Sentence(
            "The schedule is worth {worth} tokens against a cosine to 10 %, and as much compute.",
            {"worth": ("notes/token_worth", "factor")},
            "notes/schedule_counted",
        ),
        _doubt("schedule", "token_worth", "schedule_remarkable"),
        Sentence(
            "With the batch of the Step law (Li et al. 2025), {batch} tokens, the plan takes {steps} steps.",
            {"batch": ("notes/batch", "short"), "steps": ("notes/steps", "count")},
        ),
    ]
    if drawn:
        found.append(
            Sentence(
                "Intervals come from the draws of the base fit alone; the shift by quantising is that of its "
                "coefficients.",
                when="notes/deployed",
            )
        )
    return tuple(found)
