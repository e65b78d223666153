"""Carbon and ESG: methods, factor sets, the engine that turns travel into kilograms, and what a company emits besides."""
