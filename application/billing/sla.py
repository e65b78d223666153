"""How is the service watched, and a month held against what was promised?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.billing.calendar import Month
from domain.billing.disruptions import Disruptions, disruptions_id
from domain.billing.invoice import InvoiceBook, InvoiceUnknown, invoices_id
from domain.billing.probing import ProbeHour, probe_hour_id
from domain.billing.sla import Sla, sla_id
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.uptime import Health
from domain.kernel.instants import Instant
from domain.kernel.period import Period
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Title


class NothingPromised(RuleBroken):
    """This company's plan promises no availability."""


class TakeProbe(Command):
    """Note what the prober saw. In the platform's tenant."""

    health: Health
    took_ms: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    answer: Code | None = None


class DeclareIncident(Command):
    """Say that the service is, or was, disturbed. In the platform's tenant."""

    since: Instant
    health: Health = Health.DOWN
    about: Title


class EndIncident(Command):
    """Say when an incident was over. In the platform's tenant."""

    incident_id: UUID
    until: Instant


class AnnounceMaintenance(Command):
    """Announce work on the service. In the platform's tenant."""

    period: Period
    about: Title


class AssessSla(Command):
    """Hold a billed month against what was promised; a breach is given back on the next invoice."""

    month: Month


def take_probe(command: TakeProbe, context: Context) -> Saved:
    hour_id = probe_hour_id(context.tenant_id, context.now)

    def decide() -> tuple[ProbeHour, ...]:
        hour = context.store.read(ProbeHour, hour_id) or ProbeHour.new(hour_id)
        hour.take(command.health, took_ms=command.took_ms, answer=command.answer, at=context.now)
        return (hour,)

    return context.store.save_all(decide)


def declare_incident(command: DeclareIncident, context: Context) -> Saved:
    incident_id = context.new_id()

    def decide() -> tuple[Disruptions, ...]:
        calendar = _calendar(context)
        calendar.declare(incident_id, **command.model_dump(), at=context.now)
        return (calendar,)

    return context.store.save_all(decide)


def end_incident(command: EndIncident, context: Context) -> Saved:
    def decide() -> tuple[Disruptions, ...]:
        calendar = _calendar(context)
        calendar.end(command.incident_id, until=command.until, at=context.now)
        return (calendar,)

    return context.store.save_all(decide)


def announce_maintenance(command: AnnounceMaintenance, context: Context) -> Saved:
    maintenance_id = context.new_id()

    def decide() -> tuple[Disruptions, ...]:
        calendar = _calendar(context)
        calendar.announce(maintenance_id, command.period, about=command.about, at=context.now)
        return (calendar,)

    return context.store.save_all(decide)


def assess_sla(command: AssessSla, context: Context) -> Saved:
    stream_id, uptime = sla_id(context.tenant_id), context.ports.uptime

    def decide() -> tuple[Sla, ...]:
        book = context.store.read(InvoiceBook, invoices_id(context.tenant_id))
        invoice = book.of(command.month) if book else None
        if invoice is None:
            raise InvoiceUnknown
        subscription = context.store.read(Subscription, subscription_id(context.tenant_id))
        promised = uptime.promised(invoice.draft.period)
        if promised is None or subscription is None:
            raise NothingPromised
        observed = uptime.of(invoice.draft.period, now=context.now, cut=invoice.draft.cut)
        found = context.store.read(Sla, stream_id) or Sla.new(stream_id)
        found.assess(
            invoice,
            observed.uptime,
            subscription.promised_in(invoice.draft.period),
            promised=promised,
            probed_until=observed.until_position,
            own=observed.own,
            at=context.now,
        )
        return (found,)

    return context.store.save_all(decide)


def _calendar(context: Context) -> Disruptions:
    stream_id = disruptions_id(context.tenant_id)
    return context.store.read(Disruptions, stream_id) or Disruptions.new(stream_id)


HANDLERS: Handlers = {
    TakeProbe: take_probe,
    DeclareIncident: declare_incident,
    EndIncident: end_incident,
    AnnounceMaintenance: announce_maintenance,
    AssessSla: assess_sla,
}
