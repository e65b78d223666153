"""Do the server's logins and those of the log agree? The log is right: the server follows."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from psycopg_pool import ConnectionPool

from adapters.analytics.logins import SqlLogins
from adapters.event_store.commands import Commands
from adapters.jobs.checkpoints import ENTER
from adapters.postgres.errors import translated_errors
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.platform.sql_logins import ExpireSqlLogin
from domain.kernel.refusals import NotFound, TenantClosed, TenantReadOnly
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.sql_login import ISSUED, SqlLogin, sql_login_id_of, tenant_of

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 5.0
# A door makes the role right after the event; what lacks one for longer was left by a door that died.
GRACE = timedelta(minutes=1)
ACTOR = Actor(id=UUID("00000000-0000-7000-8000-0000000000fb"), kind="process")

# Roles belong to the whole server: those of companies unknown here are another database's.
ROLES = """
select r.rolname from pg_roles r
where r.rolname ~ '^an_[0-9a-f]{32}_l[0-9a-f]{20}$'
  and exists (select 1 from es.tenant_head h where h.tenant_id = substring(r.rolname, 4, 32)::uuid)
"""
LIVE = (
    "select tenant_id, login_id, user_name, expires_at, created_at from read.sql_login where state = 'issued'"
)


class LiveLogin(NamedTuple):
    """A login that has not ended, as far as the read model has come."""

    tenant_id: UUID
    login_id: UUID
    user_name: str
    expires_at: datetime
    created_at: datetime


class LoginSweep:
    """An action of the scheduler: ends what is over its time or in no log, and reports what cannot be used."""

    def __init__(
        self, pool: ConnectionPool, commands: Commands, logins: SqlLogins, clock: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._commands = commands
        self._logins = logins
        self._clock = clock
        self._look_at = 0.0
        self._reported: set[UUID] = set()

    def act(self, token: int) -> None:
        """Looks every five seconds."""
        if monotonic() < self._look_at:
            return
        self._look_at = monotonic() + SWEEP_EVERY_S
        self.sweep()

    def sweep(self) -> None:
        """Compares both sides once."""
        roles, live = self._seen()
        at = self._clock()
        for login in live:
            if login.expires_at <= at:
                self._expire(login, at)
        lasting = {login.user_name for login in live if login.expires_at > at}
        for name in roles - lasting:
            self._close_unless_live(name, at)
        self._report([login for login in live if login.user_name in lasting - roles], at)

    def _seen(self) -> tuple[set[str], list[LiveLogin]]:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (PLATFORM_TENANT_ID,))
            # Roles first: an event is older than its role, so none is taken for a stranger.
            roles = {name for (name,) in connection.execute(ROLES)}
            return roles, [LiveLogin(*row) for row in connection.execute(LIVE)]

    def _expire(self, login: LiveLogin, at: datetime) -> None:
        command = ExpireSqlLogin(login_id=login.login_id)
        command_id = CommandId(uuid4(), hashlib.sha256(login.login_id.bytes).digest())
        order = Order(login.tenant_id, command, ACTOR, command_id, at, source="process")
        with suppress(NotFound, TenantReadOnly, TenantClosed):
            self._commands.execute(order)

    def _close_unless_live(self, name: str, at: datetime) -> None:
        """The read model may be late, so the stream decides."""
        if ISSUED.fullmatch(name) is None:
            return
        login = self._commands.reading(tenant_of(name)).find(SqlLogin, sql_login_id_of(name))
        if (login is None or not login.is_live(at)) and self._logins.close(tenant_of(name), name):
            log.info("sql_login_closed", tenant_id=str(tenant_of(name)), user_name=name)

    def _report(self, unusable: list[LiveLogin], at: datetime) -> None:
        for login in unusable:
            if login.created_at + GRACE <= at and login.login_id not in self._reported:
                self._reported.add(login.login_id)
                log.warning(
                    "sql_login_without_role",
                    tenant_id=str(login.tenant_id),
                    login_id=str(login.login_id),
                    remedy="Repeat the request with its Idempotency-Key, or revoke the login.",
                )
