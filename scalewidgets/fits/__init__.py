"""The result of a fit, from runs or from a paper: values, uncertainty, source and storage."""
