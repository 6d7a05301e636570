"""Tests of the explorers: their frames, their state and their words, without any display."""
