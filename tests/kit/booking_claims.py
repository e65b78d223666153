"""Which times are taken, according to the claims, and according to a replay of the events?"""

from datetime import datetime
from uuid import UUID

from application.catalog import AGGREGATE_OF
from domain.booking.appointment import Appointment
from domain.booking.group_session import GroupSession
from tests.kit.house import Place

Claimed = dict[tuple[str, str, UUID], tuple[int, datetime | None, datetime | None]]

HELD = """
select kind, key, holder, units, nullif(starts_at, '-infinity'), nullif(ends_at, 'infinity')
from es.claim where tenant_id = %s and expires_at = 'infinity'
"""
STREAMS = "select distinct originator_id from es.event where tenant_id = %s"
# What other aggregates claim: where the catalogue is listed, and who waits.
INDEXES = frozenset(
    {
        "booking-business",
        "booking-service",
        "booking-practitioner-at",
        "booking-resource-at",
        "booking-waiting",
        "booking-professionals",
        "booking-offer",
        "booking-page",
        *(
            "booking-contact-ahead",
            "booking-contact-kept",
            "booking-contact-blocked",
            "booking-contact-blocks",
        ),
    }
)


def claims_held(place: Place, tenant_id: UUID) -> Claimed:
    """The claims of visits and classes that do not expire."""
    with place.house.pools.queries.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        rows = connection.execute(HELD, (tenant_id,)).fetchall()
    return {
        (kind, key, holder): (units, starts, ends)
        for kind, key, holder, units, starts, ends in rows
        if kind.startswith("booking-") and kind not in INDEXES
    }


def claims_replayed(place: Place, tenant_id: UUID) -> Claimed:
    """The same, from the events alone."""
    with place.house.pools.queries.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        streams = connection.execute(STREAMS, (tenant_id,)).fetchall()
    store = place.house.streams(tenant_id)
    replayed: Claimed = {}
    for (stream,) in streams:
        events = store.events_of(stream, after=0, limit=1_000)
        kind = AGGREGATE_OF[type(events[0])]
        if kind not in (Appointment, GroupSession):
            continue
        one = kind.new(stream)
        for event in events:
            claims = one.claims(event)
            for release in claims.released:
                replayed.pop((release.kind, str(release.key), stream), None)
            for claim in claims.taken:
                if claim.expires_at is None:
                    taken = (claim.units, claim.starts_at, claim.ends_at)
                    replayed[claim.kind, str(claim.key), stream] = taken
            one.apply(event)
    return replayed


def overlaps(claimed: Claimed) -> list[str]:
    """Where one bookable is in two places at once."""
    spans: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for (kind, key, _), (_, starts, ends) in claimed.items():
        if starts is not None and ends is not None and kind in ("booking-practitioner", "booking-resource"):
            spans.setdefault((kind, key), []).append((starts, ends))
    return [
        f"{place}: {early} and {late}"
        for place, mine in spans.items()
        for early, late in zip(sorted(mine), sorted(mine)[1:], strict=False)
        if early[1] > late[0]
    ]
