"""`sw.plan`: the allocation that answers a question about a budget, a loss and a demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scalewidgets.costs import Demand, Hardware, Lifetime, lifetime
from scalewidgets.costs.budget import parse_compute
from scalewidgets.costs.demand import weighed_tokens
from scalewidgets.costs.flops import training_flop
from scalewidgets.errors import Caution, PlanError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.allocate import HOLDS, allocate
from scalewidgets.planning.cautions import cautions
from scalewidgets.planning.composition import PLAIN, POST_TRAINING, Composition, compose
from scalewidgets.planning.repetition import Repetition
from scalewidgets.planning.schedule_worth import worth_in_plan
from scalewidgets.planning.surface import Surface
from scalewidgets.planning.token_efficiency import TokenEfficiency
from scalewidgets.planning.worth import Term, composition_cautions, terms
from scalewidgets.published_fits.loading import published
from scalewidgets.schedules.schedule import Schedule
from scalewidgets.units import parse_quantity

REPETITION = "muennighoff2023"


@dataclass(frozen=True)
class Question:
    """What a plan was asked: kept so that a rounded size can be asked the same."""

    compute: float | None
    loss: float | None
    demand: Demand | None
    hardware: Hardware | None
    unique_tokens: float | None
    hold: str
    tolerance: float
    composition: Composition = PLAIN

    @property
    def served(self) -> float:
        """Served tokens, weighed by their cost."""
        return weighed_tokens(self.demand, self.hardware) if self.demand else 0.0


@dataclass(frozen=True, repr=False)
class Plan:
    """An allocation of training compute, and what follows from it.

    Parameters
    ----------
    fit : Fit
    question : Question
    N, D : float
        Parameters and training tokens.
    loss : float
        In the unit of the law's response.
    near_optimal : tuple of float
        Smallest and largest N that cost at most the tolerance (1 %) more for the same loss.
    lifetime : Lifetime
        Cost of training and serving.
    baseline : Plan or None
        The training-only answer to the same question; None for a plan that is one.
    draws : mapping of str to ndarray or None
        N, D, loss and so on for each joint draw of the fit.
    warnings : tuple of Caution
    reason : str
        For a recommended size, why it was chosen.
    """

    fit: Fit
    question: Question
    N: float
    D: float
    loss: float
    near_optimal: tuple[float, float]
    lifetime: Lifetime
    baseline: Plan | None = None
    draws: Mapping[str, np.ndarray] | None = field(default=None, repr=False)
    warnings: tuple[Caution, ...] = ()
    reason: str = ""

    def __repr__(self) -> str:
        return f"Plan(N={self.N:.4g}, D={self.D:.4g}, loss={self.loss:.4g}, training_flop={self.training_flop:.4g})"

    @property
    def tokens_per_param(self) -> float:
        """D / N."""
        return self.D / self.N

    @property
    def training_flop(self) -> float:
        """FLOP of training in 16 bits: 6 N D, times what a FLOP costs where the bits are fewer."""
        return self.lifetime.training_flop

    @property
    def raw_training_flop(self) -> float:
        """6 N D, in whatever bits."""
        return training_flop(self.N, self.D)

    @property
    def composition(self) -> Composition:
        """What bits, deployment and schedule do to the plan."""
        return self.question.composition

    @property
    def terms(self) -> tuple[Term, ...]:
        """The active terms of the composition, each with the compute it is worth."""
        if self.composition.plain:
            return ()
        values = {name: np.float64(value) for name, value in self.fit.values.items()}
        with np.errstate(all="ignore"):
            surface = surface_of(self.fit, values, self._counted_unique_tokens)
            return terms(self.composition, surface, self.N, self.D, self.loss)

    @property
    def _counted_unique_tokens(self) -> float | None:
        unique = self.question.unique_tokens
        return None if unique is None else unique * self.composition.token_worth

    @property
    def total_flop(self) -> float:
        """FLOP of training and serving."""
        return self.lifetime.total_flop

    @property
    def epochs(self) -> float | None:
        """How often each unique token is seen; None where no limit was given."""
        return None if self.question.unique_tokens is None else max(1.0, self.D / self.question.unique_tokens)

    @property
    def hold(self) -> str:
        """What stays fixed where there is demand."""
        return self.question.hold

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float] | None:
        """Return the percentile interval of ``N``, ``D``, ``loss``, ``tokens_per_param`` or ``training_flop``.

        None where the fit is a point estimate.
        """
        known = ("N", "D", "loss", "tokens_per_param", "training_flop")
        if name not in known:
            raise UnknownName.among("a plan", "interval", name, known)
        if self.draws is None:
            return None
        drawn = {
            **self.draws,
            "tokens_per_param": self.draws["D"] / self.draws["N"],
            "training_flop": self.composition.training_cost * training_flop(self.draws["N"], self.draws["D"]),
        }[name]
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def recommend(self) -> Plan:
        """Return the plan for a buildable size inside the near-optimal range, with the reason."""
        from scalewidgets.planning.recommend import recommend

        return recommend(self)

    def at_size(self, N: float) -> Plan:
        """Answer the same question with the model size given."""
        from scalewidgets.planning.recommend import at_size

        return at_size(self, N)

    def to_dict(self) -> dict[str, Any]:
        """Return the headline numbers as plain data."""
        from scalewidgets.planning.report import as_dict

        return as_dict(self)

    def summary(self) -> str:
        """Return the plan as text."""
        from scalewidgets.planning.report import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from scalewidgets.planning.report import as_html

        return as_html(self)


def plan(
    fit: Fit | str,
    *,
    compute: float | str | None = None,
    loss: float | None = None,
    inference_tokens: float | str | None = None,
    demand: Demand | None = None,
    hardware: Hardware | None = None,
    unique_tokens: float | str | None = None,
    bits: float | str | None = None,
    deploy_bits: float | None = None,
    post_training: str = POST_TRAINING,
    schedule: float | Schedule | TokenEfficiency | None = None,
    hold: str = "quality",
    near_optimal: float = 0.01,
) -> Plan:
    """Find the best model size and token count for a budget or a loss.

    Without demand, 6 N D = `compute` and the loss is least. With demand, `hold` says what stays fixed: "quality"
    (the loss that `compute` buys when spent on training alone, reached at the least cost of training and serving),
    "training" (the budget, with the smallest near-optimal N) or "total" (training plus serving within `compute`).

    Parameters
    ----------
    fit : Fit or str
        A fit of a law of N and D, or the key of a published one.
    compute : float or str, optional
        Training budget in FLOP ("5.76e23", "512 H100 for 30 days at 40 %"). Give this or `loss`.
    loss : float, optional
        Loss to reach at the least cost.
    inference_tokens : float or str, optional
        Tokens served over the model's life; or give `demand`.
    demand : Demand, optional
        Requests with their prompt and generated tokens.
    hardware : Hardware, optional
        Weighs training, prefill and decode by what they cost; without it, by FLOP.
    unique_tokens : float or str, optional
        Training tokens that exist; beyond them they repeat and lose worth (Muennighoff et al. 2023).
    bits : float or "best", optional
        Of training, up to 16: they leave a share of the parameters and make a FLOP cheaper. The budget counts 16-bit
        FLOP; `hardware` then states peaks of 16 bits, and its `speeds` those of the others.
    deploy_bits : float, optional
        Of serving, when the model is quantised after training.
    post_training : str
        Key of the published fit that says what quantising adds to the loss: "ouyang2024", or "kumar2024-post" and
        "kumar2024-post-offset". `post_training_range` compares them at a plan.
    schedule : float, Schedule or TokenEfficiency, optional
        Factor on the tokens that the learning-rate schedule is worth against that of the fit's runs; or the schedule,
        whose worth a schedule law then says, for fits whose runs had a known one.
    hold : {"quality", "training", "total"}
    near_optimal : float
        Extra cost, as a share, that counts as near the optimum.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If the question is incomplete, contradictory or has no answer.

    Examples
    --------
    >>> import scalewidgets as sw
    >>> best = sw.plan("hoffmann2022-rounded3", loss=1.947, inference_tokens=2e12)
    >>> f"{best.N:.4g} {best.D:.4g}"
    '2.418e+10 2.657e+12'
    """
    fit = published(fit) if isinstance(fit, str) else fit
    question = _question(
        compute=compute,
        loss=loss,
        inference_tokens=inference_tokens,
        demand=demand,
        hardware=hardware,
        unique_tokens=unique_tokens,
        hold=hold,
        tolerance=near_optimal,
        composition=compose(
            bits=bits,
            deploy_bits=deploy_bits,
            post_training=post_training,
            schedule=worth_in_plan(schedule, fit),
            hardware=hardware,
        ),
    )
    return answer(fit, question)


def _question(
    *,
    compute: Any,
    loss: Any,
    inference_tokens: Any,
    demand: Demand | None,
    unique_tokens: Any,
    hold: str,
    tolerance: float,
    hardware: Hardware | None,
    composition: Composition,
) -> Question:
    if (compute is None) == (loss is None):
        raise PlanError("a plan needs either compute=, a training budget in FLOP, or loss=, a loss to reach; give one")
    if inference_tokens is not None and demand is not None:
        raise PlanError("inference_tokens= and demand= both say what is served; give one of them")
    if hold not in HOLDS:
        raise PlanError(f"hold = {hold!r} is not known; it is one of {', '.join(HOLDS)}")
    if loss is not None and hold != "quality":
        raise PlanError(f"hold = {hold!r} needs compute=; with loss= it is the quality that is held")
    if not 0 < tolerance < 1:
        raise PlanError(f"near_optimal = {tolerance!r} is not a share between 0 and 1; 0.01 is 1 % extra cost")
    if inference_tokens is not None:
        demand = Demand(requests=parse_quantity(inference_tokens, "inference_tokens"), prompt=0.0, generated=1.0)
    return Question(
        compute=None if compute is None else _positive(compute, "compute", parse_compute(compute, hardware=hardware)),
        loss=None if loss is None else _positive(loss, "loss"),
        demand=demand,
        hardware=hardware,
        unique_tokens=None if unique_tokens is None else _positive(unique_tokens, "unique_tokens"),
        hold=hold,
        tolerance=tolerance,
        composition=composition,
    )


def _positive(value: Any, name: str, number: float | None = None) -> float:
    number = parse_quantity(value, name) if number is None else number
    if not number > 0:
        raise PlanError(f"{name} = {value!r} is not allowed; it must be positive")
    return number


def surface_of(fit: Fit, coefficients: Mapping[str, Any], unique_tokens: Any | None) -> Surface:
    """Return the loss surface of a fit, with repetition if unique tokens are limited."""
    if unique_tokens is None:
        return Surface(fit.law, coefficients)
    if "U" in fit.law.symbols:
        return Surface(fit.law, coefficients, unique_tokens=unique_tokens)
    return Surface(fit.law, coefficients, Repetition(unique_tokens, published(REPETITION).values))


def composed_surface(fit: Fit, coefficients: Mapping[str, Any], question: Question) -> Surface:
    """Return the loss over counted size and tokens that a question asks about."""
    worth, unique = question.composition.token_worth, question.unique_tokens
    return question.composition.surface(surface_of(fit, coefficients, None if unique is None else unique * worth))


def _allocated(fit: Fit, coefficients: Mapping[str, Any], question: Question, ranges: bool = True) -> dict[str, Any]:
    """Allocate in counted size and tokens, and return real ones; without near-optimal ranges where none is needed."""
    composition = question.composition
    near = None if ranges or question.hold == "training" else lambda N, *_: (N, N)
    found = allocate(
        composed_surface(fit, coefficients, question),
        compute=None if question.compute is None else composition.budget(question.compute),
        loss=question.loss,
        served=composition.served(question.served),
        hold=question.hold,
        tolerance=question.tolerance,
        near=near,
    )
    sizes, tokens = ("N", "N_low", "N_high", "baseline_N"), ("D", "baseline_D")
    real = {name: composition.real(found[name], 0.0)[0] for name in sizes}
    real |= {name: composition.real(0.0, found[name])[1] for name in tokens}
    return {name: real.get(name, value) for name, value in found.items()}


def answer(fit: Fit, question: Question) -> Plan:
    """Allocate for a question that has been checked."""
    values = {name: np.float64(value) for name, value in fit.values.items()}
    with np.errstate(all="ignore"):
        best = {k: float(v) for k, v in _allocated(fit, values, question).items()}
        drawn = None if fit.draws is None else _allocated(fit, fit.draws, question, ranges=False)
    _check(best, fit, question)
    baseline = None
    if question.demand is not None:
        baseline = _plan(fit, question, best, "baseline_", None)
    return _plan(fit, question, best, "", drawn, baseline)


def _plan(
    fit: Fit, question: Question, best: Mapping[str, float], prefix: str, drawn: Any, baseline: Plan | None = None
) -> Plan:
    N, D, loss = (best[prefix + name] for name in ("N", "D", "loss"))
    found = Plan(
        fit=fit,
        question=question,
        N=N,
        D=D,
        loss=loss,
        near_optimal=(best["N_low"], best["N_high"]) if not prefix else (N, N),
        lifetime=lifetime_of(question, N, D),
        baseline=baseline,
        draws=drawn,
        warnings=cautions(fit, question, N, D),
    )
    return found if question.composition.plain or prefix else with_composition_cautions(found)


def lifetime_of(question: Question, N: float, D: float) -> Lifetime:
    """Price a size and tokens as the question asks."""
    return lifetime(
        N=N,
        D=D,
        demand=question.demand,
        hardware=question.hardware,
        training_cost=question.composition.training_cost,
        serving_cost=question.composition.serving_cost,
    )


def with_composition_cautions(found: Plan) -> Plan:
    """Return the plan with what to know about its terms."""
    return replace(
        found, warnings=found.warnings + composition_cautions(found.composition, found.terms, found.N, found.D)
    )


def _check(best: Mapping[str, float], fit: Fit, question: Question) -> None:
    numbers = [best[name] for name in ("N", "D", "loss")]
    if all(np.isfinite(numbers)) and min(numbers) > 0:
        return
    if question.loss is not None:
        raise PlanError(
            f"{fit.name} reaches no loss of {question.loss:g} with any size and token count tried; "
            "ask for a higher loss, above its irreducible one"
        )
    raise PlanError(f"{fit.name} gives no allocation for {question}; its coefficients have no optimum there")
