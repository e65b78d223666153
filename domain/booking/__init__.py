"""Appointments: what can be booked, when it is free, and what becomes of a booking."""
