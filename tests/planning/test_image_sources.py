"""Two sources of images give the same loss where they cross, and as many of one as match the other."""

from __future__ import annotations

import numpy as np
import pytest

import scalewidgets as sw
from scalewidgets.ops.tracing import trace
from scalewidgets.planning.image_sources import crossing, matching_images

REAL, GENERATED = (sw.published(f"fan2023-imagenet-{name}") for name in ("real", "imagen"))


@pytest.mark.parametrize(("real", "generated"), [(1.6, 1.5), (1.5, 1.6), (1.0, 1.0)])
def test_the_losses_are_equal_where_the_sources_cross(real: float, generated: float) -> None:
    n = float(crossing(REAL.values["k"], real, GENERATED.values["k"], generated))
    assert real * float(REAL(n=n)) == pytest.approx(generated * float(GENERATED(n=n)))
    # the steeper source wins beyond
    assert real * float(REAL(n=2 * n)) < generated * float(GENERATED(n=2 * n))
    assert float(matching_images(n, REAL.values["k"], real, GENERATED.values["k"], generated)) == pytest.approx(n)


def test_as_many_images_as_match_give_the_same_loss() -> None:
    n = np.geomspace(1e6, 1e8, 5)
    same = matching_images(n, REAL.values["k"], 1.2, GENERATED.values["k"], 1.0)
    np.testing.assert_allclose(1.0 * GENERATED(n=same), 1.2 * REAL(n=n), rtol=1e-12)


def test_sources_of_one_slope_never_cross_and_both_questions_are_portable() -> None:
    assert np.isnan(crossing(0.3, 1.0, 0.3, 2.0))
    trace(crossing, {"k_1": (), "loss_1": (), "k_2": (), "loss_2": ()})
    trace(matching_images, {"n": (3,), "k_1": (), "loss_1": (), "k_2": (), "loss_2": ()})
