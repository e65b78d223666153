"""On which wall times does something recur? The rules of `dateutil`, expanded without a zone.

Wall times are expanded as wall times and resolved afterwards, so that a weekly ten o'clock stays ten
o'clock over a change of the clock.
"""

from datetime import MAXYEAR, UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from application.ports.recurrence import RecurrenceUnreadable

KEPT = frozenset({"DAILY", "WEEKLY", "MONTHLY"})
LONGEST_RULE = 200
YEARS_TO_LOOK = 3
FURTHEST = timedelta(days=YEARS_TO_LOOK * 366)
CYCLE_YEARS = 400
END = datetime(2199, 12, 31)  # on any wall still within the years that instants may have


class CalendarRules:
    """The Recurrence port."""

    def wall_times(self, rule: str, first: datetime, *, zone: str, most: int) -> list[datetime]:
        try:
            parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").split(";"))
            if parts["FREQ"] not in KEPT or not {"COUNT", "UNTIL"} & set(parts) or len(rule) > LONGEST_RULE:
                raise RecurrenceUnreadable
            # Without a step forward the same day would come for ever.
            if int(parts.get("INTERVAL", 1)) < 1:
                raise RecurrenceUnreadable
            count = min(most, int(parts.pop("COUNT", most)))
            last = min(first + FURTHEST, END).strftime("%Y%m%dT%H%M%S")
            until = min(last, _on_the_wall(parts.get("UNTIL", last), zone))
            # A rule that never comes true is looked for until the last year there is. The calendar repeats
            # itself to the weekday, so it is reckoned as near to that year as possible.
            ahead = (MAXYEAR - YEARS_TO_LOOK - 1 - first.year) // CYCLE_YEARS * CYCLE_YEARS
            parts["UNTIL"] = f"{int(until[:4]) + ahead:04}{until[4:]}"
            text = ";".join(f"{name}={value}" for name, value in parts.items())
            found = rrulestr(text, dtstart=first.replace(year=first.year + ahead))
            return [at.replace(year=at.year - ahead) for at in islice(found, max(0, count))]
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            raise RecurrenceUnreadable from None


def _on_the_wall(until: str, zone: str) -> str:
    """UNTIL as wall time: RFC 5545 wants UTC where the start has a zone, calendars write dates."""
    if len(until) == 8:
        return f"{until}T235959"
    if not until.endswith("Z"):
        return until
    at = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return at.astimezone(ZoneInfo(zone)).strftime("%Y%m%dT%H%M%S")
