"""PostgreSQL: pools, tenancy, migrations and the scoped Sql handle."""
