"""Which analysts are over their time? Their statements, sessions and logins are ended from outside."""

from psycopg_pool import ConnectionPool

from domain.platform.platform_tenant import PLATFORM_TENANT_ID

TEND = "select es.tend_analysts(%s, make_interval(secs => %s))"
LONGEST_S = 30.0


class AnalystTending:
    """An action of the scheduler: ends what is over its time. A session's own limits are its own to lift."""

    def __init__(self, pool: ConnectionPool, *, longest_s: float = LONGEST_S) -> None:
        self._pool = pool
        self._longest_s = longest_s

    def act(self, token: int) -> int:
        """The number of logins and sessions ended."""
        with self._pool.connection() as connection, connection.transaction():
            row = connection.execute(TEND, (PLATFORM_TENANT_ID, self._longest_s)).fetchone()
        return row[0] if row else 0
