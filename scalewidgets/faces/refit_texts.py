"""What a refit says about itself, as escaped HTML for every face."""

from __future__ import annotations

from html import escape

from scalewidgets.explorers.refit import Refit

# Files that can be uploaded.
ACCEPTED = ".csv,.tsv,.txt,.gz,.parquet,.pq"


def status_html(refit: Refit) -> str:
    """Return how many runs count, how far a fit is, and what the last one is."""
    if refit.runs is None:
        return ""
    total = len(refit.runs)
    counted = f"{refit.kept} of {total} runs" if refit.dropped else f"{total} run{'s' * (total > 1)}"
    source = f" · {refit.runs.source}" if refit.runs.source else ""
    share = f"{refit.progress:.0%}"
    bar = f'<progress max="1" value="{refit.progress:.3f}" aria-label="Fitting">{share}</progress>'
    state = f"fitting {bar}" if refit.busy else "fitted" if refit.fit is not None and not refit.error else ""
    return f'<div class="sw-refit" role="status">{escape(counted + source)}{" · " * bool(state)}{state}</div>'
