"""Who and what could be booked where, since when and until when?"""

from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from domain.booking.business import BusinessChanged, BusinessOpened
from domain.booking.practitioner import PractitionerChanged, PractitionerHired, PractitionerLeft
from domain.booking.resource import ResourceAdded, ResourceChanged, ResourceTakenOutOfService
from domain.booking.visit import PRACTITIONER, RESOURCE
from domain.kernel.event import DomainEvent
from projections.kernel.projector import Projector
from projections.kernel.row import Row
from projections.kernel.rows import Key, Rows, Search
from projections.kernel.sql import Sql

SITE = "site"


class BookablePlaceRow(Row):
    """One stretch of time in which a practitioner or resource could be booked at a site; or the site itself."""

    TABLE: ClassVar[str] = "bookable_place"
    KEY: ClassVar[tuple[str, ...]] = ("bookable_id", "site_id", "since_position")

    bookable_id: UUID
    """The practitioner or resource; the site itself where the row is one of a site."""
    site_id: UUID
    """The site."""
    since_position: int
    """Place in the tenant's log of the fact with which it began."""
    stream_id: UUID
    """The practitioner, the resource, or the business the site belongs to."""
    kind: str
    """Practitioner, resource or site."""
    capacity: int
    """How many visits it serves at once; 1 for people and sites."""
    zone: str | None
    """Time zone of a site; null for people and resources."""
    since: datetime
    """From when on (occurred_at of the event)."""
    until: datetime | None
    """Until when; null is still so."""
    position: int
    """Place of the latest fact in the tenant's log that changed this row."""


class Placed(NamedTuple):
    """Who is where, by one fact."""

    bookable_id: UUID
    site_id: UUID
    kind: str
    capacity: int = 1
    zone: str | None = None


PlaceEvent = (
    BusinessOpened
    | BusinessChanged
    | PractitionerHired
    | PractitionerChanged
    | PractitionerLeft
    | ResourceAdded
    | ResourceChanged
    | ResourceTakenOutOfService
)


class BookablePlaces(Projector[BookablePlaceRow]):
    """Opens a row where somebody comes to a site, and closes it when they leave."""

    name: ClassVar[str] = "bookable-places"
    row: ClassVar[type[BookablePlaceRow]] = BookablePlaceRow
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (
        BusinessOpened,
        BusinessChanged,
        PractitionerHired,
        PractitionerChanged,
        PractitionerLeft,
        ResourceAdded,
        ResourceChanged,
        ResourceTakenOutOfService,
    )

    def keys(self, event: Any) -> tuple[Key, ...]:
        return ()

    def searches(self, event: Any) -> tuple[Search, ...]:
        return (("stream_id", event.originator_id),)

    def project(self, event: PlaceEvent, rows: Rows[BookablePlaceRow]) -> None:
        known = rows.where("stream_id", event.originator_id)
        if any(row.position >= event.position for row in known):
            return  # it is in already
        wanted = {(one.bookable_id, one.site_id): one for one in _placed(event)}
        standing = {(row.bookable_id, row.site_id): row for row in known if row.until is None}
        for place, row in standing.items():
            one = wanted.pop(place, None)
            if one is None:
                rows.put(row.model_copy(update={"until": event.occurred_at, "position": event.position}))
            elif (one.capacity, one.zone) != (row.capacity, row.zone):
                values = {"capacity": one.capacity, "zone": one.zone, "position": event.position}
                rows.put(row.model_copy(update=values))
        for one in wanted.values():
            rows.put(
                BookablePlaceRow(
                    **one._asdict(),
                    since_position=event.position,
                    stream_id=event.originator_id,
                    since=event.occurred_at,
                    until=None,
                    position=event.position,
                )
            )


def _placed(event: PlaceEvent) -> list[Placed]:
    """Who is where after this fact, of those it is about."""
    match event:
        case BusinessOpened() | BusinessChanged():
            return [Placed(site.id, site.id, SITE, zone=site.zone) for site in event.profile.sites]
        case PractitionerHired() | PractitionerChanged():
            return [Placed(event.originator_id, site, PRACTITIONER) for site in event.terms.site_ids]
        case ResourceAdded() | ResourceChanged():
            terms = event.terms
            return [Placed(event.originator_id, terms.site_id, RESOURCE, terms.capacity)]
        case PractitionerLeft() | ResourceTakenOutOfService():
            return []


SELECT_PLACES = """
select bookable_id, site_id, since_position, stream_id, kind, capacity, zone, since, until, position
from read.bookable_place
where tenant_id = %(tenant_id)s and since < %(end)s and (until is null or until > %(start)s)
order by bookable_id, since_position limit %(limit)s
"""
MOST_PLACES = 20_000


def places(sql: Sql, *, start: datetime, end: datetime) -> list[BookablePlaceRow]:
    """Everybody and everything that could be booked in [start, end), and the sites."""
    rows = sql.rows(SELECT_PLACES, start=start, end=end, limit=MOST_PLACES)
    return [BookablePlaceRow(**row) for row in rows]
