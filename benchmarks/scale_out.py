"""Measure 100,000 bootstrap refits of Chinchilla's law here and on executors: wall time, and how many cores were busy.

Cores busy is the CPU time of this process and its workers, over the wall time. Workers are started before the clock.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import distributed
import loky
import numpy as np
import psutil

import scalewidgets as sw

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def nobody() -> Iterator[None]:
    """Give no executor: one process."""
    yield None


@contextmanager
def processes() -> Iterator[Executor]:
    """Give the pool of the standard library."""
    with ProcessPoolExecutor(CORES) as executor:
        yield executor


@contextmanager
def loky_pool() -> Iterator[Executor]:
    """Give loky's pool, which joblib uses."""
    executor = loky.get_reusable_executor(max_workers=CORES)
    yield executor
    executor.shutdown(wait=True, kill_workers=True)


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    """Give a Dask cluster on this machine."""
    settings = {"n_workers": CORES, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster, distributed.Client(cluster) as client:
        yield client.get_executor()


WHERE: dict[str, Callable] = {
    "one process": nobody,
    "concurrent.futures": processes,
    "loky": loky_pool,
    "dask": dask_cluster,
}


def cpu_seconds() -> float:
    """Return the CPU time of this process and of all that it started and that still run."""
    here = psutil.Process()
    spent = [each.cpu_times() for each in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in spent)


def main(count: int) -> None:
    """Print a line for each place."""
    sizes, tokens = np.geomspace(1e8, 1e10, 10)[:, None], np.geomspace(2e9, 4e11, 8)
    runs = sw.simulate(sw.published("hoffmann2022"), N=sizes, D=tokens, noise=0.01, seed=0)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{count} refits of {len(runs)} runs, {CORES} cores, load before {load}")
    alone, first = 0.0, None
    for name, place in WHERE.items():
        with place() as executor:
            sw.fit("chinchilla", runs, bootstrap=4000, executor=executor)  # workers start and import
            busy, began = cpu_seconds(), time.perf_counter()
            fit = sw.fit("chinchilla", runs, bootstrap=count, executor=executor)
            took = time.perf_counter() - began
            busy = cpu_seconds() - busy
        alone = alone or took
        first = fit.draws["alpha"] if first is None else first
        same = "same draws" if np.array_equal(first, fit.draws["alpha"]) else "OTHER DRAWS"
        print(f"{name:20s} {took:7.1f} s  {alone / took:4.2f} times as fast  {busy / took:4.2f} cores busy  {same}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    main(parser.parse_args().count)
