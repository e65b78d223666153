"""How does a person get a SQL login, and lose it?

Only functions of the database make and end them, so no role of the service may create roles. The
password is made here and shown by whoever asked; the server is given its SCRAM verifier alone.
"""

import secrets
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from adapters.postgres.errors import translated_errors

CREATE = "select es.create_analyst(%s, %s, %s, %s)"
DROP = "select es.drop_analyst(%s, %s)"
KNOWN = "select rolname from pg_roles where rolname = any(%s)"
PASSWORD_BYTES = 24
DEFAULT_PORT = 5432


@dataclass(frozen=True)
class OpenedLogin:
    """A name and a password for one tenant's `analytics`."""

    name: str
    password: str = field(repr=False)

    def conninfo(self, url: str) -> str:
        """The same database, signed in with this login."""
        where = conninfo_to_dict(url)
        where.update(user=self.name, password=self.password, application_name="escale sql")
        return make_conninfo(**{name: str(value) for name, value in where.items() if value is not None})


@dataclass(frozen=True)
class SqlPlace:
    """Where the database answers, as the service itself reaches it."""

    host: str
    port: int
    database: str

    def psql(self, name: str) -> str:
        """What to paste into a shell; psql asks for the password."""
        where = make_conninfo(host=self.host, port=self.port, dbname=self.database, user=name)
        return f"psql {shlex.quote(where)}"


class SqlLogins:
    """Makes and ends logins of analysts."""

    def __init__(self, pool: ConnectionPool, url: str) -> None:
        self._pool = pool
        self._url = url

    @property
    def place(self) -> SqlPlace:
        """Where a login is used."""
        where = conninfo_to_dict(self._url)
        host, port, database = (where.get(name) for name in ("host", "port", "dbname"))
        return SqlPlace(str(host or "localhost"), int(port or DEFAULT_PORT), str(database or ""))

    def open(self, tenant_id: UUID, suffix: str, *, until: datetime) -> OpenedLogin:
        """A login that opens nothing after its time."""
        return self._make(tenant_id, login_name(tenant_id, suffix), until)

    def open_once(self, tenant_id: UUID, name: str, *, until: datetime) -> OpenedLogin | None:
        """The login with a password, unless the server has it already: then nobody can tell its password."""
        try:
            return self._make(tenant_id, name, until)
        except (errors.DuplicateObject, errors.UniqueViolation):
            return None

    def known(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that the server knows."""
        with translated_errors(), self._pool.connection() as connection:
            return frozenset(name for (name,) in connection.execute(KNOWN, (list(names),)))

    def close(self, tenant_id: UUID, name: str) -> bool:
        """Ends the login and its sessions; False when it was gone already."""
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            row = connection.execute(DROP, (tenant_id, name)).fetchone()
        return bool(row and row[0])

    @contextmanager
    def opened(self, tenant_id: UUID, *, until: datetime) -> Iterator[OpenedLogin]:
        """A login for the length of a block."""
        login = self.open(tenant_id, f"t{secrets.token_hex(6)}", until=until)
        try:
            yield login
        finally:
            self.close(tenant_id, login.name)

    def _make(self, tenant_id: UUID, name: str, until: datetime) -> OpenedLogin:
        login = OpenedLogin(name, secrets.token_urlsafe(PASSWORD_BYTES))
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            verifier = connection.pgconn.encrypt_password(
                login.password.encode(), login.name.encode(), b"scram-sha-256"
            )
            connection.execute(CREATE, (tenant_id, login.name, verifier.decode(), until))
        return login


def login_name(tenant_id: UUID, suffix: str) -> str:
    """The name that binds a login to its tenant: the policies read it."""
    return f"an_{tenant_id.hex}_{suffix}"
