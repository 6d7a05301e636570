"""Values that cards L1, L6 to L13 print follow: best sizes over compute, over-training, Farseer, pruning, domains."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.errors import PlanError
from scalewidgets.laws.over_training import best_ratio
from scalewidgets.laws.pruned import average_density
from scalewidgets.planning import pruning, time_budget
from scalewidgets.planning.corrections import corrected_frontier
from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.registry import law
from scalewidgets.units import to_plain

from .printed import Row
from .rows import at, check, check_levels, losses, shipped, values_of

FARSEER, CEREBRAS = "li2025b-farseer", "dey2023"
PF_DAY = to_plain(1.0, "PF-days")

PORIAN = {
    "refinedweb": {
        "kaplan": "0.8353000 4.23197e-8 3.028e12",
        "head": "0.7064699 1.27018e-5 7.874e11",
        "warmup": "0.6020375 1.43092e-3 2.922e11",
        "cosine": "0.5714948 4.76929e-3 1.830e11",
        "tuned": "0.4968951 0.118926 7.694e10",
    },
    "openwebtext2": {
        "kaplan": "0.8635108 1.28500e-8 4.305e12",
        "head": "0.6985007 1.73345e-5 6.948e11",
        "warmup": "0.6031959 1.31769e-3 2.867e11",
        "cosine": "0.5742951 4.36583e-3 1.953e11",
        "tuned": "0.5184542 0.0469353 9.882e10",
    },
}
GADRE = {
    "c4": "1.50826054 141.27726 189.515522 .12123612",
    "redpajama": "1.83664841 212.23612 366.687198 .13642536",
    "refinedweb": "1.73446209 157.11628 246.206686 .12719742",
}
GADRE_ERROR = {
    "error17-c4": "2.07890716 0.75612088 0.84974201",
    "error46-c4": "1.28851604 0.97216429 0.75894944",
    "error17-redpajama": "2.20649009 0.71459055 0.85699193",
    "error46-redpajama": "1.32289889 0.89070785 0.76084951",
    "error17-refinedweb": "2.21481484 0.70704850 0.86527954",
    "error46-refinedweb": "1.12807423 0.82152276 0.76767921",
}
# Table 1 of Henighan et al.: L(N), L(C) and N_opt(C) of each domain, as printed; compute in PF-days.
HENIGHAN = {
    "language": "0 1.47e14 .070 0 3.47e8 .048 3.3e-13 .73",
    "image8": "3.12 8.0e1 .24 3.13 1.8e-8 .19 5.3e-14 .64",
    "image16": "2.64 2.8e2 .22 2.64 1.6e-8 .16 4.8e-12 .75",
    "image32": "2.20 6.3e1 .13 2.21 3.6e-9 .1 1.6e-13 .65",
    "vq16": "3.99 2.7e4 .13 4.09 6.1e-7 .11 6.2e-14 .64",
    "vq32": "3.07 1.9e4 .14 3.17 2.6e-6 .12 9.4e-13 .7",
    "text-to-image-text": "0 5.6e8 .037",
    "text-to-image-image": "2.0 5.1e3 .16 1.93 1.5e-6 .15 9.4e-13 .7",
    "image-to-text-text": "0 7.0e8 .039",
    "image-to-text-image": "2.0 5.5e3 .15 1.97 1.5e-6 .16 3.3e-12 .72",
    "video": "1.01 3.7e4 .24 0.95 2.2e-5 .14 1.13e-12 .71",
    "math": "0.28 1.1e4 .16 0.14 1.4e-5 .17 2.3e-12 .69",
}

ROWS = [
    *(
        row
        for corpus, steps in PORIAN.items()
        for step, line in steps.items()
        for a, k, size in [line.split()]
        for row in (
            *shipped("L6", f"porian2024-{corpus}-{step}", a=a, k=k),
            *losses("L6", f"porian2024-{corpus}-{step}", "repository", (at(C=5.88e23), size)),
        )
    ),
    *shipped("L6", "porian2024-refinedweb-tuned-d", a="0.503105", k="1.401426"),
    *(
        row
        for key, line in GADRE.items()
        for row in shipped("L7", f"gadre2024-{key}", **dict(zip(("E", "a", "b", "eta"), line.split(), strict=True)))
    ),
    *(
        row
        for key, line in GADRE_ERROR.items()
        for row in shipped("L7", f"gadre2024-{key}", **dict(zip(("k", "gamma", "epsilon"), line.split(), strict=True)))
    ),
    *shipped("L8", FARSEER, a_3="-0.021", gamma="0.169", b_3="-0.091", a_2="88.01", beta="-0.1", b_2="-6.287"),
    *shipped("L8", FARSEER, a_1="-0.124", alpha="0.123", b_1="0.424"),
    *losses(
        "L8",
        FARSEER,
        "recomputed",
        (at(N=1e9, D=2e10), ".5272241"),
        (at(N=1e9, D=1e11), ".4985677"),
        (at(N=6.37e9, D=1e11), ".4465379"),
        (at(N=2.01e8, D=1e10), ".5947169"),
        (at(N=2.51e10, D=1.42e11), ".4138113"),
    ),
    *(Row("L11", "jin2025", "average density", {"s": s}, text, "recomputed") for s, text in
      {0.2: ".8926", 0.4: ".7662", 0.5: ".6929", 0.6: ".6103", 0.8: ".3991"}.items()),
    *(Row("L11", "jin2025", "average size", {"s": s, "N": 1.14e9}, text, "repository") for s, text in
      {0.2: "1.02B", 0.4: ".87B", 0.8: ".45B"}.items()),
    *shipped("L12", CEREBRAS, L_inf="0.5066", C_0="5.984e22", alpha="0.0737"),
    *losses(
        "L12",
        CEREBRAS,
        "recomputed",
        (at(C=2.6e18), "2.603032"),
        (at(C=1.3e19), "2.368544"),
        (at(C=6.1e19), "2.168043"),
        (at(C=2.8e20), "1.991539"),
        (at(C=1.1e21), "1.849098"),
        (at(C=6.3e21), "1.687064"),
        (at(C=2.3e22), "1.579613"),
    ),
    *losses("L13", "henighan2020-image8-n", "recomputed", (at(N=1e8), "3.154415")),
    *losses("L13", "henighan2020-language-n", "recomputed", (at(N=1.75e11), "1.60214")),
    *losses("L13", "henighan2020-image8-n-opt", "recomputed", (at(C=PF_DAY), "3.1366e8")),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    check(row)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


@pytest.mark.parametrize(("domain", "line"), HENIGHAN.items())
def test_every_number_of_henighan_s_table_is_shipped(domain: str, line: str) -> None:
    printed = [float(text) for text in line.split()]
    size = values_of(f"henighan2020-{domain}-n")
    assert (size["L_inf"], size["N_0"], size["alpha"]) == pytest.approx(printed[:3], rel=1e-12)
    if len(printed) == 3:
        assert f"henighan2020-{domain}-c" not in published_fits()
        return
    compute, best = values_of(f"henighan2020-{domain}-c"), values_of(f"henighan2020-{domain}-n-opt")
    assert (compute["L_inf"], compute["C_0"] / PF_DAY, compute["alpha"]) == pytest.approx(printed[3:6], rel=1e-12)
    assert (best["c_0"] / PF_DAY, best["b"]) == pytest.approx(printed[6:], rel=1e-12)


@pytest.mark.parametrize(
    ("fit", "printed"),
    [
        ("approach1-n", "0.50"), ("approach1-d", "0.50"), ("approach2-n", "0.49"), ("approach2-d", "0.51"),
        ("approach3-n", "0.46"), ("approach3-d", "0.54"),
    ],
)  # fmt: skip
def test_the_exponents_of_the_three_approaches_round_to_those_printed(fit: str, printed: str) -> None:
    assert round(published(f"hoffmann2022-{fit}").values["a"], 2) == float(printed)


@pytest.mark.parametrize(
    ("approach", "C", "N", "D"),
    [
        (1, 1.21e20, 1e9, 20.2e9), (1, 1.27e26, 1e12, 21.2e12), (2, 1.20e20, 1e9, 20.0e9), (2, 1.59e26, 1e12, 26.5e12),
        (3, 1.62e20, 1e9, 27.1e9), (3, 5.65e26, 1e12, 94.1e12),
    ],
)  # fmt: skip
def test_the_lines_through_the_tables_meet_their_columns(approach: int, C: float, N: float, D: float) -> None:
    assert published(f"hoffmann2022-approach{approach}-n")(C=C) == pytest.approx(N, rel=0.04)
    assert published(f"hoffmann2022-approach{approach}-d")(C=C) == pytest.approx(D, rel=0.051)


@pytest.mark.parametrize(("days", "size"), [(1.0, 1.3e9), (100.0, 3.75e10), (1000.0, 2.01e11)])
def test_kaplan_s_empirical_sizes_are_not_those_of_the_implicit_law(days: float, size: float) -> None:
    assert published("kaplan2020-n-opt")(C=days * PF_DAY) == pytest.approx(size, rel=4e-3)
    implicit = {1.0: 6.03e8, 100.0: 1.408e10, 1000.0: 6.80e10}[days]
    assert implicit < size / 2


@pytest.mark.parametrize(("days", "loss"), [(1.0, 2.6581), (100.0, 2.1114), (1000.0, 1.8818)])
def test_kaplan_s_empirical_loss_over_least_compute(days: float, loss: float) -> None:
    assert published("kaplan2020-c-min")(C=days * PF_DAY) == pytest.approx(loss, abs=5e-5)


@pytest.mark.parametrize(("key", "ratio"), [("c4", 3.3584), ("redpajama", 7.4191), ("refinedweb", 5.8457)])
def test_the_best_ratio_of_over_training_is_a_minimum(key: str, ratio: float) -> None:
    fit = published(f"gadre2024-{key}")
    best = best_ratio(**{name: fit.values[name] for name in ("a", "b", "eta")})
    assert best == pytest.approx(ratio, abs=5e-5)
    assert fit(C=1e20, M=best) < min(fit(C=1e20, M=best * 1.05), fit(C=1e20, M=best / 1.05))


@pytest.mark.parametrize("key", GADRE)
def test_over_training_is_chinchilla_s_form_with_one_exponent(key: str) -> None:
    values = published(f"gadre2024-{key}").values
    eta = values["eta"]
    A, B = values["a"] / 6**eta, values["b"] / 6**eta
    C, M = 1e20, 40.0
    N = np.sqrt(C / 6 / M)
    chinchilla = law("chinchilla")(N=N, D=M * N, E=values["E"], A=A, B=B, alpha=2 * eta, beta=2 * eta)
    assert published(f"gadre2024-{key}")(C=C, M=M) == pytest.approx(float(chinchilla), rel=1e-12)


POINTS = {
    "c4": (5.220676, 3.800284, 3.432646, 3.041737, 4.506404),
    "redpajama": (5.387021, 3.899943, 3.531147, 3.149769, 4.572293),
    "refinedweb": (5.271892, 3.860916, 3.517894, 3.130516, 4.516045),
}


@pytest.mark.parametrize("key", POINTS)
def test_the_shipped_over_training_sets_are_least_squares_of_the_five_runs(key: str) -> None:
    C = np.array([1.34052427e16, 7.47291237e17, 2.83400831e18, 2.03313531e19, 2.14483884e17])
    M = np.array([20.0, 20, 20, 20, 320])
    fit, loss = published(f"gadre2024-{key}"), np.array(POINTS[key])

    def squares(**changed: float) -> float:
        return float(np.square(fit.law(C=C, M=M, **{**fit.values, **changed}) - loss).sum())

    assert np.sqrt(squares() / 5) < 0.03
    for name, value in fit.values.items():
        assert squares() < min(squares(**{name: value * 1.002}), squares(**{name: value / 1.002})), name


@pytest.mark.parametrize(("C", "ratio"), [(1e19, 17.3), (1e20, 10.8), (1e21, 10.9), (1e22, 13.9)])
def test_farseer_s_printed_digits_give_the_allocation_the_card_warns_of(C: float, ratio: float) -> None:
    # within the sizes the law was tested on: beyond, its first term falls ever on
    logs = np.linspace(np.log(1e7), np.log(2.51e10), 40001)
    N = np.exp(logs)
    found = N[np.argmin(published(FARSEER)(N=N, D=C / 6 / N))]
    assert C / 6 / found**2 == pytest.approx(ratio, abs=0.06)


def test_farseer_s_printed_digits_have_no_interior_optimum_from_1e23_on() -> None:
    N = np.geomspace(1e8, 1e13, 4001)
    loss = published(FARSEER)(N=N, D=1e23 / 6 / N)
    assert loss[-1] < loss[:3000].min()


def test_cerebras_s_law_lies_near_what_its_models_measured() -> None:
    measured = {2.6e18: 2.566, 1.3e19: 2.299, 6.1e19: 2.184, 2.8e20: 1.996, 1.1e21: 1.834, 6.3e21: 1.704, 2.3e22: 1.575}
    C = np.array(list(measured))
    assert np.abs(published(CEREBRAS)(C=C) / list(measured.values()) - 1).max() < 0.031


def test_the_ramp_of_pruning_is_geometric_and_starts_where_the_authors_start() -> None:
    plan = pruning.pruning_plan(1.14e9, 200.4e9, 0.8)
    assert plan["start_step"] == pytest.approx(2500 / 25050, abs=0.002)
    assert plan["end_step"] == pytest.approx(12600 / 25050, abs=0.003)
    assert average_density(0.8) == pytest.approx(0.3984, abs=0.001)
    cubic = 0.3605
    assert abs(average_density(0.8) - cubic) > 0.03


def test_the_average_density_is_the_mean_of_the_schedule_and_its_ends_are_shares_of_compute() -> None:
    step = (np.arange(400000) + 0.5) / 400000
    left = pruning.density(step, 0.7)
    assert left.mean() == pytest.approx(float(average_density(0.7)), rel=1e-6)
    spent = np.cumsum(left) / left.sum()
    plan = pruning.pruning_plan(1.0, 1.0, 0.7)
    assert spent[np.searchsorted(step, plan["start_step"])] == pytest.approx(0.25, abs=1e-4)
    assert spent[np.searchsorted(step, plan["end_step"])] == pytest.approx(0.75, abs=1e-4)


def test_hardly_any_pruning_is_none() -> None:
    assert average_density(1e-9) == pytest.approx(1.0, rel=1e-8)


@pytest.mark.parametrize(
    ("switches", "step"),
    [
        ({}, "kaplan"),
        ({"head": True}, "head"),
        ({"head": True, "warmup": True}, "warmup"),
        ({"head": True, "warmup": True, "cosine": True}, "cosine"),
        ({"head": True, "warmup": True, "cosine": True, "tuned": True}, "tuned"),
    ],
)
@pytest.mark.parametrize("corpus", PORIAN)
def test_switches_choose_the_step_they_stand_for(corpus: str, switches: dict[str, bool], step: str) -> None:
    assert corrected_frontier(corpus, **switches) is published(f"porian2024-{corpus}-{step}")


@pytest.mark.parametrize(
    ("C", "N", "D"),
    [
        (1.25e16, 1.2536e7, 1.6619e8), (1e17, 3.1264e7, 5.3309e8), (1.6e18, 1.2802e8, 2.0830e9),
        (6.4e18, 2.9195e8, 3.6536e9), (2.56e19, 5.3470e8, 7.9795e9),
    ],
)  # fmt: skip
def test_the_line_with_all_corrections_runs_through_the_minima_it_was_drawn_through(
    C: float, N: float, D: float
) -> None:
    assert pytest.approx(C, rel=1e-3) == 6 * N * D
    assert published("porian2024-refinedweb-tuned")(C=C) == pytest.approx(N, rel=0.12)
    assert published("porian2024-refinedweb-tuned-d")(C=C) == pytest.approx(D, rel=0.12)


def test_the_tokens_per_parameter_of_the_corrected_line_are_those_of_chinchilla() -> None:
    size, tokens = published("porian2024-refinedweb-tuned"), published("porian2024-refinedweb-tuned-d")
    for C, ratio in ((1.25e16, 14.9), (2.56e19, 15.6)):
        assert tokens(C=C) / size(C=C) == pytest.approx(ratio, rel=0.01)


def test_a_correction_measured_only_with_others_says_so() -> None:
    with pytest.raises(PlanError, match="cosine was measured only together .* switch on head, warmup too"):
        corrected_frontier(cosine=True)
    with pytest.raises(PlanError, match="corpus = 'pile' was not measured; it is one of refinedweb, openwebtext2"):
        corrected_frontier("pile")


def test_a_budget_of_time_is_spent_at_the_width_of_least_loss() -> None:
    fit = published("besiroglu2024")
    timing = {"t_0": 0.02, "t_1": 2e-12}

    def loss(N: object, D: object) -> object:
        return fit.law.evaluate({"N": N, "D": D}, fit.values)

    aspects = np.array([16.0, 64.0, 256.0])
    best = time_budget.best_in_time(86400.0, loss, timing, aspect=aspects)
    for factor in (0.97, 1.03):
        width = best["width"] * factor
        blocks = width / aspects
        D = time_budget.tokens_in_time(86400.0, width, blocks, 524288.0, timing)
        assert (fit(N=12 * blocks * width**2, D=D) > best["loss"]).all()
    # copies grow with blocks times width, parameters with blocks times its square: wide and shallow wins
    assert (np.diff(best["loss"]) < 0).all()
