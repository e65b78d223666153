"""Tours: the product shown by its own commands, run against the demo."""
