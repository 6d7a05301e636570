"""Frames of the schedule explorer: the rate and the loss along a run, and the end loss against the share of a cooldown.

All of it is computed on a few hundred knots; how much that moves the end loss is one of the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scalewidgets import ops
from scalewidgets.explorers.axes import padded
from scalewidgets.explorers.schedule_best import best_path
from scalewidgets.explorers.schedule_shapes import BEST, CUSTOM, SHAPES, Run
from scalewidgets.explorers.schedule_worth import worth
from scalewidgets.schedules.law import NOTHING, SLACK, TAIL, ScheduleLaw
from scalewidgets.schedules.schedule import knots

# Knots of each part: of the curves (no more than 4 parts: 320 knots), of the references, of bands and shares; how much
# finer the curve is that the error comes from.
KNOTS, FEWER, FEWEST, FINER = 80, 32, 16, 4
# Shares that are compared, for the coefficients and for each draw: every per cent.
SHARES = 101
# Of the stable phase of the constant reference: the knot whose loss is the top of the chart.
TOP = 7
# A name stands a little before the knot it belongs to.
NAMED = 0.99
NAN = float("nan")
REFERENCES = ("cosine", "constant")


@dataclass(frozen=True)
class ScheduleSetting:
    """What is fixed while sliders move; a change of it means another graph."""

    law: ScheduleLaw
    shape: str
    has_draws: bool


def frames(setting: ScheduleSetting, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the views show, from named arrays."""
    return _Frames(setting, inputs).whole()


class _Frames:
    """One frame, step by step."""

    def __init__(self, setting: ScheduleSetting, inputs: Mapping[str, Any]) -> None:
        self.law, self.shape, self.inputs = setting.law, SHAPES[setting.shape], inputs
        self.drawn_by_hand, self.best = setting.shape == CUSTOM, setting.shape == BEST
        self.values = {name: inputs[f"coefficient.{name}"] for name in self.law.names}
        self.draws = {name: inputs[f"draw.{name}"] for name in self.law.names} if setting.has_draws else None
        self.run, self.refused = self._run()

    def _run(self) -> tuple[Run, dict[str, Any]]:
        """Return the numbers of the schedule, such that it can be computed, and what is wrong with those given."""
        given = self.inputs
        steps = ops.maximum(ops.round_half_up(given["custom.length" if self.drawn_by_hand else "steps"]), 4.0)
        own, wished = given["own_peak"], given["custom.peak"] if self.drawn_by_hand else given["peak"]
        peak = ops.where(wished > 0, wished, own)
        warmup = ops.round_half_up(given["custom.warmup" if self.drawn_by_hand else "warmup"])
        needs_end = self.shape.fall == "exponential"
        # away from what counts as no rate, so that rounding does not decide
        end = ops.maximum(given["end"], 2 * NOTHING) if needs_end else given["end"]
        unmade = 0.0 * steps
        if not self.shape.fall:
            # a jump needs a step before it and one after
            shortest = 4 / steps if self.shape.kind == "multistep" else 2 / steps
            unmade = ops.where(
                (given["cooldown"] < shortest) | ((1 - given["cooldown"]) * steps < warmup + 1), 1.0, 0.0
            )
        refused = {
            "peak": ops.where(
                (peak < given["peak_low"] * (1 - SLACK)) | (peak > given["peak_high"] * (1 + SLACK)), 1.0, 0.0
            ),
            "warmup": ops.where(warmup >= steps, 1.0, 0.0),
            "end": ops.where(given["end"] > 0, 0.0, 1.0) if needs_end else 0.0 * steps,
            "jump": unmade,
            "best": 0.0 * steps + (1.0 if self.best and self.law.with_momentum else 0.0),
        }
        return Run(steps, peak, ops.minimum(warmup, steps - 2), given["cooldown"], end), refused

    def path(self, count: int, *, as_counted: bool = True) -> tuple[Any, Any]:
        """Return steps and rates of the schedule at knots, as the law counts the warm-up or as it is."""
        if self.drawn_by_hand:
            which = {KNOTS: "custom", FEWEST: "custom.few", KNOTS * FINER: "custom.many"}[count]
            which = which if as_counted else "custom.drawn"
            return self.inputs[f"{which}.steps"], self.inputs[f"{which}.rates"]
        begin = self.begin if as_counted else 0.0 * self.run.peak
        if self.best:
            finer = FINER if count == KNOTS * FINER else 1
            return best_path(self.run, begin, self.inputs["best.shapes"], finer)
        return knots(self.run.parts(self.shape, begin), count)

    @property
    def begin(self) -> Any:
        """The rate at step 0, as the law counts the warm-up."""
        return self.run.peak if self.law.warmup == "peak" else 0.0 * self.run.peak

    def along(self, path: tuple[Any, Any], draws: bool = False) -> tuple[Any, Any]:
        """Return the losses at every knot, with draws one row each, and the forward area there."""
        found = self.law.thin(*path, self.inputs["momentum"])
        return self.law.along(found, **(self._columns() if draws else self.values)), found["S1"]

    def last(self, path: tuple[Any, Any]) -> Any:
        """Return the losses at the last knot of every row."""
        return self.law.along(self.law.last(*path, self.inputs["momentum"]), **self.values)

    def drawn_last(self, path: tuple[Any, Any], *, rows: bool = False) -> Any:
        """Return the losses at the last knot for every draw, with `rows` a column for each row."""
        values = self._columns() if rows else self.draws
        return self.law.along(self.law.last(*path, self.inputs["momentum"]), **values)

    def _columns(self) -> dict[str, Any]:
        assert self.draws is not None
        return {name: ops.column(draw) for name, draw in self.draws.items()}

    def whole(self) -> dict[str, Any]:
        run, inputs = self.run, self.inputs
        path = self.path(KNOTS)
        drawn = self.path(KNOTS, as_counted=False)
        idle = run.steps - ops.largest(ops.where(path[1] > NOTHING * run.peak, path[0], 0.0))
        self.refused["tail"] = ops.where(idle > TAIL * run.steps, 1.0, 0.0)
        wrong = sum(self.refused.values())
        shown = ops.where(wrong > 0, NAN, 1.0)

        loss, area = self.along(path)
        end = ops.take(loss, loss.shape[-1] - 1.0)
        end_area = ops.take(area, area.shape[-1] - 1.0)
        finer = self.last(self.path(KNOTS * FINER))
        references = {
            name: (
                knots(run.parts(SHAPES[name], 0.0 * run.peak), FEWER),
                self.along(knots(run.parts(SHAPES[name], self.begin), FEWER))[0],
            )
            for name in REFERENCES
        }
        cosine_end = ops.take(references["cosine"][1], 3.0 * FEWER - 1)
        share_view, best = self._shares(end, cosine_end, shown)
        low = ops.minimum(
            ops.minimum(end, ops.smallest(ops.where(path[0] > run.steps / 4, loss, float("inf")))), cosine_end
        )
        top = ops.take(references["constant"][1], FEWER + TOP * 1.0)

        # the knot of the cosine's fall that bears its name, near its middle
        place = 2 * FEWER + FEWER // 2
        (cosine_steps, cosine_rates), _ = references["cosine"]
        middle = ops.part(cosine_steps, place, place + 1)

        tokens = worth(run, self.begin, end, self.last)
        beyond = ops.maximum(end_area / inputs["area_high"], 1.0)
        known = path[0] >= run.warmup
        within = known & (area <= inputs["area_high"] * (1 + 1e-9))
        tables = {
            "rate": {
                "schedule": {"step": drawn[0], "rate": drawn[1]},
                **{name: {"step": steps, "rate": rates} for name, ((steps, rates), _) in references.items()},
                "cosine_name": {"step": NAMED * middle, "rate": ops.part(cosine_rates, place, place + 1)},
                "constant_name": {"step": ops.stack(run.steps), "rate": ops.stack(1.01 * run.peak)},
            },
            "loss": {
                "schedule": {"step": path[0], "loss": ops.where(within, loss, NAN) * shown, "rate": path[1]},
                "schedule_beyond": {
                    "step": path[0],
                    "loss": ops.where(known & ~(area < inputs["area_high"]), loss, NAN) * shown,
                    "rate": path[1],
                },
                "band": self._band(shown),
                "end": {"step": ops.stack(run.steps), "loss": ops.stack(end * shown), "rate": ops.part(path[1], -1)},
                **{
                    name: {"step": steps, "loss": ops.where(steps >= run.warmup, losses, NAN) * shown}
                    for name, ((steps, _), losses) in references.items()
                },
                "cosine_name": {
                    "step": NAMED * middle,
                    "loss": ops.part(references["cosine"][1], place, place + 1) * shown,
                },
                "constant_name": {
                    "step": ops.stack(run.steps),
                    "loss": (ops.part(references["constant"][1], 3 * FEWER - 1) + 0.05 * (top - low)) * shown,
                },
            },
            "share": share_view["tables"],
        }
        loss_low, loss_high = padded(low, top, 0.08)
        return {
            "tables": tables,
            "ranges": {
                "rate": {
                    "x": {"low": -0.02 * run.steps, "high": 1.02 * run.steps},
                    "y": {"low": 0.0 * run.peak, "high": 1.15 * run.peak},
                },
                "loss": {
                    "x": {"low": -0.02 * run.steps, "high": 1.02 * run.steps},
                    "y": {"low": loss_low, "high": loss_high},
                },
                "share": share_view["ranges"],
            },
            "cards": self._cards(end, cosine_end, tokens["worth"], best, shown),
            "notes": {
                **{f"refused_{name}": value for name, value in self.refused.items()},
                "beyond": ops.where(wrong > 0, 1.0, beyond),
                "extrapolated": ops.where((beyond > 1) & ~(wrong > 0), beyond - 1, 0.0),
                "thinning": ops.absolute(finer - end),
                "idle_from": run.steps - idle,
                "worth_low": tokens["low"] * shown,
                "worth_high": tokens["high"] * shown,
                "steps": run.steps,
                "peak": run.peak,
                "knots": 0.0 * run.steps + 1.0 * path[0].shape[-1],
                "measured_peak": share_view["peak"],
                "measured": share_view["measured"] * ops.where(wrong > 0, 0.0, 1.0),
            },
        }

    def _band(self, shown: Any) -> dict[str, Any]:
        """Return the 95 % band of the curve, on few knots; NaN without draws."""
        path = self.path(FEWEST)
        if self.draws is None:
            return {"step": path[0], "low": 0.0 * path[0] + NAN, "high": 0.0 * path[0] + NAN}
        losses, _ = self.along(path, draws=True)
        known = ops.where(path[0] >= self.run.warmup, 1.0, NAN) * shown
        return {
            "step": path[0],
            "low": ops.quantile(losses, 0.025) * known,
            "high": ops.quantile(losses, 0.975) * known,
        }

    def _shares(self, end: Any, cosine_end: Any, shown: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the view of the end loss against the share of the cooldown, and the best share."""
        run = self.run
        shares = ops.linspace(0.0, 1.0, SHARES)
        jumps = 0.0 if self.shape.fall else 1.0
        can = (shares * run.steps <= run.steps - run.warmup - jumps + 1e-9) & (shares * run.steps >= 4 * jumps)
        possible = ops.where(can, 1.0, NAN)
        rows = knots(run.rows(self.shape, self.begin, ops.column(shares)), FEWEST)
        losses = self.last(rows) * possible
        place = ops.argmin(losses)
        best, least = ops.take(shares, place), ops.take(losses, place)
        now = {
            "constant": 0.0 * run.steps,
            "cosine": 1 - run.warmup / run.steps,
            "linear": 1 - run.warmup / run.steps,
            CUSTOM: 0.0 * run.steps + NAN,
            BEST: 0.0 * run.steps + NAN,
        }.get(self.shape.kind, run.cooldown)
        most = ops.largest(ops.where(ops.isfinite(losses), losses, -float("inf")))
        # where no share can be made, an axis still needs ends
        low = ops.where(ops.isfinite(least), least, end)
        peak, points = self._measured(cosine_end, shown)
        heights = ops.concatenate(points["measured"]["loss"], points["others"]["loss"])
        low = ops.minimum(low, ops.smallest(ops.where(ops.isfinite(heights), heights, float("inf"))))
        most = ops.maximum(most, ops.largest(ops.where(ops.isfinite(heights), heights, -float("inf"))))
        low, high = padded(low, ops.maximum(most, low + 1e-3), 0.1)
        tables = {
            "sweep": {"share": 100 * shares, "loss": losses * shown},
            "best": {"share": ops.stack(100 * best), "loss": ops.stack(least * shown)},
            "now": {"share": ops.stack(100 * now), "loss": ops.stack(end * shown)},
            **points,
            "names": {
                "share": ops.stack(100 * best),
                "loss": ops.stack((least - 0.03 * (high - low)) * shown),
            },
        }
        ranges = {
            "x": {"low": 0.0 * end - 2, "high": 0.0 * end + 102},
            "y": {"low": low, "high": high},
        }
        view = {
            "tables": tables,
            "ranges": ranges,
            "peak": peak,
            "measured": ops.total(ops.where(ops.isfinite(heights), 1.0, 0.0)),
        }
        found = {"share": best, "loss": least}
        if self.draws is not None:
            drawn = self.drawn_last(rows, rows=True) * possible
            places = ops.argmin(drawn)
            found |= {"draws.share": ops.take(shares, places), "draws.loss": ops.take(drawn, places)}
        return view, found

    def _measured(self, cosine_end: Any, shown: Any) -> tuple[Any, dict[str, Any]]:
        """Return the measured peak nearest this one, and the measured losses, moved such that cosines coincide."""
        peaks = self.inputs["measured.peak"]
        nearest = ops.take(peaks, ops.argmin(ops.absolute(ops.log(peaks / self.run.peak))))
        points = {}
        for name in ("measured", "others"):
            # a peak that is not comparable is NaN
            own = self.inputs[f"{name}.peak"]
            applies = ops.equal(own, nearest) | ~ops.isfinite(own)
            height = ops.where(applies, cosine_end - self.inputs[f"{name}.gain"], NAN) * shown
            points[name] = {
                "share": 100 * self.inputs[f"{name}.share"],
                "loss": height,
                "measured": self.inputs[f"{name}.loss"],
                "gain": self.inputs[f"{name}.gain"],
            }
        return nearest, points

    def _cards(self, end: Any, cosine: Any, tokens: Any, best: Mapping[str, Any], shown: Any) -> dict[str, Any]:
        """Return the headline numbers with their bounds."""
        drawn: dict[str, Any] = {}
        if self.draws is not None:
            ends = self.drawn_last(self.path(KNOTS))
            cosines = self.drawn_last(knots(self.run.parts(SHAPES["cosine"], self.begin), FEWER))
            drawn = {
                "loss": ends,
                "gain": cosines - ends,
                "share": best["draws.share"],
                "best_loss": best["draws.loss"],
            }
        point = {"loss": end, "gain": cosine - end, "worth": tokens, "share": best["share"], "best_loss": best["loss"]}
        return {
            name: {
                "value": value * shown,
                "low": ops.quantile(drawn[name], 0.025) * shown if name in drawn else 0.0 * end + NAN,
                "high": ops.quantile(drawn[name], 0.975) * shown if name in drawn else 0.0 * end + NAN,
            }
            for name, value in point.items()
        }
