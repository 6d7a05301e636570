"""What the runs can't support, in sentences: quick checks of every fit, thorough ones on request."""
