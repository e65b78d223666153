"""A believable installation to look at: a platform, two invented companies and ninety days of travel."""
