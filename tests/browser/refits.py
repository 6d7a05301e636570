"""Runs that the browser tests upload, and what the page must show for a refit of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.sync_api import Page

import scalewidgets as sw
from scalewidgets.explorers.explorer import Explorer

from .expected import settled_at
from .figures import columns, until

# In the file and here the same digits: what is fitted must be equal, not alike.
SIZES, TOKENS = np.geomspace(1e8, 1e10, 5), np.geomspace(2e9, 2e11, 5)
_SIMULATED = sw.simulate(sw.published("besiroglu2024"), N=SIZES[:, None], D=TOKENS, noise=0.01, seed=0)
CSV = "N,D,loss\n" + "".join(
    f"{n!r},{d!r},{loss!r}\n" for n, d, loss in zip(*(_SIMULATED[k].tolist() for k in ("N", "D", "loss")), strict=True)
)
UPLOAD = {"name": "mine.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
RUNS = sw.read_runs({"N": _SIMULATED.N, "D": _SIMULATED.D, "loss": _SIMULATED.loss})


def refitted(dropped: tuple[int, ...] = (), **settings: Any) -> Explorer:
    """Return an explorer of what `sw.fit` gives for the runs without some rows."""
    kept = RUNS.subset(np.delete(np.arange(len(RUNS)), dropped))
    return Explorer(sw.fit("chinchilla", kept, **settings))


def settled_on(page: Page, ex: Explorer, dropped: tuple[int, ...] = ()) -> None:
    """Wait until curve, band and cards are those of a refit, and the dropped runs are hollow."""
    plan = ex.plan

    def shown() -> bool:
        point = columns(page, "*.allocation.plan")
        found = columns(page, "*.allocation.runs_dropped")
        band = columns(page, "*.allocation.band_mean")
        return (
            point is not None
            and np.allclose([point["N"][0], point["D"][0]], [plan.N, plan.D], rtol=1e-9, atol=0)
            and found is not None
            and band is not None
            and tuple(np.flatnonzero(np.isfinite(found["loss"]))) == dropped
            and bool(np.isfinite(band["y"]).all())
        )

    until(page, shown, f"rows {dropped} to be dropped and the band to follow")
    settled_at(page, ex, 1e-9, ("allocation",))
    frames = ex.frames()["tables"]["allocation"]
    bowl, band = columns(page, "*.allocation.bowl"), columns(page, "*.allocation.band_mean")
    np.testing.assert_allclose(bowl["loss"], frames["bowl"]["loss"], rtol=1e-9)
    edges = np.concatenate([frames["band_mean"]["low"], frames["band_mean"]["high"][::-1]])
    np.testing.assert_allclose(band["y"], edges, rtol=1e-9)
