"""Read models of the carbon ledger and of the things that emit."""
