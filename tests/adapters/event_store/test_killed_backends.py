"""Is everything acknowledged stored, once and without a gap, while the database's processes are being killed?"""

from collections import Counter
from threading import Event, Thread
from time import monotonic
from uuid import UUID, uuid4

import psycopg
from eventsourcing.persistence import OperationalError

from adapters.event_store.line import LeaderLost
from adapters.event_store.outcomes import AlreadySettled
from adapters.postgres.roles import APP
from application.kernel.context import CommandId
from domain.kernel.refusals import Conflict, Unavailable
from tests.adapters.event_store.conftest import Bench
from tests.kit.chain import verify_chain
from tests.kit.crowd import all_at_once
from tests.kit.ledger import Ledger

WRITERS = 8
KILLING_S = 3.0
PATIENCE_S = 15.0
MOST = 900  # a ledger takes no more than a thousand
KILL = """
select count(pg_terminate_backend(pid)) from (
  select pid from pg_stat_activity where usename = %s and datname = current_database() and state = 'active'
  order by random() limit 3
) as victims
"""


def killing(url: str, stop: Event, killed: Counter[str]) -> None:
    with psycopg.connect(url, autocommit=True) as superuser:
        while not stop.wait(0.02):
            row = superuser.execute(KILL, (APP,)).fetchone()
            killed["backends"] += row[0] if row else 0


def test_what_is_acknowledged_is_stored_once(bench: Bench, tenant_id: UUID, database_url: str) -> None:
    ledgers = [bench.ledger(tenant_id) for _ in range(WRITERS)]
    stop, killed = Event(), Counter[str]()
    killer = Thread(target=killing, args=(database_url, stop, killed))
    until = monotonic() + KILLING_S

    def write(number: int) -> int:
        """As a client does: a command without an answer is sent again, under its own id."""
        acknowledged = 0
        while monotonic() < until and acknowledged < MOST:
            command = CommandId(uuid4(), b"put one", keyed=True)
            while not sent(bench, number, tenant_id, ledgers[number], command):
                assert monotonic() < until + PATIENCE_S
            acknowledged += 1
        return acknowledged

    killer.start()
    try:
        acknowledged = all_at_once(WRITERS, write)
    finally:
        stop.set()
        killer.join()

    bench.pools.commands.check()  # the idle connections that were killed
    totals = [bench.store(tenant_id).load(Ledger, ledger).total for ledger in ledgers]
    assert acknowledged == totals
    assert killed["backends"] > 10
    assert min(totals) > 0
    with psycopg.connect(database_url, autocommit=True) as superuser:
        assert verify_chain(superuser, tenant_id) == WRITERS + sum(totals)  # which also finds any gap
        commands = superuser.execute(
            "select count(*), count(distinct first_position) from es.command_log where tenant_id = %s",
            (tenant_id,),
        ).fetchone()
    assert commands == (sum(totals), sum(totals))


def sent(bench: Bench, number: int, tenant_id: UUID, ledger: UUID, command: CommandId) -> bool:
    try:
        bench.client(number, tenant_id, command=command).change(Ledger, ledger, lambda it: it.put(1))
    except AlreadySettled:
        return True
    except (OperationalError, Unavailable, Conflict, LeaderLost):
        return False
    return True
