"""Background work: projections, processes, outbox and schedule on dramatiq."""
