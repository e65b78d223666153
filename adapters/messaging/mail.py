"""Who gets a letter about an event, and is it sent to each of them once?"""

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

import structlog
from psycopg_pool import ConnectionPool

from adapters.event_store.store import TenantStore
from adapters.messaging import billing_letters, letters
from adapters.messaging.billing_letters import Dunned, UsageNotice
from adapters.messaging.deliveries import Deliveries
from adapters.messaging.language import Catalogue, Language, catalogue, language_of
from adapters.messaging.letters import Content
from adapters.messaging.messages import Message
from adapters.messaging.rendering import House, Reader, mail_of, message_id
from adapters.messaging.smtp import MailRefused, MailServer, deliver
from adapters.postgres.scoped_sql import reading
from application.platform.permissions import permits
from application.ports.store import AsOf
from domain.billing.calendar import local_day
from domain.billing.dunning import SubscriptionDunned, SubscriptionReactivated, SubscriptionSuspended
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.meter import SHIPPED_METERS, Meters, meters_id
from domain.billing.meter_limits import MeterAlertRaised, MeterCapReached
from domain.billing.payments import DisputeEnded, InvoiceDisputed
from domain.billing.subscription import Subscription
from domain.developer.webhook_endpoint import WebhookEndpoint, WebhookEndpointDisabled
from domain.kernel.event import DomainEvent
from domain.platform.member import MemberStatus
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.signup import SignupRequested
from domain.platform.tenant import Tenant
from domain.travel.traveller import TravellerProfile, traveller_profile_id
from domain.travel.trip import Trip, TripStatus
from domain.travel.trip_events import (
    ApprovalEscalated,
    ApprovalGranted,
    TripApproved,
    TripBooked,
    TripRejected,
    TripSubmitted,
)
from projections.platform import members
from projections.platform.members import MemberRow

log = structlog.get_logger(__name__)

# Well below the outbox's lease, so that nobody else starts on the same letters meanwhile.
BUDGET_S = 40.0

# Read by those who sell, not by the company it is about.
TO_THE_SELLER = frozenset({"dispute_letter"})

Write = Callable[[Catalogue], Content]


class MailDelayed(Exception):
    """Some recipients are still to be tried; those who have the letter are not asked again."""


@dataclass(frozen=True)
class Addressed:
    """A letter for one reader, not written yet."""

    reader: Reader
    write: Write


class MailedMessages:
    """Sends letters by SMTP. Implements Messages: the same key again reaches only who was not reached."""

    def __init__(
        self,
        server: MailServer,
        *,
        rows: ConnectionPool,
        deliveries: Deliveries,
        streams: Callable[[UUID], TenantStore],
        clock: Callable[[], datetime],
        language: Language,
        signup_token: Callable[[UUID], str],
    ) -> None:
        self._signup_token = signup_token
        self._server = server
        self._rows = rows
        self._deliveries = deliveries
        self._streams = streams
        self._clock = clock
        self._language: Language = language

    def send(self, message: Message) -> None:
        settled = self._deliveries.settled(message.tenant_id, message.key)
        due = [one for one in self._addressed(message) if one.reader.member_id not in settled]
        if not due:
            return
        ours = message.kind in TO_THE_SELLER
        house = self._house(PLATFORM_TENANT_ID if ours else message.tenant_id)
        deadline, delayed = monotonic() + BUDGET_S, 0
        with self._server.connected() as connection:
            for one in due:
                if monotonic() > deadline or not self._send(connection, message, one, house):
                    delayed += 1
        if delayed:
            raise MailDelayed

    def _send(self, connection: smtplib.SMTP, message: Message, one: Addressed, house: House) -> bool:
        """One letter; False when it should be tried again."""
        reader, tenant_id = one.reader, message.tenant_id
        words = catalogue(language_of(reader.address, self._language))
        mail = mail_of(
            one.write(words),
            words,
            to=reader,
            house=house,
            sender=self._server.sender,
            id=message_id(tenant_id, message.key, reader.member_id, domain=self._server.domain),
            at=self._clock(),
        )
        names = {"tenant_id": str(tenant_id), "key": message.key, "member_id": str(reader.member_id)}
        try:
            deliver(connection, mail, reader.address)
        except MailRefused as refusal:
            self._deliveries.refused(tenant_id, message.key, reader.member_id, refusal.code)
            log.warning("mail_refused", **names, smtp_code=refusal.code)
            return True
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            log.warning("mail_delayed", **names, error=type(error).__name__)
            return False
        self._deliveries.sent(tenant_id, message.key, reader.member_id)
        log.info("mail_sent", **names, kind=message.kind)
        return True

    # Who reads what

    def _addressed(self, message: Message) -> Iterator[Addressed]:
        match message.event:
            case TripSubmitted() | TripBooked() if message.kind == "violation_alert":
                yield from self._alert(message.tenant_id, message.event)
            case TripSubmitted() | ApprovalGranted() | ApprovalEscalated():
                yield from self._request(message.tenant_id, message.event)
            case TripApproved() | TripRejected():
                yield from self._decision(message.tenant_id, message.event)
            case WebhookEndpointDisabled() as disabled:
                yield from self._stopped(message.tenant_id, disabled)
            case MeterAlertRaised() | MeterCapReached() as notice:
                yield from self._usage(message.tenant_id, notice)
            case SubscriptionDunned() | SubscriptionSuspended() | SubscriptionReactivated() as dunned:
                yield from self._dunning(message.tenant_id, dunned)
            case InvoiceDisputed() | DisputeEnded() as disputed:
                yield from self._disputed(message.tenant_id, disputed)
            case SignupRequested() as asked if asked.good_until > self._clock():
                yield self._confirmation(asked)

    def _alert(self, tenant_id: UUID, event: TripSubmitted | TripBooked) -> Iterator[Addressed]:
        trip = self._as_of(tenant_id, event)
        everybody, traveller = self._members(tenant_id), self._person(tenant_id, event.traveller_id)

        def write(words: Catalogue) -> Content:
            return letters.violation_alert(words, event, trip, traveller=_name(traveller, words))

        for member in everybody.values():
            if _answers_for_travel(member):
                yield Addressed(_reader(member), write)

    def _request(
        self, tenant_id: UUID, event: TripSubmitted | ApprovalGranted | ApprovalEscalated
    ) -> Iterator[Addressed]:
        trip = self._as_of(tenant_id, event)
        now = self._streams(tenant_id).load(Trip, trip.id)
        if (now.status, now.approval_level) != (TripStatus.SUBMITTED, trip.approval_level):
            return  # somebody was faster than this mail
        everybody, traveller = self._members(tenant_id), self._person(tenant_id, trip.traveller_id)
        approver = everybody.get(trip.approver_id) if trip.approver_id else None
        delegate = everybody.get(self._delegate_of(tenant_id, trip.approver_id)) if approver else None
        asked = (
            [one for one in everybody.values() if _answers_for_travel(one)]
            if approver is None
            else [approver]
        )

        def write(words: Catalogue, stands_in_for: MemberRow | None = None) -> Content:
            return letters.approval_requested(
                words,
                trip,
                traveller=_name(traveller, words),
                due_at=trip.approval_due_at,
                is_escalated=isinstance(event, ApprovalEscalated),
                stands_in_for=None if stands_in_for is None else stands_in_for.display_name,
            )

        for member in asked:
            if member.member_id != trip.traveller_id:
                yield Addressed(_reader(member), write)
        if delegate is not None and delegate.member_id != trip.traveller_id:
            yield Addressed(_reader(delegate), lambda words: write(words, approver))

    def _decision(self, tenant_id: UUID, event: TripApproved | TripRejected) -> Iterator[Addressed]:
        everybody = self._members(tenant_id)
        traveller = everybody.get(event.traveller_id)
        decided_by = event.approved_by if isinstance(event, TripApproved) else event.rejected_by
        by = self._person(tenant_id, decided_by)
        if traveller is not None:
            trip = self._as_of(tenant_id, event)
            yield Addressed(
                _reader(traveller),
                lambda words: letters.approval_decided(words, event, trip, by=_name(by, words)),
            )

    def _stopped(self, tenant_id: UUID, event: WebhookEndpointDisabled) -> Iterator[Addressed]:
        endpoint = self._streams(tenant_id).load(WebhookEndpoint, event.originator_id)

        def write(words: Catalogue) -> Content:
            return letters.webhook_disabled(words, event, endpoint.delivering.url)

        for member in self._members(tenant_id).values():
            if permits("resume_webhook_endpoint", frozenset(member.roles)):
                yield Addressed(_reader(member), write)

    def _usage(self, tenant_id: UUID, event: UsageNotice) -> Iterator[Addressed]:
        own = self._streams(tenant_id).find(Meters, meters_id(tenant_id))
        title = (SHIPPED_METERS if own is None else own.all())[event.meter].title

        def write(words: Catalogue) -> Content:
            return billing_letters.usage_notice(words, event, title=title)

        yield from self._to_payers(tenant_id, write)

    def _dunning(self, tenant_id: UUID, event: Dunned) -> Iterator[Addressed]:
        streams = self._streams(tenant_id)
        stood = streams.as_of(Subscription, event.originator_id, AsOf(position=event.position))
        unpaid = () if isinstance(event, SubscriptionReactivated) else event.invoice_ids
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        known = [book.invoices[one] for one in unpaid if one in book.invoices] if book else []
        owed = [one for one in known if one.balance_minor > 0]
        if unpaid and known and not owed:
            return  # the money was faster than this mail
        ends = stood.dunning.suspended_from if stood.dunning else None
        suspended_on = None if ends is None else local_day(ends, stood.zone)

        def write(words: Catalogue) -> Content:
            return billing_letters.dunning_letter(words, event, owed, suspended_on=suspended_on)

        yield from self._to_payers(tenant_id, write)

    def _disputed(self, tenant_id: UUID, event: InvoiceDisputed | DisputeEnded) -> Iterator[Addressed]:
        streams = self._streams(tenant_id)
        book = streams.as_of(InvoiceBook, event.originator_id, AsOf(position=event.position))
        invoice, company = book.invoices[event.invoice_id], self._house(tenant_id).company
        (dispute,) = [one for one in invoice.disputes if one.reference == event.reference]

        def write(words: Catalogue) -> Content:
            return billing_letters.dispute_letter(words, company, invoice, dispute)

        for member in self._members(PLATFORM_TENANT_ID).values():
            if permits("declare_seller", frozenset(member.roles)):
                yield Addressed(_reader(member), write)

    def _to_payers(self, tenant_id: UUID, write: Write) -> Iterator[Addressed]:
        for member in self._members(tenant_id).values():
            if permits("set_usage_limit", frozenset(member.roles)):
                yield Addressed(_reader(member), write)

    # Where it is looked up

    def _as_of(self, tenant_id: UUID, event: DomainEvent) -> Trip:
        return self._streams(tenant_id).as_of(Trip, event.originator_id, AsOf(position=event.position))

    def _delegate_of(self, tenant_id: UUID, approver_id: UUID | None) -> UUID | None:
        if approver_id is None:
            return None
        profile = self._streams(tenant_id).find(
            TravellerProfile, traveller_profile_id(tenant_id, approver_id)
        )
        return None if profile is None else profile.delegate_at(self._clock())

    def _members(self, tenant_id: UUID) -> dict[UUID | None, MemberRow]:
        """Everyone who has joined and may take part, by id."""
        found: dict[UUID | None, MemberRow] = {}
        with reading(self._rows, tenant_id) as sql:
            after = None
            while True:
                page = members.page(sql, status=MemberStatus.ACTIVE, after=after, limit=100)
                found |= {row.member_id: row for row in page.rows}
                if page.next_after is None:
                    return found
                after = page.next_after

    def _person(self, tenant_id: UUID, member_id: UUID) -> MemberRow | None:
        """Somebody to speak of, whether or not they take part any more."""
        with reading(self._rows, tenant_id) as sql:
            member = members.find(sql, member_id)
        return None if member is None or member.status is MemberStatus.ERASED else member

    def _confirmation(self, asked: SignupRequested) -> Addressed:
        token = self._signup_token(asked.originator_id)

        def write(words: Catalogue) -> Content:
            return letters.signup_letter(words, asked, token=token)

        return Addressed(Reader(asked.owner_id, asked.email, asked.name), write)

    def _house(self, tenant_id: UUID) -> House:
        tenant = self._streams(tenant_id).find(Tenant, tenant_id)
        colour = tenant.theme.primary_colour if tenant else None
        return House(company=tenant.company_name if tenant else "Escale", colour=colour or letters.COLOUR)


def _answers_for_travel(member: MemberRow) -> bool:
    """Owners, administrators and managers: whoever may approve a trip is told what is wrong with one."""
    return permits("approve_trip", frozenset(member.roles))


def _reader(member: MemberRow) -> Reader:
    return Reader(member.member_id, member.email, member.display_name)


def _name(member: MemberRow | None, words: Catalogue) -> str:
    return words.say("somebody") if member is None else member.display_name
