"""What a company subscribed to, what it used, and what it owes."""
