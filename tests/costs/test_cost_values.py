"""Values that cards P13, P16 and P17 print follow from the formulas and tables of costs.

The rows are as in tests/laws/test_reference_values.py: a number as printed, its level, half its last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from scalewidgets.costs import chip, utilisations
from scalewidgets.costs.flops import (
    megatron_iteration_flop,
    megatron_parameters,
    training_days,
    training_flop,
)
from scalewidgets.costs.memory import cache_bytes_per_token, training_bytes
from scalewidgets.costs.serving import decode_seconds
from scalewidgets.costs.speculative import expected_tokens, operations, speedup
from tests.laws.printed import Row, as_printed

# parameters (B), width, layers, GPUs, batch, TFLOP/s per GPU, share of peak (%), PFLOP/s in all, Eq. 2 (B), Eq. 3
MEGATRON = """
1.7     2304  24   32   512  137  44    4.4   1.65B     1.5467e16
3.6     3072  30   64   512  138  44    8.8   3.56B     3.2655e16
7.5     4096  36   128  512  142  46   18.2   7.47B     6.7185e16
18.4    6144  40   256  1024 135  43   34.6   18.45B    3.2484e17
39.1    8192  48   512  1536 138  44   70.8   39.10B    1.0212e18
76.1    10240 60   1024 1792 140  45  143.8   76.05B    2.3020e18
145.6   12288 80   1536 2304 148  47  227.1   145.62B   5.6417e18
310.1   16384 96   1920 2160 155  50  297.4   310.13B   1.1194e19
529.6   20480 105  2520 2520 163  52  410.2   529.60B   2.2216e19
1008.0  25600 128  3072 3072 163  52  502.0   1008.04B  5.1391e19
"""
TEXTS = {"vocabulary": 51200, "context": 2048}


def megatron() -> Iterator[Row]:
    for line in MEGATRON.split("\n")[1:-1]:
        N, width, layers, gpus, batch, achieved, share, _, eq2, eq3 = line.split()
        shape = {"layers": int(layers), "width": int(width)}
        yield Row("P17", "Megatron", "parameters", shape, eq2, "recomputed")
        # one row's parameters, 18.45B, are printed as 18.4
        if N != "18.4":
            yield Row("P17", "Megatron", "parameters", shape, f"{N}B", "paper")
        yield Row("P17", "Megatron", "step", {**shape, "batch": int(batch)}, eq3, "recomputed")
        yield Row("P17", "Megatron", "share", {"gpus": int(gpus), "N": float(N) * 1e9}, f"{share}%", "paper")
        yield Row("P17", "Megatron", "achieved", {"gpus": int(gpus), "N": float(N) * 1e9}, f"{achieved}T", "paper")


def published_share(name: str, N: float, gpus: int | None = None) -> float:
    (found,) = [each for each in utilisations() if each.N == N and (gpus is None or each.gpus == gpus)]
    return getattr(found, name)


def floor(name: str) -> float:
    """Return the milliseconds of reading 16 GB of weights once."""
    one = chip(name)
    return 1e3 * float(decode_seconds(8e9, batch=1, peak=one.peak(), bandwidth=one.bandwidth))


QUANTITIES: Mapping[str, Callable[..., float]] = {
    "tokens a call": lambda _, a, n: float(expected_tokens(a, n)),
    "speed-up": lambda _, a, n, c: float(speedup(a, n, c)),
    "peak": lambda name, form: chip(name).peak(form),
    "memory": lambda name: chip(name).memory,
    "bandwidth": lambda name: chip(name).bandwidth,
    "ridge": lambda name: chip(name).ridge(),
    "measured share": lambda name: chip(name).measured["bf16"] / chip(name).peak(),
    "floor": floor,
    "cache": lambda _, layers, kv_heads: cache_bytes_per_token(layers=layers, kv_heads=kv_heads, head_width=128),
    "parameters": lambda _, **shape: megatron_parameters(**shape, **TEXTS),
    "step": lambda _, **shape: megatron_iteration_flop(**shape, **TEXTS),
    "share": lambda _, **at: published_share("share", **at),
    "achieved": lambda _, **at: published_share("achieved", **at),
    "model share": lambda _, **at: published_share("model_share", **at),
    "days": lambda _, N, D, gpus, achieved: training_days(N, D, gpus=gpus, achieved=achieved, recompute=True),
    "training FLOP": lambda _, N, D: training_flop(N, D),
}


def speculative() -> Iterator[Row]:
    for a, n, c, tokens, faster in (
        (0.8, 5, 0.05, "3.68928", "2.95142"),
        (0.7, 4, 0.05, "2.77310", "2.31092"),
        (0.9, 10, 0.02, "6.86189", "5.71825"),
        (0.5, 4, 0.1, "1.93750", "1.38393"),
        (0.6, 5, 0.0, "2.38336", "2.38336"),
    ):
        yield Row("P13", "", "tokens a call", {"a": a, "n": n}, tokens, "recomputed")
        yield Row("P13", "", "speed-up", {"a": a, "n": n, "c": c}, faster, "recomputed")


# bf16, fp8, fp4 in TFLOP/s; GB; TB/s
CHIPS = {
    "A100": ("312", None, None, "80", "2.00"),
    "H100": ("989", "1979", None, "80", "3.35"),
    "H200": ("989", "1979", None, "141", "4.80"),
    "B200": ("2250", "4500", "9000", "180", "8.00"),
    "GB200": ("2500", "5000", "10000", "186", "8.00"),
    "MI300X": ("1300", "2600", None, "192", "5.30"),
    "MI250X": ("383", None, None, "128", "3.28"),
}


def of_chips() -> Iterator[Row]:
    for name, (*peaks, memory, bandwidth) in CHIPS.items():
        for form, text in zip(("bf16", "fp8", "fp4"), peaks, strict=True):
            if text is not None:
                yield Row("P16", name, "peak", {"form": form}, f"{text}T", "second-hand")
        yield Row("P16", name, "memory", {}, f"{memory}B", "second-hand")
        yield Row("P16", name, "bandwidth", {}, f"{bandwidth}T", "second-hand")


P16 = [
    *of_chips(),
    *(
        Row("P16", name, "ridge", {}, text, "recomputed")
        for name, text in {"A100": "156.0", "H100": "295.2", "H200": "206.0", "B200": "281.25"}.items()
    ),
    *(
        Row("P16", name, "floor", {}, text, "recomputed")
        for name, text in {"A100": "8.000", "H100": "4.776", "H200": "3.333", "B200": "2.000"}.items()
    ),
    *(
        Row("P16", name, "measured share", {}, text, "second-hand")
        for name, text in {"A100": "86.9%", "H100": "80.3%"}.items()
    ),
    Row("P16", "", "cache", {"layers": 32, "kv_heads": 8}, "131072", "second-hand"),
    Row("P16", "", "cache", {"layers": 80, "kv_heads": 8}, "327680", "recomputed"),
]

P17 = [
    *megatron(),
    Row("P17", "", "days", {"N": 175e9, "D": 300e9, "gpus": 1024, "achieved": 140e12}, "34", "paper"),
    Row("P17", "", "days", {"N": 175e9, "D": 300e9, "gpus": 1024, "achieved": 140e12}, "33.91", "recomputed"),
    Row("P17", "", "days", {"N": 1.008e12, "D": 450e9, "gpus": 3072, "achieved": 163e12}, "84", "paper"),
    Row("P17", "", "days", {"N": 1.008e12, "D": 450e9, "gpus": 3072, "achieved": 163e12}, "83.88", "recomputed"),
    Row("P17", "", "model share", {"N": 1008e9}, "39%", "recomputed"),
    Row("P17", "", "training FLOP", {"N": 1e12, "D": 20e12}, "1.2e26", "second-hand"),
    *(
        Row("P17", "Frontier", "share", {"N": N}, text, "second-hand")
        for N, text in {22e9: "38.38%", 175e9: "36.14%", 1e12: "31.96%"}.items()
    ),
    *(
        Row("P17", "Frontier", "achieved", {"N": N}, text, "recomputed")
        for N, text in {22e9: "73.5T", 175e9: "69.2T", 1e12: "61.2T"}.items()
    ),
]

ROWS = [*speculative(), *P16, *P17]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row}-{row.level}")
def test_the_library_gives_what_is_printed(row: Row) -> None:
    value, (number, tolerance) = QUANTITIES[row.what](row.fit, **row.inputs), as_printed(row.printed)
    assert abs(value - number) <= tolerance, f"{row}: computed {value!r}, {row.level}"


@pytest.mark.parametrize(("layers", "kv_heads", "bytes_in_all"), [(40, 40, 6.7109e9), (32, 8, 1.0737e9)])
def test_the_cache_of_8192_tokens_is_that_of_the_book(layers: int, kv_heads: int, bytes_in_all: float) -> None:
    cache = cache_bytes_per_token(layers=layers, kv_heads=kv_heads, head_width=128)
    assert 8192 * cache == pytest.approx(bytes_in_all, rel=1e-4)


@pytest.mark.parametrize(("batch", "milliseconds", "off"), [(4, 2.5, 0.08), (256, 21, 0.5)])
def test_a_step_takes_as_long_as_in_the_book(batch: int, milliseconds: float, off: float) -> None:
    # 30B parameters in 8 bits on 16 chips, 8,192 tokens of 100 kB each in the cache; the book rounds down to 2.5
    step = decode_seconds(30e9, batch=batch, peak=16 * 1.97e14, bandwidth=16 * 8.1e11, bits=8, context=8192, cache=1e5)
    assert 1e3 * float(step) == pytest.approx(milliseconds, abs=off)


@pytest.mark.parametrize(("seconds", "times"), [(7.00, 2.01), (5.73, 2.46)])
def test_the_speed_ups_printed_by_chen_are_those_of_their_times(seconds: float, times: float) -> None:
    # the third, 1.92 at 7.52 ms, needs another time without drafts than the 14.1 ms printed
    assert 14.1 / seconds == pytest.approx(times, abs=0.005)


@pytest.mark.parametrize("line", MEGATRON.split("\n")[1:-1], ids=lambda line: line.split()[0])
def test_the_total_rate_is_that_of_all_gpus_within_the_rounding_of_one(line: str) -> None:
    _, _, _, gpus, _, achieved, share, total, _, _ = line.split()
    assert float(gpus) * float(achieved) / 1e3 == pytest.approx(float(total), rel=0.5 / float(achieved) + 0.008)
    assert float(achieved) / 312 == pytest.approx(float(share) / 100, abs=0.007)


def test_the_state_of_a_trillion_parameters_is_two_thirds_of_the_memory_printed_for_it() -> None:
    # Dash et al. print about 24 TB in all; their count has more than weights, gradients and Adam's state
    assert training_bytes(1e12) == 16e12 == pytest.approx(24e12 * 2 / 3)


@pytest.mark.parametrize(("a", "c"), [(0.8, 0.05), (0.3, 0.2)])
def test_one_draft_gives_the_printed_ratio_and_costs_what_it_does(a: float, c: float) -> None:
    assert float(speedup(a, 1, c)) == pytest.approx((1 + a) / (1 + c), rel=1e-12)
    assert float(operations(a, 1, c)) == pytest.approx((c + 2) / (1 + a), rel=1e-12)
