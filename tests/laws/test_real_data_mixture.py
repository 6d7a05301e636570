"""The data-mixing laws on the released runs of Ye et al.: two domains, five, and the seven of RedPajama."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

import scalewidgets as sw

STEP = "30000"
Table = dict[tuple[str, str, str], dict[str, float]]


@pytest.fixture(scope="module")
def table(shared_data: Path) -> Table:
    """Give the losses after 30 000 steps by suite, model and domain; a run evaluated again counts once."""
    found: Table = {}
    with gzip.open(shared_data / "data_mixing_laws" / "losses.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["step"] == STEP:
                runs = found.setdefault((row["suite"], row["model"], row["valid_domain"]), {})
                runs[row["run"]] = float(row["loss"])
    return found


def columns_of(runs: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares in the runs' names and the losses."""
    return np.array([[float(share) for share in name.split("-")[1:]] for name in runs]), np.array(list(runs.values()))


CARD = {
    ("70M", "Github"): (1.44434, 1.38597, 1.32782, 1.29360, 1.25677),
    ("70M", "Pile-CC"): (3.49873, 3.53159, 3.56695, 3.62689, 3.70329),
    ("160M", "Github"): (1.21302, 1.15533, 1.10663, 1.07623, 1.04117),
    ("160M", "Pile-CC"): (3.16343, 3.19214, 3.23002, 3.29358, 3.36603),
}


@pytest.mark.parametrize(("model", "domain"), CARD)
def test_two_domains_follow_the_notebook_s_numbers(model: str, domain: str, table: Table) -> None:
    shares, loss = columns_of(table["2Mix", model, domain])
    order = np.argsort(shares[:, 0])
    np.testing.assert_allclose(loss[order], CARD[model, domain], atol=6e-6)
    own = shares[:, 0] if domain == "Github" else shares[:, 1]
    published = sw.published(f"ye2024-{model.lower()}-{'github' if domain == 'Github' else 'cc'}")
    assert np.abs(published(r=own) - loss).max() < 0.008
    runs = sw.read_runs({"r": own, "loss": loss}, law="data-mixing-2", r="r", loss="loss")
    found = sw.fit("data-mixing-2", runs, objective="squared", residual="raw", bootstrap=0)
    assert np.mean((found(r=own) - loss) ** 2) <= np.mean((published(r=own) - loss) ** 2)
    assert found.values["t"] < 0


# the ranges that a caution looks over take the logarithm of a share of zero
@pytest.mark.parametrize(
    ("suite", "domain", "own", "least"),
    [
        ("5Mix", "ArXiv", 1, 0.98),
        ("5Mix", "Books3", 2, 0.96),
        ("5Mix", "Github", 4, 0.99),
        ("5Mix", "Pile-CC", 5, 0.98),
        ("RedPajama", "ArXiv", 4, 0.98),
        ("RedPajama", "Github", 3, 0.95),
        ("RedPajama", "StackExchange", 6, 0.94),
    ],
)
def test_each_domain_is_explained_by_the_shares_and_helped_most_by_its_own(
    suite: str, domain: str, own: int, least: float, table: Table
) -> None:
    shares, loss = columns_of(table[suite, "70M", domain])
    count = shares.shape[1]
    at = {f"r_{j + 1}": shares[:, j] for j in range(count)}
    key = f"data-mixing-{count}"
    runs = sw.read_runs({**at, "loss": loss}, law=key, loss="loss", **{name: name for name in at})
    # the shares sum to one, so that one slope is free: the last is held
    found = sw.fit(key, runs, objective="squared", residual="raw", bootstrap=0, fixed={f"t_{count}": 0.0})
    explained = 1 - np.mean((found(**at) - loss) ** 2) / np.var(loss)
    assert explained >= least
    slopes = {j: found.values[f"t_{j}"] for j in range(1, count + 1)}
    assert min(slopes, key=lambda j: slopes[j]) == own
