"""Emission factors and airports, as shipped data."""
