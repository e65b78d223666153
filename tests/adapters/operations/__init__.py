"""Operators: figures, readiness, safe starts, findings, backup and restore."""
