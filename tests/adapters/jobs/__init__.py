"""Jobs: projections, processes, outbox, scheduler and worker, on real PostgreSQL and Redis."""
