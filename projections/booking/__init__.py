"""Read models about what can be booked and what is."""
