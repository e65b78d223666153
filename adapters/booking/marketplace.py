"""Who offers what is wanted, near, at that price, in that language, and soon? Asked across companies.

Read as a role of its own, which a policy shows published lines and nothing else; no other statement of the house
reads rows of more than one company for a stranger.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from math import cos, radians
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors
from projections.booking.next_free import ANYBODY

METRES_PER_DEGREE = 111_195.0
MOST = 100

SEARCH = """
select o.tenant_id, o.service_id, o.site_id, o.business_id, o.brand, o.sector, o.site_name, o.address, o.country,
       o.zone, o.latitude_micro, o.longitude_micro, o.languages, o.service_name, o.category, o.duration_minutes,
       o.price_minor, o.currency, o.rating_sum, o.rating_count, n.starts_at as next_free_at, n.computed_at,
       {distance} as distance_m
from read.market_offer o
left join es.next_free n on n.tenant_id = o.tenant_id and n.service_id = o.service_id and n.site_id = o.site_id
  and n.practitioner_id = %(anybody)s and n.is_public and n.good_until > %(now)s
where o.is_listed
"""
DISTANCE = """
(12742000 * asin(sqrt(
  power(sin(radians((o.latitude_micro - %(latitude_micro)s) / 2000000.0)), 2)
  + cos(radians(o.latitude_micro / 1000000.0)) * cos(radians(%(latitude_micro)s / 1000000.0))
    * power(sin(radians((o.longitude_micro - %(longitude_micro)s) / 2000000.0)), 2)
)))::bigint
"""
NO_DISTANCE = "null::bigint"
FILTERS = {
    "sector": "and o.sector = %(sector)s",
    "country": "and o.country = %(country)s",
    "language": "and strpos(o.languages, %(language)s) > 0",
    "text": (
        "and strpos(lower(concat_ws(' ', o.service_name, o.brand, o.category, o.site_name, o.address)),"
        " lower(%(text)s)) > 0"
    ),
    "most_minor": "and o.price_minor <= %(most_minor)s",
    "currency": "and o.currency = %(currency)s",
    "free_before": "and n.starts_at < %(free_before)s",
}
NEAR = """
and o.latitude_micro between %(south)s and %(north)s
and (o.longitude_micro between %(west)s and %(east)s or %(wraps)s)
"""
ORDERS = {
    "distance": "distance_m nulls last, n.starts_at nulls last",
    "next_free": "n.starts_at nulls last, distance_m nulls last",
    "price": "o.price_minor nulls last, n.starts_at nulls last",
    "rating": "(o.rating_sum + 9.0) / (o.rating_count + 3) desc, n.starts_at nulls last",
}
BY = "order by {order}, o.service_id, o.site_id limit %(limit)s"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for."""

    text: str | None = None
    sector: str | None = None
    country: str | None = None
    language: str | None = None
    currency: str | None = None
    most_minor: int | None = None
    free_before: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    within_m: int = 50_000
    order: str = "next_free"
    limit: int = 20


@dataclass(frozen=True)
class Found:
    """One service at one site, as published."""

    tenant_id: UUID
    service_id: UUID
    site_id: UUID
    business_id: UUID
    brand: str
    sector: str
    site_name: str
    address: str
    country: str
    zone: str
    latitude_micro: int | None
    longitude_micro: int | None
    languages: str
    service_name: str
    category: str | None
    duration_minutes: int
    price_minor: int
    currency: str
    rating_sum: int
    rating_count: int
    next_free_at: datetime | None
    computed_at: datetime | None
    distance_m: int | None

    @property
    def rating(self) -> str | None:
        """The average of the published reviews, one digit after the point."""
        if not self.rating_count:
            return None
        return str((Decimal(self.rating_sum) / self.rating_count).quantize(Decimal("0.1"), ROUND_HALF_UP))


class Marketplace:
    """The search over what companies published."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def search(self, wanted: Wanted, *, at: datetime) -> list[Found]:
        """The best first, at most a hundred."""
        statement, values = statement_of(wanted, at=at)
        with (
            translated_errors(),
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            rows = cursor.execute(statement.encode(), values).fetchall()
        found = [Found(**row) for row in rows]
        if wanted.latitude is None:
            return found
        return [one for one in found if one.distance_m is not None and one.distance_m <= wanted.within_m]


def statement_of(wanted: Wanted, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """The statement and its values; only what was asked for is in it."""
    values: dict[str, Any] = {
        "anybody": ANYBODY,
        "now": at,
        "limit": min(wanted.limit, MOST),
        "text": wanted.text,
        "sector": wanted.sector,
        "country": wanted.country,
        "language": None if wanted.language is None else f",{wanted.language},",
        "currency": wanted.currency,
        "most_minor": wanted.most_minor,
        "free_before": wanted.free_before,
    }
    is_near = wanted.latitude is not None and wanted.longitude is not None
    parts = [SEARCH.format(distance=DISTANCE if is_near else NO_DISTANCE)]
    parts += [clause for name, clause in FILTERS.items() if values[name] is not None]
    if is_near:
        parts.append(NEAR)
        values.update(_box(wanted))
    parts.append(BY.format(order=ORDERS[wanted.order]))
    return "\n".join(parts), values


def _box(wanted: Wanted) -> dict[str, Any]:
    """A box around the circle, in millionths of a degree, so that few distances are reckoned."""
    assert wanted.latitude is not None
    assert wanted.longitude is not None
    half = wanted.within_m / METRES_PER_DEGREE
    wide = half / max(0.01, cos(radians(min(89.0, abs(wanted.latitude) + half))))
    west, east = wanted.longitude - wide, wanted.longitude + wide
    return {
        "latitude_micro": round(wanted.latitude * 1_000_000),
        "longitude_micro": round(wanted.longitude * 1_000_000),
        "south": round((wanted.latitude - half) * 1_000_000),
        "north": round((wanted.latitude + half) * 1_000_000),
        "west": round(west * 1_000_000),
        "east": round(east * 1_000_000),
        "wraps": west < -180 or east > 180,
    }
