"""What a process of the house has read before it is forked (adapters/forks.py)."""

from api.terminal.loading import loading

with loading():
    import api.cli
    import api.server  # noqa: F401
    from adapters.bootstrap import ShippedAirports

    ShippedAirports.read()
