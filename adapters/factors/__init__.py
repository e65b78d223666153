"""Airports and emission factors, shipped with the house."""
