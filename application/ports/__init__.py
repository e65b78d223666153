"""What the application asks of the world, as protocols."""
