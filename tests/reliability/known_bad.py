"""In which ways may a store be wrong? Variants for scratch databases, each one mistake away from ours."""

from collections.abc import Sequence
from typing import Any

import psycopg

from adapters.jobs.checkpoints import ENTER, advance
from adapters.jobs.projections import Batch, Group, ProjectionRunner, consumer_of
from adapters.postgres.row_table import RowTable
from projections.kernel.rows import Rows

Change = tuple[str, str, str]  # function, what it says, what it says instead

APPEND, APPEND_ONE, ENTER_TENANT = "es.append_events", "es.append_event", "es.enter_tenant"
LOOK_UP = "if v_command is not null then\n      select * into v_log"
NOTE = "if v_command is not null then\n      v_outcome := 1;"
LOCK = "where h.tenant_id = p_tenant for no key update;"
MOVE_HEAD = "if v_moved then"
CHECK_CLAIM = "if exists (select from es.claim c where"
CHECK_SOLE = "c.holder <> w.holder and c.expires_at > v_at limit 1) is not null;\n          insert"
NOTE_ONE = "if p_command is not null then"
OPEN_HEAD = "where h.tenant_id = p_tenant and h.state = 0"
FOR_THE_TRANSACTION, FOR_THE_SESSION = "p_tenant::text, true)", "p_tenant::text, false)"

WITHOUT_COMMAND_LOG: Sequence[Change] = (
    (APPEND, LOOK_UP, LOOK_UP.replace("v_command is not null", "false")),
    (APPEND, NOTE, NOTE.replace("v_command is not null", "false")),
    (APPEND_ONE, NOTE_ONE, "if false then"),
)
# Positions as a sequence gives them: taken in one order, visible in another.
WITHOUT_LOCK: Sequence[Change] = (
    (APPEND, LOCK, "where h.tenant_id = p_tenant;\n  v_position := nextval('es.bad_positions') - 1;"),
    (APPEND, MOVE_HEAD, "if false then"),
    (APPEND_ONE, OPEN_HEAD, f"{OPEN_HEAD} and false"),  # the short way is the lock: nobody takes it
)
# The tenant stays on the connection when it goes back to the pool.
TENANT_FOR_THE_SESSION: Sequence[Change] = (
    (APPEND, FOR_THE_TRANSACTION, FOR_THE_SESSION),
    (APPEND_ONE, FOR_THE_TRANSACTION, FOR_THE_SESSION),
    (ENTER_TENANT, FOR_THE_TRANSACTION, FOR_THE_SESSION),
)
CLAIMS_UNCHECKED: Sequence[Change] = (
    (APPEND, CHECK_CLAIM, CHECK_CLAIM.replace("exists", "false and exists")),
    (APPEND, CHECK_SOLE, CHECK_SOLE.replace("is not null;", "is not null and false;")),
    (APPEND_ONE, OPEN_HEAD, f"{OPEN_HEAD} and p_sole is null"),  # whoever claims goes the long way
)

PREPARE = """
create sequence es.bad_positions;
grant usage on sequence es.bad_positions to escale_owner;
"""
# Whether a claim is taken is looked up before the head is locked: whoever waits there holds old news.
CLAIMS_BEFORE_LOCK = """
alter function es.append_events rename to append_after_check;
create function es.append_events(
  p_tenant uuid, p_commands uuid[], p_hashes bytea[], p_counts int[], p_extras jsonb,
  p_streams uuid[], p_versions bigint[], p_topics text[], p_states bytea[], p_ids uuid[], p_metas text[])
returns table (outcome text, first_position bigint, last_position bigint, detail jsonb)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform set_config('app.tenant_id', p_tenant::text, true);
  if exists (
    select from jsonb_array_elements(p_extras) as extra,
      jsonb_array_elements(coalesce(extra -> 'sole', extra -> 'claims')) as wanted
    join es.claim c on c.tenant_id = p_tenant and c.kind = wanted ->> 'kind' and c.key = wanted ->> 'key'
      and c.ends_at > coalesce((wanted ->> 'starts_at')::timestamptz, '-infinity')
      and c.starts_at < coalesce((wanted ->> 'ends_at')::timestamptz, 'infinity')
      and c.holder <> (wanted ->> 'holder')::uuid
  ) then
    outcome := 'refused';
    detail := '[]';
    return next;
    return;
  end if;
  return query select * from es.append_after_check(p_tenant, p_commands, p_hashes, p_counts, p_extras,
    p_streams, p_versions, p_topics, p_states, p_ids, p_metas);
end
$$;
alter function es.append_events owner to escale_owner;
grant execute on function es.append_events to escale_app;
"""


def install(url: str, changes: Sequence[Change], *statements: str) -> None:
    """Makes a scratch database wrong; says so when the text to change is no longer there."""
    with psycopg.connect(url, autocommit=True) as superuser:
        superuser.execute(PREPARE)
        for function, ours, theirs in changes:
            row = superuser.execute("select pg_get_functiondef(%s::regproc)", (function,)).fetchone()
            assert row is not None
            assert ours in row[0], f"{function} no longer says {ours!r}; change the variant with it"
            superuser.execute(row[0].replace(ours, theirs).encode())
        for statement in statements:
            superuser.execute(statement.encode())


class Crash(BaseException):
    """The process ends here."""


class RowsBeforeCheckpoint(ProjectionRunner):
    """Writes the rows in one transaction and the checkpoint in the next; a crash fits in between."""

    crashes = 1

    def _fold(self, group: Group, batch: Batch) -> tuple[set[str], Batch | None]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (group.tenant_id,))
            for projector in group.projectors:
                projector.project_all(
                    batch.events, Rows(RowTable(connection, group.tenant_id, projector.row))
                )
        self._crash_once()
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (group.tenant_id,))
            versions = {consumer_of(projector): projector.version for projector in group.projectors}
            advance(
                connection,
                group.tenant_id,
                versions,
                position=group.position,
                upto=batch.upto,
                epoch=group.epoch,
            )
        return set(), None

    def _crash_once(self) -> None:
        if self.crashes:
            self.crashes -= 1
            raise Crash()


def waiting_for_locks(connection: psycopg.Connection[Any]) -> int:
    """How many statements in this database wait for somebody else's lock."""
    row = connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone()
    return int(row[0]) if row else 0
