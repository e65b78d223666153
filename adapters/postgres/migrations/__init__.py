"""Every table of the house, in order. Migrations carry DDL only: FORCE RLS would silence a data change."""
