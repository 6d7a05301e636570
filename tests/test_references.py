"""The reference models are consistent, sourced, and free of what was found to be wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scalewidgets.errors import PublishedError
from scalewidgets.references import ReferenceModel, read_models, reference_models

MODELS = {model.name: model for model in reference_models()}
LEFT_OUT = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "scalewidgets" / "references.toml").read_text(encoding="utf-8")
)["left_out"]

DOCUMENT = """
[sources.a]
citation = "A table"
verified = "paper"

[left_out]
bad = "wrong"

[[family]]
source = "a"
C_convention = "6ND"
N_convention = "total"
models = [
    {rows}
]
"""


def read(rows: str) -> tuple[ReferenceModel, ...]:
    return read_models(DOCUMENT.replace("{rows}", rows))


@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.C_convention == "6ND"], ids=lambda m: m.name)
def test_compute_by_6nd_is_6nd_to_the_digits_printed(model: ReferenceModel) -> None:
    assert pytest.approx(6 * model.N * model.D, rel=5e-3) == model.C


@pytest.mark.parametrize(
    ("name", "ratio"),
    [
        ("GPT-3", 1.71),
        ("Gopher", 1.07),
        ("MT-NLG", 0.51),
        ("Chinchilla", 20),
        ("Llama-2-70B", 28.6),
        ("Llama-3-8B", 1875),
        ("Llama-3.1-405B", 38.5),
    ],
)
def test_tokens_per_parameter_are_those_of_the_card(name: str, ratio: float) -> None:
    assert MODELS[name].tokens_per_param == pytest.approx(ratio, rel=5e-3)


@pytest.mark.parametrize(("name", "compute"), [("GPT-3", 3.14e23), ("Llama-3.1-405B", 3.8e25)])
def test_reported_compute_is_kept_as_reported_and_near_6nd(name: str, compute: float) -> None:
    model = MODELS[name]
    assert (model.C, model.C_convention) == (compute, "reported")
    assert pytest.approx(6 * model.N * model.D, rel=0.02) == model.C


def test_names_are_unique_and_every_row_has_a_source() -> None:
    assert len(MODELS) == len(reference_models()) > 60
    assert all(model.source for model in MODELS.values())


def test_mixtures_of_experts_count_active_parameters() -> None:
    assert {model.name for model in MODELS.values() if model.N_convention == "active"} == {"DeepSeek-V2", "DeepSeek-V3"}


@pytest.mark.parametrize("name", ["LaMDA", "U-PaLM-540B", "Galactica-120B", "DeepSeek-V3"])
def test_a_row_that_needs_care_says_so(name: str) -> None:
    assert MODELS[name].note


@pytest.mark.parametrize("word", ["btlm", "open_llama", "openllama", "deepseekmoe", "deepseek-moe", "gemma-2b"])
def test_rows_found_to_be_wrong_are_left_out(word: str) -> None:
    assert [name for name in MODELS if word in name.lower()] == []


def test_what_is_left_out_is_listed_with_its_reason() -> None:
    assert LEFT_OUT
    assert all(reason for reason in LEFT_OUT.values())


def test_a_family_states_once_what_holds_for_its_models() -> None:
    first, second = read(
        '{ name = "x", N = 1e9, D = 2e10 }, { name = "y", N = 1e9, D = 2e10, N_convention = "active" }'
    )
    assert (first.C, first.N_convention, first.source, first.verified) == (1.2e20, "total", "A table", "paper")
    assert second.N_convention == "active"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ('{ name = "x", N = 1e9, D = 2e10, C = 2e20 }', "x: C is 2e\\+20 but 6ND is 1.2e\\+20"),
        ('{ name = "x", N = -1e9, D = 2e10, C = 1.2e20 }', "x: N is -1000000000.0; give a positive"),
        ('{ name = "x", N = 1e9 }', "x: no C, D; state it"),
        ('{ name = "x", N = 1e9, D = 2e10, tokens = 1 }', "x: unknown tokens"),
        ('{ name = "x", N = 1e9, D = 2e10, source = "b" }', "x: source 'b' is not declared; use one of a"),
        ('{ name = "x", N = 1e9, D = 2e10, verified = "hearsay" }', "x: verified is 'hearsay'; use one of paper"),
        ('{ name = "x", N = 1e9, D = 2e10 }, { name = "x", N = 1e9, D = 2e10 }', "occur twice: x"),
        ('{ name = "bad", N = 1e9, D = 2e10 }', "both listed and left out: bad"),
    ],
)
def test_a_faulty_row_is_refused_by_name(rows: str, said: str) -> None:
    with pytest.raises(PublishedError, match=said):
        read(rows)
