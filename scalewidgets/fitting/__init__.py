"""Fit a law to runs."""
