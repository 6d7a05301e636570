"""Henighan's table row by row: printed values in their units, three fits a domain, which agree with each other."""

from __future__ import annotations

import numpy as np
import pytest

from scalewidgets.published_fits.loading import published, published_fits
from scalewidgets.units import to_plain
from tests.laws.printed import agrees

PF_DAY = to_plain(1.0, "PF-days")
SHIPPED = [key for key in published_fits() if key.startswith("henighan2020-")]
# Floors of size and of compute, and the exponents as printed, in their digits; the amplitudes stand with all others.
DOMAINS = {
    "language": ("0", ".070", "0", ".048", ".73"),
    "image8": ("3.12", ".24", "3.13", ".19", ".64"),
    "image16": ("2.64", ".22", "2.64", ".16", ".75"),
    "image32": ("2.20", ".13", "2.21", ".1", ".65"),
    "vq16": ("3.99", ".13", "4.09", ".11", ".64"),
    "vq32": ("3.07", ".14", "3.17", ".12", ".7"),
    "text-to-image-image": ("2.0", ".16", "1.93", ".15", ".7"),
    "image-to-text-image": ("2.0", ".15", "1.97", ".16", ".72"),
    "video": ("1.01", ".24", "0.95", ".14", ".71"),
    "math": ("0.28", ".16", "0.14", ".17", ".69"),
}
TEXTS = ("text-to-image-text", "image-to-text-text")
# The fit over compute lies below what any size could reach there by the fit over size, as the fits say themselves.
APART = ("text-to-image-image", "image-to-text-image", "math")


def test_no_row_of_the_table_is_missing_or_made_up() -> None:
    whole = {f"henighan2020-{domain}-{fit}" for domain in DOMAINS for fit in ("n", "c", "n-opt")}
    assert set(SHIPPED) == whole | {f"henighan2020-{domain}-n" for domain in TEXTS}


@pytest.mark.parametrize(("domain", "line"), DOMAINS.items())
def test_floors_and_exponents_have_the_digits_that_are_printed(domain: str, line: tuple[str, ...]) -> None:
    size, compute, best = (published(f"henighan2020-{domain}-{fit}").values for fit in ("n", "c", "n-opt"))
    found = (size["L_inf"], size["alpha"], compute["L_inf"], compute["alpha"], best["b"])
    for value, text in zip(found, line, strict=True):
        assert agrees(value, text), text


@pytest.mark.parametrize("key", SHIPPED)
def test_every_fit_says_its_level_its_convention_and_its_domain(key: str) -> None:
    source = published(key).source
    assert (source.verified, source.N_convention) == ("paper", "non-embedding")
    assert source.corpus
    assert "Table 1" in source.citation.where


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_best_size_grows_as_about_compute_to_the_seven_tenths(domain: str) -> None:
    best = published(f"henighan2020-{domain}-n-opt")
    assert best.values["b"] == pytest.approx(0.7, abs=0.061)
    # 1e8 to 2e9 parameters for a petaflop a second over a day
    assert 1e8 < best(C=PF_DAY) < 2e9


@pytest.mark.parametrize("domain", DOMAINS)
def test_compute_buys_no_less_loss_than_its_best_size_has_but_where_the_fit_says_so(domain: str) -> None:
    size, compute, best = (published(f"henighan2020-{domain}-{fit}") for fit in ("n", "c", "n-opt"))
    C = np.geomspace(1e-6, 1e2, 60) * PF_DAY
    above = compute(C=C) - size(N=best(C=C))
    said = [note for note in compute.source.notes if "not of one loss" in note]
    assert bool(said) == (domain in APART) == bool((above < 0).any())
    if said:
        most = float(said[0].split("up to ")[1].split(" nats")[0])
        assert -above.min() == pytest.approx(most, abs=0.006)


def test_two_rows_that_print_the_same_line_say_so() -> None:
    pair, codes = (published(f"henighan2020-{domain}-n-opt") for domain in ("text-to-image-image", "vq32"))
    assert pair.values == codes.values
    assert any("same numbers" in note for note in pair.source.notes)
