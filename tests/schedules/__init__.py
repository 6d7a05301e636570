"""Tests of schedules and of the laws over them."""
