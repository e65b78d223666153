"""Random bookings, cancellations, moves, absences and series around every change of the clock.

At every step a start is accepted if and only if it is listed, and refused by the rule that "why" names; at the
end nobody is in two places, and the claims are those of a replay. `make booking-proof` takes many more steps.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.kit.booking_claims import claims_held, claims_replayed, overlaps
from tests.kit.clinic import BOOKING, Clinic, all_week
from tests.kit.house import Place

STEPS = int(os.environ.get("BOOKING_STEPS", "12"))
FIVE = timedelta(minutes=5)
ZONES = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe")


def changes_after(moment: datetime, zone: str) -> Iterator[date]:
    """The days on which the clocks change, from a month on; credentials do not last for ever."""
    day = moment.date() + timedelta(days=31)
    while True:
        noon = datetime.combine(day, time(12), ZoneInfo(zone))
        if noon.utcoffset() != (noon - timedelta(days=1)).utcoffset():
            yield day
        day += timedelta(days=1)


@contextmanager
def on_the_day_before(place: Place, change: date) -> Iterator[datetime]:
    """The doors' clock stands the day before the change."""
    clock, moment = place.house.clock, datetime.combine(change - timedelta(days=1), time(), UTC)
    place.house.clock = lambda: moment
    try:
        yield moment
    finally:
        place.house.clock = clock


class Walk:
    """Somebody who does random things to one clinic."""

    def __init__(self, clinic: Clinic, now: datetime, dice: Random) -> None:
        self.clinic, self.now, self.dice = clinic, now, dice
        schedule = {"zone": clinic.zone, "patterns": [{"hours": all_week("00:00", "00:00")}]}
        # One of them has limits and needs a rest; the rules are judged the same way by the list and the command.
        limits = ({}, {"most_minutes_per_day": 180, "most_per_week": 9, "rest_minutes": 20})
        self.people = [clinic.practitioner("walk", schedule=schedule, **each) for each in limits]
        clinic.room("walk-room")
        self.service = clinic.service(
            roles=[{"skill": "walk"}],
            resources=[{"type": "walk-room"}],
            durations_minutes=[45],
            step_minutes=15,
            buffer_before_minutes=5,
            buffer_after_minutes=10,
            notice_minutes=60,
            horizon_days=30,
        )
        self.visits: list[dict[str, Any]] = []
        self.booked = 0

    def step(self) -> None:
        """One random thing; booking is what happens most."""
        self.dice.choice(
            [self.book, self.book, self.book, self.cancel, self.move, self.be_away, self.recur]
        )()

    def book(self) -> None:
        """A start on the grid or beside it: accepted if and only if it is listed."""
        # Half of all starts are in the six hours around the change itself.
        hours = self.dice.choice([30, 24 * 28])
        start = self.now + timedelta(hours=self.dice.choice([20, 0])) + FIVE * self.dice.randrange(hours * 12)
        window = {"since": (start - FIVE).isoformat(), "until": (start + FIVE).isoformat()}
        is_listed = start in self.clinic.slots(self.service, **window)
        why = self.clinic.reason(self.service, start)
        answer = self.clinic.book(self.service, start)
        assert (answer.status_code == 201) is is_listed is why["is_free"], (start, why, answer.text)
        if is_listed:
            self.visits.append(answer.json())
            self.booked += 1
        else:
            assert answer.status_code == 409, answer.text
            assert answer.json()["rule"] == why["rule"]

    def cancel(self) -> None:
        """A visit is called off."""
        if self.visits:
            one = self.visits.pop(self.dice.randrange(len(self.visits)))
            assert self.clinic.act(one, "cancel").status_code == 200

    def move(self) -> None:
        """A visit moves, to where it fits."""
        if self.visits:
            start = self.now + timedelta(minutes=15 * self.dice.randrange(4 * 24 * 20))
            answer = self.clinic.act(
                self.dice.choice(self.visits),
                "reschedule",
                {"starts_at": start.isoformat(), "bookable_ids": []},
            )
            assert answer.status_code in (200, 409), answer.text

    def be_away(self) -> None:
        """Somebody is away, and sometimes not after all."""
        start = self.now + timedelta(hours=self.dice.randrange(24 * 20))
        period = {"start": start.isoformat(), "end": (start + timedelta(hours=5)).isoformat()}
        body = {"subject_id": self.dice.choice(self.people), "period": period}
        absence = self.clinic.made("absences", body)["id"]
        assert self.clinic.post(f"absences/{absence}/approve", {}).status_code == 200
        if self.dice.random() < 0.5:
            assert self.clinic.post(f"absences/{absence}/cancel", {}).status_code == 200

    def recur(self) -> None:
        """Three weeks over the change; what does not fit is left out."""
        start = self.now + timedelta(minutes=15 * self.dice.randrange(4 * 24 * 7))
        answer = self.clinic.book(
            self.service, start, path="series", recurrence="FREQ=WEEKLY;COUNT=3", on_conflict="skip"
        )
        assert answer.status_code in (201, 409), answer.text


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("zone", ZONES)
def test_listing_is_acceptance_and_nobody_is_in_two_places(place: Place, zone: str, number: int) -> None:
    change = next(islice(changes_after(place.house.clock(), zone), number, None))
    with on_the_day_before(place, change) as now:
        clinic = Clinic(place, place.north, zone=zone).open()
        walk = Walk(clinic, now, Random(f"{zone}{change}"))
        for _ in range(STEPS):
            walk.step()
        walk.book()
    held = claims_held(place, place.north.id)
    assert overlaps(held) == []
    assert held == claims_replayed(place, place.north.id)
    assert place.client.get(f"{BOOKING}/businesses", headers=clinic.headers).status_code == 200
