"""Tests that drive a real browser against the served app and a real JupyterLab, both offline."""
