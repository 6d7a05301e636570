"""Tests of what training and serving cost."""
