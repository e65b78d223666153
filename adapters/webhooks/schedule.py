"""When is a failed delivery tried again, and when does a receiver get a rest?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

# After the first attempt, which is made at once: three days in ten attempts.
RETRY_S: tuple[float, ...] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
# So that a thousand deliveries that failed together do not come back together.
JITTER = 0.2
# These say that the receiver has too much to do, whether or not they name a time.
BUSY = frozenset({429, 502, 504})
REST = timedelta(seconds=30)
LONGEST_REST = timedelta(days=1)


def again_at(round: int, now: datetime, *, retry_s: Sequence[float], random: Random) -> datetime | None:
    """When an attempt follows the one that failed, the first being round 0; None when it was the last."""
    if round >= len(retry_s):
        return None
    return now + timedelta(seconds=retry_s[round] * (1 + random.uniform(-JITTER, JITTER)))


def rest_until(status: int | None, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when the whole endpoint is left alone; None when it asked for nothing."""
    asked = _retry_after(headers.get("retry-after", ""), now)
    if asked is not None:
        return min(max(asked, now), now + LONGEST_REST)
    return now + REST if status in BUSY else None


def _retry_after(text: str, now: datetime) -> datetime | None:
    """Seconds or a date, as HTTP has it; whatever else it is, is nothing."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return now + timedelta(seconds=int(text))
    try:
        said = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
