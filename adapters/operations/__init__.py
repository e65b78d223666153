"""What operators need: figures, readiness, findings with a remedy, safe starts, backup and restore."""
