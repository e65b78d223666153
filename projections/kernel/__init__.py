"""What every read model is built from: rows, projectors, queries."""
