"""What may somebody without an account see and do at a company's public door? The same for programs and pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from adapters.identity.booking_links import BookingLinks, Link, LinkExpired, Purpose
from application.booking import slots
from application.booking.ground import Ground
from application.booking.guests import Guest, GuestWish, WaitAsGuest
from application.booking.self_service import LinkUsed, require_current
from application.booking.wish import Wish
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from domain.booking.appointment import AGREED, WAITING, Appointment
from domain.booking.appointment_events import Status
from domain.booking.appointment_refusals import NoSeatsLeft, SlotNotAvailable, SlotTaken
from domain.booking.booking_page import ALL, PAGES, BookingPage, PageNotPublished, PageTerms
from domain.booking.business import Business, Site
from domain.booking.offer import Mode
from domain.booking.practitioner import PRACTITIONER_AT, Practitioner
from domain.booking.service import SERVICE_OF, Service, ServiceIsRetired, ServiceNotBookableOnline
from domain.booking.waitlist import WaitlistEntry
from domain.kernel.refusals import NotFound, Refusal
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

# Never changed: what strangers do at the public door is signed with it.
GUEST = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000003"), "guest"), kind="guest")
VIEWED_AFTER = timedelta(days=30)
REVIEWED_AFTER = timedelta(days=60)
FORM_LASTS = timedelta(hours=2)
# What names who is in the way is nobody's business at a public door.
TOLD_TO_NO_STRANGER = ("bookables", "claims")


class FormTooOld(LinkExpired):
    """This page was open for too long; choose a time again."""


@dataclass(frozen=True)
class Start:
    """A start that can be booked; of a class, with the seats that are left."""

    starts_at: datetime
    ends_at: datetime
    session_id: UUID | None = None
    seats_left: int | None = None


@dataclass(frozen=True)
class Shop:
    """What one company shows the public at this moment."""

    tenant_id: UUID
    slug: str
    ground: Ground
    pages: dict[UUID, PageTerms]
    businesses: dict[UUID, Business]

    @property
    def origins(self) -> frozenset[str]:
        """The sites of others that may show the page and ask the door."""
        return frozenset(origin for terms in self.pages.values() for origin in terms.origins)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """What can be booked online, by business and name."""
        ids = [
            service_id
            for business_id in self.pages
            for service_id in self.ground.ports.totals.holders(SERVICE_OF, str(business_id))
        ]
        found = self.ground.store.find_all(dict.fromkeys(ids, Service)).values()
        open_ones = [one for one in found if isinstance(one, Service) and self._is_public(one)]
        return tuple(sorted(open_ones, key=lambda one: (str(one.terms.business_id), one.terms.name, one.id)))

    def service(self, service_id: UUID) -> Service:
        """One of them. What is not public is not there: NotFound."""
        found = self.ground.store.find_all({service_id: Service}).get(service_id)
        if not isinstance(found, Service) or not self._is_public(found):
            raise NotFound
        return found

    def business_of(self, service: Service) -> Business:
        """The business that offers it."""
        return self.businesses[service.terms.business_id]

    def sites_of(self, service: Service) -> list[Site]:
        """Where it is offered."""
        profile = self.business_of(service).profile
        return [site for site in profile.sites if site.id in service.terms.site_ids] if profile else []

    def practitioners(self, service: Service, site_id: UUID) -> list[Practitioner]:
        """Who can be asked for by name; nobody where the business does not show its people."""
        if not self.pages[service.terms.business_id].shows_practitioners or service.terms.is_group:
            return []
        skills = {role.skill for role in service.terms.roles}
        ids = self.ground.ports.totals.holders(PRACTITIONER_AT, str(site_id))
        found = self.ground.store.find_all(dict.fromkeys(ids, Practitioner)).values()
        return sorted(
            (
                one
                for one in found
                if isinstance(one, Practitioner)
                and one.is_active
                and one.terms is not None
                and skills & set(one.terms.skills)
            ),
            key=lambda one: (one.name, one.id),
        )

    def starts(
        self,
        service: Service,
        site_id: UUID,
        *,
        start: datetime,
        end: datetime,
        duration_minutes: int | None = None,
        mode: Mode | None = None,
        practitioner_id: UUID | None = None,
        limit: int = 1_000,
    ) -> list[Start]:
        """Every start that the booking command would accept now."""
        chosen = () if practitioner_id is None else (practitioner_id,)
        wish = Wish(service.id, site_id, duration_minutes, mode, chosen, is_public=True)
        earliest = max(start, self.ground.now)
        if not service.terms.is_group:
            found = slots.listing(wish, self.ground, start=earliest, end=end, limit=limit)
            return [Start(one.starts_at, one.ends_at) for one in found]
        notice = timedelta(minutes=service.terms.notice_minutes)
        horizon = timedelta(days=service.terms.horizon_days)
        classes = slots.openings(
            wish,
            self.ground,
            start=max(earliest, self.ground.now + notice),
            end=min(end, self.ground.now + horizon),
            limit=min(limit, 200),
        )
        return [
            Start(
                one.session.agreed.starts_at, one.session.agreed.ends_at, one.session.id, one.seats_left
            )
            for one in classes
            if not one.session.is_cancelled and one.seats_left > 0
        ]  # fmt: skip

    def _is_public(self, service: Service) -> bool:
        return (
            service.is_offered
            and service.terms.is_bookable_online
            and service.terms.business_id in self.pages
        )


class BookingDesk:
    """The public door of every company."""

    def __init__(
        self,
        *,
        tenant_named: Callable[[str], UUID | None],
        ground: Callable[[UUID], Ground],
        execute: Callable[[Order], Answer],
        links: BookingLinks,
    ) -> None:
        self._tenant_named = tenant_named
        self._ground = ground
        self._execute = execute
        self._links = links

    def shop(self, slug: str, *, is_open: bool = True) -> Shop:
        """The public face of the company with that slug. Refuses with NotFound where nothing was published, unless
        whoever asks holds a link (`is_open` false): their visit outlives the page."""
        tenant_id = self._tenant_named(slug)
        if tenant_id is None or tenant_id == PLATFORM_TENANT_ID:
            raise NotFound
        ground = self._ground(tenant_id)
        ids = ground.ports.totals.holders(PAGES, ALL)
        found = ground.store.find_all(dict.fromkeys(ids, BookingPage)).values()
        pages = {
            page.business_id: page.agreed
            for page in found
            if isinstance(page, BookingPage) and page.is_published and page.business_id is not None
        }
        if is_open and not pages:
            raise PageNotPublished
        streams = ground.store.find_all(dict.fromkeys(pages, Business))
        businesses = {one.id: one for one in streams.values() if isinstance(one, Business)}
        return Shop(tenant_id, slug, ground, pages, businesses)

    def execute(self, shop: Shop, command: Command, *, key: str | None = None) -> Answer:
        """Runs a guest's order. `key` makes a repeat the same order."""
        command_id = CommandId(
            id=uuid5(principal_of(shop.tenant_id, command), key if key is not None else str(uuid4())),
            request_hash=sha256(command.model_dump_json().encode("utf-8", "surrogatepass")).digest(),
            keyed=key is not None,
        )
        order = Order(shop.tenant_id, command, GUEST, command_id, at=shop.ground.now)
        with discreet():
            return self._execute(order)

    # Links

    def appointment(self, shop: Shop, token: str, *purposes: Purpose) -> tuple[Link, Appointment]:
        """The visit behind a link. Refuses with NotFound what is no link of this company, with Gone what has run
        out or was used. Nothing is written."""
        link = self._links.read(shop.tenant_id, token, *purposes, at=shop.ground.now)
        found = shop.ground.store.find_all({link.stream_id: Appointment}).get(link.stream_id)
        if not isinstance(found, Appointment):
            raise NotFound
        if link.purpose in (Purpose.MOVE, Purpose.CANCEL):
            require_current(found, link.sequence)
        if link.purpose == Purpose.REVIEW and found.status != Status.FULFILLED:
            raise LinkUsed
        return link, found

    def place(self, shop: Shop, token: str) -> WaitlistEntry:
        """The place in a queue behind a link."""
        link = self._links.read(shop.tenant_id, token, Purpose.WAIT, at=shop.ground.now)
        found = shop.ground.store.find_all({link.stream_id: WaitlistEntry}).get(link.stream_id)
        if not isinstance(found, WaitlistEntry):
            raise NotFound
        return found

    def links_of(self, tenant_id: UUID, one: Appointment, *, at: datetime) -> dict[str, str]:
        """The links that make sense for a visit as it stands."""
        visit = one.agreed
        wanted = {Purpose.VIEW: visit.ends_at + VIEWED_AFTER}
        if one.status_at(at) in (*WAITING, *AGREED) and at < visit.starts_at and not one.is_started:
            wanted[Purpose.CANCEL] = visit.starts_at
            if at < visit.cancellation.closes_at(visit.starts_at):
                wanted[Purpose.MOVE] = visit.starts_at
        if one.status == Status.FULFILLED:
            wanted[Purpose.REVIEW] = visit.ends_at + REVIEWED_AFTER
        return {
            purpose.name.lower(): self._links.write(tenant_id, Link(purpose, one.id, one.sequence, until))
            for purpose, until in wanted.items()
        }

    def link_to_place(self, tenant_id: UUID, entry: WaitlistEntry) -> str:
        """The link to a place in a queue."""
        until = entry.wants.window.end + VIEWED_AFTER
        return self._links.write(tenant_id, Link(Purpose.WAIT, entry.id, 0, until))

    # Forms

    def form(self, shop: Shop, service_id: UUID) -> str:
        """What a form carries, so that it is known to be ours and when it was handed out."""
        until = shop.ground.now + FORM_LASTS
        return self._links.write(shop.tenant_id, Link(Purpose.FORM, service_id, 0, until))

    def form_age_s(self, shop: Shop, service_id: UUID, token: str) -> float:
        """How long ago the form was handed out. Refuses with NotFound what is no form of ours."""
        try:
            link = self._links.read(shop.tenant_id, token, Purpose.FORM, at=shop.ground.now)
        except LinkExpired:
            raise FormTooOld from None
        if link.stream_id != service_id:
            raise NotFound
        return (shop.ground.now - (link.expires_at - FORM_LASTS)).total_seconds()


@contextmanager
def discreet() -> Iterator[None]:
    """Lets no refusal tell a stranger who or what is in their way, or that something is there but not public."""
    try:
        yield
    except (ServiceNotBookableOnline, ServiceIsRetired):
        raise NotFound from None
    except (SlotTaken, SlotNotAvailable, NoSeatsLeft) as refusal:
        without_names(refusal)
        raise


def without_names(refusal: Refusal) -> None:
    """Takes from a refusal what names who is in the way."""
    for fact in TOLD_TO_NO_STRANGER:
        refusal.facts.pop(fact, None)


def principal_of(tenant_id: UUID, command: Command) -> UUID:
    """Whose Idempotency-Keys these are: of the contact, so that no two strangers share one."""
    guest: Guest | None = command.guest if isinstance(command, GuestWish | WaitAsGuest) else None
    who = guest.email or guest.phone or "" if guest is not None else "link"
    return uuid5(tenant_id, f"guest:{who}")
