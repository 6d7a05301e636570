"""Planners that are explored as laws are: a file a subject, each with declarations and nothing else to register."""
