"""Commands of the booking context."""
