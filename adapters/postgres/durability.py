"""Would a committed transaction survive a crash of this server? Its settings say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

SETTINGS = """
select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
       current_setting('data_checksums')
"""
SAFE_COMMIT = frozenset({"on", "local", "remote_write", "remote_apply"})


class UnsafeDurability(Exception):
    """PostgreSQL would answer "committed" before it is true."""


@dataclass(frozen=True)
class Durability:
    """The four settings that decide; as this connection sees them, since a role may have its own."""

    fsync: str
    full_page_writes: str
    synchronous_commit: str
    data_checksums: str

    def losses(self) -> Iterator[tuple[str, str]]:
        """Settings that can lose or tear acknowledged commits, with their value."""
        if self.fsync != "on":
            yield "fsync", self.fsync
        if self.full_page_writes != "on":
            yield "full_page_writes", self.full_page_writes
        if self.synchronous_commit not in SAFE_COMMIT:
            yield "synchronous_commit", self.synchronous_commit


def durability_of(connection: Connection[Any]) -> Durability:
    """As the server has it for this connection."""
    row = connection.execute(SETTINGS).fetchone()
    assert row is not None
    return Durability(*row)


def refuse_unsafe_durability(connection: Connection[Any]) -> None:
    """Refuses a server that may lose what it has acknowledged."""
    losses = dict(durability_of(connection).losses())
    if losses:
        named = ", ".join(f"{name} = {value}" for name, value in losses.items())
        raise UnsafeDurability(
            f"PostgreSQL runs with {named}, so a crash can lose acknowledged commands;"
            " set them to on in postgresql.conf, reload it, and start again."
        )
