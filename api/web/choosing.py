"""What did somebody choose so far: which service, where, how, for how long, with whom and when?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.bootstrap import front
from api.web.frame import Visitor, day_of, instant_of, uuid_of
from domain.booking.business import Site
from domain.booking.offer import Mode
from domain.booking.practitioner import Practitioner
from domain.booking.service import Service
from domain.booking.wall_time import instant_of as at_the_wall
from domain.booking.wall_time import local_day
from domain.kernel.money import Money
from domain.kernel.refusals import NotFound

WINDOW = timedelta(days=14)
FAR = timedelta(weeks=8)
MOST_DAYS = 7


@dataclass(frozen=True)
class Choice:
    """A service at a site, in one way, of one length, with somebody or anybody."""

    shop: front.Shop
    service: Service
    site: Site
    mode: Mode
    minutes: int
    people: list[Practitioner]
    who: UUID | None

    @classmethod
    def of(cls, shop: front.Shop, service_id: str, asked: Mapping[str, str | None]) -> "Choice":
        """What was asked for, where it is offered; what was left open is the first that is offered."""
        found = uuid_of(service_id)
        if found is None:
            raise NotFound
        service = shop.service(found)
        sites = shop.sites_of(service)
        wanted = uuid_of(asked.get("site"))
        site = next((one for one in sites if one.id == (wanted or sites[0].id)), None)
        if site is None:
            raise NotFound
        offer = service.terms
        mode = next((one for one in offer.modes if one.value == asked.get("mode")), offer.modes[0])
        minutes = next(
            (one for one in offer.durations_minutes if str(one) == asked.get("minutes")),
            offer.durations_minutes[0],
        )
        people = shop.practitioners(service, site.id)
        who = uuid_of(asked.get("who"))
        return cls(
            shop, service, site, mode, minutes, people, who if any(p.id == who for p in people) else None
        )

    @classmethod
    def asked_by(cls, visitor: Visitor, shop: front.Shop, service_id: str) -> "Choice":
        """What the address asks for."""
        names = ("site", "mode", "minutes", "who")
        return cls.of(shop, service_id, {name: visitor.asked(name) for name in names})

    @property
    def path(self) -> str:
        """Where the service's pages are."""
        return f"/book/{self.shop.slug}/s/{self.service.id}"

    @property
    def query(self) -> dict[str, Any]:
        """The choice as a part of an address."""
        return {
            "site": self.site.id,
            "mode": self.mode.value,
            "minutes": self.minutes,
            "who": self.who or "",
        }

    @property
    def price(self) -> Money:
        """What it costs."""
        return self.service.terms.price.of(self.minutes)

    @property
    def practitioner(self) -> Practitioner | None:
        """Who was asked for."""
        return next((one for one in self.people if one.id == self.who), None)

    @property
    def asks_birth_date(self) -> bool:
        """Does the service mind how old the client is?"""
        return self.service.terms.least_age is not None or self.service.terms.most_age is not None

    def starts(self, start: datetime, end: datetime, limit: int = 1_000) -> list[front.Start]:
        """The free starts."""
        return self.shop.starts(
            self.service,
            self.site.id,
            start=start,
            end=end,
            duration_minutes=self.minutes,
            mode=self.mode,
            practitioner_id=self.who,
            limit=limit,
        )


@dataclass(frozen=True)
class Day:
    """A day with free starts."""

    on: date
    starts: list[front.Start]


@dataclass(frozen=True)
class Calendar:
    """Two weeks of free starts, and where the ones before and after are."""

    days: list[Day]
    begin: date
    earlier: date | None
    later: date | None
    is_ahead: bool  # nothing was free in the next two weeks, so the first days with something are shown

    @classmethod
    def of(cls, choice: Choice, begin: str | None) -> "Calendar":
        """From the day that is written there, or from today."""
        zone, now = choice.site.zone, choice.shop.ground.now
        today = local_day(now, zone)
        asked = day_of(begin)
        first = max(asked, today) if asked else today
        start = at_the_wall(first, 0, zone)
        found = choice.starts(start, start + WINDOW)
        is_ahead = False
        if not found and asked is None:
            later = choice.starts(start, start + FAR, limit=1)
            if later:
                first, is_ahead = local_day(later[0].starts_at, zone), True
                start = at_the_wall(first, 0, zone)
                found = choice.starts(start, start + WINDOW)
        days: dict[date, list[front.Start]] = {}
        for one in found:
            days.setdefault(one.starts_at.astimezone(ZoneInfo(zone)).date(), []).append(one)
        shown = [Day(on, starts) for on, starts in list(days.items())[:MOST_DAYS]]
        horizon = local_day(now + timedelta(days=choice.service.terms.horizon_days), zone)
        following = shown[-1].on + timedelta(days=1) if len(days) > MOST_DAYS else first + WINDOW
        return cls(
            days=shown,
            begin=first,
            earlier=max(today, first - WINDOW) if first > today else None,
            later=following if following <= horizon else None,
            is_ahead=is_ahead,
        )


def start_of(text: str | None) -> datetime:
    """The start that was chosen, to the second."""
    return instant_of(text).astimezone(UTC).replace(microsecond=0)
