"""The Studio: each group off is the plain plan, cards are those of `sw.plan`, and frames are the same in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.errors import QuantityError, StateError, UnknownName
from scalewidgets.explorers.explorer import Explorer
from scalewidgets.explorers.landmarks import LEFT, RIGHT, TRAINED
from scalewidgets.explorers.studio import Studio
from scalewidgets.explorers.studio_presets import PRESETS
from scalewidgets.explorers.studio_schedule import SHAPES, cosine_loss, worth
from scalewidgets.explorers.texts import sentences
from scalewidgets.fits.fit import Fit
from scalewidgets.live.program import settings_of, whole_state_of
from scalewidgets.ops.graph import Graph
from scalewidgets.ops.tracing import flatten
from scalewidgets.planning.allocate import HOLDS
from scalewidgets.published_fits.loading import published
from tests.live.scripts import assert_equal_numbers, replay

FULL = published("besiroglu2024")
# Fewer draws, to be quick; the same graph.
FEW: Fit = replace(FULL, draws={name: draw[:20] for name, draw in (FULL.draws or {}).items()})
POINT = published("hoffmann2022")
OFF = {"bits": 16.0, "deploy_bits": None, "cooldown": None}
ALL_ON = {"inference_tokens": 1e12, "bits": 8.0, "deploy_bits": 4.0, "cooldown": 0.2, "counted": 1.0}


def random_states(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Give states over the tracks of all controls, groups off and on."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        on = [bool(i >> place & 1) for place in range(4)]
        yield {
            "compute": 10 ** rng.uniform(19, 26),
            "inference_tokens": 10 ** rng.uniform(10, 13) if on[0] else None,
            "bits": float(rng.uniform(5, 16)) if on[1] else 16.0,
            "deploy_bits": float(rng.uniform(3, 8)) if on[2] else None,
            "cooldown": float(rng.uniform(0.05, 0.5)) if on[3] else None,
            "decay": float(rng.choice(list(SHAPES.values()))),
            "steps": 10 ** rng.uniform(3.5, 5.5),
            "counted": float(rng.integers(2)),
        }


def cards(ex: Explorer) -> dict[str, float]:
    return {name: float(card["value"]) for name, card in ex.frames()["cards"].items()}


@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("served", [None, 1e12])
def test_with_precision_and_schedule_off_the_frames_are_those_of_the_allocation_explorer(
    hold: str, served: float | None
) -> None:
    state = {"compute": 1e22, "hold": hold, "inference_tokens": served}
    plain, studio = Explorer(FEW, **state).frames(), Studio(FEW, **state, **OFF).frames()
    for part in ("tables/allocation", "tables/lifetime", "cards/N", "cards/D", "cards/loss", "cards/training_flop"):
        for path, value in flatten(plain).items():
            if path.startswith(part):
                np.testing.assert_allclose(flatten(studio)[path], value, rtol=1e-12, equal_nan=True, err_msg=path)


@pytest.mark.parametrize(
    "change",
    [
        {"deploy_bits": 16.0},
        {"bits": 8.0, "deploy_bits": 8.0},
        {"cooldown": 0.2, "counted": 0.0},
        {"cooldown": None, "counted": 1.0, "steps": 1e5},
    ],
    ids=str,
)
def test_a_group_that_adds_nothing_gives_the_plan_without_it(change: dict[str, Any]) -> None:
    off = Studio(FEW, compute=1e22, bits=change.get("bits", 16.0))
    on = Studio(FEW, compute=1e22, **change)
    for name in ("N", "D", "loss"):
        np.testing.assert_allclose(
            list(on.frames()["cards"][name].values()), list(off.frames()["cards"][name].values()), rtol=1e-12
        )


@pytest.mark.parametrize("state", list(random_states(1, 16)), ids=lambda state: f"{state['compute']:.1e}")
def test_cards_are_those_of_the_plan(state: dict[str, Any]) -> None:
    ex = Studio(POINT, **state)
    plan, shown = ex.plan, cards(ex)
    assert shown["loss"] == pytest.approx(plan.loss, rel=1e-9)
    for name, value in {
        "N": plan.N,
        "D": plan.D,
        "tokens_per_param": plan.tokens_per_param,
        "training_flop": plan.training_flop,
        "serving_flop": plan.lifetime.serving_flop,
    }.items():
        assert shown[name] == pytest.approx(value, rel=1e-6), name
    notes = ex.frames()["notes"]
    for term in plan.terms:
        name = {"bits": "bits_worth", "schedule": "token_worth", "deployment": "added_worth"}[term.name]
        assert float(notes[name]) == pytest.approx(term.compute, rel=1e-6), name


def test_intervals_without_deployment_are_those_of_the_plan() -> None:
    ex = Studio(FEW, compute=1e22, bits=8, inference_tokens=1e12)
    for name in ("N", "D", "loss"):
        card = ex.frames()["cards"][name]
        assert (float(card["low"]), float(card["high"])) == pytest.approx(ex.plan.interval(name), rel=1e-9)


def stored(graph: Graph) -> Graph:
    return Graph.from_json(json.loads(json.dumps(graph.to_json(), allow_nan=False)))


@pytest.mark.parametrize("hold", HOLDS)
def test_frames_replay_from_json_and_in_node_on_random_states(hold: str) -> None:
    ex = Studio(FEW, hold=hold)
    graph = stored(ex.graph())
    states = []
    for state in random_states(2, 8):
        ex.apply(state)
        states.append((dict(ex.inputs), flatten(ex.frames())))
        if len(states) == 3:
            ex.pin()
    (answers,) = replay([(graph, [inputs for inputs, _ in states])])
    for (inputs, frames), found in zip(states, answers, strict=True):
        direct = graph(**inputs)
        for path, value in frames.items():
            assert_equal_numbers(np.ravel(direct[path]), value, rtol=1e-11, atol=1e-11, what=path)
            assert_equal_numbers(found[path], value, rtol=1e-6, atol=1e-9, what=path)


@pytest.mark.parametrize("typed", ["8 bits", "8-bit", "8bit", " 8 Bits ", "8", "16 x 0.5 bits", np.float64(8), 8])
@pytest.mark.parametrize("name", ["bits", "deploy_bits"])
def test_bits_are_a_width_however_they_are_written(name: str, typed: Any) -> None:
    ex = Studio(POINT, **{name: typed})
    assert getattr(ex, name) == 8.0
    assert ex.settings()[name] == 8.0


@pytest.mark.parametrize("typed", ["8 nats", "8 bits per token", "8 tokens", "bits", "fp8"])
def test_what_is_no_width_is_refused(typed: str) -> None:
    ex = Studio(POINT)
    with pytest.raises(QuantityError, match="^bits: "):
        ex.bits = typed
    assert ex.bits == 16.0


def test_more_demand_never_makes_the_model_larger() -> None:
    for change in ({}, {"bits": 8.0}, {"deploy_bits": 4.0}):
        ex = Studio(POINT, compute=1e22, **change)
        sizes = []
        for served in np.geomspace(1e9, 1e12, 6):
            ex.inference_tokens = float(served)
            sizes.append(cards(ex)["N"])
        # where serving is next to nothing both sizes are the same up to rounding of a flat bottom
        assert (np.diff(sizes) <= 1e-7 * np.array(sizes[1:])).all(), (change, sizes)


def test_more_bits_of_training_never_raise_the_loss_of_a_given_model() -> None:
    from scalewidgets.explorers.studio_scene import studio_scene

    losses = []
    for bits in np.linspace(4, 16, 25):
        ex = Studio(POINT, compute=1e22, bits=float(bits))
        with np.errstate(all="ignore"):
            surface = studio_scene(ex.setting, ex.inputs).surface
        losses.append(float(surface.loss(np.float64(1e9), np.float64(1e11))))
    assert (np.diff(losses) <= 0).all()


@pytest.mark.parametrize("state", list(random_states(5, 16)), ids=lambda state: f"{state['compute']:.1e}")
def test_no_size_of_the_charts_beats_the_plan(state: dict[str, Any]) -> None:
    tables = Studio(POINT, **state).frames()["tables"]
    bowl, lifetime = tables["allocation"], tables["lifetime"]
    losses = np.concatenate([bowl["bowl"]["loss"], bowl["bowl_beyond"]["loss"]])
    assert np.nanmin(losses) >= bowl["optimum"]["loss"][0] * (1 - 1e-9)
    assert np.nanmin(lifetime["total"]["cost"]) >= lifetime["cheapest"]["cost"][0] * (1 - 1e-6)
    bits = tables["bits"]
    if state["deploy_bits"] is None:
        assert np.nanmin(bits["curve"]["loss"]) >= bits["best"]["loss"][0] * (1 - 1e-9)


def test_a_page_tells_random_states_and_python_returns_to_them() -> None:
    other = Studio()
    for state in random_states(6, 16):
        ex = Studio(POINT, **state)
        if state["counted"]:
            ex.pin()
            ex.compute = 1e22
        other.apply(settings_of(other, json.loads(json.dumps(whole_state_of(ex)))))
        assert other.settings() == ex.settings()
        assert whole_state_of(other) == whole_state_of(ex)


def test_settings_and_code_recreate_random_states() -> None:
    for state in random_states(3, 6):
        ex = Studio(**state)
        again = Studio(**ex.settings())
        assert again.settings() == ex.settings()
        made: dict[str, Any] = {}
        exec(ex.code().replace("sw.studio(", "Studio("), {"Studio": Studio}, made)
        assert made["ex"].settings() == ex.settings()
        for name, value in ex.inputs.items():
            np.testing.assert_array_equal(made["ex"].inputs[name], value, err_msg=name)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("steps", "cooldown"), [(5000, 0.2), (20_000, 0.1), (60_000, 0.4)])
def test_a_schedule_is_worth_what_token_efficiency_says(steps: int, cooldown: float, shape: str) -> None:
    run = {"steps": steps, "peak": 2e-4, "warmup": 500}
    law = sw.published("tissue2024")
    exact = sw.token_efficiency(
        sw.schedules.wsd(**run, cooldown=cooldown, decay=shape), sw.schedules.cosine(**run), law
    ).ratio
    assert worth(steps, cooldown, SHAPES[shape]) == pytest.approx(exact, rel=5e-4)
    assert float(cosine_loss(np.float64(steps))) == pytest.approx(
        float(sw.schedules.loss(law, sw.schedules.cosine(**run))), rel=1e-11
    )


def test_the_curve_of_the_counted_schedule_ends_at_the_loss_of_the_plan() -> None:
    for counted, name in ((0.0, "cosine"), (1.0, "this")):
        frames = Studio(POINT, **{**ALL_ON, "counted": counted}).frames()
        end = frames["tables"]["training"][f"loss_{name}"]["loss"][-1]
        assert end == pytest.approx(float(frames["cards"]["loss"]["value"]), rel=1e-12)


def test_the_best_bits_are_seven_whatever_the_budget() -> None:
    for compute in (1e20, 1e25):
        best = Studio(POINT, compute=compute).frames()["tables"]["bits"]
        assert float(best["best"]["bits"][0]) == pytest.approx(7.002, abs=1e-3)
        assert float(best["best"]["loss"][0]) <= float(np.min(best["curve"]["loss"])) + 1e-12


def test_on_a_chip_bits_are_its_formats() -> None:
    from scalewidgets.costs.chips import chip

    hardware = chip("H100").hardware(train_utilisation=0.4, prefill_utilisation=0.4, decode_utilisation=0.1)
    ex = Studio(POINT, compute=1e22, bits=9.0, hardware=hardware)
    assert ex.plan.composition.bits == 8
    assert cards(ex)["N"] == pytest.approx(ex.plan.N, rel=1e-9)


def test_a_term_worth_much_is_doubted_in_a_sentence() -> None:
    ex = Studio(FEW, compute=1e22, bits=8)
    said = sentences(ex, ex.frames())
    assert any(line.startswith("Training in 8 bits counts 83.3 %") for line in said)
    assert any(line.startswith("Caution, bits: a term worth ×1.67 compute") for line in said)
    ex.bits = 14
    assert not any(line.startswith("Caution") for line in sentences(ex, ex.frames()))
    assert any("Precision" in line or "Bits of training" in line for line in ex.sources)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_settings_and_leaves_the_others_at_their_defaults(name: str) -> None:
    ex = Studio(POINT, **ALL_ON)
    ex.preset(name)
    expected = {"fit", "compute"} | set(PRESETS[name].settings)
    assert set(ex.settings()) == expected
    assert np.isfinite(cards(ex)["loss"])


def test_a_model_of_8b_is_what_its_preset_gives() -> None:
    ex = Studio()
    ex.preset("served")
    assert pytest.approx(8e9, rel=0.05) == ex.plan.N
    assert ex.plan.tokens_per_param > 200


def test_chinchilla_and_four_advised_sizes_stand_on_the_chart_of_its_budget() -> None:
    ex = Studio()
    ex.pin()
    ex.preset("chinchilla")
    assert ex.pinned is not None, "a preset is compared with A"
    tables = ex.frames()["tables"]["allocation"]
    by_name = dict(zip((*LEFT, *RIGHT), tables["advised"]["N"], strict=True))
    # optima at 5.76e23 FLOP: approaches 1 and 2 along their power laws, the others from their coefficients
    assert by_name == pytest.approx(
        {"approach 3": 4.0361e10, "approach 2": 6.342e10, "approach 1": 6.782e10, "Besiroglu et al.": 7.2356e10},
        rel=1e-3,
    )
    assert by_name["Besiroglu et al."] == pytest.approx(ex.plan.N, rel=1e-9)
    assert (tables["trained"]["N"][0], tables["trained"]["D"][0]) == (70e9, 1.4e12)
    for ratio in ("59", "18", "20"):
        assert ratio in PRESETS["chinchilla"].sentence
    ex.compute = 1e23
    assert np.isnan(ex.frames()["tables"]["allocation"]["advised"]["N"]).all()


def test_no_name_at_chinchillas_budget_lies_over_a_curve_or_another_even_on_a_phone() -> None:
    # px of the frame at 400 px, of a letter at 11 px, and of a line
    width, height, letter, line = 290, 240, 5.3, 13
    ex = Studio()
    ex.preset("chinchilla")
    frames = ex.frames()
    tables, ranges = frames["tables"]["allocation"], frames["ranges"]["allocation"]

    def across(N: Any) -> Any:
        low, high = np.log([ranges["x"]["low"], ranges["x"]["high"]])
        return (np.log(N) - low) / (high - low) * width

    def up(loss: Any) -> Any:
        low, high = ranges["y"]["low"], ranges["y"]["high"]
        return (loss - low) / (high - low) * height

    bowl = {name: np.fmax(tables["bowl"][name], tables["bowl_beyond"][name]) for name in ("N", "loss")}
    boxes = []
    for side, names, turn in (("left", list(LEFT), -1), ("right", [*RIGHT, TRAINED[0]], 1)):
        places = tables[f"landmarks_{side}"]
        for name, N, loss in zip(names, places["N"], places["loss"], strict=True):
            start, end = sorted((across(N), across(N) + turn * letter * len(name)))
            boxes.append((name, start, end, up(loss)))
    for i, (name, start, end, low) in enumerate(boxes):
        assert (up(np.interp([start, end], across(bowl["N"]), bowl["loss"])) < low).all(), f"{name} leaves the bowl"
        assert low + line < height - 2 * line, f"{name} lies over the name of the band"
        for other, other_start, other_end, other_low in boxes[:i]:
            apart = end <= other_start or other_end <= start
            assert apart or abs(low - other_low) >= line, (name, other)
        for N, top in zip(tables["landmark_lines"]["N"], up(tables["landmark_lines"]["loss_high"]), strict=True):
            assert top <= low + 1e-9 or not start + 0.1 < across(N) < end - 0.1, f"a line crosses {name}"


def test_own_runs_are_a_scenario_of_their_own() -> None:
    runs = sw.simulate(POINT, N=np.geomspace(1e8, 1e10, 4)[:, None], D=np.geomspace(2e9, 2e11, 4), noise=0.01, seed=0)
    ex = Studio(runs=runs)
    ex.fit = "besiroglu2024"
    ex.preset("own")
    assert ex.fit is ex.refit.fit
    assert ex.compute == pytest.approx(6 * 1e10 * 2e11)
    assert list(Studio().presets) == list(PRESETS)


def test_the_table_of_the_plan_is_the_plan() -> None:
    ex = Studio(FEW, compute=1e22, bits=8.0, inference_tokens=1e12)
    rows = {row["quantity"]: row for row in ex.table}
    for label, name in (("Model size", "N"), ("Training tokens", "D"), ("Loss", "loss")):
        assert rows[label]["value"] == pytest.approx(getattr(ex.plan, name), rel=1e-9)
        assert (rows[label]["low"], rows[label]["high"]) == pytest.approx(ex.plan.interval(name), rel=1e-6)
    assert rows["Training, whatever the bits"]["value"] == pytest.approx(ex.plan.raw_training_flop, rel=1e-9)
    assert "Quantising adds" not in rows
    assert rows["Smallest near-optimal size"]["value"] == pytest.approx(ex.plan.near_optimal[0], rel=1e-6)


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(UnknownName, match="chinchilla"):
        Studio().preset("gpt")
    with pytest.raises(StateError, match="1-sqrt"):
        Studio(decay="square")


def test_feasibility_is_that_of_the_plan() -> None:
    ex = Studio(POINT, compute=1e22, bits=8)
    assert next(row["check"] for row in ex.feasibility(unique_tokens="1T").rows) == "epochs"


def test_the_brief_says_what_the_plan_says() -> None:
    ex = Studio(FEW, compute=1e22, bits=8, inference_tokens=1e12)
    text, page = ex.brief(unique_tokens="1T"), ex.brief(html=True)
    for line in (*(term.sentence for term in ex.plan.terms), ex.code(), "| epochs | pass |", "## Other sizes"):
        assert line in text
    assert page.count("<table>") == page.count("</table>") == 2
    assert page.count("<pre>") == page.count("</pre>") == 1


def test_a_brief_on_runs_says_which_rows_it_used() -> None:
    runs = sw.simulate(POINT, N=np.geomspace(1e8, 1e10, 4)[:, None], D=np.geomspace(2e9, 2e11, 4), noise=0.01, seed=0)
    ex = Studio(runs=runs)
    assert "16 of 16 runs used, none left out; data hash " in ex.brief()
    assert ex.board == "studio_runs_board"
