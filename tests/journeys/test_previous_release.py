"""Does a log that the previous release wrote still load, project, and give back exactly what it once took?

The log is made of the goldens of that release: the stored text of every topic that has a newer shape today.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest

from adapters.event_store.application import TenantApplication
from adapters.event_store.stored import TenantStoredEvent
from application.catalog import AGGREGATE_OF, EVENTS
from application.travel.trips import CancelTrip
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.travel.policy import Policy
from domain.travel.trip import Trip, TripStatus
from domain.travel.violation import Violation
from tests.architecture.test_events import golden
from tests.kit.house import Founder, Place, opened_place

SPACE = UUID("00000000-0000-7000-8000-0000000e5ca1")
# Streams of that release: every topic that has changed since, in an order in which it happened.
TO_SUBMITTED = (
    "trip.planned.v1",
    "trip.flight-added.v1",
    "trip.hotel-added.v1",
    "trip.ground-leg-added.v1",
    "trip.submitted.v1",
)
STREAMS: dict[str, tuple[type[Aggregate], tuple[str, ...]]] = {
    "booked": (Trip, (*TO_SUBMITTED, "trip.approved.v1", "trip.booked.v1")),
    "cancelled": (Trip, (*TO_SUBMITTED, "trip.approved.v1", "trip.booked.v2", "trip.cancelled.v1")),
    "rejected": (Trip, (*TO_SUBMITTED, "trip.rejected.v1")),
    "policy": (Policy, ("policy.adopted.v1", "policy.revised.v1")),
    "violation": (Violation, ("violation.flagged.v1", "violation.revised.v1")),
}


def stream_id(name: str) -> UUID:
    return uuid5(SPACE, name)


def claims_of_then(state: dict[str, Any], trip_id: UUID) -> Claims:
    """What that release took for a booking: the traveller's days in cents, the company's years in grams."""
    journey = state["journey"]
    days = [
        ("traveller-day", f"{state['traveller_id']}:{one['day']}", one["eur_cents"])
        for one in journey["spend_by_day"]
    ]
    years = [("carbon-year", str(one["year"]), one["grams"]) for one in journey["carbon_by_year"]]
    return Claims(
        taken=tuple(
            Claim(kind, key, trip_id, units=units, capacity=UNLIMITED, shape="amount")
            for kind, key, units in (*days, *years)
        )
    )


def write_as_then(place: Place) -> None:
    """Appends the stored texts as they were, with the claims of that time."""
    recorder = TenantApplication(place.house.engine, place.north.id).recorder
    for name, (_, topics) in STREAMS.items():
        for version, topic in enumerate(topics, start=1):
            document = golden(topic)
            state = document["state"]
            if topic.startswith("policy."):
                state = {**state, "policy_version": version}
            if "segment_id" in state:
                state = {**state, "segment_id": str(uuid5(stream_id(name), topic))}
            event = TenantStoredEvent(
                stream_id(name),
                version,
                topic,
                json.dumps(state).encode(),
                meta={"occurred_at": document["occurred_at"]},
            )
            recorder.insert_events([event], claims=claims_then(topic, stream_id(name)))


def claims_then(topic: str, trip_id: UUID) -> Claims:
    """What that release took and released with an event of this topic."""
    taken = claims_of_then(golden("trip.booked.v1")["state"], trip_id)
    match topic:
        case "trip.booked.v1" | "trip.booked.v2":
            return taken
        case "trip.cancelled.v1":
            return Claims(released=tuple(Release(one.kind, one.key, trip_id) for one in taken.taken))
        case _:
            return NO_CLAIMS


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        write_as_then(opened)
        yield opened


def held(place: Place, name: str) -> dict[tuple[str, str], int]:
    """What the store holds for one trip."""
    with psycopg.connect(place.house.pools.url) as connection:
        rows = connection.execute(
            "select kind, key, units from es.claim where tenant_id = %s and holder = %s",
            (place.north.id, stream_id(name)),
        ).fetchall()
    return {(kind, key): units for kind, key, units in rows}


def test_the_log_has_every_topic_that_has_changed() -> None:
    changed = {
        topic
        for event in EVENTS
        for topic in event.UPCASTS
        if AGGREGATE_OF[event] in (Trip, Policy, Violation)
    }
    written = {topic for _, topics in STREAMS.values() for topic in topics}
    assert changed <= written


@pytest.mark.parametrize("name", list(STREAMS))
def test_every_stream_loads(place: Place, name: str) -> None:
    kind, topics = STREAMS[name]
    assert place.house.streams(place.north.id).load(kind, stream_id(name)).version == len(topics)


def test_verdicts_read_as_they_were_meant(place: Place) -> None:
    trip = place.house.streams(place.north.id).load(Trip, stream_id("booked"))
    assert trip.status is TripStatus.BOOKED
    assert trip.verdict is not None
    assert not trip.verdict.is_blocked
    assert {one.outcome.value for one in trip.verdict.broken} == {"warn"}
    assert trip.verdict.approval_for == (
        ("requires_approval_above",) if trip.verdict.requires_approval else ()
    )


def test_the_fold_claims_what_was_claimed_then(place: Place) -> None:
    trip = Trip.new(stream_id("booked"))
    claimed: dict[tuple[str, str], int] = {}
    for event in place.house.commands.reading(place.north.id).events_of(trip.id, after=0, limit=100):
        claimed |= {(one.kind, str(one.key)): one.units for one in trip.claims(event).taken}
        trip.apply(event)
    assert claimed == held(place, "booked") != {}
    assert held(place, "cancelled") == {}


def test_every_read_model_follows(place: Place) -> None:
    place.house_at_rest()
    assert [unit for unit in place.house.units() if unit.status == "paused"] == []
    assert list(place.house.jobs.projections.check(place.north.id)) == []
    headers = place.north.owner.headers
    for name in ("booked", "cancelled", "rejected"):
        answer = place.client.get(f"/api/v1/enterprise/trips/{stream_id(name)}", headers=headers)
        assert answer.json()["status"] == name
    analytics = place.client.get(
        f"/api/v1/enterprise/tenants/{place.north.id}/analytics?start=2030-01-01&end=2031-01-01",
        headers=headers,
    ).json()["total"]
    spent = golden("trip.booked.v1")["state"]["journey"]["spend_eur_cents"]
    assert (analytics["trips_booked"], analytics["trips_cancelled"]) == (1, 1)
    assert analytics["spend_eur_cents"] == spent


def test_cancelling_today_releases_exactly_what_was_taken_then(place: Place) -> None:
    Founder(place.house).execute(place.north.id, CancelTrip(trip_id=stream_id("booked"), reason="Over"))
    assert held(place, "booked") == {}
    with psycopg.connect(place.house.pools.url) as connection:
        left = connection.execute(
            "select count(*) from es.claim_total where tenant_id = %s and units <> 0 and kind in"
            " ('traveller-day', 'carbon-year', 'spend-year')",
            (place.north.id,),
        ).fetchone()
    assert left == (0,)
    place.house_at_rest()
    assert list(place.house.jobs.projections.check(place.north.id)) == []
