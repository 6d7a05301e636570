"""Faces: the notebook widget and the app, both thin over one headless explorer."""
