"""How much of a month was lost, and what does that give back? Walked from one instant to the next.

Nothing of the product is imported. Where the product merges stretches and cuts holes into them, this asks of
every stretch between two instants what was going on in it.
"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

Fact = dict[str, Any]

SILENCE = timedelta(minutes=2)
NOTICE = timedelta(days=5)
EXCUSED = timedelta(hours=4)


def lost_us(
    start: datetime, end: datetime, platform: list[Fact], own: list[tuple[datetime, datetime]] | None = None
) -> int:
    """Microseconds of a period in which the service was down and nothing excuses it."""
    down = [*_silences(platform), *_incidents(platform, end), *(own or [])]
    works = [
        (_at(fact["period"]["start"]), _at(fact["period"]["end"]))
        for fact in platform
        if fact["topic"] == "disruptions.maintenance-announced.v1"
        and fact["at"] + NOTICE <= _at(fact["period"]["start"])
    ]
    spans = [(max(a, start), min(b, end)) for a, b in (*down, *works)]
    walk = sorted({start, end, *(one for span in spans for one in span if start <= one <= end)})
    lost, excused = timedelta(), timedelta()
    for since, until in zip(walk, walk[1:], strict=False):
        span = until - since
        if any(a <= since and until <= b for a, b in works):
            # Four hours of announced work are free, whether or not anything was down meanwhile.
            free = min(span, EXCUSED - excused)
            excused += free
            since += free
            span -= free
        if any(a <= since and until <= b for a, b in down):
            lost += span
    return lost // timedelta(microseconds=1)


def percent_back(
    start: datetime,
    end: datetime,
    promised: Fraction,
    platform: list[Fact],
    own: list[tuple[datetime, datetime]] | None = None,
) -> int:
    """How many percent of the fee are given back: 10, from 1 % of the time 25, from 5 % all of it."""
    whole = (end - start) // timedelta(microseconds=1)
    up = 1 - Fraction(lost_us(start, end, platform, own), whole)
    if up >= promised:
        return 0
    if up < Fraction(95, 100):
        return 100
    return 25 if up < Fraction(99, 100) else 10


def own_outages(uses: list[tuple[datetime, Fact]]) -> list[tuple[datetime, datetime]]:
    """Minutes with ten calls or more, of which the house failed half or more."""
    accepted: dict[datetime, Fraction] = {}
    failed: dict[datetime, Fraction] = {}
    tallies = {"api_calls": accepted, "api_calls_failed": failed}
    for at, use in uses:
        if (tally := tallies.get(use["meter"])) is not None:
            minute = datetime.fromtimestamp(at.timestamp() // 60 * 60, UTC)
            tally[minute] = tally.get(minute, Fraction(0)) + Fraction(use["quantity"])
    return [
        (minute, minute + timedelta(minutes=1))
        for minute, lost in failed.items()
        if lost + accepted.get(minute, 0) >= 10 and lost >= accepted.get(minute, 0)
    ]


def _silences(platform: list[Fact]) -> list[tuple[datetime, datetime]]:
    looks = sorted(
        ((fact["at"], fact["health"]) for fact in platform if fact["topic"] == "probes.taken.v1"),
        key=lambda look: look[0],
    )
    found = []
    for number, (at, health) in enumerate(looks):
        until = looks[number + 1][0] if number + 1 < len(looks) else at + SILENCE
        if health == "down":
            found.append((at, min(until, at + SILENCE)))
    return found


def _incidents(platform: list[Fact], end: datetime) -> list[tuple[datetime, datetime]]:
    ends = {
        fact["incident_id"]: _at(fact["until"])
        for fact in platform
        if fact["topic"] == "disruptions.incident-ended.v1"
    }
    return [
        (_at(fact["since"]), ends.get(fact["incident_id"], end))
        for fact in platform
        if fact["topic"] == "disruptions.incident-declared.v1" and fact["health"] == "down"
    ]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
