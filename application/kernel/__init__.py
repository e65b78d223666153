"""How a command runs: command, context, store and executor."""
