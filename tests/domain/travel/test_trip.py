"""Which decisions about a trip are taken, refused, or already so?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from domain.kernel.claims import UNLIMITED
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.kernel.refusals import Refusal
from domain.travel.exchange import ExchangeRate
from domain.travel.itinerary import Cabin
from domain.travel.rule import Rule
from domain.travel.terms import Decider, Terms
from domain.travel.trip import Trip, TripStatus
from domain.travel.trip_events import (
    FlightAdded,
    GroundLegAdded,
    HotelAdded,
    SegmentRemoved,
    TripApproved,
    TripBooked,
    TripCancelled,
    TripCompleted,
    TripPlanned,
    TripRejected,
    TripSubmitted,
)
from domain.travel.trip_refusals import (
    ApprovalRequired,
    CannotApproveOwnTrip,
    NothingToBook,
    SegmentUnknown,
    TooManySegments,
    TripAlreadyDeparted,
    TripIsOver,
    TripNotBooked,
    TripNotDeparted,
    TripNotPlanned,
    TripNotSubmitted,
    TripTooLong,
    TripWasRejected,
)
from domain.travel.verdict import Verdict
from tests.kit.builders import (
    CDG,
    DEPARTURE,
    JFK,
    MANAGER,
    NOW,
    POLICY,
    STREAM,
    TRAVELLER,
    a_flight,
    a_leg,
    a_stay,
    eur,
    flight_added,
    instant,
    kg,
    planned,
    policy_in_force,
    segment_added,
    segment_id,
    segment_removed,
    trip_approved,
    trip_booked,
    trip_cancelled,
    trip_completed,
    trip_planned,
    trip_rejected,
    trip_submitted,
)
from tests.kit.scenario import given, numbered

DOLLAR = ExchangeRate(
    currency="USD", units_per_eur=Decimal("1.25"), published_on=date(2030, 2, 28), source="Test"
)


def submit(trip: Trip, **rules: Any) -> None:
    trip.submit(Terms(policy_in_force(**rules)), at=NOW)


def book(trip: Trip, **rules: Any) -> None:
    trip.book(Terms(policy_in_force(**rules)), at=NOW)


class TestPlan:
    def test_records_who_and_why(self) -> None:
        (
            given(Trip)
            .when(lambda trip: trip.plan(traveller_id=TRAVELLER, purpose="Client visit", at=NOW))
            .then(TripPlanned, traveller_id=TRAVELLER, purpose="Client visit")
        )

    def test_adds_the_first_segments(self) -> None:
        story = given(Trip).when(
            lambda trip: trip.plan(
                traveller_id=TRAVELLER,
                purpose="Client visit",
                segments=[planned(a_flight()), planned(a_stay(), number=2), planned(a_leg(), number=3)],
                at=NOW,
            )
        )
        assert [type(event) for event in story.recorded] == [
            TripPlanned,
            FlightAdded,
            HotelAdded,
            GroundLegAdded,
        ]


class TestAddSegment:
    def test_keeps_price_and_carbon(self) -> None:
        (
            given(Trip, trip_planned())
            .when(lambda trip: trip.add(planned(a_flight(), carbon=kg("636.800")), at=NOW))
            .then(FlightAdded, flight=a_flight(), carbon=kg("636.800"), carbon_missing=None)
        )

    def test_says_why_a_figure_is_missing(self) -> None:
        (
            given(Trip, trip_planned())
            .when(lambda trip: trip.add(planned(a_stay(country="PL")), at=NOW))
            .then(HotelAdded, carbon=None, carbon_missing="no_factor")
        )

    def test_is_calm_when_added_already(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(
            lambda trip: trip.add(planned(a_flight()), at=NOW)
        ).then_nothing()

    def test_is_calm_when_removed_since(self) -> None:
        given(Trip, trip_planned(), flight_added(), segment_removed()).when(
            lambda trip: trip.add(planned(a_flight()), at=NOW)
        ).then_nothing()

    def test_keeps_the_rate_another_currency_was_converted_by(self) -> None:
        flight = planned(a_flight(price=Money(amount_minor=100_00, currency="USD")))
        rated = flight.model_copy(update={"rate": DOLLAR})
        given(Trip, trip_planned()).when(lambda trip: trip.add(rated, at=NOW)).then(FlightAdded, rate=DOLLAR)

    def test_refuses_the_forty_first(self) -> None:
        forty = [flight_added(number=number) for number in range(40)]
        given(Trip, trip_planned(), *forty[:39]).when(
            lambda trip: trip.add(planned(a_leg(), number=99), at=NOW)
        ).then(GroundLegAdded)
        given(Trip, trip_planned(), *forty).when(
            lambda trip: trip.add(planned(a_leg(), number=99), at=NOW)
        ).refused(TooManySegments)

    def test_refuses_more_than_a_year(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(
            lambda trip: trip.add(planned(a_flight(departs_at=instant("2031-05-05 08:00")), number=2), at=NOW)
        ).refused(TripTooLong)

    def test_refuses_once_submitted(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted()).when(
            lambda trip: trip.add(planned(a_leg(), number=2), at=NOW)
        ).refused(TripNotPlanned)

    def test_works_again_once_rejected(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted(), trip_rejected()).when(
            lambda trip: trip.add(planned(a_leg(), number=2), at=NOW)
        ).then(GroundLegAdded)

    def test_refuses_once_departed(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(
            lambda trip: trip.add(planned(a_leg(), number=2), at=DEPARTURE)
        ).refused(TripAlreadyDeparted)


class TestRemoveSegment:
    def test_records_which(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(
            lambda trip: trip.remove_segment(segment_id(1), at=NOW)
        ).then(SegmentRemoved, segment_id=segment_id(1))

    def test_is_calm_when_removed_already(self) -> None:
        given(Trip, trip_planned(), flight_added(), segment_removed()).when(
            lambda trip: trip.remove_segment(segment_id(1), at=NOW)
        ).then_nothing()

    def test_refuses_an_unknown_one(self) -> None:
        given(Trip, trip_planned()).when(lambda trip: trip.remove_segment(segment_id(7), at=NOW)).refused(
            SegmentUnknown
        )

    def test_refuses_once_booked(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked()).when(
            lambda trip: trip.remove_segment(segment_id(1), at=NOW)
        ).refused(TripNotPlanned)


class TestSubmit:
    def test_records_verdict_and_totals(self) -> None:
        story = (
            given(Trip, trip_planned(), flight_added())
            .when(lambda trip: submit(trip, version=3, max_daily_budget_eur_cents=39_999))
            .then(TripSubmitted, traveller_id=TRAVELLER)
        )
        event = story.recorded[0]
        assert isinstance(event, TripSubmitted)
        assert event.verdict is not None
        assert event.verdict.policy_version == 3
        assert [broken.rule for broken in event.verdict.broken] == [Rule.DAILY_BUDGET]
        assert event.journey.spend_eur_cents == 40_000
        assert event.journey.carbon_kg == Decimal("100.000")

    def test_works_without_a_policy(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(lambda trip: trip.submit(Terms(), at=NOW)).then(
            TripSubmitted, verdict=None
        )

    def test_refuses_an_empty_itinerary(self) -> None:
        given(Trip, trip_planned()).when(submit).refused(NothingToBook)

    def test_refuses_once_departed(self) -> None:
        given(Trip, trip_planned(), flight_added(departs="2030-02-28 08:00")).when(submit).refused(
            TripAlreadyDeparted
        )

    def test_works_again_once_rejected(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted(), trip_rejected()).when(submit).then(
            TripSubmitted
        )

    @pytest.mark.parametrize("later", [(), (trip_approved(),)])
    def test_is_calm_when_submitted_already(self, later: tuple[DomainEvent, ...]) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted(), *later).when(submit).then_nothing()


class TestApproveAndReject:
    def test_records_who_approved(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted()).when(
            lambda trip: trip.approve(Decider(MANAGER), comment="Go", at=NOW)
        ).then(TripApproved, approved_by=MANAGER, comment="Go")

    def test_records_who_rejected_and_why(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted()).when(
            lambda trip: trip.reject(Decider(MANAGER), reason="Too dear", at=NOW)
        ).then(TripRejected, rejected_by=MANAGER, reason="Too dear")

    def test_refuses_the_traveller(self) -> None:
        history = (trip_planned(), flight_added(), trip_submitted())
        given(Trip, *history).when(lambda trip: trip.approve(Decider(TRAVELLER), at=NOW)).refused(
            CannotApproveOwnTrip
        )
        given(Trip, *history).when(lambda trip: trip.reject(Decider(TRAVELLER), reason="No", at=NOW)).refused(
            CannotApproveOwnTrip
        )

    def test_refuses_what_was_not_submitted(self) -> None:
        given(Trip, trip_planned()).when(lambda trip: trip.approve(Decider(MANAGER), at=NOW)).refused(
            TripNotSubmitted
        )

    def test_is_calm_when_approved_already(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted(), trip_approved()).when(
            lambda trip: trip.approve(Decider(MANAGER), at=NOW)
        ).then_nothing()


class TestBook:
    def test_judges_by_the_policy_in_force_now(self) -> None:
        story = (
            given(Trip, trip_planned(), flight_added(), trip_submitted())
            .when(lambda trip: book(trip, version=9, max_flight_class=Cabin.ECONOMY))
            .then(TripBooked)
        )
        event = story.recorded[0]
        assert isinstance(event, TripBooked)
        assert event.verdict is not None
        assert (event.verdict.policy_version, event.verdict.broken) == (9, ())

    def test_refuses_an_empty_itinerary(self) -> None:
        given(Trip, trip_planned()).when(book).refused(NothingToBook)

    def test_refuses_once_departed(self) -> None:
        given(Trip, trip_planned(), flight_added(departs="2030-02-28 08:00")).when(book).refused(
            TripAlreadyDeparted
        )

    def test_refuses_without_the_approval_the_policy_asks_for(self) -> None:
        asked = Verdict(
            policy_id=POLICY,
            policy_version=1,
            requires_approval=True,
            approval_for=(Rule.APPROVAL_ABOVE,),
        )
        history = (trip_planned(), flight_added(), trip_submitted(verdict=asked))
        ask = {"requires_approval_above_eur_cents": 39_999}
        given(Trip, *history).when(lambda trip: book(trip, **ask)).refused(ApprovalRequired)
        given(Trip, *history, trip_approved()).when(lambda trip: book(trip, **ask)).then(TripBooked)

    def test_refuses_once_rejected(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_submitted(), trip_rejected()).when(book).refused(
            TripWasRejected
        )

    def test_counts_on_its_days_and_years(self) -> None:
        trip = Trip.fold(Trip.new(STREAM), numbered((trip_planned(), flight_added())))
        assert trip is not None
        book(trip)
        taken = trip.collect_claims().taken
        assert [(claim.kind, claim.key, claim.units) for claim in taken] == [
            ("traveller-day", f"{TRAVELLER}:2030-05-02", 40_000),
            ("spend-year", "2030", 40_000),
            ("carbon-year", "2030", 100_000),
            ("spend-year", f"2030:traveller:{TRAVELLER}", 40_000),
            ("carbon-year", f"2030:traveller:{TRAVELLER}", 100_000),
        ]
        assert {(claim.holder, claim.capacity, claim.shape) for claim in taken} == {
            (STREAM, UNLIMITED, "amount")
        }


class TestComplete:
    def test_closes_a_journey_that_departed(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked()).when(
            lambda trip: trip.complete(at=DEPARTURE)
        ).then(TripCompleted)

    def test_refuses_before_departure(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked()).when(
            lambda trip: trip.complete(at=NOW)
        ).refused(TripNotDeparted)

    def test_refuses_what_was_not_booked(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(lambda trip: trip.complete(at=DEPARTURE)).refused(
            TripNotBooked
        )


class TestCancel:
    def test_records_the_reason(self) -> None:
        given(Trip, trip_planned()).when(lambda trip: trip.cancel(reason="Illness", at=NOW)).then(
            TripCancelled, reason="Illness", returned=None
        )

    def test_returns_what_was_booked(self) -> None:
        trip = Trip.fold(Trip.new(STREAM), numbered((trip_planned(), flight_added(), trip_booked())))
        assert trip is not None
        trip.cancel(reason="Illness", at=NOW)
        assert [(release.kind, release.key) for release in trip.collect_claims().released] == [
            ("traveller-day", f"{TRAVELLER}:2030-05-02"),
            ("spend-year", "2030"),
            ("carbon-year", "2030"),
            ("spend-year", f"2030:traveller:{TRAVELLER}"),
            ("carbon-year", f"2030:traveller:{TRAVELLER}"),
        ]

    def test_refuses_once_departed(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked()).when(
            lambda trip: trip.cancel(reason="Illness", at=DEPARTURE)
        ).refused(TripAlreadyDeparted)

    def test_works_until_the_last_moment(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked()).when(
            lambda trip: trip.cancel(reason="Illness", at=instant("2030-05-02 07:59:59"))
        ).then(TripCancelled)

    def test_an_unbooked_trip_has_not_departed(self) -> None:
        given(Trip, trip_planned(), flight_added()).when(
            lambda trip: trip.cancel(reason="Forgotten", at=DEPARTURE)
        ).then(TripCancelled)

    def test_refuses_once_completed(self) -> None:
        given(Trip, trip_planned(), flight_added(), trip_booked(), trip_completed()).when(
            lambda trip: trip.cancel(reason="Illness", at=NOW)
        ).refused(TripIsOver)

    def test_is_calm_when_cancelled_already(self) -> None:
        given(Trip, trip_planned(), trip_cancelled()).when(
            lambda trip: trip.cancel(reason="Illness", at=NOW)
        ).then_nothing()


class TestTotals:
    def test_spread_a_stay_over_its_nights_to_the_cent(self) -> None:
        stay = a_stay(price=eur(100), check_in=date(2029, 12, 31), check_out=date(2030, 1, 3))
        trip = Trip.fold(
            Trip.new(STREAM), numbered((trip_planned(), segment_added(planned(stay, carbon=kg("0.100")))))
        )
        assert trip is not None
        trip.book(Terms(), at=datetime(2029, 1, 1, tzinfo=UTC))
        assert trip.booked is not None
        assert [spend.eur_cents for spend in trip.booked.spend_by_day] == [34, 33, 33]
        assert [(one.year, one.grams) for one in trip.booked.carbon_by_year] == [(2029, 34), (2030, 66)]
        assert (trip.booked.starts_on, trip.booked.ends_on) == (date(2029, 12, 31), date(2030, 1, 2))

    def test_count_a_flight_on_the_day_of_the_place(self) -> None:
        late = planned(a_flight(departs_at=instant("2030-05-01 22:30")))  # half past midnight in Paris
        trip = Trip.fold(Trip.new(STREAM), numbered((trip_planned(), segment_added(late))))
        assert trip is not None
        book(trip)
        assert trip.booked is not None
        assert trip.booked.starts_on == date(2030, 5, 2)

    @pytest.mark.parametrize("departs", ["2199-12-31 23:59:59", "1900-01-01 00:00:00"])
    def test_reach_the_ends_of_the_calendar(self, departs: str) -> None:
        flights = [
            planned(a_flight(departs_at=instant(departs), origin=origin, destination=destination), number=n)
            for n, (origin, destination) in enumerate([(CDG, JFK), (JFK, CDG)])
        ]
        history = numbered((trip_planned(), *map(segment_added, flights)))
        trip = Trip.fold(Trip.new(STREAM), history)
        assert trip is not None
        trip.book(Terms(policy_in_force()), at=datetime(1899, 1, 1, tzinfo=UTC))
        assert trip.booked is not None

    def test_say_how_many_segments_have_no_figure(self) -> None:
        trip = Trip.fold(Trip.new(STREAM), numbered((trip_planned(), segment_added(planned(a_stay())))))
        assert trip is not None
        book(trip)
        assert trip.booked is not None
        assert (trip.booked.segments, trip.booked.segments_without_carbon) == (1, 1)


MOMENTS = st.sampled_from([NOW, DEPARTURE, instant("2030-05-20 08:00")])
SEGMENTS = st.sampled_from(
    [
        planned(a_flight(), carbon=kg("100.000"), number=1),
        planned(a_stay(), number=2),
        planned(a_leg(), carbon=kg("2.000"), number=3),
    ]
)
RULES = st.sampled_from([None, policy_in_force(), policy_in_force(requires_approval_above_eur_cents=50_000)])
DECISIONS = st.one_of(
    st.builds(lambda segment, at: lambda trip: trip.add(segment, at=at), SEGMENTS, MOMENTS),
    st.builds(
        lambda number, at: lambda trip: trip.remove_segment(segment_id(number), at=at),
        st.integers(1, 4),
        MOMENTS,
    ),
    st.builds(
        lambda policy, at: lambda trip: trip.submit(Terms(policy), at=at),
        RULES,
        MOMENTS,
    ),
    st.builds(
        lambda policy, at: lambda trip: trip.book(Terms(policy), at=at),
        RULES,
        MOMENTS,
    ),
    st.builds(
        lambda by, at: lambda trip: trip.approve(Decider(by), at=at),
        st.sampled_from([MANAGER, TRAVELLER]),
        MOMENTS,
    ),
    st.builds(lambda at: lambda trip: trip.reject(Decider(MANAGER), reason="No", at=at), MOMENTS),
    st.builds(lambda at: lambda trip: trip.complete(at=at), MOMENTS),
    st.builds(lambda at: lambda trip: trip.cancel(reason="Illness", at=at), MOMENTS),
    st.builds(lambda at: lambda trip: trip.plan(traveller_id=TRAVELLER, purpose="Again", at=at), MOMENTS),
)


class TestAnyHistory:
    @for_any(st.lists(DECISIONS, max_size=12))
    def test_a_retried_decision_records_nothing_and_the_state_is_the_fold(self, decisions: list[Any]) -> None:
        trip = Trip.new(STREAM)
        trip.plan(traveller_id=TRAVELLER, purpose="Client visit", at=NOW)
        events = trip.collect_events()
        for decide in decisions:
            refused = attempt(decide, trip)
            events += (recorded := trip.collect_events())
            assert not (refused and recorded)
            again = attempt(decide, trip)
            assert trip.collect_events() == []
            assert refused == again
        read_back = [type(event).model_validate_json(event.model_dump_json()) for event in events]
        replayed = Trip.fold(None, read_back)
        assert replayed is not None
        assert replayed.model_dump() == trip.model_dump()
        assert Trip.model_validate_json(trip.model_dump_json()).model_dump() == trip.model_dump()
        held = {(claim.kind, claim.key) for claim in trip.collect_claims().taken}
        assert bool(held) == (trip.booked is not None and trip.status is not TripStatus.CANCELLED)


def attempt(decide: Any, trip: Trip) -> type[Refusal] | None:
    """The class of the refusal, if the decision was refused."""
    try:
        decide(trip)
    except Refusal as refusal:
        return type(refusal)
    return None
