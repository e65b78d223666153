"""Read models about tenants and their members."""
