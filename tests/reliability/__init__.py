"""What the house does while something under it is broken, and afterwards."""
