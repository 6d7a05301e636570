"""Tests of the laws, and of the numbers that papers print for them."""
