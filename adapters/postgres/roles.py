"""As whom do we connect? Never as the owner or a superuser: each kind of work has its own role."""

from urllib.parse import quote

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.conninfo import conninfo_to_dict, make_conninfo

APP = "escale_app"
PROJECTOR = "escale_projector"
DISPATCHER = "escale_dispatcher"
VAULT = "escale_vault"
EXPERIMENTER = "escale_experimenter"
PUBLIC = "escale_public"
LOGIN_ROLES = (APP, PROJECTOR, DISPATCHER, VAULT, EXPERIMENTER, PUBLIC)
# SCRAM's rounds slow down whoever guesses a password people chose. Ours are drawn at random from more than anybody
# can try, and four thousand rounds are half of what a connection costs both sides.
ITERATIONS = 1


class UnsafeConnection(Exception):
    """The application was about to connect with rights it must not have."""


def role_password(master_key: bytes, role: str) -> str:
    """The role's password, derived from the master key: nothing else needs to be kept."""
    return (
        HKDF(hashes.SHA256(), 24, salt=None, info=f"escale database role {role}".encode())
        .derive(master_key)
        .hex()
    )


def role_conninfo(url: str, role: str, master_key: bytes) -> str:
    """The same database, signed in as one of the service roles."""
    where = conninfo_to_dict(url)
    where.update(user=role, password=role_password(master_key, role), application_name=role)
    return make_conninfo(**{name: str(value) for name, value in where.items() if value is not None})


def refuse_unsafe(connection: psycopg.Connection) -> None:
    """Refuses a connection that row-level security would not bind."""
    row = connection.execute(
        "select current_user::text, rolsuper, rolbypassrls,"
        " pg_has_role(current_user, 'escale_owner', 'member') from pg_roles where rolname = current_user"
    ).fetchone()
    if row is None or row[1] or row[2] or row[3]:
        name = "unknown" if row is None else row[0]
        raise UnsafeConnection(
            f"The role {quote(str(name))} is a superuser, bypasses row-level security or owns the tables;"
            " connect as one of the escale_ service roles that `escale migrate` prepares."
        )
