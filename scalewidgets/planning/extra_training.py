"""What a little extra training with another objective is worth (UL2R, Tay et al. 2022, arXiv 2210.11399). Portable."""

from __future__ import annotations

from typing import Any

__all__ = ["equivalent_compute"]

# 1.3 billion tokens after 780 billion
EXTRA = 0.0016


def equivalent_compute(compute: Any, *, savings: Any = 2.0, extra: Any = EXTRA) -> dict[str, Any]:
    """Return the compute that a model trained on without the extra would need for the same quality.

    Parameters
    ----------
    compute : array_like
        FLOP of the model before the extra training.
    savings : array_like
        The paper's savings rate: about 2 for PaLM 540B, up to 2.35 as far as it was seen to grow.
    extra : array_like
        Share of the compute that the extra training adds, 0.16 % in the paper.

    Returns
    -------
    dict
        ``spent`` FLOP, ``equivalent`` FLOP, and the ``gain``, one over the other.

    Examples
    --------
    >>> found = equivalent_compute(2.53e24)
    >>> f"{found['equivalent']:.3g}", round(found["gain"], 4)
    ('5.06e+24', 1.9968)
    """
    spent, equivalent = compute * (1 + extra), savings * compute
    return {"spent": spent, "equivalent": equivalent, "gain": equivalent / spent}
