"""The REST door: it translates and never decides."""
