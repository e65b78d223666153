"""On which wall times does something recur?"""

from datetime import datetime
from typing import Protocol

from domain.kernel.refusals import Malformed


class RecurrenceUnreadable(Malformed):
    """This is no RRULE of iCalendar that we keep: daily, weekly or monthly, with COUNT or UNTIL."""


class Recurrence(Protocol):
    """Rules of recurrence in iCalendar's words (RFC 5545), expanded by the clock on the wall."""

    def wall_times(self, rule: str, first: datetime, *, zone: str, most: int) -> list[datetime]:
        """The wall times of a rule from `first` on (naive, that of `zone`), at most `most` of them.

        Refuses with RecurrenceUnreadable. UNTIL may be a date, a UTC time or a wall time.
        """
        ...
