"""Optimised allocations of a budget between model size and training tokens."""
