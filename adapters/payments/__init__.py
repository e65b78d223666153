"""Whoever collects the money: Stripe, behind the Collector port."""
