"""Values that cards O22 and O23 print follow: the broken power law, M1 to M4, and the shape of a vision transformer."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.errors import FitError
from scalewidgets.fitting.learning_curve import fit_m4
from scalewidgets.laws import learning_curves, shape
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law

from .printed import Row
from .rows import at, check, check_levels, losses, shipped

ADDITION, FIGURE = "caballero2022-addition", "caballero2022-figure1"
M1, M2 = "alabdulmohsin2022-translation-m1", "alabdulmohsin2022-translation-m2"
TRANSLATION = {
    5e5: 0.931175, 1e6: 0.743928, 2e6: 0.636239, 4e6: 0.556788, 8e6: 0.482007, 1.6e7: 0.409609, 3.2e7: 0.373741,
    6.4e7: 0.353173, 1.28e8: 0.349071, 2.56e8: 0.340278,
}  # fmt: skip

ROWS = [
    *shipped("O22", ADDITION, a=".41388453071629455", b="2.2772722897737556", c_0=".055077348404973955"),
    *shipped("O22", ADDITION, c_1="5.662903816010331", d_1="612.5836172918001", f_1=".059193036393742314"),
    *losses(
        "O22",
        ADDITION,
        "recomputed",
        (at(x=160.0), "2.135824"),
        (at(x=512.0), "2.003629"),
        (at(x=640.0), "1.506270"),
        (at(x=928.0), ".562598"),
    ),
    *losses(
        "O22",
        FIGURE,
        "recomputed",
        (at(x=1.0), "4659.9978"),
        (at(x=1e3), "3297.8018"),
        (at(x=1e6), "1972.3234"),
        (at(x=1e9), "95.75194"),
        (at(x=1e14), ".42764645"),
        (at(x=1e18), "2.3288631"),
        (at(x=1e21), ".51545153"),
        (at(x=1e24), ".0010016762"),
    ),
    *shipped("O23", M1, beta="6.8993", c=".16314"),
    *shipped("O23", M2, eps_inf=".29714", beta="306.07", c=".47044"),
    *losses("O23", M1, "recomputed", (at(x=5.12e8), ".2618")),
    *losses("O23", M2, "recomputed", (at(x=5.12e8), ".3216")),
    Row("O23", "", "scaled", {"name": "width", "by": 10.0}, "1.184", "recomputed"),
    Row("O23", "", "scaled", {"name": "depth", "by": 10.0}, "1.413", "recomputed"),
    Row("O23", "", "scaled", {"name": "mlp", "by": 10.0}, "1.585", "recomputed"),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    check(row)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


@pytest.mark.parametrize("key", [M1, M2])
def test_the_shipped_fits_of_the_translation_curve_are_least_squares_of_its_logarithm(key: str) -> None:
    fit, x, y = published(key), np.array(list(TRANSLATION)), np.array(list(TRANSLATION.values()))

    def squares(**changed: float) -> float:
        return float(np.square(np.log(fit.law(x=x, **{**fit.values, **changed}) / y)).sum())

    least = squares()
    assert all(
        squares(**{name: value * factor}) > least for name, value in fit.values.items() for factor in (0.999, 1.001)
    )


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.7])
def test_m4_gives_the_examples_of_an_error_and_the_error_of_examples(alpha: float) -> None:
    values = {"eps_inf": 0.1, "eps_0": 0.999, "alpha": alpha, "beta": 30.0, "c": 0.3}
    errors = np.linspace(0.11, 0.9, 20)
    x = law("learning-curve-m4")(y=errors, **values)
    np.testing.assert_allclose(learning_curves.error(x, **values), errors, rtol=1e-9)


def test_m4_without_its_power_is_m2() -> None:
    shared = {"eps_inf": 0.1, "beta": 30.0, "c": 0.3}
    x = np.geomspace(1e6, 1e9, 5)
    np.testing.assert_allclose(
        learning_curves.error(x, eps_0=0.999, alpha=0.0, **shared), law("learning-curve-m2")(x=x, **shared), rtol=1e-12
    )


@pytest.mark.parametrize("known", [None, 0.999])
def test_a_fit_of_m4_to_errors_gives_back_what_made_them(known: float | None) -> None:
    values = {"eps_inf": 0.1, "eps_0": 0.999, "alpha": 0.5, "beta": 30.0, "c": 0.3}
    x = np.geomspace(1e4, 1e10, 12)
    found = fit_m4(x, learning_curves.error(x, **values), eps_0=known)
    assert found.law is law("learning-curve-m4")
    assert found.values == pytest.approx(values, rel=1e-6)


def test_m4_fitted_to_the_translation_curve_foresees_its_last_point_better_than_m2() -> None:
    x, y = np.array(list(TRANSLATION)), np.array(list(TRANSLATION.values()))
    fit, last = fit_m4(x, y), 0.340156
    straight = published(M2)
    assert fit.record is not None
    assert fit.record.objective_value < float(np.square(np.log(straight(x=x) / y)).sum())
    foreseen = float(learning_curves.error(5.12e8, **fit.values))
    assert abs(foreseen / last - 1) < 0.03 < abs(float(straight(x=5.12e8)) / last - 1)


@pytest.mark.parametrize(
    ("x", "y", "known", "message"),
    [
        ([1.0, 2.0], [0.5, 0.4], None, "5 free coefficients"),
        ([1.0, 2.0, 3.0, 4.0, 0.0], [0.5, 0.4, 0.3, 0.2, 0.1], None, "positive and finite"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [0.5, 0.4, 0.3, 0.2, 0.1], 0.45, "must lie above all errors"),
    ],
)
def test_errors_that_m4_can_not_be_fitted_to_are_refused(
    x: list[float], y: list[float], known: float | None, message: str
) -> None:
    with pytest.raises(FitError, match=message):
        fit_m4(x, y, eps_0=known)


def test_the_best_shape_is_a_minimum_and_grows_as_the_paper_says() -> None:
    form = law("shape")
    values = {coefficient.name: coefficient.illustrative for coefficient in form.coefficients}
    inner = {name: values[name] for name in ("alpha", "a", "beta", "b", "c")}
    C = np.geomspace(1e18, 1e22, 5)
    x = shape.best(C, **inner)
    assert (form(x=x, C=C, **values) < form(x=1.01 * x, C=C, **values)).all()
    assert (form(x=x, C=C, **values) < form(x=x / 1.01, C=C, **values)).all()
    slope = np.diff(np.log(x)) / np.diff(np.log(C))
    np.testing.assert_allclose(slope, values["c"] / (values["a"] + values["b"]), rtol=1e-9)
