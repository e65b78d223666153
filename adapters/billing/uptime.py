"""How long did the service answer? From the raw probes of the platform's log, and the company's own calls."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.event_store.store import TenantStore
from application.ports.uptime import Observed
from domain.billing.disruptions import Disruptions, disruptions_id
from domain.billing.meter import API_CALLS, FAILED_CALLS, Aggregation
from domain.billing.own_calls import MINUTE, RULE, FailedMinute, failed_minutes, rule_of
from domain.billing.probing import ProbeHour, probe_hour_id
from domain.billing.sla import OwnCalls
from domain.billing.subscription import Subscription, subscription_id
from domain.billing.uptime import Probe, uptime_of
from domain.kernel.period import Period
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.tenant import Tenant
from projections.billing import usage
from projections.kernel.sql import Sql

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
    """The UptimeFigures port: the platform's probes, and the company's own calls and promise."""

    def __init__(
        self,
        probes: RawProbes,
        platform: Callable[[], TenantStore],
        store: TenantStore,
        reading: Callable[[], AbstractContextManager[Sql]],
    ) -> None:
        self._probes, self._platform, self._store, self._reading = probes, platform, store, reading

    def of(self, period: Period, *, now: datetime, cut: int | None = None) -> Observed:
        with self._reading() as sql:
            counted_until = usage.cut(sql, cut).position
            failed = failed_in(sql, period, counted_until, RULE.version)
        platform = self._platform()
        position = platform.head()
        calendar = platform.find(Disruptions, disruptions_id(PLATFORM_TENANT_ID))
        probes = self._probes.of(period, position)
        incidents = calendar.incidents(now) if calendar else []
        maintenance = calendar.maintenance if calendar else ()
        uptime = probed = uptime_of(period, probes, incidents, maintenance)
        own_down_us = 0
        if failed:
            minutes = [one.disruption for one in failed]
            uptime = uptime_of(period, probes, [*incidents, *minutes], maintenance)
            own_down_us = uptime_of(period, (), minutes, maintenance).down_us
        own = OwnCalls(
            rule=RULE.version,
            counted_until=counted_until,
            minutes=len(failed),
            down_us=own_down_us,
            probed_down_us=probed.down_us,
        )
        return Observed(uptime, position, has_probes=bool(probes), own=own)

    def promised(self, period: Period) -> Decimal | None:
        tenant_id = self._store.tenant_id
        subscription = self._store.read(Subscription, subscription_id(tenant_id))
        tenant = self._store.read(Tenant, tenant_id)
        if tenant is None or subscription is None or not subscription.promised_in(period):
            return None
        return tenant.sla_level


def failed_in(sql: Sql, period: Period, cut: int, rule: int) -> list[FailedMinute]:
    """The minutes in which the company's own calls failed, as known at a cut of its log."""
    failed = _by_minute(sql, FAILED_CALLS, period, cut)
    if not failed:
        return []
    # Only around failures does it matter how many calls there were at all.
    around = Period(start=min(failed), end=max(failed) + MINUTE)
    return failed_minutes(_by_minute(sql, API_CALLS, around, cut), failed, rule_of(rule))


def _by_minute(sql: Sql, meter: str, period: Period, cut: int) -> dict[datetime, Decimal]:
    found = usage.figures(sql, meter, Aggregation.SUM, period, window="minute", zone="UTC", at=cut)
    return {one.start: one.value for one in found}
