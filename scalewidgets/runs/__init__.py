"""Runs: a table of training runs, how it is read from files and data frames, and how it is simulated."""

from __future__ import annotations

from scalewidgets.runs.logs import read_logs
from scalewidgets.runs.read import read_runs
from scalewidgets.runs.scores import read_scores
from scalewidgets.runs.simulate import simulate
from scalewidgets.runs.table import Runs

__all__ = ["Runs", "read_logs", "read_runs", "read_scores", "simulate"]
