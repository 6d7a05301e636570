"""Values that cards O21 and O14 print follow: data-mixing laws, and continued pretraining on a mixture."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import scalewidgets as sw
from scalewidgets.planning import mixture
from scalewidgets.published_fits.loading import published, published_fits

from .columns import hold
from .printed import Row
from .rows import check_levels, losses

DOMAINS = ("academic", "prose", "dialogue", "symbolic", "internet")
UNIFORM = (0.2, 0.2, 0.2, 0.2, 0.2)
WEB = (0.0, 0.0, 0.0, 0.25, 0.75)
# ln k and t of one's own share, and c, as the card prints them; "-20k" stands for 20 000 steps
TWO = {
    "70m-github": ("-0.6819", "-1.6405", "1.1096"),
    "70m-cc": ("-0.6257", "-2.5189", "3.4182"),
    "160m-github": ("-0.7760", "-1.6139", "0.9046"),
    "160m-cc": ("-0.6131", "-2.7239", "3.0938"),
    "70m-github-20k": ("-0.6506", "-1.5473", "1.1297"),
    "70m-cc-20k": ("-0.5862", "-2.2959", "3.4366"),
    "160m-github-20k": ("-0.7528", "-1.6850", "0.9525"),
    "160m-cc-20k": ("-0.5877", "-2.4178", "3.1236"),
}
FIVE = {
    "academic": ("-10.0864", "2.7140", "2.7106", "2.6083", "1.5866"),
    "prose": ("1.3930", "-4.6811", ".7855", "1.8719", ".5734"),
    "dialogue": ("6.7135", "6.2643", "-31.8621", "6.6423", "6.2053"),
    "symbolic": ("3.3289", "3.6705", "3.1127", "-16.4217", "3.1591"),
    "internet": ("1.1897", ".8697", "-.5184", "1.7122", "-3.0870"),
}
LOGS = {
    "academic": (".9750", "-2.1391"),
    "prose": ("1.2624", "-2.1656"),
    "dialogue": ("1.1375", "-7.1017"),
    "symbolic": (".4750", "-3.6546"),
    "internet": ("1.2402", "-1.9510"),
}
UNIFORM_LOSSES = ("2.7584", "3.6473", "3.1192", "1.6218", "3.6032")
WEB_LOSSES = ("3.3942", "3.8154", "3.5741", "1.6126", "3.4778")
COLUMNS = {"log": lambda key, name: float(np.log(published(key).values[name]))}


def shares(values: tuple[float, ...]) -> dict[str, float]:
    return {f"r_{j}": value for j, value in enumerate(values, 1)}


ROWS = [
    *(Row("O21", f"ye2024-{key}", "log", {"name": "k"}, b, "repository") for key, (b, _, _) in TWO.items()),
    *(Row("O21", f"ye2024-{key}", "coefficient", {"name": "t"}, t, "repository") for key, (_, t, _) in TWO.items()),
    *(Row("O21", f"ye2024-{key}", "coefficient", {"name": "c"}, c, "recomputed") for key, (_, _, c) in TWO.items()),
    *(
        Row("O21", f"ye2024-5-{domain}", "coefficient", {"name": f"t_{j}"}, t, "repository")
        for domain, slopes in FIVE.items()
        for j, t in enumerate(slopes, 1)
    ),
    *(
        Row("O21", f"ye2024-5-{domain}", "log", {"name": name}, log, "repository")
        for domain, logs in LOGS.items()
        for name, log in zip("ck", logs, strict=True)
    ),
    *(
        row
        for domain, first, second in zip(DOMAINS, UNIFORM_LOSSES, WEB_LOSSES, strict=True)
        for row in losses(
            "O21", f"ye2024-5-{domain}", "recomputed", (shares(UNIFORM), first), (shares(WEB), second)
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    hold(row, COLUMNS)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


def test_on_the_simplex_a_shift_of_all_slopes_belongs_to_the_factor() -> None:
    values = published("ye2024-5-prose").values
    shifted = {name: value + 2.0 if name.startswith("t_") else value for name, value in values.items()}
    shifted["k"] = values["k"] * np.exp(-2.0)
    form = sw.law("data-mixing-5")
    assert form(**shares(UNIFORM), **shifted) == pytest.approx(float(form(**shares(UNIFORM), **values)), rel=1e-14)


LAWS = mixture.domain_coefficients(*(published(f"ye2024-5-{domain}").values for domain in DOMAINS))
EVEN = np.full(5, 0.2)
NO_LIMIT = np.full(5, np.inf)
CASES = {
    "free": (EVEN, NO_LIMIT, np.ones(5)),
    "weighted": (np.array([0.1, 0.1, 0.1, 0.6, 0.1]), NO_LIMIT, np.ones(5)),
    "one domain only": (np.array([0.0, 1.0, 0.0, 0.0, 0.0]), NO_LIMIT, np.ones(5)),
    "shares capped": (EVEN, NO_LIMIT, np.array([0.13, 0.17, 0.09, 1.0, 0.3])),
    "losses capped": (EVEN, np.array([np.inf, 3.6, 3.2, np.inf, np.inf]), np.ones(5)),
    "both": (EVEN, np.array([np.inf, 3.6, 3.2, np.inf, np.inf]), np.array([0.2, 1.0, 0.09, 1.0, 1.0])),
}


@pytest.mark.parametrize("case", CASES)
def test_the_best_mixture_is_that_of_a_solver_for_constraints(case: str) -> None:
    weights, limits, most = CASES[case]
    best = mixture.best_mixture(**LAWS, weights=weights, limits=limits, most=most)
    bounded = np.isfinite(limits)
    constraints = [
        {"type": "eq", "fun": lambda r: r.sum() - 1},
        {"type": "ineq", "fun": lambda r: (limits - mixture.mixture_losses(r, **LAWS))[bounded]},
    ]
    found = minimize(
        lambda r: float(weights @ mixture.mixture_losses(r, **LAWS)),
        EVEN,
        bounds=[(0, cap) for cap in most],
        constraints=constraints if bounded.any() else constraints[:1],
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    assert float(best["overall"]) == pytest.approx(found.fun, abs=1e-4 if bounded.any() else 1e-6)
    assert best["excess"] == 0
    assert best["r"].sum() == pytest.approx(1, abs=1e-12)
    assert (best["r"] >= 0).all()
    assert (best["r"] <= most + 1e-12).all()
    assert (best["losses"] <= limits + 1e-8).all()


def test_limits_that_no_mixture_keeps_are_told_by_how_much() -> None:
    limits = np.array([np.inf, np.inf, 3.0, np.inf, np.inf])
    best = mixture.best_mixture(**LAWS, weights=EVEN, limits=limits)
    assert best["excess"] == pytest.approx(np.exp(1.1375) - 3.0, abs=1e-4)


def test_the_search_serves_other_numbers_of_domains() -> None:
    three = {"c": np.zeros(3), "k": np.ones(3), "t": -3.0 * np.eye(3)}
    best = mixture.best_mixture(**three, weights=np.ones(3))
    np.testing.assert_allclose(best["r"], np.full(3, 1 / 3), atol=1e-4)
    seven = {"c": np.zeros(7), "k": np.ones(7), "t": -3.0 * np.eye(7)}
    best = mixture.best_mixture(**seven, weights=np.ones(7))
    np.testing.assert_allclose(best["r"], np.full(7, 1 / 7), atol=1e-3)


CPT = {c.name: c.illustrative for c in sw.law("d-cpt").coefficients}


def test_no_set_of_continued_pretraining_is_shipped_since_none_was_found() -> None:
    assert not [fit.key for fit in published_fits().values() if fit.law.key.startswith("d-cpt")]


def test_continued_pretraining_keeps_the_conditions_of_its_design() -> None:
    form = sw.law("d-cpt")
    r = np.linspace(0.0, 1.0, 101)
    loss = form(N=1.8e9, D=1e10, r=r, **CPT)
    assert np.isfinite(loss).all()
    assert (form(N=4e9, D=1e10, r=r, **CPT) < loss).all()
    assert (form(N=1.8e9, D=2e10, r=r[1:], **CPT) < loss[1:]).all()
    assert (np.diff(form(N=1.8e9, D=1e14, r=r, **{**CPT, "B": 1e-9})) < 0).all()
    gain = loss - form(N=1.8e9, D=2e10, r=r, **CPT)
    assert (np.diff(gain) > 0).all(), "more tokens help more where the corpus has more of them"


def test_with_a_fixed_share_continued_pretraining_is_the_form_of_chinchilla() -> None:
    r = 0.3
    moved = {"E": CPT["E"] + CPT["C"] * (r + CPT["epsilon"]) ** -CPT["gamma"], "B": CPT["B"] * r ** CPT["eta"]}
    chinchilla = {name: {**CPT, **moved}[name] for name in sw.law("chinchilla").names}
    N, D = np.array([1e9, 4e9]), np.array([1e9, 2e10])
    np.testing.assert_allclose(
        sw.law("d-cpt")(N=N, D=D, r=r, **CPT), sw.law("chinchilla")(N=N, D=D, **chinchilla), rtol=1e-14
    )


def test_a_cap_on_the_general_loss_bounds_the_domain_share() -> None:
    N, D = 1.8e9, 1e10
    eager = {**CPT, "B": 1.0}
    start = float(sw.law("d-cpt")(N=N, D=D, r=0.8, **eager))
    tight = mixture.best_domain_share(N, D, general=eager, domain=eager, limit=1.01 * start)
    loose = mixture.best_domain_share(N, D, general=eager, domain=eager, limit=1.10 * start)
    assert 0.2 < float(tight["r"]) < float(loose["r"]) <= 1
    assert float(tight["general_loss"]) == pytest.approx(1.01 * start, rel=1e-9)
    assert float(loose["loss"]) < float(tight["loss"])
    hopeless = mixture.best_domain_share(N, D, general=CPT, domain=CPT, limit=0.5 * start)
    assert np.isnan(hopeless["most"])
