"""Recurring visits at the REST door: every occurrence is judged, and the answer says what became of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.recurrence import CalendarRules
from application.ports.recurrence import RecurrenceUnreadable
from tests.kit.clinic import BOOKING, Clinic, all_week
from tests.kit.house import Place

WEEK = timedelta(weeks=1)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    return Clinic(place, place.north).open()


def before_the_october_change(clinic: Clinic) -> date:
    """The Monday two weeks before the clocks go back."""
    year = clinic.place.house.clock().year + 1
    return next(day for day in (date(year, 10, one) for one in range(8, 15)) if day.weekday() == 0)


@contextmanager
def in_september(clinic: Clinic) -> Iterator[date]:
    """The doors' clock stands a month before, within every horizon."""
    monday = before_the_october_change(clinic)
    house = clinic.place.house
    clock = house.clock
    house.clock = lambda: datetime(monday.year, 9, 1, tzinfo=UTC)
    try:
        yield monday
    finally:
        house.clock = clock


def visit(clinic: Clinic, appointment_id: str) -> dict[str, Any]:
    answer = clinic.place.client.get(f"{BOOKING}/appointments/{appointment_id}", headers=clinic.headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def weekly(clinic: Clinic, service: str, start: datetime, count: int, **fields: Any) -> Any:
    return clinic.book(service, start, path="series", recurrence=f"FREQ=WEEKLY;COUNT={count}", **fields)


class TestR14WallTime:
    """R-14: ten o'clock stays ten o'clock; UNTIL may be a date, or UTC."""

    def test_over_the_october_change(self, clinic: Clinic) -> None:
        clinic.practitioner("weekly")
        service = clinic.service(roles=[{"skill": "weekly"}])
        with in_september(clinic) as monday:
            made = weekly(clinic, service, clinic.at(monday, "10:00"), 4)
        assert made.status_code == 201, made.text
        starts = [datetime.fromisoformat(one["starts_at"]) for one in made.json()["occurrences"]]
        assert {start.astimezone(PARIS).strftime("%H:%M") for start in starts} == {"10:00"}
        assert len({start.utcoffset() for start in starts}) == 1  # all told in UTC
        assert {start.hour for start in starts} == {8, 9}

    @pytest.mark.parametrize("until", ["20261026", "20261026T090000Z", "20261026T100000"])
    def test_until_as_calendars_write_it(self, until: str) -> None:
        first = datetime(2026, 10, 12, 10)
        found = CalendarRules().wall_times(f"FREQ=WEEKLY;UNTIL={until}", first, zone="Europe/Paris", most=9)
        assert found == [first, first + WEEK, first + 2 * WEEK]

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=WEEKLY",
            "FREQ=SECONDLY;COUNT=9",
            "COUNT=2",
            "FREQ=WEEKLY;COUNT=x",
            "FREQ=DAILY;INTERVAL=0;COUNT=5",
            "FREQ=DAILY;INTERVAL=0;COUNT=5;BYMONTH=3",
            "FREQ=DAILY;INTERVAL=-1;COUNT=5",
            "NONSENSE",
            "",
        ],
    )
    def test_what_is_no_rule_is_refused(self, rule: str) -> None:
        with pytest.raises(RecurrenceUnreadable):
            CalendarRules().wall_times(rule, datetime(2026, 10, 12, 10), zone="UTC", most=9)


def test_a_rule_that_never_comes_true_ends_soon() -> None:
    first = datetime(2026, 10, 12, 10)
    never = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"
    assert CalendarRules().wall_times(never, first, zone="UTC", most=9) == []


class TestTheFirstVisit:
    def test_is_the_instant_that_was_asked_for(self, clinic: Clinic) -> None:
        """R-13, R-31: of the hour that comes twice in autumn, the second is booked where the second was asked for."""
        all_day = [{"hours": all_week("00:00", "00:00")}]
        clinic.practitioner("night", schedule={"zone": clinic.zone, "patterns": all_day})
        service = clinic.service(roles=[{"skill": "night"}])
        with in_september(clinic) as monday:
            second = datetime.combine(monday + timedelta(days=6), time(1, 30), UTC)
            while second.astimezone(PARIS).fold == 0:
                second += timedelta(days=7)
            made = weekly(clinic, service, second, 2)
            # Off the grid by a second is off the grid.
            crooked = weekly(clinic, service, second + timedelta(days=1, seconds=1), 2)
        assert made.status_code == 201, made.text
        starts = [datetime.fromisoformat(one["starts_at"]) for one in made.json()["occurrences"]]
        assert starts == [second, second + WEEK]
        assert crooked.json()["occurrences"][0]["rule"] == "off_the_grid"

    @pytest.mark.parametrize("start", ["1900-01-01T00:00:00Z", "2199-12-31T23:30:00Z"])
    def test_at_the_ends_of_time_is_refused(self, clinic: Clinic, start: str) -> None:
        clinic.practitioner("ends")
        service = clinic.service(roles=[{"skill": "ends"}])
        refused = weekly(clinic, service, datetime.fromisoformat(start), 2)
        assert refused.status_code in {409, 422}, refused.text


class TestR30EveryOccurrence:
    """R-30, R-31: all or nothing, or the others; the answer and what is stored agree."""

    def test_refuses_all_where_one_is_taken(self, clinic: Clinic) -> None:
        clinic.practitioner("r30")
        service = clinic.service(roles=[{"skill": "r30"}])
        start = clinic.at(clinic.day(), "10:00")
        clinic.booked(service, clinic.at(clinic.day(21), "10:00"))
        refused = weekly(clinic, service, start, 4)
        assert (refused.status_code, refused.json()["code"]) == (409, "series_not_free")
        assert [one.get("rule") for one in refused.json()["occurrences"]] == [None, None, "taken", None]
        assert start in clinic.slots(service)

    def test_leaves_out_what_is_taken_where_asked_to(self, clinic: Clinic) -> None:
        clinic.practitioner("r31")
        service = clinic.service(roles=[{"skill": "r31"}])
        start = clinic.at(clinic.day(), "10:00")
        clinic.booked(service, clinic.at(clinic.day(14), "10:00"))
        excluded = str(clinic.day(21))
        made = weekly(clinic, service, start, 5, on_conflict="skip", excluded_days=[excluded])
        assert made.status_code == 201, made.text
        told = made.json()["occurrences"]
        assert [one["rule"] for one in told] == [None, "taken", None, None]
        stored = [visit(clinic, one["appointment_id"]) for one in told if one["appointment_id"]]
        assert [one["visit"]["starts_at"] for one in stored] == [
            one["starts_at"] for one in told if one["appointment_id"]
        ]
        assert len({one["visit"]["team"][0]["bookable_id"] for one in stored}) == 1

    def test_r33_limits_count_the_occurrences_before(self, clinic: Clinic) -> None:
        """R-33: the limit of a week is judged for every occurrence, in the same command."""
        clinic.practitioner("r33")
        service = clinic.service(roles=[{"skill": "r33"}], limits={"per_client_per_week": 2})
        monday = clinic.day() + timedelta(days=7 - clinic.day().weekday())
        daily = clinic.book(
            service,
            clinic.at(monday, "10:00"),
            path="series",
            recurrence="FREQ=DAILY;COUNT=4",
            on_conflict="skip",
        )
        assert daily.status_code == 201, daily.text
        assert [one["rule"] for one in daily.json()["occurrences"]] == [
            None,
            None,
            "client_limit",
            "client_limit",
        ]


class TestR32OneFollowingAll:
    """R-32: one, this and those that follow, or all of them; each exactly once."""

    def test_moves_and_ends(self, clinic: Clinic) -> None:
        clinic.practitioner("r32")
        service = clinic.service(roles=[{"skill": "r32"}])
        with in_september(clinic) as monday:
            made = weekly(clinic, service, clinic.at(monday, "10:00"), 5).json()
            told = made["occurrences"]
            one = clinic.act({"id": told[0]["appointment_id"]}, "cancel")
            assert one.json()["status"] == "cancelled"
            moved = clinic.post(
                f"series/{made['id']}/move", {"since": told[1]["starts_at"], "clock": "15:00"}
            )
            assert moved.status_code == 200, moved.text
            following = [visit(clinic, each["appointment_id"]) for each in told[1:]]
            clocks = {
                datetime.fromisoformat(each["visit"]["starts_at"]).astimezone(PARIS).strftime("%H:%M")
                for each in following
            }
            assert clocks == {"15:00"}
            assert {each["sequence"] for each in following} == {1}
            ended = clinic.post(
                f"series/{made['id']}/cancel", {"since": following[2]["visit"]["starts_at"], "by": "client"}
            )
            assert ended.status_code == 200
            states = [visit(clinic, each["appointment_id"])["status"] for each in told]
            assert states == ["cancelled", "booked", "booked", "cancelled", "cancelled"]
            assert visit(clinic, told[0]["appointment_id"])["sequence"] == 0

    def test_moves_all_or_none(self, clinic: Clinic) -> None:
        clinic.practitioner("none")
        service = clinic.service(roles=[{"skill": "none"}])
        made = weekly(clinic, service, clinic.at(clinic.day(), "10:00"), 3).json()
        clinic.booked(service, clinic.at(clinic.day(14), "15:00"))
        since = made["occurrences"][0]["starts_at"]
        lost = clinic.post(f"series/{made['id']}/move", {"since": since, "clock": "15:00"})
        assert (lost.status_code, lost.json()["code"]) == (409, "slot_taken")
        for each in made["occurrences"]:
            assert visit(clinic, each["appointment_id"])["visit"]["starts_at"] == each["starts_at"]
