"""Everything that bills and collects, put together: documents, closings, explanations, and whoever collects."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.billing.closing import MonthClosing, PlatformClerk
from adapters.billing.dunning import DunningClerk
from adapters.billing.explaining import Explaining
from adapters.billing.invoice_files import InvoiceFiles
from adapters.billing.reconciling import Reconciling
from adapters.billing.recorded_usage import RecordedUsage
from adapters.event_store.commands import Commands
from adapters.jobs.outbox import Performer
from adapters.operations.prober import Prober
from adapters.payments.charging import Charging, charging_performer
from adapters.payments.collecting import CollectionRound, rejection_performer, settling_performer
from adapters.payments.returning import dispute_performer, refund_performer
from adapters.payments.settling import Settling
from adapters.payments.webhooks import Webhooks
from adapters.settings import Settings
from application.ports.price_lists import PriceLists
from projections.kernel.sql import Sql

if TYPE_CHECKING:
    from adapters.payments.stripe_account import StripeAccount


@dataclass
class BillingOffice:
    """What the doors, the scheduler and the outbox ask of billing."""

    files: InvoiceFiles
    explaining: Explaining
    reconciling: Reconciling
    webhooks: Webhooks | None
    performers: Mapping[str, Performer]
    actions: list[Callable[[int], object]]


def office_of(
    settings: Settings,
    commands: Commands,
    reading: Callable[[UUID], AbstractContextManager[Sql]],
    tenants: Callable[[], Iterable[UUID]],
    prices: PriceLists,
    now: Callable[[], datetime],
) -> BillingOffice:
    """The office of this installation: with a key it collects, with an address it probes."""

    def usage(tenant_id: UUID) -> RecordedUsage:
        return RecordedUsage(lambda: reading(tenant_id))

    account = _account_of(settings)
    settling = None if account is None else Settling(account, commands, reading, now)
    actions: list[Callable[[int], object]] = [MonthClosing(tenants, commands, usage, now).act]
    actions.append(DunningClerk(tenants, commands, now).act)
    if settling is not None:
        actions.append(CollectionRound(settling, tenants).act)
    if settings.probe_url is not None:
        clerk = PlatformClerk(commands)
        actions.append(Prober(settings.probe_url, clerk.note, now, every_s=settings.probe_every_s).act)
    secret = settings.stripe_webhook_secret
    return BillingOffice(
        files=InvoiceFiles(settings.data_dir / "invoices", commands.reading),
        explaining=Explaining(commands.reading, reading),
        reconciling=Reconciling(commands.reading, usage, prices),
        webhooks=None if secret is None else Webhooks(secret.get_secret_value()),
        performers={
            "settle_collection": settling_performer(settling),
            "charge_again": charging_performer(None if account is None else Charging(account, commands, now)),
            "look_up_rejection": rejection_performer(account, commands),
            "look_up_refund": refund_performer(account, commands),
            "look_up_dispute": dispute_performer(account, commands),
        },
        actions=actions,
    )


def _account_of(settings: Settings) -> "StripeAccount | None":
    if settings.stripe_secret_key is None:
        return None
    # Read here: the SDK is large, and most houses have no key.
    from adapters.payments.stripe_account import StripeAccount

    return StripeAccount(settings.stripe_secret_key.get_secret_value(), base_url=settings.stripe_base_url)
