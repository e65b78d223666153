"""What does an operator do about invoices? Bill a month of a company, and take a part back."""

from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import typer
from rich.console import Console

from adapters.bootstrap import OPERATOR, House
from application.billing.invoices import CloseMonth, CreditInvoice
from application.billing.papers import RecordPayment
from application.billing.sla import AnnounceMaintenance, DeclareIncident, EndIncident
from application.kernel.command import Command
from application.kernel.context import CommandId
from application.kernel.order import Order
from domain.billing.calendar import MONTH
from domain.billing.disruptions import Disruptions
from domain.billing.draft import Draft
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.invoice_line import InvoiceLine
from domain.billing.issued import CreditCause
from domain.kernel.money import minor_digits
from domain.kernel.period import Period
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

LONGEST_REASON = 200


def named_month(text: str) -> str:
    """A month as it is written, or a sentence about it."""
    if not MONTH.fullmatch(text):
        raise typer.BadParameter("name a month, such as 2030-05")
    return text


def maybe_month(text: str | None) -> str | None:
    """A month, if one is named."""
    return None if text is None else named_month(text)


def short_reason(text: str) -> str:
    """A reason that fits on a credit note."""
    if not 0 < len(text.strip()) <= LONGEST_REASON or not text.isprintable():
        raise typer.BadParameter(f"say why in one line of at most {LONGEST_REASON} characters")
    return text


def close(house: House, tenant_id: UUID, month: str, console: Console) -> None:
    """Bills a month, or shows what was billed."""
    book = _after(house, tenant_id, CloseMonth(month=month))
    invoice = book.of(month)
    if invoice is not None:
        _show(invoice.draft, console)
        console.print(f"number   {invoice.number or 'to come'}")
        beside = [
            one for one in book.invoices.values() if one.corrects and one.draft.cut == invoice.draft.cut
        ]
        for one in beside:
            _show(one.draft, console)
            console.print(f"number   {one.number or 'to come'}")


def credit(
    house: House,
    tenant_id: UUID,
    month: str,
    net_minor: int,
    cause: CreditCause,
    reason: str,
    console: Console,
) -> None:
    """Takes a part of a month's invoice back; the same amount for the same reason once, however often it is said."""
    command = CreditInvoice(month=month, net_minor=net_minor, cause=cause, reason=reason)
    name = uuid5(tenant_id, f"credit:{command.model_dump_json()}")
    invoice = _after(house, tenant_id, command, name).of(month)
    if invoice is not None:
        said = (net_minor, cause, reason)
        note = next(one for one in invoice.credit_notes if (one.net_minor, one.cause, one.reason) == said)
        currency = invoice.draft.currency
        console.print(
            f"{amount(note.total_minor, currency)} {currency} taken back,"
            f" {amount(note.tax_minor, currency)} of it tax;"
            f" {amount(invoice.balance_minor, currency)} are left of the invoice."
        )


def _after(house: House, tenant_id: UUID, command: Command, name: UUID | None = None) -> InvoiceBook:
    (known,) = house.tenants(tenant_id)
    at: datetime = house.clock()
    command_id = CommandId(name or uuid4(), sha256(command.model_dump_json().encode()).digest())
    house.execute(Order(known, command, OPERATOR, command_id, at=at, source="system"))
    return house.streams(known).load(InvoiceBook, invoices_id(known))


def preview(house: House, tenant_id: UUID, month: str | None, console: Console) -> None:
    """Shows a month as it would be billed now; writes nothing."""
    (known,) = house.tenants(tenant_id)
    drafts = house.drafts_of(known, month)
    for draft in (drafts.own, *drafts.corrections):
        _show(draft, console)


def pay(
    house: House,
    tenant_id: UUID,
    month: str,
    amount_minor: int,
    on: date,
    reference: str,
    number: str | None,
    console: Console,
) -> None:
    """Notes a bank transfer for a month's invoice, or for another document of it."""
    command = RecordPayment(
        month=month, number=number, amount_minor=amount_minor, received_on=on, reference=reference
    )
    book = _after(house, tenant_id, command)
    invoice = book.of(month) if number is None else book.numbered(number)
    if invoice is not None:
        currency = invoice.draft.currency
        console.print(
            f"{amount(amount_minor, currency)} {currency} received;"
            f" {amount(invoice.balance_minor, currency)} are left of the invoice."
        )


def incident(house: House, since: datetime, until: datetime, about: str, console: Console) -> None:
    """Notes that the service was down; the months it touches are judged with it, if they are not billed yet."""
    if not since < until <= house.clock().astimezone(UTC).replace(tzinfo=None):
        # Before anything is noted: an incident without an end would last, and be given back to everybody.
        raise typer.BadParameter("an incident ends after it began, and is over")
    declared = _in_platform(house, DeclareIncident(since=since.replace(tzinfo=UTC), about=about))
    calendar = house.streams(PLATFORM_TENANT_ID).load(Disruptions, declared)
    incident_id = list(calendar.begun)[-1]
    _in_platform(house, EndIncident(incident_id=incident_id, until=until.replace(tzinfo=UTC)))
    console.print(f"Noted: down from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC.")


def maintenance(house: House, since: datetime, until: datetime, about: str, console: Console) -> None:
    """Announces work on the service."""
    period = Period(start=since.replace(tzinfo=UTC), end=until.replace(tzinfo=UTC))
    declared = _in_platform(house, AnnounceMaintenance(period=period, about=about))
    announced = house.streams(PLATFORM_TENANT_ID).load(Disruptions, declared).maintenance[-1]
    console.print("Announced in time." if announced.is_in_time else "Announced too late to be no outage.")


def _in_platform(house: House, command: Command) -> UUID:
    command_id = CommandId(uuid4(), sha256(command.model_dump_json().encode()).digest())
    order = Order(PLATFORM_TENANT_ID, command, OPERATOR, command_id, at=house.clock(), source="system")
    return house.execute(order).saved.stream_id


def described(line: InvoiceLine, draft: Draft) -> str:
    """What a line is for, in one line."""
    of = "" if line.month == draft.month else f" of {line.month}"
    quantity = f"{line.quantity:f} ({line.included:f} included)" if line.included else f"{line.quantity:f}"
    return f"{line.title}{of}, {line.kind.value}: {quantity}"


def _show(draft: Draft, console: Console) -> None:
    for line in draft.lines:
        console.print(
            f"{amount(line.amount_minor, draft.currency):>14}  {described(line, draft)}", markup=False
        )
    console.print(f"{amount(draft.net_minor, draft.currency):>14}  net")
    console.print(f"{amount(draft.tax.amount_minor, draft.currency):>14}  VAT at {draft.tax.percent} %")
    console.print(f"{amount(draft.total_minor, draft.currency):>14}  {draft.currency} in all, {draft.month}")


def amount(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"
