"""Rules and facts: pure, pydantic only."""
