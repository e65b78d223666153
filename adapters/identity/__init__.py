"""Passwords, tokens and API keys: how a caller proves who they are."""
