"""Read models about trips, policies and violations."""
