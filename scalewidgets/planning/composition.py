r"""How bits, deployment and a learning-rate schedule enter a plan: the rules of composition, stated once.

A plan's law gives the loss of N parameters on D tokens in 16 bits under the schedule of its own runs. Then

- bits of training leave a share of the parameters: :math:`N' = N f(P) / f(16)`, so 16 bits is the law itself;
- a schedule makes tokens worth more or less: :math:`D' = \rho D`;
- a FLOP in P bits costs w(P) FLOP in 16 bits, P / 16 in the papers' convention or what a chip makes of it;
- quantising below the bits of training adds a post-training term at (N, D).

The first three only change the variables. The best N' and D' are those of the law at the budget
:math:`C f \rho / w`, and tokens served weigh :math:`\rho\, w_{\mathrm{serve}} / w` each; so one allocation serves both,
and with everything off it is the plain one. Everything that computes here is portable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scalewidgets import ops
from scalewidgets.costs.demand import Hardware
from scalewidgets.errors import PlanError
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.bits import FULL_BITS, best_training_bits, share_of_capacity
from scalewidgets.planning.deployed import DeployedSurface
from scalewidgets.planning.surface import Surface
from scalewidgets.published_fits.loading import published, published_fits

TRAINING_BITS, POST_TRAINING = "kumar2024", "ouyang2024"
# Laws of what quantising after training adds.
POST_TRAINING_LAWS = ("post-training-exponential", "post-training-power")

ASSUMPTIONS = (
    "Bits of training keep a share of the parameters that is the same at every size, as in Kumar et al. (2024), "
    "whose models had up to 1.7B parameters.",
    "A budget counts 16-bit FLOP; without a chip a FLOP of P bits costs P / 16 of one, the papers' convention.",
    "Bits of deployment add what quantising after training was measured to add, at the same N and D.",
    "A schedule is worth a factor on the tokens, whatever the size.",
    "The terms were measured apart, by different papers on different data; that they combine like this is assumed.",
)


def capacity_ratio(bits: Any, coefficients: Mapping[str, Any]) -> Any:
    """Return f(P) / f(16), the share of the parameters that counts against 16 bits; NaN where bits leave nothing."""
    return share_of_capacity(bits, coefficients) / share_of_capacity(float(FULL_BITS), coefficients)


def flop_cost(bits: Any, hardware: Hardware | None = None) -> Any:
    """Return the 16-bit FLOP that one FLOP of so many bits costs.

    P / 16 without a chip; with one, what its peak in that format makes of it. Then bits are plain numbers, among those
    the chip runs.

    Raises
    ------
    PlanError
        For bits that the chip does not run.
    """
    if hardware is None or not hardware.speeds:
        return bits / FULL_BITS
    if bits not in hardware.speeds:
        raise PlanError(
            f"{hardware.name} runs no {bits:g}-bit format; "
            f"it runs {', '.join(f'{width:g}' for width in hardware.speeds)} bits"
        )
    return 1 / hardware.speeds[bits]


def added_loss(N: Any, D: Any, deploy_bits: Any, bits: Any, post_training: Fit) -> Any:
    """Return the post-training term: zero when the deployed bits are not below those of training."""
    at = {"N": N, "D": D, "P": deploy_bits}
    return ops.where(deploy_bits < bits, post_training.law.evaluate(at, post_training.values), 0.0)


@dataclass(frozen=True)
class Composition:
    """Hold what multiplies and adds in a plan; every default is off.

    Parameters
    ----------
    bits : number
        Of training.
    deploy_bits : number, optional
        Of serving, when the model is quantised after training; as trained if left out.
    size_share : number
        f(P) / f(16).
    token_worth : number
        The schedule's factor on the tokens.
    training_cost, serving_cost : number
        16-bit FLOP that one FLOP of training and of serving costs.
    post_training : Fit, optional
        The law of the post-training term.

    Examples
    --------
    >>> half = compose(bits=8)
    >>> round(float(half.budget(1e22) / 1e22), 4)
    1.6661
    """

    bits: Any = float(FULL_BITS)
    deploy_bits: Any = None
    size_share: Any = 1.0
    token_worth: Any = 1.0
    training_cost: Any = 1.0
    serving_cost: Any = 1.0
    post_training: Fit | None = None

    @property
    def worth_of_bits(self) -> Any:
        """Factor on the budget that training in these bits is worth."""
        return self.size_share / self.training_cost

    def counted(self, N: Any, D: Any) -> tuple[Any, Any]:
        """Return the 16-bit size and the reference-schedule tokens that a model of N on D counts as."""
        return N * self.size_share, D * self.token_worth

    def real(self, N: Any, D: Any) -> tuple[Any, Any]:
        """Return the parameters and tokens behind a counted size and counted tokens."""
        return N / self.size_share, D / self.token_worth

    def budget(self, compute: Any) -> Any:
        """Return the budget of the plain law that is worth `compute`, in 16-bit FLOP."""
        return compute * (self.size_share * self.token_worth / self.training_cost)

    def served(self, tokens: Any) -> Any:
        """Return the served tokens of the plain law that weigh as much as `tokens`."""
        return tokens * (self.token_worth * self.serving_cost / self.training_cost)

    def added(self, N: Any, D: Any) -> Any:
        """Return the post-training term of a model of N parameters on D tokens; zero without one."""
        if self.post_training is None or self.deploy_bits is None:
            return 0.0 * (N + D)
        return added_loss(N, D, self.deploy_bits, self.bits, self.post_training)

    @property
    def adds(self) -> bool:
        """Whether there is a post-training term."""
        return self.post_training is not None and self.deploy_bits is not None

    @property
    def plain(self) -> bool:
        """Whether everything is off."""
        factors = (self.size_share, self.token_worth, self.training_cost, self.serving_cost)
        return not self.adds and all(factor == 1.0 for factor in factors)

    def surface(self, surface: Surface) -> Surface:
        """Return the loss over counted size and tokens, the post-training term included."""
        if not self.adds:
            return surface
        fields = {name: getattr(surface, name) for name in ("law", "coefficients", "repetition", "unique_tokens")}
        return DeployedSurface(**fields, added=lambda N, D: self.added(*self.real(N, D)))


PLAIN = Composition()


def best_bits(coefficients: Mapping[str, Any], hardware: Hardware | None = None) -> float:
    """Return the bits of training that stretch a budget furthest; they do not depend on it.

    Among the formats of the chip, or any number of bits in the papers' convention, where it is 7.00.
    """
    if hardware is None or not hardware.speeds:
        return float(best_training_bits(coefficients))

    def worth(bits: float) -> float:
        share = float(capacity_ratio(np.float64(bits), coefficients))
        return share * hardware.speeds[bits] if share > 0 else 0.0

    return float(max(hardware.speeds, key=worth))


def compose(
    *,
    bits: float | str | None = None,
    deploy_bits: float | None = None,
    schedule: float | None = None,
    hardware: Hardware | None = None,
    precision: str = TRAINING_BITS,
    post_training: str = POST_TRAINING,
) -> Composition:
    """Check what a plan is asked to compose, and return it.

    Parameters
    ----------
    bits : float or "best", optional
        16 if left out.
    deploy_bits : float, optional
        As trained if left out.
    schedule : float, optional
        The factor on tokens that the schedule is worth against the reference one.
    hardware : Hardware, optional
        With `speeds`, the cost of a FLOP is the chip's.
    precision, post_training : str
        Keys of published fits: of law "precision", and of a post-training law.

    Raises
    ------
    PlanError
        For bits outside their range or that leave no capacity, a factor that is not positive, or another law's fit.
    """
    if schedule is not None and not 0 < schedule < float("inf"):
        raise PlanError(
            f"schedule = {schedule!r} is not allowed; give the factor on tokens that it is worth, such as 1.08"
        )
    if bits == "best":
        bits = best_bits(published(precision).values, hardware)
    for name, value in (("bits", bits), ("deploy_bits", deploy_bits)):
        if value is not None and not (isinstance(value, int | float) and 1 <= value <= FULL_BITS):
            best = ', or "best"' if name == "bits" else ""
            raise PlanError(f"{name} = {value!r} is not allowed; give a number of bits from 1 to {FULL_BITS}{best}")
    trained = float(FULL_BITS if bits is None else bits)
    share = 1.0 if trained == FULL_BITS else float(capacity_ratio(np.float64(trained), published(precision).values))
    if not share > 0:
        raise PlanError(
            f"bits = {trained:g} leave no parameters in {published(precision).name}, where training diverges; "
            "give more bits"
        )
    quantised = published(post_training)
    if quantised.law.key not in POST_TRAINING_LAWS:
        known = [key for key, fit in published_fits().items() if fit.law.key in POST_TRAINING_LAWS]
        raise PlanError(
            f"post_training = {post_training!r} is no law of quantising after training; use one of {', '.join(known)}"
        )
    deployed = trained if deploy_bits is None else float(deploy_bits)
    adds = deploy_bits is not None and deployed < trained
    return Composition(
        bits=trained,
        deploy_bits=None if deploy_bits is None else deployed,
        size_share=share,
        token_worth=1.0 if schedule is None else float(schedule),
        training_cost=float(flop_cost(trained, hardware)),
        serving_cost=float(flop_cost(deployed, hardware)),
        post_training=quantised if adds else None,
    )
