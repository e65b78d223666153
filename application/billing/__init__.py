"""How companies subscribe, report what they used and are billed."""
