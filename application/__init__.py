"""Commands, their handlers, processes, and the ports through which they reach the world."""
