"""Redis: wake-ups and rate limits; nothing that cannot be rebuilt."""
