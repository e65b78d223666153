"""Webhooks: who is told, in which form, when again, and over which road."""
