"""Public data sets: loaded from their original addresses, checked against a known hash, kept in a cache."""

from __future__ import annotations

from scalewidgets.datasets.declared import Dataset, describe, names
from scalewidgets.datasets.loading import load
from scalewidgets.datasets.table import DataTable

__all__ = ["DataTable", "Dataset", "describe", "load", "names"]
