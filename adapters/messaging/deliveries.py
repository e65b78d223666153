"""Whom has a mail reached already, and whom will it never reach?"""

from uuid import UUID

from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

ENTER = "select es.enter_tenant(%s)"
SETTLED = "select member_id from es.mail_delivery where tenant_id = %s and effect_key = %s"
SETTLE = """
insert into es.mail_delivery (tenant_id, effect_key, member_id, outcome, smtp_code)
values (%s, %s, %s, %s, %s) on conflict (tenant_id, effect_key, member_id) do nothing
"""


class Deliveries:
    """One row per effect and recipient, once the mail server has given its last word."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def settled(self, tenant_id: UUID, effect_key: str) -> frozenset[UUID]:
        """The members who need not be tried again."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            rows = connection.execute(SETTLED, (tenant_id, effect_key)).fetchall()
        return frozenset(row[0] for row in rows)

    def sent(self, tenant_id: UUID, effect_key: str, member_id: UUID) -> None:
        """The server has taken the mail."""
        self._settle(tenant_id, effect_key, member_id, "sent", None)

    def refused(self, tenant_id: UUID, effect_key: str, member_id: UUID, code: int | None) -> None:
        """The server will never take it."""
        self._settle(tenant_id, effect_key, member_id, "refused", code)

    def _settle(
        self, tenant_id: UUID, effect_key: str, member_id: UUID, outcome: str, code: int | None
    ) -> None:
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            connection.execute(SETTLE, (tenant_id, effect_key, member_id, outcome, code))
