"""How does a database come to the current shape, with roles that can sign in?"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from adapters.postgres.roles import ITERATIONS, LOGIN_ROLES, role_password

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATION_LOCK = 0xE5CA1E
# A setting that PostgreSQL 15 does not know.
FEW_ITERATIONS = "select set_config(name, %s, false) from pg_settings where name = 'scram_iterations'"
MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(url: str, *, citus: bool = False, simulation: bool = False) -> "Config":
    """The revisions of this package, aimed at one database."""
    # Alembic takes longer to import than the rest together, and only migrations need it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = "postgresql+psycopg://" + url.split("://", 1)[1]
    config.attributes["x"] = {"citus": "1" if citus else "0", "simulation": "1" if simulation else "0"}
    return config


def newest_revision() -> str:
    """The revision this build needs, by the names of its files: Alembic is too slow to be asked."""
    return max(file.name for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")).partition("_")[0]


def migrate(
    url: str,
    *,
    master_key: bytes,
    citus: bool = False,
    simulation: bool = False,
    announce: Callable[[str], None] = lambda line: None,
    to: str = "head",
) -> None:
    """Brings the schema up to date, or to one revision, and gives the login roles their passwords."""
    from alembic import command

    announce("migrating the database")
    with psycopg.connect(url, autocommit=True) as connection:
        # Two releases that start at once migrate one after the other.
        connection.execute("select pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        command.upgrade(alembic_config(url, citus=citus, simulation=simulation), to)
        connection.execute(FEW_ITERATIONS, (str(ITERATIONS),))
        known = {name for (name,) in connection.execute("select rolname from pg_roles")}
        for role in known.intersection(LOGIN_ROLES):  # a later revision may bring the others
            connection.execute(
                sql.SQL("alter role {} password {}").format(
                    sql.Identifier(role), sql.Literal(role_password(master_key, role))
                )
            )


def schema_version(url: str) -> str | None:
    """The revision the database stands at; None when it was never migrated."""
    with psycopg.connect(url, autocommit=True) as connection:
        known = connection.execute("select to_regclass('public.escale_migration')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("select version_num from escale_migration").fetchone()
        return None if row is None else str(row[0])
