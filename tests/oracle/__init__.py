"""Programs of their own that know the log and nothing of the product."""
