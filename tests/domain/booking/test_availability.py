"""A start is listed if and only if it is accepted, over every change of the clock, whatever is in the book."""

import ast
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.booking import loading, question
from domain.booking import availability, limits, schedule, spans, wall_time
from domain.booking.availability import (
    FURTHEST,
    Asked,
    Candidate,
    Free,
    Missing,
    Need,
    Rule,
    judge,
    listed,
    rule_against,
)
from domain.booking.schedule import Pattern, Schedule, SubjectKind, Terms, WeeklyHours, schedule_id
from domain.booking.spans import Occupancy, Spans, micros
from domain.booking.visit import interval_takes
from domain.booking.wall_time import WEEKDAYS, instant_of
from tests.kit.builders import NOW, TENANT

PARIS = "Europe/Paris"
# The weeks around every change of the clock in a year.
CHANGES = {
    PARIS: (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
}
WEEKS = [(zone, day) for zone, days in CHANGES.items() for day in days]
FIVE = timedelta(minutes=5)


def who(name: str) -> UUID:
    return uuid5(TENANT, name)


def open_spans(zone: str, day: date, opens: int, closes: int) -> Spans:
    schedule = Schedule.new(schedule_id(TENANT, SubjectKind.SITE, TENANT))
    week = tuple(WeeklyHours(day=one, opens=time(opens), closes=time(closes)) for one in WEEKDAYS)
    schedule.define(
        Terms(zone=zone, patterns=(Pattern(hours=week),)), kind=SubjectKind.SITE, subject_id=TENANT, at=NOW
    )
    start = instant_of(day, 0, zone)
    return schedule.open_between(start - timedelta(days=8), start + timedelta(days=8), service_id=None)


def doctor(name: str = "a", **fields: object) -> Candidate:
    values: dict[str, object] = {
        "id": who(name),
        "kind": "practitioner",
        "abilities": frozenset({"doctor"}),
        "open": open_spans(PARIS, date(2026, 6, 1), 9, 17),
    }
    return Candidate(**{**values, **fields})  # type: ignore[arg-type]


def asked(**fields: object) -> Asked:
    values: dict[str, object] = {
        "now": datetime(2026, 5, 31, 6, tzinfo=UTC),
        "zone": PARIS,
        "duration": timedelta(minutes=30),
        "needs": (Need("practitioner", "doctor"),),
    }
    return Asked(**{**values, **fields})  # type: ignore[arg-type]


def at(clock: str, day: date = date(2026, 6, 1)) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return instant_of(day, hour * 60 + minute, PARIS)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Asked, list[Candidate], datetime, str]:
    """Random rules, people, absences and bookings in one of the weeks around a change of the clock."""
    zone, day = draw(st.sampled_from(WEEKS))
    middle = instant_of(day, 0, zone)
    minute = st.integers(-3 * 24 * 12, 3 * 24 * 12).map(lambda steps: middle + steps * FIVE)

    def stretch(longest: int) -> st.SearchStrategy[tuple[datetime, datetime, int]]:
        return st.builds(
            lambda start, steps: (start, start + steps * FIVE, 1), minute, st.integers(1, longest)
        )

    def candidate(number: int) -> Candidate:
        opens = draw(st.integers(0, 12))
        busy = draw(st.lists(stretch(24), max_size=6))
        away = draw(st.lists(stretch(60), max_size=1))
        return Candidate(
            id=who(str(number)),
            kind="practitioner",
            abilities=frozenset(draw(st.sets(st.sampled_from(["a", "b"]), min_size=1))),
            open=open_spans(zone, day, opens, draw(st.integers(opens + 1, 23))),
            away=Spans((start, end) for start, end, _ in away),
            busy=Occupancy(busy),
            limited=draw(st.sampled_from([{}, {day: Rule.DAILY_LIMIT}])),
            rest=draw(st.sampled_from([0, 0, 40])) * timedelta(minutes=1),
            capacity=draw(st.sampled_from([1, 1, 2])),
            load_minutes=draw(st.integers(0, 100)),
        )

    people = [candidate(number) for number in range(draw(st.integers(1, 4)))]
    needs = draw(st.sampled_from([("a",), ("b",), ("a", "b")]))
    question = Asked(
        now=middle - timedelta(days=draw(st.integers(0, 3))),
        zone=zone,
        duration=draw(st.sampled_from([15, 30, 45, 90])) * timedelta(minutes=1),
        needs=tuple(Need("practitioner", ability, draw(st.sampled_from([1, 1, 2])), 2) for ability in needs),
        step_minutes=draw(st.sampled_from([15, 30, 45])),
        offset_minutes=draw(st.sampled_from([0, 10])),
        buffer_before=draw(st.sampled_from([0, 10])) * timedelta(minutes=1),
        buffer_after=draw(st.sampled_from([0, 20])) * timedelta(minutes=1),
        notice=timedelta(hours=draw(st.sampled_from([0, 5, 30]))),
        horizon=timedelta(days=draw(st.sampled_from([2, 90]))),
        days=frozenset(draw(st.sets(st.sampled_from(WEEKDAYS), max_size=4))),
        service_open=draw(st.sampled_from([None, open_spans(zone, day, 8, 20)])),
        site_open=draw(st.sampled_from([None, open_spans(zone, day, 7, 15)])),
        full_days=draw(st.sampled_from([frozenset(), frozenset({day})])),
        client_busy=Spans((start, end) for start, end, _ in draw(st.lists(stretch(24), max_size=2))),
        fixed=frozenset(draw(st.sets(st.sampled_from([one.id for one in people]), max_size=1))),
    )
    return question, people, middle, zone


class TestR11ListedIffAccepted:
    """R-11: one function lists and accepts; a start that is not listed is refused by the rule that "why" names."""

    @settings(max_examples=25, deadline=None)
    @given(world=worlds())
    def test_every_five_minutes_of_the_week(
        self, world: tuple[Asked, list[Candidate], datetime, str]
    ) -> None:
        question, people, middle, _ = world
        window = (middle - timedelta(days=2), middle + timedelta(days=2))
        free = set(listed(question, people, start=window[0], end=window[1]))
        start = window[0]
        while start < window[1]:
            answer = judge(start, question, people)
            assert isinstance(answer, Free) == (start in free), (start, answer)
            start += FIVE

    @settings(max_examples=25, deadline=None)
    @given(world=worlds(), seed=st.randoms(use_true_random=False))
    def test_booking_what_is_listed_never_overlaps(
        self, world: tuple[Asked, list[Candidate], datetime, str], seed: object
    ) -> None:
        question, people, middle, _ = world
        taken: dict[UUID, list[tuple[datetime, datetime, int]]] = {one.id: [] for one in people}
        for _ in range(6):
            now = [replace(one, busy=Occupancy(taken[one.id]), capacity=1) for one in people]
            free = list(
                listed(question, now, start=middle - timedelta(days=1), end=middle + timedelta(days=2))
            )
            if not free:
                break
            chosen = judge(seed.choice(free), question, now)  # type: ignore[attr-defined]
            assert isinstance(chosen, Free)
            assert len({member.candidate.id for member in chosen.team}) == len(chosen.team)
            blocked = (chosen.start - question.buffer_before, chosen.end + question.buffer_after)
            for take in interval_takes(chosen, blocked_from=blocked[0], blocked_until=blocked[1]):
                assert take.starts_at is not None
                assert take.ends_at is not None
                mine = taken[UUID(take.key)]
                assert all(end <= take.starts_at or start >= take.ends_at for start, end, _ in mine)
                mine.append((take.starts_at, take.ends_at, 1))
            again = [replace(one, busy=Occupancy(taken[one.id]), capacity=1) for one in people]
            assert chosen.team[0].candidate.id in taken
            answer = judge(
                chosen.start,
                replace(question, fixed=frozenset(member.candidate.id for member in chosen.team)),
                again,
            )
            assert isinstance(answer, Missing)
            # Too few may be left before it is asked who they are; how far the others came is their rule.
            assert answer.rule in FURTHEST or answer.rule == Rule.TEAM_INCOMPLETE


# The visit is from 10:00 to 10:30; (before, after) of the one that is asked, what is taken, whether it is free.
BUFFERS = [
    (0, 0, "09:30", "10:00", True),
    (0, 0, "09:30", "10:01", False),
    (0, 0, "10:30", "11:00", True),
    (0, 0, "10:29", "11:00", False),
    (10, 0, "09:20", "09:50", True),
    (10, 0, "09:20", "09:51", False),
    (10, 0, "09:30", "10:00", False),
    (10, 0, "10:30", "11:00", True),
    (0, 10, "10:30", "11:00", False),
    (0, 10, "10:39", "11:00", False),
    (0, 10, "10:40", "11:00", True),
    (0, 10, "09:30", "10:00", True),
    (10, 10, "09:50", "10:40", False),
    (10, 10, "09:00", "09:50", True),
    (10, 10, "10:40", "11:30", True),
    (15, 5, "09:40", "09:46", False),
    (15, 5, "09:40", "09:45", True),
    (15, 5, "10:34", "11:00", False),
    (15, 5, "10:35", "11:00", True),
    (60, 60, "09:00", "09:01", False),
]


class TestR16Buffers:
    """R-16: a visit's claim includes its buffers, so two neighbours keep the sum between them."""

    @pytest.mark.parametrize(("before", "after", "taken_from", "taken_until", "is_free"), BUFFERS)
    def test_table(self, before: int, after: int, taken_from: str, taken_until: str, is_free: bool) -> None:
        question = asked(buffer_before=timedelta(minutes=before), buffer_after=timedelta(minutes=after))
        candidate = doctor(busy=Occupancy([(at(taken_from), at(taken_until), 1)]))
        assert isinstance(judge(at("10:00"), question, [candidate]), Free) is is_free

    def test_buffers_may_lie_outside_opening_hours(self) -> None:
        question = asked(buffer_before=timedelta(minutes=30), buffer_after=timedelta(minutes=30))
        assert isinstance(judge(at("09:00"), question, [doctor()]), Free)
        assert isinstance(judge(at("16:30"), question, [doctor()]), Free)


class TestR17MixedDurations:
    """R-17: the grid does not depend on what was booked before, and each start is listed once."""

    def test_a_long_visit_does_not_move_the_grid(self) -> None:
        busy = Occupancy([(at("09:00"), at("09:50"), 1)])
        both = [doctor("a", busy=busy), doctor("b")]
        starts = list(listed(asked(), both, start=at("00:00"), end=at("23:00")))
        assert len(starts) == len(set(starts))
        assert starts[0] == at("09:00")
        alone = list(listed(asked(), both[:1], start=at("00:00"), end=at("23:00")))
        assert alone[0] == at("10:00")


class TestWhy:
    """Every rule names itself, the first one that removed the start."""

    @pytest.mark.parametrize(
        ("rule", "question", "candidates", "start"),
        [
            (Rule.NOTICE, asked(notice=timedelta(days=9)), [doctor()], "10:00"),
            (Rule.HORIZON, asked(horizon=timedelta(hours=2)), [doctor()], "10:00"),
            (Rule.OFF_THE_GRID, asked(), [doctor()], "10:07"),
            (Rule.DAY_NOT_OFFERED, asked(days=frozenset({WEEKDAYS[3]})), [doctor()], "10:00"),
            (Rule.SERVICE_CLOSED, asked(service_open=Spans()), [doctor()], "10:00"),
            (Rule.SITE_CLOSED, asked(site_open=Spans()), [doctor()], "10:00"),
            (Rule.SERVICE_LIMIT, asked(full_days=frozenset({date(2026, 6, 1)})), [doctor()], "10:00"),
            (Rule.CLIENT_LIMIT, asked(client_full_days=frozenset({date(2026, 6, 1)})), [doctor()], "10:00"),
            (Rule.CLIENT_BUSY, asked(client_busy=Spans([(at("10:15"), at("11:00"))])), [doctor()], "10:00"),
            (Rule.NOBODY_ABLE, asked(needs=(Need("practitioner", "vet"),)), [doctor()], "10:00"),
            (Rule.OUTSIDE_HOURS, asked(), [doctor()], "17:00"),
            (Rule.ABSENT, asked(), [doctor(away=Spans([(at("09:00"), at("12:00"))]))], "10:00"),
            (Rule.DAILY_LIMIT, asked(), [doctor(limited={date(2026, 6, 1): Rule.DAILY_LIMIT})], "10:00"),
            (Rule.TAKEN, asked(), [doctor(busy=Occupancy([(at("09:00"), at("11:00"), 1)]))], "10:00"),
            (Rule.TEAM_INCOMPLETE, asked(needs=(Need("practitioner", "doctor"),) * 2), [doctor()], "10:00"),
            (Rule.TEAM_INCOMPLETE, asked(needs=(Need("practitioner", "doctor", 2, 2),)), [doctor()], "10:00"),
        ],
    )
    def test_names_the_first_rule(
        self, rule: Rule, question: Asked, candidates: list[Candidate], start: str
    ) -> None:
        answer = judge(at(start), question, candidates)
        assert isinstance(answer, Missing)
        assert answer.rule == rule
        if rule in FURTHEST[1:]:
            assert rule_against(candidates[0], at(start), question) == rule


class TestTeams:
    def test_one_person_fills_one_place(self) -> None:
        both = doctor("both", abilities=frozenset({"surgeon", "nurse"}))
        nurse = doctor("nurse", abilities=frozenset({"nurse"}))
        needs = (Need("practitioner", "nurse"), Need("practitioner", "surgeon"))
        answer = judge(at("10:00"), asked(needs=needs), [both, nurse])
        assert isinstance(answer, Free)
        assert {member.need.ability: member.candidate.id for member in answer.team} == {
            "nurse": nurse.id,
            "surgeon": both.id,
        }

    def test_whoever_is_asked_for_takes_part_as_one_of_the_most(self) -> None:
        nurses = [doctor(name, abilities=frozenset({"nurse"})) for name in "abc"]
        question = asked(needs=(Need("practitioner", "nurse", 1, 2),))
        two = replace(question, fixed=frozenset(one.id for one in nurses[:2]))
        answer = judge(at("10:00"), two, nurses)
        assert isinstance(answer, Free)
        assert {member.candidate.id for member in answer.team} == two.fixed
        three = replace(question, fixed=frozenset(one.id for one in nurses))
        assert isinstance(judge(at("10:00"), three, nurses), Missing)

    def test_the_least_loaded_by_weight_is_chosen_and_the_others_are_remembered(self) -> None:
        light = doctor("light", load_minutes=60, weight=10)
        heavy = doctor("heavy", load_minutes=90, weight=20)
        answer = judge(at("10:00"), asked(), [light, heavy])
        assert isinstance(answer, Free)
        (member,) = answer.team
        assert member.candidate.id == heavy.id
        assert member.reason == "least_loaded"
        assert {one.id for one in member.considered} == {light.id, heavy.id}

    def test_among_equals_whoever_waited_longest_is_chosen(self) -> None:
        """By weight first, then by recency; the reason says which of the two it was."""
        visits = {"early": "09:00", "late": "11:00"}
        people = [
            doctor(name, load_minutes=30, served_at=micros(at(clock))) for name, clock in visits.items()
        ]
        answer = judge(at("14:00"), asked(), people[::-1])
        assert isinstance(answer, Free)
        assert (answer.team[0].candidate.id, answer.team[0].reason) == (who("early"), "waited_longest")
        heavier = [replace(people[0], load_minutes=31), people[1]]
        answer = judge(at("14:00"), asked(), heavier)
        assert isinstance(answer, Free)
        assert (answer.team[0].candidate.id, answer.team[0].reason) == (who("late"), "least_loaded")

    def test_a_shared_resource_counts_what_overlaps_at_once(self) -> None:
        shared = doctor(
            capacity=2, busy=Occupancy([(at("10:00"), at("10:15"), 1), (at("10:15"), at("10:30"), 1)])
        )
        assert isinstance(judge(at("10:00"), asked(), [shared]), Free)
        full = doctor(
            capacity=2, busy=Occupancy([(at("10:00"), at("10:20"), 1), (at("10:15"), at("10:30"), 1)])
        )
        assert isinstance(judge(at("10:00"), asked(), [full]), Missing)


@pytest.mark.parametrize("module", [availability, limits, spans, schedule, wall_time, question, loading])
def test_r18_no_literal_date_in_the_availability_module(module: ModuleType) -> None:
    """R-18: nothing that was true on one day only, wherever availability is decided."""
    source = Path(str(module.__file__)).read_text()
    assert not re.search(r"\b20\d\d-\d\d\b", source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("datetime", "date"), node.lineno
