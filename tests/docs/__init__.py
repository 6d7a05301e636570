"""Tests of the pages a reader follows."""
