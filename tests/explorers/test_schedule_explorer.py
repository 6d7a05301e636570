"""The schedule explorer shows what `sw.schedules` says, in Python and in a page, and refuses what a law can't judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets import schedules
from scalewidgets.errors import DomainError, PlanError, QuantityError, StateError, UnknownName
from scalewidgets.explorers.schedule_explorer import ScheduleExplorer
from scalewidgets.explorers.schedule_inputs import MOST_KNOTS
from scalewidgets.explorers.schedule_shapes import BEST, CUSTOM, SHAPES
from scalewidgets.explorers.texts import sentences
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import flatten
from scalewidgets.schedules.law import schedule_law

KEYS = ("tissue2024", "luo2025-400m")
RUN = {"steps": 20_000, "warmup": 500}
# Every pair of a law and a shape that has a loss: the annealing law's own best shape is refused.
JUDGED = [(key, shape) for key, shape in product(KEYS, SHAPES) if (key, shape) != ("tissue2024", BEST)]
MADE = [shape for shape in SHAPES if shape != CUSTOM]
POINTS = [(0, 0.0), (500, 1.0), (12_000, 1.0), (16_000, 0.4), (20_000, 0.1)]


def drawn(key: str) -> Any:
    peak = 2e-4 if key == "tissue2024" else 3e-4
    return schedules.custom(points=[(step, peak * rate) for step, rate in POINTS], warmup=500)


def explorer(key: str, shape: str, **settings: Any) -> ScheduleExplorer:
    more = {"custom": drawn(key)} if shape == CUSTOM else {}
    return ScheduleExplorer(key, **{**RUN, **more, "shape": shape, **settings})


@cache
def fitted(law: str) -> sw.Fit:
    """Fit two simulated curves with a little noise, so that there are draws."""
    truth = sw.published("tissue2024")
    run, curves = {"steps": 20_000, "peak": 2e-4, "warmup": 500}, []
    rng = np.random.default_rng(0)
    for schedule in (schedules.cosine(**run), schedules.wsd(**run)):
        steps = np.arange(1000, 20_001, 500)
        noise = np.exp(rng.normal(0, 1e-3, len(steps)))
        curves.append(sw.Curve(schedule, steps, schedules.loss(truth, schedule, steps) * noise))
    return sw.fit_curves(law, curves, bootstrap=12)


def random_states(seed: int, count: int = 4) -> Iterator[dict[str, Any]]:
    """Give states over the whole tracks of the sliders."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        yield {
            "steps": 10 ** rng.uniform(3, 6),
            "warmup": 0 if i == 0 else 10 ** rng.uniform(1, 5),
            "cooldown": float(rng.choice([0.0, rng.uniform(), 1.0])),
            "end": float(rng.choice([0.0, rng.uniform(), 1.0])),
            "peak": None if i % 2 else 10 ** rng.uniform(-5, -2),
        }


@pytest.mark.parametrize(("key", "shape"), JUDGED)
def test_the_frame_is_the_schedule_and_its_loss(key: str, shape: str) -> None:
    ex = explorer(key, shape)
    tables, schedule = ex.frames()["tables"], ex.schedule
    steps = tables["rate"]["schedule"]["step"]
    np.testing.assert_allclose(tables["rate"]["schedule"]["rate"][1:], schedule(steps)[1:], rtol=2e-3, atol=1e-12)
    assert len(steps) <= MOST_KNOTS
    curve = {
        name: np.concatenate([tables["loss"][t][name] for t in ("schedule", "schedule_beyond")])
        for name in ("step", "loss")
    }
    kept = np.isfinite(curve["loss"]) & (curve["step"] >= 1000)
    assert kept.sum() > 50
    exact = schedules.loss(sw.published(key), schedule, curve["step"][kept].astype(int))
    np.testing.assert_allclose(curve["loss"][kept], exact, atol=2e-4)
    assert ex.loss == pytest.approx(float(schedules.loss(sw.published(key), schedule)), abs=2e-5)


@pytest.mark.parametrize("key", KEYS)
def test_references_are_a_cosine_and_a_constant_rate(key: str) -> None:
    ex = explorer(key, "wsd-linear")
    frames, fit = ex.frames(), sw.published(key)
    peak = ex.schedule.peak
    ends = {
        "cosine": schedules.cosine(**RUN, peak=peak, end=0.1),
        "constant": schedules.constant(**RUN, peak=peak),
    }
    for name, schedule in ends.items():
        assert frames["tables"]["loss"][name]["loss"][-1] == pytest.approx(
            float(schedules.loss(fit, schedule)), abs=1e-4
        )
    cosine = float(schedules.loss(fit, ends["cosine"]))
    assert frames["cards"]["gain"]["value"] == pytest.approx(cosine - ex.loss, abs=1e-4)


@pytest.mark.parametrize(
    ("key", "decay", "end"),
    [("tissue2024", "linear", 0.0), ("tissue2024", "1-sqrt", 0.1), ("luo2025-25m", "cosine", 0.1)],
)
def test_the_best_share_is_that_of_best_cooldown(key: str, decay: str, end: float) -> None:
    ex = explorer(key, f"wsd-{decay}", end=end)
    peak = ex.schedule.peak
    best = sw.best_cooldown(sw.published(key), **RUN, peak=peak, decay=decay, end=end, shares=np.arange(101) / 100)
    assert ex.best_cooldown == pytest.approx(best.share)
    sweep = ex.frames()["tables"]["share"]["sweep"]
    shown = np.isfinite(sweep["loss"])
    np.testing.assert_allclose(sweep["loss"][shown][1:], best.losses[1 : shown.sum()], atol=1e-3)
    assert ex.frames()["cards"]["best_loss"]["value"] == pytest.approx(best.loss, abs=3e-4)


@pytest.mark.parametrize(("key", "steps"), [("tissue2024", 1e5), ("luo2025-400m", 1e5), ("tissue2024", 1e6)])
def test_the_said_error_of_thinning_holds_for_long_runs(key: str, steps: float) -> None:
    ex = ScheduleExplorer(key, shape="wsd-cosine", steps=steps)
    exact = float(schedules.loss(sw.published(key), ex.schedule))
    said = float(ex.frames()["notes"]["thinning"])
    assert said < 1e-5
    assert abs(ex.loss - exact) <= 2 * said + 1e-6
    assert any(text.startswith("Drawn on 240 of the steps") for text in sentences(ex, ex.frames()))


@pytest.mark.parametrize(("key", "shape"), list(product(KEYS, SHAPES)))
def test_recorded_frames_replay_to_what_a_direct_call_gives(key: str, shape: str) -> None:
    ex = explorer(key, shape)
    graph = Graph.from_json(json.loads(json.dumps(ex.graph().to_json(), allow_nan=False)))
    for settings in random_states(len(shape), 3):
        ex.apply(settings)
        found = graph(**ex.inputs)
        for path, value in flatten(ex.frames()).items():
            np.testing.assert_allclose(found[path], value, rtol=1e-12, atol=1e-15, err_msg=path)


@pytest.mark.parametrize(("key", "shape"), list(product(KEYS, MADE)))
def test_any_state_has_finite_ranges_and_a_loss_or_a_refusal(key: str, shape: str) -> None:
    ex = explorer(key, shape)
    for settings in random_states(MADE.index(shape), 12):
        ex.apply(settings)
        frames = ex.frames()
        limits = flatten(frames["ranges"])
        assert np.isfinite(list(limits.values())).all()
        assert all(limits[path] < limits[path.replace("low", "high")] for path in limits if path.endswith("low"))
        assert np.isfinite(frames["tables"]["rate"]["schedule"]["rate"]).all()
        refused = [name for name, value in frames["notes"].items() if name.startswith("refused") and value > 0]
        told = [text for text in sentences(ex, frames) if text.startswith("No loss is shown")]
        assert len(told) == len(refused)
        values = [float(card["value"]) for card in frames["cards"].values()]
        assert np.isnan(values).all() if refused else np.isfinite(values).all(), (settings, refused)
        assert np.isnan(frames["tables"]["loss"]["schedule"]["loss"]).all() or not refused
        try:
            exact = float(schedules.loss(ex.fit, ex.schedule))
        except DomainError:
            # what the library refuses to make or to judge has no loss here either
            assert refused, settings
        else:
            assert refused or ex.loss == pytest.approx(exact, abs=1e-4), settings


REFUSED = [
    ("tissue2024", {"peak": 4e-4}, "fitted to runs of peak 0.0002", "tissue2024"),
    ("luo2025-100m", {"peak": 1e-4}, "the peak is 1e-4", "luo2025"),
    ("tissue2024", {"shape": "two-stage", "end": 0.0}, "from step 15,999 of 20,000 on the rate is next to 0", ""),
    ("tissue2024", {"shape": "wsd-exponential", "end": 0.0}, "an exponential cooldown never reaches 0", ""),
    ("tissue2024", {"warmup": 30_000}, "the warm-up takes all 20,000 steps", ""),
    ("tissue2024", {"shape": BEST}, "the best shape of the annealing law jumps to the least rate", ""),
    ("tissue2024", {"shape": "multistep", "cooldown": 0.0}, "the jumps need steps before and after them", ""),
]


@pytest.mark.parametrize(("key", "settings", "words", "name"), REFUSED)
def test_what_a_law_cannot_judge_is_refused_in_a_sentence(
    key: str, settings: dict[str, Any], words: str, name: str
) -> None:
    ex = ScheduleExplorer(key, **{**RUN, **settings})
    told = [text for text in sentences(ex, ex.frames()) if words in text]
    assert len(told) == 1
    assert told[0].startswith("No loss is shown")
    assert np.isnan(ex.loss)
    assert np.isnan(ex.best_cooldown)


def test_a_fit_that_does_not_say_its_momentum_takes_the_authors_and_says_so() -> None:
    ex = ScheduleExplorer(sw.published("tissue2024").with_values(C=0.4), **RUN)
    assert ex.momentum == 0.999
    assert np.isfinite(ex.loss)
    assert sum("does not say which momentum" in text for text in sentences(ex, ex.frames())) == 1


def test_the_peak_of_the_runs_is_no_refusal() -> None:
    for key, peak in (("tissue2024", 2e-4), ("luo2025-25m", 3e-4)):
        ex = ScheduleExplorer(key, **RUN)
        assert ex.schedule.peak == peak
        without = ex.loss
        ex.peak = peak
        assert ex.loss == without


def test_bands_and_intervals_come_from_draws_and_else_are_not_shown() -> None:
    plain, own = ScheduleExplorer("tissue2024", **RUN), ScheduleExplorer(fitted("annealing"), **RUN)
    for ex, has in ((plain, False), (own, True)):
        frames = ex.frames()
        band = frames["tables"]["loss"]["band"]
        card = frames["cards"]["loss"]
        assert np.isfinite(band["low"]).any() == has
        assert np.isfinite(float(card["low"])) == has
        assert ("Point estimate" in " ".join(sentences(ex, frames))) != has
    frames = own.frames()
    assert frames["cards"]["loss"]["low"] < own.loss < frames["cards"]["loss"]["high"]
    assert frames["cards"]["share"]["low"] <= own.best_cooldown <= frames["cards"]["share"]["high"]
    band = frames["tables"]["loss"]["band"]
    assert band["low"][-1] == pytest.approx(frames["cards"]["loss"]["low"], abs=1e-6)


@pytest.mark.parametrize("shape", ["wsd-linear", "constant", BEST])
def test_measured_losses_stand_as_far_below_the_laws_cosine_as_they_did_below_their_own(shape: str) -> None:
    ex = ScheduleExplorer("luo2025-400m", **RUN, shape=shape)
    frames = ex.frames()
    cosine = frames["tables"]["loss"]["cosine"]["loss"][-1]
    table = frames["tables"]["share"]["measured"]
    shown = np.isfinite(table["loss"])
    assert sorted(table["share"][shown]) == [0, 10, 20, 40, 60, 80, 90]
    place = np.nanargmin(table["loss"])
    assert (table["share"][place], table["measured"][place]) == (40, 2.9659), "of the peak nearest 3e-4"
    assert cosine - table["loss"][place] == pytest.approx(2.9824 - 2.9659), "against the cosine to 0, its best"
    others = frames["tables"]["share"]["others"]
    # MiniCPM's six, three of 210M, and the 1-sqrt fall at the nearest peak
    assert np.isfinite(others["loss"]).sum() == 10
    # 210M, 44,444 steps (repository), and MiniCPM with 80 N stable and 8 N of cooldown (second-hand)
    gains = dict(zip(others["measured"], others["gain"], strict=True))
    assert gains[2.8775] == pytest.approx(2.8816 - 2.8775)
    between = np.interp(np.log(88), np.log([80, 127]), [3.648, 3.628])
    assert gains[3.617] == pytest.approx(between - 3.617)
    assert sum(text.startswith("Diamonds are measured") for text in sentences(ex, frames)) == 1


@pytest.mark.parametrize(
    ("steps", "warmup", "end"), [(3000, 150, 0.01), (24_000, 2160, 0.005), (24_000, 2000, 0.1), (300_000, 2000, 0.02)]
)
def test_the_best_shape_on_screen_is_next_to_what_a_search_for_this_run_finds(
    steps: int, warmup: int, end: float
) -> None:
    ex = ScheduleExplorer("luo2025-400m", shape=BEST, steps=steps, warmup=warmup, end=end)
    best = ex.best_shape()
    assert best.loss - 1e-5 <= ex.loss < best.start_loss
    assert ex.loss == pytest.approx(best.loss, abs=6e-4)
    assert ex.schedule.falls
    assert ex.schedule.end >= 0.999 * max(end, 0.005) * ex.schedule.peak
    assert ex.loss == pytest.approx(float(schedules.loss(ex.fit, ex.schedule)), abs=6e-5)


def test_the_best_shape_of_the_annealing_law_is_no_schedule() -> None:
    with pytest.raises(PlanError, match="jumps to the least rate and stays there"):
        ScheduleExplorer("tissue2024", **RUN).best_shape()


@pytest.mark.parametrize(("key", "shape"), [("luo2025-400m", "wsd-linear"), ("tissue2024", "wsd-1-sqrt")])
def test_the_worth_on_the_card_is_that_of_token_efficiency(key: str, shape: str) -> None:
    ex = ScheduleExplorer(key, steps=24_000, warmup=2160, shape=shape, cooldown=1 / 6)
    cosine = schedules.cosine(steps=24_000, warmup=2160, peak=ex.schedule.peak)
    exact = sw.token_efficiency(ex.schedule, cosine, ex.fit)
    notes = ex.frames()["notes"]
    assert ex.worth == pytest.approx(exact.ratio, rel=2e-3)
    assert float(notes["worth_low"]) == pytest.approx(exact.low, rel=2e-3)
    assert float(notes["worth_high"]) == pytest.approx(exact.high, rel=2e-3)
    said = [text for text in sentences(ex, ex.frames()) if text.startswith("The worth in tokens is rough")]
    assert len(said) == 1
    ex.shape = "cosine"
    assert ex.worth == pytest.approx(1.0, abs=5e-4)


@pytest.mark.parametrize("given", ["points", "rates", "schedule"])
def test_a_schedule_of_ones_own_is_taken_in_every_form(given: str) -> None:
    schedule = schedules.custom(points=[(0, 2e-4), (15_000, 2e-4), (20_000, 1e-5)])
    forms = {"points": [(0, 2e-4), (15_000, 2e-4), (20_000, 1e-5)], "rates": schedule.rates, "schedule": schedule}
    ex = ScheduleExplorer("tissue2024", custom=forms[given])
    assert ex.shape == CUSTOM
    assert ex.loss == pytest.approx(float(schedules.loss(ex.fit, schedule)), abs=1e-6)
    assert len(ex.frames()["tables"]["rate"]["schedule"]["step"]) <= MOST_KNOTS


def test_a_rough_schedule_of_a_hundred_thousand_steps_keeps_to_its_knots() -> None:
    steps = np.arange(100_001)
    rates = 2e-4 * (0.55 + 0.45 * np.cos(steps / 9000)) * np.where(steps % 5000 < 2500, 1.0, 0.9)
    ex = ScheduleExplorer("tissue2024", custom=rates / rates.max() * 2e-4)
    frames = ex.frames()
    assert frames["notes"]["knots"] <= MOST_KNOTS
    exact = float(schedules.loss(ex.fit, ex.schedule))
    assert abs(ex.loss - exact) <= 5e-3 + 2 * float(frames["notes"]["thinning"])


STATES: dict[str, dict[str, Any]] = {
    "as it starts": {},
    "moved": {"fit": "tissue2024-momentum990", "shape": "multistep", "steps": 5e4, "warmup": 0, "end": 0.05},
    "another peak": {"peak": 1e-3, "cooldown": 0.35},
    "drawn": {"fit": "tissue2024", "custom": [(0, 2e-4), (15_000, 2e-4), (20_000, 1e-5)]},
}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_settings_and_code_recreate_the_state(state: dict[str, Any]) -> None:
    ex = ScheduleExplorer(**state)
    again = ScheduleExplorer(**ex.settings())
    space: dict[str, Any] = {}
    exec(ex.code(), space)
    for other in (again, space["ex"], ex.twin(), ex.giveaway()):
        assert {name: getattr(other, name) for name in ex.names} == {name: getattr(ex, name) for name in ex.names}
        np.testing.assert_equal(other.loss, ex.loss)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"fit": "hoffmann2022"}, StateError, "no fit of a law over schedules; give one such as 'luo2025-400m'"),
        ({"fit": 3}, StateError, "int is no fit of a law over schedules"),
        ({"steps": "many"}, QuantityError, "steps: 'many'"),
        ({"steps": 1}, StateError, "steps = 1 is outside"),
        ({"cooldown": 2}, StateError, "cooldown = 2 is outside 0 to 1"),
        ({"stepz": 1}, UnknownName, "no setting 'stepz'"),
        ({"custom": [(5, 1.0), (9, 1.0)]}, DomainError, "begin at 0"),
        ({"shape": "wave"}, ValueError, "wave"),
    ],
)
def test_a_bad_value_is_refused_by_name(settings: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        ScheduleExplorer(**settings)
    assert words in str(caught.value)


def test_the_coefficient_sets_on_offer_are_those_of_schedule_laws() -> None:
    own = fitted("annealing")
    ex = ScheduleExplorer(own)
    assert next(iter(ex.fits.values())) is own
    keys = {fit.key for fit in ex.fits.values()}
    assert {"tissue2024", "tissue2024-momentum990", "tissue2024-momentum995", "tissue2024-momentum9995"} <= keys
    assert {"luo2025-25m", "luo2025-100m", "luo2025-400m"} <= keys
    assert all(schedule_law(fit.law) for fit in ex.fits.values())
    for key, momentum in (("tissue2024", 0.999), ("tissue2024-momentum990", 0.99)):
        ex.fit = key
        assert ex.momentum == momentum
        assert any(f"λ = {momentum:g}" in line for line in ex.sources)


@pytest.mark.parametrize("fit", ["tissue2024", "annealing", "own"])
def test_explore_opens_it_for_fits_and_laws_over_schedules(fit: str) -> None:
    ex = sw.explore(fitted("annealing") if fit == "own" else fit, steps="20k")
    assert isinstance(ex, ScheduleExplorer)
    assert ex.steps == 20_000
    assert set(ex.views) == {"rate", "loss", "share"}
    assert not isinstance(sw.explore("tissue2024", view="law"), ScheduleExplorer)


def test_it_saves_as_a_page_with_every_shape_and_coefficient_set(tmp_path: Path) -> None:
    ex = sw.explore("luo2025-400m", steps="50k")
    saved = ex.save(tmp_path / "page.html")
    told = str(saved)
    assert saved.size < 2.5e6
    assert "fit=luo2025-400m" in told
    assert "coefficients of 7 sets" in told
    assert "Multi-step" in told
