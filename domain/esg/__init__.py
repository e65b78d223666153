"""Carbon: the engine that weighs journeys and energy, and the ledger of what a company emits."""
