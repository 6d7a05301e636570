"""Coefficients as papers print them, one TOML file a paper, read when asked for."""
