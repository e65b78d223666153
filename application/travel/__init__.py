"""Commands of the travel context."""
