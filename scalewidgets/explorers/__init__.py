"""Explorers without a face: a state, and the frames that follow from it."""
