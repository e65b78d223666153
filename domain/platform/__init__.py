"""Who uses Escale: tenants, members, sessions and API keys."""
