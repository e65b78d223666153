"""How long did the service answer? Folded from the raw probes of the platform's log, whenever it is asked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.event_store.store import TenantStore
from application.ports.uptime import Observed
from domain.billing.disruptions import Disruptions, disruptions_id
from domain.billing.price import ProductLine
from domain.billing.probing import ProbeHour, probe_hour_id
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.uptime import Probe, uptime_of
from domain.kernel.period import Period
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.tenant import Tenant

HOUR = timedelta(hours=1)
MOST_KEPT = 8


class RawProbes:
    """The probes of a period, read once for all companies that are judged at the same position of the log."""

    def __init__(self, streams: Callable[[UUID], TenantStore]) -> None:
        self._streams = streams
        self._kept: dict[tuple[Period, int], list[Probe]] = {}

    def of(self, period: Period, position: int) -> list[Probe]:
        """Every probe from an hour before the period, whose last one speaks into it, to its end."""
        if (period, position) not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[period, position] = self._read(period)
        return self._kept[period, position]

    def _read(self, period: Period) -> list[Probe]:
        first = (period.start - HOUR).replace(minute=0, second=0, microsecond=0)
        hours = (period.end - first) // HOUR + 1
        ids = [probe_hour_id(PLATFORM_TENANT_ID, first + number * HOUR) for number in range(hours)]
        found = self._streams(PLATFORM_TENANT_ID).find_all(dict.fromkeys(ids, ProbeHour))
        return [probe for hour in found.values() if isinstance(hour, ProbeHour) for probe in hour.probes]


class PlatformUptime:
    """The UptimeFigures port: the platform's probes, and the company's own promise."""

    def __init__(self, probes: RawProbes, platform: Callable[[], TenantStore], store: TenantStore) -> None:
        self._probes, self._platform, self._store = probes, platform, store

    def of(self, period: Period, *, now: datetime) -> Observed:
        platform = self._platform()
        position = platform.head()
        calendar = platform.find(Disruptions, disruptions_id(PLATFORM_TENANT_ID))
        probes = self._probes.of(period, position)
        uptime = uptime_of(
            period,
            probes,
            calendar.incidents(now) if calendar else (),
            calendar.maintenance if calendar else (),
        )
        return Observed(uptime, position, has_probes=bool(probes))

    def promised(self) -> Decimal | None:
        tenant_id = self._store.tenant_id
        subscription = self._store.read(Subscription, subscription_id(tenant_id))
        tenant = self._store.read(Tenant, tenant_id)
        if tenant is None or subscription is None or subscription.line is not ProductLine.WHITE_LABEL:
            return None
        return tenant.sla_level
