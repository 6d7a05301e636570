"""Split the parameters of a translation model between encoder and decoder (Ghorbani et al. 2021). Portable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets.laws import translation

__all__ = ["best_encoder_share", "encoder_decoder_split"]


def best_encoder_share(p_e: Any, p_d: Any) -> Any:
    """Return the encoder's share of the parameters with the least loss, the same at every size.

    Examples
    --------
    >>> round(best_encoder_share(0.2, 0.3), 12)
    0.4
    """
    return p_e / (p_e + p_d)


def encoder_decoder_split(N: Any, values: Mapping[str, Any], *, share: Any = None) -> dict[str, Any]:
    """Return the sizes of encoder and decoder with the least loss for so many parameters of both.

    Parameters
    ----------
    N : array_like
        Parameters of encoder and decoder, without embeddings.
    values : mapping of str to array_like
        Coefficients of the law "encoder-decoder".
    share : array_like, optional
        Another share of the encoder, to see what it costs.

    Returns
    -------
    dict
        ``share`` of the encoder, ``N_e``, ``N_d``, ``loss``, ``best_loss`` with the best share, and ``worth``: the
        parameters with the best share that do as well, over N.
    """
    best = best_encoder_share(values["p_e"], values["p_d"])
    share = best if share is None else share
    loss = translation.kernel(share * N, (1 - share) * N, **values)
    best_loss = translation.kernel(best * N, (1 - best) * N, **values)
    # the loss above the floor falls as N^-(p_e + p_d) along every share
    worth = ((loss - values["E"]) / (best_loss - values["E"])) ** (-1 / (values["p_e"] + values["p_d"]))
    return {
        "share": share, "N_e": share * N, "N_d": (1 - share) * N, "loss": loss, "best_loss": best_loss, "worth": worth
    }  # fmt: skip
