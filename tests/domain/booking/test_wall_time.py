"""Clocks change twice a year; the grid of a day does not care."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.booking.schedule import Hours, Pattern, Schedule, SubjectKind, Terms, WeeklyHours, schedule_id
from domain.booking.wall_time import WEEKDAYS, Weekday, instant_of, instants_at, starts_of
from tests.kit.builders import NOW, TENANT

PARIS, LORD_HOWE = "Europe/Paris", "Australia/Lord_Howe"


def nine_to_five(zone: str) -> Schedule:
    schedule = Schedule.new(schedule_id(TENANT, SubjectKind.SITE, TENANT))
    week = tuple(WeeklyHours(day=day, opens=time(9), closes=time(17)) for day in WEEKDAYS)
    schedule.define(
        Terms(zone=zone, patterns=(Pattern(hours=week),)), kind=SubjectKind.SITE, subject_id=TENANT, at=NOW
    )
    return schedule


class TestR10RulesAreWallTimes:
    """R-10: 09:00 in Paris is 07:00 UTC on 23 October 2026 and 08:00 UTC on 26 October."""

    @pytest.mark.parametrize(("day", "opens"), [(date(2026, 10, 23), 7), (date(2026, 10, 26), 8)])
    def test_opening_follows_the_wall(self, day: date, opens: int) -> None:
        around = datetime.combine(day, time(), UTC)
        spans = list(nine_to_five(PARIS).open_between(around, around + timedelta(days=1), service_id=None))
        of_the_day = [start for start, _ in spans if start.astimezone(ZoneInfo(PARIS)).date() == day]
        assert of_the_day == [around.replace(hour=opens)]


class TestR12TheGridIsThatOfTheWall:
    """R-12: the grid comes from the day's wall time, on the day of the change as on any other."""

    @pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)])
    def test_every_start_is_on_a_wall_quarter(self, day: date) -> None:
        for start in starts_of(day, step_minutes=15, offset_minutes=0, zone=PARIS):
            assert start.astimezone(ZoneInfo(PARIS)).minute % 15 == 0


class TestR13TheHourThatIsMissingAndTheHourThatIsRepeated:
    """R-13: the skipped time is no start, the repeated one is each instant once; stated bounds shift."""

    def test_no_start_in_the_gap(self) -> None:
        assert instants_at(date(2026, 3, 29), 150, PARIS) == ()
        assert len(starts_of(date(2026, 3, 29), step_minutes=30, offset_minutes=0, zone=PARIS)) == 46

    def test_each_instant_of_the_repeated_hour_once(self) -> None:
        starts = starts_of(date(2026, 10, 25), step_minutes=30, offset_minutes=0, zone=PARIS)
        assert len(starts) == len(set(starts)) == 50
        assert all(
            late - early == timedelta(minutes=30) for early, late in zip(starts, starts[1:], strict=False)
        )

    def test_half_an_hour_is_repeated_on_lord_howe(self) -> None:
        assert len(starts_of(date(2026, 4, 5), step_minutes=15, offset_minutes=0, zone=LORD_HOWE)) == 98
        assert len(starts_of(date(2026, 10, 4), step_minutes=15, offset_minutes=0, zone=LORD_HOWE)) == 94

    def test_a_bound_in_the_gap_is_shifted(self) -> None:
        assert instant_of(date(2026, 3, 29), 150, PARIS) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    def test_hours_past_midnight_end_on_the_next_day(self) -> None:
        start, end = Hours(opens=time(22), closes=time(6)).span_on(date(2026, 6, 1), PARIS)
        assert end - start == timedelta(hours=8)


class TestR15ZonesWithHalfHours:
    """R-15: zones of 30 and 45 minutes do not shift the grid."""

    @pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", LORD_HOWE])
    def test_starts_are_round_on_the_wall(self, zone: str) -> None:
        for start in starts_of(date(2026, 6, 1), step_minutes=60, offset_minutes=0, zone=zone):
            assert start.astimezone(ZoneInfo(zone)).minute == 0


def test_rotations_alternate_weeks() -> None:
    early = WeeklyHours(day=Weekday.MO, opens=time(6), closes=time(14), week=0)
    late = WeeklyHours(day=Weekday.MO, opens=time(14), closes=time(22), week=1)
    pattern = Pattern(hours=(early, late), cycle_weeks=2, first_week=date(2026, 6, 1))
    assert [next(pattern.on(date(2026, 6, day), None)).opens.hour for day in (1, 8, 15)] == [6, 14, 6]
