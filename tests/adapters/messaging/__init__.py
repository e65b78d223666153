"""Mail against a mail server of our own."""
