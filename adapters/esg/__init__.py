"""Reports of emissions: cut from the ledger, made into files, drafted on a schedule."""
