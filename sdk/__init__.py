"""The client libraries, and how they are made."""
