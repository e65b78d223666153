"""How does a tenant come to a long history of trips in seconds? Past the handlers, through the recorder."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4, uuid5

from uuid_utils.compat import uuid7

from adapters.event_store.stored import TenantStoredEvent
from domain.kernel.event import DomainEvent
from tests.bench.place import Ours
from tests.kit.builders import (
    a_flight,
    a_stay,
    instant,
    kg,
    planned,
    segment_added,
    segment_id,
    trip_approved,
    trip_booked,
    trip_completed,
    trip_planned,
    trip_submitted,
)

EVENTS_PER_TRIP = 7
TRAVELLERS = 24
PARTY = 500
SEGMENTS = (1, 2)


def live_through(ours: Ours, tenant_id: UUID, events: int) -> int:
    """Appends about that many events of whole trips; how many there are now."""
    recorder = ours.application(tenant_id).recorder
    party: list[TenantStoredEvent] = []
    written = 0
    for event in stored_trips(ours, tenant_id, events // EVENTS_PER_TRIP):
        party.append(event)
        if len(party) >= PARTY:
            recorder.insert_events(party)
            written += len(party)
            party = []
    if party:
        recorder.insert_events(party)
    return written + len(party)


def stored_trips(ours: Ours, tenant_id: UUID, trips: int) -> Iterator[TenantStoredEvent]:
    """Trips of two dozen travellers: planned, with a flight and a stay, submitted, approved, booked, completed.

    What is the same in every trip of a traveller is encoded once; what is personal, once per trip.
    """
    mapper = ours.application(tenant_id).mapper
    travellers = [uuid5(tenant_id, f"traveller:{number}") for number in range(TRAVELLERS)]
    encoded = [
        [as_stored(mapper.to_stored_event(event)) for event in a_trip(traveller, number)]
        for number, traveller in enumerate(travellers)
    ]
    for number in range(trips):
        trip_id = uuid4()
        who = number % TRAVELLERS
        first = trip_planned(originator_id=trip_id, traveller_id=travellers[who])
        yield as_stored(mapper.to_stored_event(first))
        for version, event in enumerate(encoded[who], start=2):
            yield replace(
                event,
                originator_id=trip_id,
                originator_version=version,
                event_id=uuid7(),
                state=with_own_segments(event.state, trip_id),
            )


def with_own_segments(state: bytes, trip_id: UUID) -> bytes:
    """The payload with segment ids of this trip's own: no two trips share a line of spend."""
    for number in SEGMENTS:
        own = uuid5(trip_id, f"segment:{number}")
        state = state.replace(str(segment_id(number)).encode(), str(own).encode())
    return state


def a_trip(traveller_id: UUID, number: int) -> list[DomainEvent]:
    """What follows the plan."""
    departs = instant(f"2030-{number % 12 + 1:02}-02 08:00")
    flight = planned(a_flight(departs_at=departs), carbon=kg("100.000"), number=SEGMENTS[0])
    stay = planned(a_stay(), carbon=kg("30.000"), number=SEGMENTS[1])
    events = (
        segment_added(flight),
        segment_added(stay),
        trip_submitted(),
        trip_approved(),
        trip_booked(),
        trip_completed(),
    )
    return [event.model_copy(update={"traveller_id": traveller_id}) for event in events]


def as_stored(stored: object) -> TenantStoredEvent:
    assert isinstance(stored, TenantStoredEvent)
    return stored
