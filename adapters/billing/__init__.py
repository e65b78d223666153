"""What billing asks of the other columns, of the platform and of the read models."""
