"""Files of trips: kept until they are read, and read by a worker."""
