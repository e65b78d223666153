"""Whenever an event happens, then these commands and effects."""
