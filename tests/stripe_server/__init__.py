"""A stand-in for Stripe: the routes we use, their rules, and everything that can go wrong on the way."""
