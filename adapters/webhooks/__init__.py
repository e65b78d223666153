"""What leaves the house by itself: webhooks, and the only client for addresses that users give."""
