"""Commands of the platform context."""
