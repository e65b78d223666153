"""What billing lets be read."""
