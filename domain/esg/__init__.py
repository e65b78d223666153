"""Carbon and ESG: methods, factor sets, the engine for travel, and what a company emits besides."""
