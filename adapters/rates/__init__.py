"""Exchange rates: the euro reference rates of the European Central Bank."""
