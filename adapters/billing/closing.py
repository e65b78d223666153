"""When is a month billed by itself? Once it is over where the company lives, and the grace for late reports too.

A repeat is calm: a month has one invoice, whoever closes it and however often, and from however many processes.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from time import monotonic
from uuid import UUID

import structlog

from adapters.clerk import signed
from adapters.event_store.commands import Commands
from application.billing.invoices import CloseMonth
from application.billing.sla import AssessSla
from application.kernel.command import Command
from application.ports.usage import UsageFigures
from domain.billing.calendar import period_of
from domain.billing.invoice import GRACE, InvoiceBook, invoices_id
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.refusals import Refusal, Unavailable
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

log = structlog.get_logger(__name__)

EVERY_S = 300.0
# A company whose usage was not read yet is asked again long before the next look at all of them.
AGAIN_S = 10.0
BUDGET_S = 3.0
MOST_MONTHS = 24


class MonthClosing:
    """An action of the scheduler: closes what is due, a few seconds at a time."""

    def __init__(
        self,
        tenants: Callable[[], Iterable[UUID]],
        commands: Commands,
        usage: Callable[[UUID], UsageFigures],
        now: Callable[[], datetime],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._tenants, self._commands, self._usage, self._now = tenants, commands, usage, now
        self._every_s = every_s
        self._look_at = 0.0
        self._waiting: list[UUID] = []
        self._unread: dict[UUID, float] = {}
        # Until then nothing is due for a company, so it is not even looked at.
        self._not_before: dict[UUID, datetime] = {}

    def act(self, token: int) -> None:
        """Works for a few seconds at most; the rest waits for the next round."""
        if not self._waiting and monotonic() >= self._look_at:
            self._look_at = monotonic() + self._every_s
            self._waiting = [each for each in self._tenants() if each != PLATFORM_TENANT_ID]
        for each in [each for each, again_at in self._unread.items() if monotonic() >= again_at]:
            del self._unread[each]
            self._waiting.append(each)
        deadline = monotonic() + BUDGET_S
        while self._waiting and monotonic() < deadline:
            self.close(self._waiting.pop(0))

    def close(self, tenant_id: UUID) -> list[str]:
        """Bills what is due and not billed, the earliest month first; which."""
        now = self._now()
        if now < self._not_before.get(tenant_id, now):
            return []
        billed: list[str] = []
        month: str | None = None
        try:
            self._assess(tenant_id, now)
            while len(billed) < MOST_MONTHS and (month := self._due(tenant_id, now)) is not None:
                self._execute(tenant_id, CloseMonth(month=month), now)
                # Before the next month is billed, so that what is owed for this one is on it.
                self._assess(tenant_id, now)
                billed.append(month)
        except Refusal as refusal:
            # A frozen company waits for the next look; usage that is being read needs seconds.
            if isinstance(refusal, Unavailable):
                self._unread[tenant_id] = monotonic() + AGAIN_S
            log.info("month_not_closed", tenant_id=str(tenant_id), month=month, code=refusal.code())
        return billed

    def _due(self, tenant_id: UUID, now: datetime) -> str | None:
        streams = self._commands.reading(tenant_id)
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        if subscription is None:
            return None
        book_id = invoices_id(tenant_id)
        book = streams.find(InvoiceBook, book_id) or InvoiceBook.new(book_id)
        month = book.next_month(subscription)
        period = period_of(month, subscription.zone)
        if now < period.end + GRACE:
            self._not_before[tenant_id] = period.end + GRACE
            return None
        is_gone = subscription.cancelled_at is not None and subscription.cancelled_at <= period.start
        has_more = self._is_owed(tenant_id, book) if is_gone else True
        if not has_more and not self._knows_more(tenant_id, book, subscription, period.start):
            return None
        return month

    def _is_owed(self, tenant_id: UUID, book: InvoiceBook) -> bool:
        """Is there a breach that no invoice has given back yet?"""
        known = self._commands.reading(tenant_id).find(Sla, sla_id(tenant_id))
        return known is not None and bool(known.owed(book.invoices.values()))

    def _knows_more(
        self, tenant_id: UUID, book: InvoiceBook, subscription: Subscription, before: datetime
    ) -> bool:
        """Has something become known of a billed month in which a company that left was there?"""
        usage = self._usage(tenant_id)
        months = usage.late_months(
            after=book.last_cut(), until=usage.reached(), before=before, zone=subscription.zone
        )
        return any(
            book.of(month) is not None and subscription.last_in(period_of(month, subscription.zone))
            for month in months
        )

    def _assess(self, tenant_id: UUID, now: datetime) -> None:
        """Holds every billed month against what was promised, where anything was."""
        streams = self._commands.reading(tenant_id)
        subscription = streams.find(Subscription, subscription_id(tenant_id))
        book = streams.find(InvoiceBook, invoices_id(tenant_id))
        if subscription is None or book is None:
            return
        drafts = [one.draft for one in book.invoices.values() if subscription.promised_in(one.draft.period)]
        known = streams.find(Sla, sla_id(tenant_id)) if drafts else None
        for draft in drafts:
            if known is None or draft.month not in known.months:
                self._execute(tenant_id, AssessSla(month=draft.month), now)

    def _execute(self, tenant_id: UUID, command: CloseMonth | AssessSla, now: datetime) -> None:
        self._commands.execute(signed(tenant_id, command, f"{command.month}:{now.isoformat()}", now))


class PlatformClerk:
    """Writes down, in the platform's log, what the house itself sees."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def note(self, command: Command, at: datetime) -> None:
        """Executes a command of the platform."""
        self._commands.execute(signed(PLATFORM_TENANT_ID, command, at.isoformat(), at))
