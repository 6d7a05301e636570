"""Refits on the process pools that people have, loky's and joblib's, and on a real Dask cluster, also when one dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import distributed
import joblib.externals.loky
import loky
import numpy as np
import pytest

import scalewidgets as sw

DRAWS = 1700  # several parts for each worker, the last one shorter
LONGEST = 60.0  # seconds for a worker to come to its part

Pool = Callable[[int], Executor]


def runs() -> sw.Runs:
    sizes = np.geomspace(1e8, 1e10, 6)[:, None]
    made = sw.simulate(sw.published("hoffmann2022"), N=sizes, D=np.geomspace(2e9, 4e11, 7), noise=0.01, seed=0)
    return sw.Runs(columns=made.columns, loss=made.loss, groups=tuple(f"{size:.3g}" for size in made.N))


def draws(executor: Executor | None = None, **settings: Any) -> np.ndarray:
    fit = sw.fit("chinchilla", runs(), **{"bootstrap": DRAWS, "seed": 3, **settings}, executor=executor)
    return np.stack([fit.draws[name] for name in fit.law.names])


@pytest.fixture(scope="module")
def alone() -> np.ndarray:
    """Draws without an executor."""
    return draws()


@pytest.fixture(scope="module")
def dask_client() -> Iterator[distributed.Client]:
    """A scheduler and two worker processes on this machine; no dashboard."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(params=["loky", "joblib", "dask"])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    """What gives an executor of so many worker processes; each kind of pool in turn."""
    if request.param == "dask":
        client = request.getfixturevalue("dask_client")

        def of_cluster(workers: int) -> Executor:
            client.cluster.scale(max(workers, len(client.cluster.workers)))  # never down: some of them may be in use
            client.wait_for_workers(workers, timeout=LONGEST)
            return client.get_executor(workers=list(client.scheduler_info(n_workers=-1)["workers"])[:workers])

        yield of_cluster
        return
    package = {"loky": loky, "joblib": joblib.externals.loky}[request.param]
    yield lambda workers: package.get_reusable_executor(max_workers=workers, timeout=LONGEST)
    package.get_reusable_executor().shutdown(wait=True, kill_workers=True)


@pytest.mark.parametrize(
    ("pool", "counts"), [("loky", (1, 2, 4)), ("joblib", (2,)), ("dask", (1, 2, 4))], indirect=["pool"]
)
def test_the_draws_are_the_same_bit_by_bit_whatever_the_workers(
    pool: Pool, counts: tuple[int, ...], alone: np.ndarray
) -> None:
    for workers in counts:
        np.testing.assert_array_equal(draws(pool(workers)), alone)


@pytest.mark.parametrize("settings", [{"resample": "pairs", "checked": True}, {"resample": "residuals"}])
def test_every_kind_of_refit_is_the_same_on_a_cluster(dask_client: distributed.Client, settings: dict) -> None:
    settings = {**settings, "bootstrap": 520}
    np.testing.assert_array_equal(draws(dask_client.get_executor(), **settings), draws(**settings))


class Watched(Executor):
    """An executor that notes which process comes to the second part, and holds it there the first time."""

    def __init__(self, executor: Executor, note: Path) -> None:
        self.executor, self.note, self.submitted = executor, note, 0

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        if self.submitted != 2:
            return self.executor.submit(work, *args, **kwargs)
        note, longest = str(self.note), LONGEST

        def held() -> Any:  # local, so it travels whole: a worker can't import the tests
            if not os.path.exists(note):
                with open(note + ".part", "w") as file:
                    file.write(str(os.getpid()))
                os.rename(note + ".part", note)
                time.sleep(longest)
            return work(*args, **kwargs)

        return self.executor.submit(held)


def kill_when_noted(note: Path, killed: list[int]) -> None:
    """Kill the process of a note as soon as it is there."""
    end = time.monotonic() + LONGEST
    while not note.exists() and time.monotonic() < end:
        time.sleep(0.01)
    pid = int(note.read_text())
    os.kill(pid, signal.SIGKILL)
    killed.append(pid)


def test_the_part_of_a_worker_that_is_killed_is_redone_with_the_same_draws(
    pool: Pool, alone: np.ndarray, tmp_path: Path
) -> None:
    killed: list[int] = []
    killer = threading.Thread(target=kill_when_noted, args=(tmp_path / "pid", killed))
    killer.start()
    found = draws(Watched(pool(2), tmp_path / "pid"))
    killer.join()
    assert killed and killed != [os.getpid()]
    np.testing.assert_array_equal(found, alone)
