"""Values that cards O4, O17, P14 and P15 print follow: translation, compression, test-time compute and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.laws.translation_quality import alignment
from scalewidgets.planning import compression, sampling
from scalewidgets.published_fits.loading import published_fits

from .columns import Columns, hold
from .printed import Row
from .rows import at, check_levels, losses, shipped

# a, b as printed without their minus signs, and the coverage of 1, 100 and 10 000 samples
COVERAGE = {
    "llama-3-8b-math": ("1.33", "0.43", ".2645", ".8323", ".9750"),
    "llama-3-70b-math": ("0.75", "0.46", ".4724", ".9138", ".9892"),
    "llama-3-8b-code": ("3.88", "0.11", ".0207", ".0965", ".2445"),
    "llama-3-70b-code": ("2.52", "0.11", ".0805", ".2191", ".4005"),
    "pythia-70m-math": ("7.59", "0.18", ".0005", ".0364", ".2355"),
    "pythia-12b-math": ("3.92", "0.35", ".0198", ".4574", ".8555"),
    "gemma-2b-math": ("2.45", "0.38", ".0863", ".6533", ".9287"),
    "llama-3-8b-minif2f": ("1.33", "0.08", ".2645", ".3985", ".5291"),
}
PAIRS = {"half each": (0.5, 0.5, "1.0"), "source": (1.0, 0.0, "0.7"), "target": (0.0, 1.0, "0.8")}
COLUMNS: Columns = {
    "multiple": lambda key, R, p: float(sampling.inference_multiple(14.0, R, 1.0, per_token=p)),
    "alignment": lambda key, src, dest: alignment(src, dest),
    "adjusted rate": lambda key, N, S: float(compression.adjusted_rate(0.083, N, S)),
    "break even": lambda key, N, rival: float(compression.break_even(0.083, N, rival=rival)),
}
ROWS = [
    *(
        row
        for key, (a, b, *printed) in COVERAGE.items()
        for row in (
            *shipped("P15", f"brown2024-{key}", a=a, b=b),
            *losses(
                "P15",
                f"brown2024-{key}",
                "recomputed",
                *((at(k=k), text) for k, text in zip((1.0, 100.0, 10_000.0), printed, strict=True)),
            ),
        )
    ),
    *(
        Row("P14", "snell2024", "multiple", {"R": R, "p": p}, printed, "recomputed")
        for p, table in ((2.0, ("257.75", "63.367", "15.773")), (4.0, ("135.875", "38.684", "14.886")))
        for R, printed in zip((0.16, 0.79, 22.0), table, strict=True)
    ),
    *(
        Row("O4", "isik2024", "alignment", {"src": source, "dest": target}, printed, "second-hand")
        for source, target, printed in PAIRS.values()
    ),
    Row("O17", "deletang2023", "adjusted rate", {"N": 70e9, "S": 1e9}, "14008.3%", "second-hand"),
    Row("O17", "deletang2023", "break even", {"N": 70e9, "rival": 1.0}, "152.7B", "recomputed"),
    Row("O17", "deletang2023", "break even", {"N": 70e9, "rival": 0.323}, "583B", "recomputed"),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_library_gives_what_is_printed(row: Row) -> None:
    hold(row, COLUMNS)


def test_every_row_says_how_well_it_is_known() -> None:
    check_levels(ROWS)


def test_the_signs_of_the_coverage_are_the_law_s() -> None:
    values = sw.published("brown2024-gemma-2b-math").values
    assert all(value > 0 for value in values.values())
    assert float(sw.law("coverage")(k=10.0, **values)) == pytest.approx(math.exp(-2.45 * 10**-0.38), rel=1e-12)


def test_samples_for_a_coverage_invert_the_law() -> None:
    fit = sw.published("brown2024-llama-3-70b-code")
    k = np.array([1.0, 30.0, 1000.0])
    np.testing.assert_allclose(sampling.samples_for_coverage(fit(k=k), fit.values), k, rtol=1e-9)


def test_matched_inference_spends_what_the_large_model_does() -> None:
    N, pre, inf, M = 3e9, 1e12, 2e11, 14.0
    times = sampling.inference_multiple(M, inf, pre)
    assert pytest.approx(M * N * (6 * pre + 2 * inf), rel=1e-12) == N * (6 * pre + 2 * times * inf)


def test_the_estimate_of_pass_at_k_is_that_of_counting() -> None:
    for n, c, k in ((10, 3, 1), (10, 3, 4), (10, 8, 3), (200, 7, 100)):
        assert float(sampling.pass_at_k(n, c, k)) == pytest.approx(1 - math.comb(n - c, k) / math.comb(n, k), abs=1e-13)


def test_a_split_over_stages_spends_the_budget_and_has_no_better_neighbour() -> None:
    a, b, cost = np.array([1.33, 3.88, 0.75]), np.array([0.43, 0.11, 0.46]), np.array([1.0, 1.0, 10.0])
    best = sampling.best_split(1e4, a=a, b=b, cost=cost)
    assert cost @ best["k"] == pytest.approx(1e4, rel=1e-9)
    assert float(best["overall"]) == pytest.approx(float(np.prod(best["coverage"])), rel=1e-12)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        k = best["k"].copy()
        moved = 0.01 * min(k[one] * cost[one], k[other] * cost[other])
        k[one] += moved / cost[one]
        k[other] -= moved / cost[other]
        assert np.prod(np.exp(-a * k**-b)) < best["overall"]


def test_more_data_deserve_a_larger_compressor() -> None:
    values = {"E": 0.05, "A": 2.0, "alpha": 0.2, "b": 2.0}
    S = np.array([1e9, 1e12, 1e15])
    best = compression.best_compressor(S, values)
    assert (np.diff(best["N"]) > 0).all()
    for factor in (0.9, 1.1):
        assert (sw.law("adjusted-compression")(N=best["N"] * factor, S=S, **values) > best["rate"]).all()
    # the condition of the optimum: the raw rate falls as fast as the model's own bytes grow
    slope = -0.2 * 2.0 * best["N"] ** -1.2
    np.testing.assert_allclose(-slope, 2.0 / S, rtol=1e-12)


def test_a_model_that_compresses_worse_never_pays() -> None:
    assert compression.break_even(0.4, 1e9, rival=0.323) == np.inf


def test_rates_convert_from_nats_to_bits_to_bytes() -> None:
    assert compression.compression_rate(8 * math.log(2)) == pytest.approx(1.0, rel=1e-12)
    assert compression.compression_rate(math.log(2), 0.125) == pytest.approx(1.0, rel=1e-12)


def test_nothing_is_shipped_where_the_tables_were_not_found() -> None:
    forms = {fit.law.key for fit in published_fits().values()}
    assert not forms & {"translation-score", "translation-loss", "adjusted-compression"}


def test_the_score_follows_the_logarithm_as_printed() -> None:
    values = {"A": 5.5, "alpha": 0.15, "beta": 2.0}
    assert float(sw.law("translation-score")(D=1e10, **values)) == pytest.approx(
        math.log(5.5 * 1e10**0.15) ** 2.0, rel=1e-12
    )
