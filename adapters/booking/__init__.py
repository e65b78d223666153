"""The public side of appointments."""
