"""The event store: the eventsourcing library on tenant-partitioned tables."""
