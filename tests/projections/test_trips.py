"""Which trips does this tenant have, and where does each one stand?"""

from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.kernel.personal import ERASED_TEXT
from domain.kernel.refusals import NotFound
from domain.platform.subject import SubjectErased, subject_stream
from domain.travel.rule import Rule
from domain.travel.trip import TripStatus
from domain.travel.verdict import BrokenRule, Verdict
from projections.travel import trips
from projections.travel.trips import Trips
from tests.kit.builders import (
    CDG,
    JFK,
    MANAGER,
    NOW,
    POLICY,
    STREAM,
    TENANT,
    TRAVELLER,
    a_flight,
    a_leg,
    a_stay,
    flight_added,
    instant,
    kg,
    planned,
    segment_added,
    segment_removed,
    trip_approved,
    trip_booked,
    trip_cancelled,
    trip_completed,
    trip_planned,
    trip_rejected,
    trip_submitted,
)
from tests.kit.projecting import given_events, in_log, is_stable, project_into

VERDICT = Verdict(
    policy_id=POLICY,
    policy_version=3,
    broken=(BrokenRule(rule=Rule.ADVANCE_BOOKING, observed="2", limit="14", unit="days"),),
    flagged=True,
)
ERASURE = SubjectErased(
    originator_id=subject_stream(TRAVELLER), originator_version=1, occurred_at=NOW, subject_id=TRAVELLER
)
FULL_STORY: tuple[DomainEvent, ...] = (
    trip_planned(),
    flight_added(),
    segment_added(planned(a_stay(), number=2)),
    segment_added(planned(a_leg(), carbon=kg("15.120"), number=3)),
    segment_removed(3),
    trip_submitted(),
    trip_rejected(),
    trip_submitted(verdict=VERDICT),
    trip_approved(),
    trip_booked(verdict=VERDICT),
    trip_completed(),
)


def another(number: int) -> UUID:
    return uuid5(STREAM, f"trip:{number}")


class TestTheRow:
    def test_tells_the_whole_story_and_the_same_one_every_time(self) -> None:
        row = is_stable(given_events(*FULL_STORY), Trips())[(STREAM,)]
        assert row.traveller_id == TRAVELLER
        assert row.status is TripStatus.COMPLETED
        assert row.verdict == VERDICT
        assert (row.version, row.created_position, row.position) == (11, 1, 11)
        assert (row.created_at, row.updated_at) == (NOW, NOW)

    def test_adds_up_the_itinerary_as_it_is(self) -> None:
        until_approved = FULL_STORY[:-2]
        row = given_events(*until_approved).project(Trips()).row(STREAM)
        assert row.spend_eur_cents == 100_000
        assert row.carbon_g == 100_000
        assert row.segments_without_carbon == 1
        assert row.departs_at == instant("2030-05-02 08:00")
        assert row.destination == "New York"

    def test_names_the_factor_behind_every_figure(self) -> None:
        row = given_events(trip_planned(), flight_added()).project(Trips()).row(STREAM)
        figure = row.segments[0].carbon
        assert figure is not None
        assert (figure.factor_id, figure.factor_value, figure.kg) == (
            "21_316_3180_11_1",
            Decimal("0.10916"),
            Decimal("100.000"),
        )

    def test_of_an_empty_itinerary_goes_nowhere_yet(self) -> None:
        row = given_events(trip_planned()).project(Trips()).row(STREAM)
        assert (row.destination, row.departs_at, row.spend_eur_cents) == (None, None, 0)

    def test_does_not_call_the_way_home_a_destination(self) -> None:
        back = a_flight(origin=JFK, destination=CDG, departs_at=instant("2030-05-09 08:00"))
        story = (trip_planned(), flight_added(), segment_added(planned(back, number=2)))
        assert given_events(*story).project(Trips()).row(STREAM).destination == "JFK"

    def test_keeps_who_decided_and_why_until_it_is_submitted_again(self) -> None:
        rejected = given_events(*FULL_STORY[:7]).project(Trips()).row(STREAM)
        assert (rejected.status, rejected.decided_by, rejected.reason) == (
            TripStatus.REJECTED,
            MANAGER,
            "Too expensive",
        )
        again = given_events(*FULL_STORY[:8]).project(Trips()).row(STREAM)
        assert (again.decided_by, again.reason) == (None, None)


class TestErasure:
    STORY = (trip_planned(), flight_added(), trip_cancelled())

    def test_leaves_what_a_replay_would_read(self) -> None:
        history = given_events(*self.STORY, ERASURE)
        live = is_stable(history, Trips())
        assert live == history.once_erased(TRAVELLER).project(Trips()).rows
        assert (live[(STREAM,)].purpose, live[(STREAM,)].reason) == (ERASED_TEXT, ERASED_TEXT)

    def test_invents_no_reason_where_none_was_given(self) -> None:
        history = given_events(trip_planned(), flight_added(), trip_submitted(), trip_approved(), ERASURE)
        live = history.project(Trips()).rows
        assert live[(STREAM,)].reason is None
        assert live == history.once_erased(TRAVELLER).project(Trips()).rows

    def test_covers_words_that_arrive_before_the_key_is_gone(self) -> None:
        history = given_events(trip_planned(), ERASURE, trip_cancelled())
        assert history.project(Trips()).rows == history.once_erased(TRAVELLER).project(Trips()).rows

    def test_spares_other_travellers(self) -> None:
        other = trip_planned(originator_id=another(2), traveller_id=MANAGER)
        rows = given_events(trip_planned(), other, ERASURE).project(Trips())
        assert rows.row(another(2)).purpose == "Client visit"


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    story = in_log(
        [
            *FULL_STORY,
            *(trip_planned(originator_id=another(number)) for number in range(5)),
            trip_planned(originator_id=another(5), traveller_id=MANAGER),
        ]
    )
    project_into(database_url, master_key, Trips(), story)
    project_into(database_url, master_key, Trips(), story)
    with reading(pools.queries, TENANT) as sql:
        assert trips.get(sql, STREAM) == given_events(*FULL_STORY).project(Trips()).row(STREAM)
        with pytest.raises(NotFound):
            trips.get(sql, another(99))
        first = trips.page(sql, limit=4)
        assert [row.trip_id for row in first.rows] == [another(number) for number in (5, 4, 3, 2)]
        rest = trips.page(sql, after=first.next_after, limit=4)
        assert [row.trip_id for row in rest.rows] == [another(1), another(0), STREAM]
        assert rest.next_after is None
        assert [row.trip_id for row in trips.page(sql, traveller_id=MANAGER).rows] == [another(5)]
        assert [row.trip_id for row in trips.page(sql, status=TripStatus.COMPLETED).rows] == [STREAM]
    with reading(pools.queries, another(1)) as sql:
        assert trips.page(sql).rows == []

    project_into(database_url, master_key, Trips(), in_log([*story, ERASURE])[-1:])
    with reading(pools.queries, TENANT) as sql:
        assert {row.purpose for row in trips.page(sql, traveller_id=TRAVELLER).rows} == {ERASED_TEXT}
