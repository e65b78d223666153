"""May a service process start here? In production only on ground that keeps the promises of the house."""

import os
from collections.abc import Mapping

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.operations.secrets import weak_secrets
from adapters.postgres.durability import durability_of, refuse_unsafe_durability
from adapters.postgres.pools import NETWORK
from adapters.postgres.roles import APP, LOGIN_ROLES, UnsafeConnection, refuse_unsafe, role_conninfo
from adapters.settings import Settings, master_key_of

log = structlog.get_logger(__name__)

# Switches of tests and developers: each can lose, delay or show what production must not.
FORBIDDEN_PREFIXES = ("ESCALE_FAILPOINT", "ESCALE_DEBUG", "ESCALE_SIMULATION")
FORBIDDEN_NAMES = frozenset({"PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "ESCALE_WEBHOOK_LOOPBACK"})


class UnsafeStart(Exception):
    """Production was about to start with something that belongs on a developer's machine."""


def refuse_unsafe_start(settings: Settings, database_url: str) -> None:
    """Refuses to serve with weak secrets, failpoints, too many rights, or a server that loses commits.

    A database that does not answer is no reason: the process lives, `/ready` says so, and every
    connection is checked again when it comes.
    """
    strict = settings.env == "production"
    if strict:
        _refuse_switches(os.environ)
        if weak := list(weak_secrets(settings)):
            raise UnsafeStart(" ".join(weak))
        _refuse_administrator(database_url)
    try:
        with psycopg.connect(
            make_conninfo(role_conninfo(database_url, APP, master_key_of(settings)), **NETWORK),
            autocommit=True,
        ) as connection:
            refuse_unsafe(connection)
            if strict:
                refuse_unsafe_durability(connection)
                _refuse_simulation(connection)
            elif losses := dict(durability_of(connection).losses()):
                log.warning("unsafe_durability", **losses)
    except psycopg.Error as error:
        log.warning("database_not_checked", error=type(error).__name__)


def _refuse_switches(environment: Mapping[str, str]) -> None:
    found = sorted(
        name
        for name, value in environment.items()
        if value and (name.startswith(FORBIDDEN_PREFIXES) or name in FORBIDDEN_NAMES)
    )
    if found:
        raise UnsafeStart(
            f"{', '.join(found)} is set, which is for tests and never for production; unset it, or set"
            " ESCALE_ENV to development."
        )


def _refuse_administrator(database_url: str) -> None:
    """A service needs no administrator's URL; with one in its environment, a leak would cost everything."""
    # Also without a password in it: the surroundings may know one (PGPASSWORD), or the server ask for none.
    if conninfo_to_dict(database_url).get("user") in (None, *LOGIN_ROLES):
        return
    try:
        with psycopg.connect(make_conninfo(database_url, **NETWORK), autocommit=True) as connection:
            refuse_unsafe(connection)
    except UnsafeConnection as unsafe:
        raise UnsafeConnection(
            f"DATABASE_URL signs in as an administrator. {unsafe} Name only host, port and database;"
            " the services sign in by themselves."
        ) from None
    except psycopg.Error:
        return


def _refuse_simulation(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    row = connection.execute("select es.simulation_allowed()").fetchone()
    if row is not None and row[0]:
        raise UnsafeStart(
            "This database was migrated for simulation and accepts a virtual clock; production needs a"
            " database of its own, made by `escale migrate`."
        )
