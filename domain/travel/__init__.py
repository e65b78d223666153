"""Business travel: trips, policies, violations and the carbon of a journey."""
