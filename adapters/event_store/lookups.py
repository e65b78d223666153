"""What may a decision look up besides its own stream? Members, guarded; and the claims themselves."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from sys import byteorder
from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.event_store.appending import ClaimKeys, ObservedTotal
from adapters.event_store.store import TenantStore
from adapters.postgres.errors import translated_errors
from adapters.postgres.pools import borrowed
from application.platform.permissions import permits
from application.ports.agenda import Held
from application.ports.company import Described
from application.ports.directory import CompanyUnit, Person
from domain.booking.spans import Occupancy
from domain.kernel.claims import PersonalKey
from domain.platform.company_profile import CompanyProfile, company_profile_id
from domain.platform.member import Member
from domain.travel.unit import Unit

NOBODY = UUID(int=0)
TAKEN = "select kind, key, units from es.amounts_taken(%s, %s, %s)"
EXPIRED = """
select distinct holder from es.claim
where tenant_id = %s and kind = any(%s) and expires_at > %s and expires_at <= %s and expires_at < 'infinity'
"""
BUSY = "select key, starts, ends, units from es.busy_of(%s, %s, %s, %s, %s, %s)"
HOLDERS = "select holder from es.claim where tenant_id = %s and kind = %s and key = %s order by position"
HOLDERS_OF = "select key, holder from es.claim_holders(%s, %s, %s)"
# An expired hold is simply not there, by the clock that also judges the append.
HELD = """
select kind, key, holder, units, starts_at, ends_at
from es.claim
where tenant_id = %s and kind = any(%s) and key = any(%s) and ends_at > %s and starts_at < %s
  and expires_at > clock_timestamp()
order by starts_at, holder
"""


class ClaimAgenda:
    """The Agenda port over the claim table of one tenant."""

    def __init__(self, pool: ConnectionPool, tenant_id: UUID) -> None:
        self._pool = pool
        self._tenant_id = tenant_id

    def held(
        self, kinds: Sequence[str], keys: Sequence[str], *, start: datetime, end: datetime
    ) -> Sequence[Held]:
        if not kinds or not keys:
            return ()
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            rows = connection.execute(HELD, (self._tenant_id, list(kinds), list(keys), start, end)).fetchall()
        return [Held(*row) for row in rows]

    def expired(self, kinds: Sequence[str], *, since: datetime, until: datetime) -> list[UUID]:
        """Whose holds ran out in that time, as far as nobody has taken their place."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            rows = connection.execute(EXPIRED, (self._tenant_id, list(kinds), since, until)).fetchall()
        return [row[0] for row in rows]

    def busy(
        self,
        kinds: Sequence[str],
        keys: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        without: UUID | None = None,
    ) -> Mapping[str, Occupancy]:
        if not kinds or not keys:
            return {}
        asked = (self._tenant_id, list(kinds), list(keys), start, end, without)
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(BUSY, asked, binary=True).fetchall()
        return {
            key: Occupancy.of_micros(_counts(starts), _counts(ends), units)
            for key, starts, ends, units in rows
        }


def _counts(sent: bytes) -> Sequence[int]:
    """Instants as the server sends them: big-endian microseconds since 2000."""
    counts = array("q", sent)
    if byteorder == "little":
        counts.byteswap()
    return counts


class StoreDirectory:
    """The Directory port over the tenant's own streams; every look-up is guarded."""

    def __init__(self, store: TenantStore) -> None:
        self._store = store

    def find(self, member_id: UUID) -> Person | None:
        member = self._store.read(Member, member_id)
        if member is None:
            return None
        roles = frozenset(member.roles)
        may_approve = permits("approve_trip", roles)
        return Person(
            id=member.id,
            is_active=member.is_active,
            roles=roles,
            may_approve=may_approve,
            manager_id=member.manager_id,
        )

    def unit(self, unit_id: UUID) -> CompanyUnit | None:
        unit = self._store.read(Unit, unit_id)
        return None if unit is None else CompanyUnit(id=unit.id, kind=unit.kind, is_open=unit.is_open)


class StoreCompany:
    """The Company port over the tenant's own profile; guarded."""

    def __init__(self, store: TenantStore) -> None:
        self._store = store

    def described(self) -> Described:
        known = self._store.read(CompanyProfile, company_profile_id(self._store.tenant_id))
        if known is None:
            return Described()
        sector = known.profile.sector
        return Described(
            division=sector.present_division if sector else None,
            has_sector=sector is not None,
            head_count=known.profile.head_count,
        )


class ClaimTotals:
    """The Totals port over the claim tables of one tenant."""

    def __init__(
        self,
        pool: ConnectionPool,
        claim_keys: ClaimKeys,
        tenant_id: UUID,
        observe: Callable[[ObservedTotal], None] = lambda total: None,
    ) -> None:
        self._pool = pool
        self._claim_keys = claim_keys
        self._tenant_id = tenant_id
        self._observe = observe

    def of(self, kind: str, key: str, *, without: UUID, same_up_to: int | None = None) -> int:
        with translated_errors(), borrowed(self._pool) as connection:
            row = connection.execute(
                "select es.amount_taken(%s, %s, %s, %s)", (self._tenant_id, kind, key, without)
            ).fetchone()
        units = int(row[0]) if row else 0
        self._observe(ObservedTotal(kind, key, without, units, same_up_to))
        return units

    def taken(self, amounts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        places = list(amounts)
        if not places:
            return {}
        kinds, keys = map(list, zip(*places, strict=True))
        with translated_errors(), borrowed(self._pool) as connection:
            rows = connection.execute(TAKEN, (self._tenant_id, kinds, keys)).fetchall()
        return dict.fromkeys(places, 0) | {(kind, key): int(units) for kind, key, units in rows}

    def holder(self, kind: str, key: str, *, personal: bool = False) -> UUID | None:
        stored = self._claim_keys.text(self._tenant_id, kind, PersonalKey(key) if personal else key)
        with translated_errors(), borrowed(self._pool) as connection:
            row = connection.execute(
                "select es.claim_holder(%s, %s, %s)", (self._tenant_id, kind, stored)
            ).fetchone()
        holder: UUID | None = row[0] if row else None
        return holder

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (self._tenant_id,))
            return tuple(holder for (holder,) in connection.execute(HOLDERS, (self._tenant_id, kind, key)))

    def holders_of(self, kind: str, keys: Sequence[str], *, personal: bool = False) -> Mapping[str, UUID]:
        stored = {
            self._claim_keys.text(self._tenant_id, kind, PersonalKey(key) if personal else key): key
            for key in keys
        }
        with translated_errors(), self._pool.connection() as connection:
            rows = connection.execute(HOLDERS_OF, (self._tenant_id, kind, list(stored))).fetchall()
        return {stored[text]: holder for text, holder in rows if holder is not None}
