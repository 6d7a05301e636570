"""Tests of the JavaScript that keeps an explorer live without Python."""
