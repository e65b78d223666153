"""The carbon ledger beyond its read model: restating a period, and tracing a figure to proven facts."""
