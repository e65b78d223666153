"""Commands about carbon, and the calculation behind the carbon door."""
