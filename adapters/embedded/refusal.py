"""How does the embedded supervisor say that it cannot start?"""


class CannotStart(Exception):
    """The embedded services cannot start; the message names the cause and the remedy."""
