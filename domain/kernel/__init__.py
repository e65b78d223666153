"""What every bounded context is built from: aggregates, events, claims, refusals and shared value objects."""
