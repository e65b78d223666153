"""Carbon and ESG: methods, factor sets and the engine that turns travel into kilograms."""
