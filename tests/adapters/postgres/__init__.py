"""The scoped handle, bulk rows and positions, on a real PostgreSQL."""
