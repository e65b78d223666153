"""The developer platform: webhook endpoints."""
