"""GraphQL: the same operations, asked in another language."""
