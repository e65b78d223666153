"""Why can a read that asked for its own write not be answered yet?"""

from domain.kernel.refusals import Unavailable


class ProjectionPaused(Unavailable):
    """This view stands still until an operator has looked at it; your change is recorded."""


class PositionNotReached(Unavailable):
    """This view has not caught up with your change in time; the change is recorded, try again shortly."""
