"""The state of an explorer can be typed, refused, watched, saved, turned into code, and always has its plan."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import scalewidgets as sw
from scalewidgets.errors import PlanError, QuantityError, StateError, UnknownName
from scalewidgets.explorers.controls import Slider
from scalewidgets.explorers.explorer import DEFAULT_FIT, Explorer
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.allocate import HOLDS

CHIPS = sw.Hardware(1e15, 0.4, 0.5, 0.02, train_price=2.0, serve_price=3.0, name="H100")
STATES: dict[str, dict[str, Any]] = {
    "as it starts": {},
    "another fit": {"fit": "hoffmann2022", "compute": 5.76e23},
    "served": {"inference_tokens": 2e12},
    "all of it": {
        "fit": "sardana2024-all",
        "compute": 1.2345678901234567e22,
        "inference_tokens": 1e13,
        "hold": "total",
        "near_optimal": 0.05,
        "prompt_share": 0.8,
        "hardware": CHIPS,
    },
}
EVERY = ("fit", "compute", "inference_tokens", "hold", "near_optimal", "prompt_share", "hardware")


def values(ex: Explorer) -> dict[str, Any]:
    return {name: getattr(ex, name) for name in EVERY}


def numbers(ex: Explorer) -> list[float]:
    plan = ex.plan
    return [plan.N, plan.D, plan.loss, *plan.near_optimal, plan.lifetime.total]


def run_code(code: str, **known: Any) -> Explorer:
    """Run what `code()` returns; `sw.explore` shows an explorer too, and these tests are about the state alone."""

    class Face:
        def __getattr__(self, name: str) -> Any:
            return Explorer if name == "explore" else known.get(name) or getattr(sw, name)

    assert code.startswith("import scalewidgets as sw\n")
    space: dict[str, Any] = {"sw": Face()}
    exec(code.removeprefix("import scalewidgets as sw\n"), space)
    return space["ex"]


@pytest.mark.parametrize("given_state", STATES.values(), ids=STATES.keys())
def test_settings_recreate_the_state(given_state: dict[str, Any]) -> None:
    ex, other = Explorer(**given_state), Explorer("hoffmann2022-printed", compute=1e25)
    other.apply(ex.settings())
    assert values(other) == values(ex)
    assert numbers(other) == numbers(ex)
    assert values(Explorer(**ex.settings())) == values(ex)


@pytest.mark.parametrize("given_state", STATES.values(), ids=STATES.keys())
def test_code_recreates_the_state(given_state: dict[str, Any]) -> None:
    ex = Explorer(**given_state)
    again = run_code(ex.code())
    assert values(again) == values(ex)
    assert numbers(again) == numbers(ex)
    assert again.code() == ex.code()


def test_code_names_only_what_differs_from_the_start() -> None:
    assert Explorer(compute=1e22).code() == (
        "import scalewidgets as sw\n\nex = sw.explore('besiroglu2024', compute=1e22)"
    )


def test_code_of_a_fit_of_the_users_own_loads_it_from_a_file(tmp_path: Any) -> None:
    fit = sw.published("hoffmann2022").with_values(A=400)
    fit.save(tmp_path / "fit.json")
    ex = Explorer(fit, compute=np.float64(1e22), near_optimal=np.float64(0.02))

    class Files:
        load = staticmethod(lambda name: sw.Fit.load(tmp_path / name))

    assert 'sw.Fit.load("fit.json")' in ex.code()
    again = run_code(ex.code(), Fit=Files)
    assert again.fit.values == fit.values
    assert numbers(again) == numbers(ex)


def test_settings_of_a_fit_of_the_users_own_work_in_the_same_explorer() -> None:
    fit = sw.published("hoffmann2022").with_values(A=400)
    ex = Explorer(fit)
    saved = ex.settings()
    ex.fit = "besiroglu2024"
    ex.apply(saved)
    assert ex.fit is fit


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("compute", "6e23", 6e23),
        ("compute", "5.76e23 FLOP", 5.76e23),
        ("compute", 10**22, 1e22),
        ("compute", np.int64(10**18), 1e18),
        ("inference_tokens", "70B", 7e10),
        ("inference_tokens", "1.4T", 1.4e12),
        ("inference_tokens", "1B x 800", 8e11),
        ("inference_tokens", None, None),
        ("inference_tokens", 0, 0.0),
    ],
)
def test_values_are_taken_as_people_type_them(name: str, typed: object, value: float | None) -> None:
    ex = Explorer(inference_tokens=1e12)
    setattr(ex, name, typed)
    assert getattr(ex, name) == value
    assert type(getattr(ex, name)) in (float, type(None))
    assert np.isfinite(numbers(ex)).all()


def test_no_serving_is_none_or_zero() -> None:
    off = Explorer()
    assert off.demand is None
    assert off.plan.baseline is None
    zero = Explorer(inference_tokens=0)
    assert zero.demand is None
    shown = flatten(zero.frames())
    for path, value in flatten(off.frames()).items():
        np.testing.assert_array_equal(shown[path], value)


REFUSED: list[tuple[str, object, type[Exception], str]] = [
    ("compute", "many", QuantityError, "compute: 'many' is not a quantity; write it like 70B"),
    ("compute", "", QuantityError, "compute"),
    ("compute", None, ValueError, "compute"),
    ("compute", [1e22], QuantityError, "compute: [1e+22]"),
    ("compute", 0, StateError, "compute = 0 is outside 1e10 to 1e35"),
    ("compute", -1e22, StateError, "compute = -1e22 is outside"),
    ("compute", float("nan"), StateError, "compute = nan is outside"),
    ("compute", float("inf"), StateError, "compute = inf is outside"),
    ("compute", 1e40, StateError, "compute = 1e40 is outside"),
    ("inference_tokens", "off", QuantityError, "inference_tokens: 'off' is not a quantity"),
    ("inference_tokens", -1, StateError, "inference_tokens = -1 is outside 0 to 1e20"),
    ("hold", "cost", ValueError, "hold"),
    ("hold", None, ValueError, "hold"),
    ("near_optimal", 2, StateError, "near_optimal = 2 is outside 0.0001 to 0.5"),
    ("prompt_share", 1.5, StateError, "prompt_share = 1.5 is outside 0 to 1"),
    ("hardware", "H100", ValueError, "hardware"),
    ("fit", "hofmann2022", UnknownName, "'hofmann2022'"),
    ("fit", "kaplan2020-n", StateError, "is a law of N; this explorer needs one of N and D, such as 'besiroglu2024'"),
    ("fit", "muennighoff2023", StateError, "is a law of N, D, U; this explorer needs one of N and D"),
    ("fit", 3, StateError, "fit is a int; give a Fit, or the key of a published one"),
    ("fit", None, StateError, "fit is a NoneType; give a Fit"),
]


@pytest.mark.parametrize(("name", "bad", "error", "words"), REFUSED)
@pytest.mark.parametrize("way", ["set", "apply"])
def test_a_bad_value_is_refused_by_name_and_leaves_the_state_as_it_was(
    way: str, name: str, bad: object, error: type[Exception], words: str
) -> None:
    ex = Explorer("hoffmann2022", compute=1e22, inference_tokens=1e12, hold="total")
    before, heard = values(ex), []
    ex.param.watch(lambda *events: heard.extend(event.name for event in events), list(EVERY))
    with pytest.raises(error) as caught:
        if way == "set":
            setattr(ex, name, bad)
        else:
            ex.apply({"compute": 1e23, "hold": "training", name: bad})
    assert words in str(caught.value)
    assert values(ex) == before
    assert heard == []
    ex.near_optimal = 0.02
    assert heard == ["near_optimal"], "nothing of what was refused comes later"


@pytest.mark.parametrize(("name", "bad", "error", "words"), [row for row in REFUSED if row[:2] != ("fit", None)])
def test_a_bad_value_is_refused_at_the_start_too(name: str, bad: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        Explorer(**{name: bad})
    assert words in str(caught.value)


@pytest.mark.parametrize("way", [lambda s: Explorer(**s), lambda s: Explorer().apply(s)], ids=["start", "apply"])
@pytest.mark.parametrize(
    ("name", "suggested"), [("compue", "compute"), ("inference", "inference_tokens"), ("name", "")]
)
def test_a_setting_that_is_not_one_gets_a_suggestion(way: Any, name: str, suggested: str) -> None:
    with pytest.raises(UnknownName) as caught:
        way({name: 1e22})
    assert f"the explorer has no setting '{name}'; it has compute, fit, hardware, hold" in str(caught.value)
    assert suggested in str(caught.value).partition("Did you mean")[2]


def test_watchers_hear_a_change_once_and_a_set_of_changes_together() -> None:
    ex, heard = Explorer(), []
    ex.param.watch(lambda *events: heard.append({event.name: event.new for event in events}), list(EVERY))
    ex.compute = "1e23"
    ex.compute = 1e23
    ex.apply({"inference_tokens": "2T", "hold": "total", "fit": "hoffmann2022"})
    assert heard[0] == {"compute": 1e23}
    assert heard[1] == {"inference_tokens": 2e12, "hold": "total", "fit": sw.published("hoffmann2022")}
    assert len(heard) == 2


def test_the_default_is_inside_the_range_of_its_runs() -> None:
    ex = Explorer()
    assert ex.fit is sw.published(DEFAULT_FIT)
    assert ex.frames()["notes"]["beyond"] == 1.0
    assert ex.fit.draws is not None


def test_every_control_sets_a_parameter_within_its_bounds() -> None:
    ex = Explorer(inference_tokens=1e12)
    for group in ex.groups:
        assert group.switch in ("", *(control.name for control in group.controls))
        for control in group.controls:
            assert control.label
            assert control.help
            choices = (control.low, control.high) if isinstance(control, Slider) else control.options.values()
            for value in choices:
                setattr(ex, control.name, value)
                assert getattr(ex, control.name) == value
                assert np.isfinite(numbers(ex)).all()


def test_the_fits_on_offer_are_those_that_can_be_planned_the_given_one_first() -> None:
    mine = sw.published("hoffmann2022").with_values(A=400)
    offered = Explorer(mine).fits
    assert next(iter(offered.values())) is mine
    assert {"besiroglu2024", "kaplan2020-nd", "sardana2024-100"} <= {fit.key for fit in offered.values()}
    assert all(set(fit.law.symbols) == {"N", "D"} for fit in offered.values())


def test_two_explorers_share_nothing() -> None:
    first, second = Explorer(), Explorer()
    first.apply({"compute": 1e25, "fit": "hoffmann2022"})
    assert second.compute != first.compute
    assert second.fit.key == DEFAULT_FIT


def logs(low: float, high: float) -> Any:
    return st.floats(low, high).map(lambda power: 10.0**power)


@settings(max_examples=40)
@given(
    fit=st.sampled_from(["besiroglu2024", "hoffmann2022", "kaplan2020-nd", "sardana2024-100"]),
    compute=logs(12, 32),
    inference_tokens=st.none() | logs(0, 18),
    hold=st.sampled_from(HOLDS),
    near_optimal=st.floats(1e-3, 0.3),
)
def test_any_state_has_finite_frames_that_agree_with_its_plan(
    fit: str, compute: float, inference_tokens: float | None, hold: str, near_optimal: float
) -> None:
    ex = Explorer(fit, compute=compute, inference_tokens=inference_tokens, hold=hold, near_optimal=near_optimal)
    frames = ex.frames()
    try:
        plan = ex.plan
    except PlanError as error:
        # serving may cost more than the whole budget; then there is no plan, and that is said
        assert re.search("gives no allocation", str(error))
        assume(False)
    cards = {name: float(card["value"]) for name, card in frames["cards"].items()}
    assert np.isfinite(list(cards.values())).all()
    assert [cards["N"], cards["D"], cards["loss"]] == pytest.approx([plan.N, plan.D, plan.loss], rel=1e-9)
    if inference_tokens is None or hold == "training":
        assert cards["training_flop"] == pytest.approx(compute, rel=1e-9)
    elif hold == "total":
        assert plan.total_flop == pytest.approx(compute, rel=1e-9)
    else:
        assert plan.loss == pytest.approx(plan.baseline.loss, rel=1e-12)
        assert plan.total_flop <= plan.baseline.total_flop * (1 + 1e-9)
    limits = flatten(frames["ranges"])
    assert np.isfinite(list(limits.values())).all()
    assert all(limits[path] < limits[path.replace("low", "high")] for path in limits if path.endswith("low"))
    for path in ("bowl/N", "optimum/loss", "plan/loss", "near/N", "waste/loss"):
        table, column = path.split("/")
        assert np.isfinite(frames["tables"]["allocation"][table][column]).all(), path
    low, high = plan.near_optimal
    assert low <= plan.N * (1 + 1e-9)
    assert high >= plan.N * (1 - 1e-9)


def test_controls_are_reset_to_defaults_and_a_fit_to_the_one_given() -> None:
    ex = Explorer("hoffmann2022", compute=1e22, inference_tokens=1e12, hold="total", prompt_share=0.2)
    ex.fit = "besiroglu2024"
    ex.reset("compute", "fit")
    assert ex.settings() == {
        "fit": "hoffmann2022",
        "compute": Explorer().compute,
        "inference_tokens": 1e12,
        "hold": "total",
        "prompt_share": 0.2,
    }
    ex.reset()
    assert ex.settings() == {"fit": "hoffmann2022", "compute": Explorer().compute, "prompt_share": 0.2}
    with pytest.raises(UnknownName, match="has no control 'prompt_share'"):
        ex.reset("prompt_share")


def test_a_budget_may_be_chips_that_work_for_a_time_at_the_utilisation_of_the_hardware() -> None:
    ex = Explorer(compute="512 H100 for 30 days at 40 %")
    peak = sw.costs.chip("H100").peak()
    assert ex.compute == pytest.approx(512 * peak * 0.4 * 30 * 86400, rel=1e-14)
    ex.compute = "512 H100 for 30 days"
    assert ex.compute == pytest.approx(512 * peak * sw.costs.typical_utilisation() * 30 * 86400, rel=1e-14)
    ex.hardware = CHIPS
    ex.compute = "512 H100 for 30 days"
    assert ex.compute == pytest.approx(512 * peak * CHIPS.train_utilisation * 30 * 86400, rel=1e-14)
    with pytest.raises(QuantityError, match="is in tokens; expected FLOP"):
        ex.compute = "70B tokens"
