"""Does the short way append what it may, and leave nothing behind where it may not?"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.event_store.appending import APPEND_ONE, Appender, AppendRequest
from adapters.event_store.stored import TenantStoredEvent
from application.kernel.context import CommandId
from domain.kernel.claims import Claim, Claims, Release
from tests.adapters.event_store.conftest import Bench
from tests.adapters.event_store.test_store import DropsTheAnswer

ROWS = """
select (select count(*) from es.event where tenant_id = %(tenant)s),
       (select count(*) from es.command_log where tenant_id = %(tenant)s),
       (select count(*) from es.claim where tenant_id = %(tenant)s),
       (select position from es.tenant_head where tenant_id = %(tenant)s)
"""


def an_event(stream: UUID | None = None, version: int = 1) -> TenantStoredEvent:
    return TenantStoredEvent(stream or uuid4(), version, "test.happened.v1", b"{}", uuid7(), {})


def a_command() -> CommandId:
    return CommandId(uuid4(), b"\1" * 32)


def a_name(key: str, holder: UUID) -> Claims:
    return Claims(taken=(Claim("name", key, holder),))


FIRST = an_event()
HELD = AppendRequest(events=[FIRST], command=a_command(), claims=a_name("taken", FIRST.originator_id))
TROUBLE: dict[str, tuple[str, Callable[[], AppendRequest]]] = {
    "a version that exists": ("stale", lambda: AppendRequest([an_event(FIRST.originator_id)], a_command())),
    "a command that is known": ("replayed", lambda: AppendRequest([an_event()], HELD.command)),
    "a guard that moved": (
        "stale",
        lambda: AppendRequest([an_event()], a_command(), guards={uuid4(): 3, FIRST.originator_id: 0}),
    ),
    "a place that is taken": (
        "refused",
        lambda: AppendRequest([an_event()], a_command(), claims=a_name("taken", uuid4())),
    ),
}


def rows(url: str, tenant_id: UUID) -> tuple[Any, ...]:
    """What the tenant's tables hold."""
    with psycopg.connect(url) as superuser:
        found = superuser.execute(ROWS, {"tenant": tenant_id}).fetchone()
    assert found is not None
    return found


def short(bench: Bench, tenant_id: UUID, request: AppendRequest) -> int | None:
    """What the function of the short way answers, and nothing else."""
    parameters = Appender(bench.pools.commands, bench.engine.claim_keys).one_event(tenant_id, [request])
    assert parameters is not None
    with bench.pools.commands.connection() as connection:
        row = connection.execute(APPEND_ONE, parameters).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_leaves_nothing_and_the_long_way_says_what_it_is(
    bench: Bench, database_url: str, tenant_id: UUID, trouble: str
) -> None:
    outcome, request = TROUBLE[trouble]
    assert short(bench, tenant_id, HELD) == 1
    before = rows(database_url, tenant_id)
    assert before == (1, 1, 1, 1)

    assert short(bench, tenant_id, request()) is None
    answered = Appender(bench.pools.commands, bench.engine.claim_keys)(tenant_id, [request()])

    assert [each.name for each in answered] == [outcome]
    assert rows(database_url, tenant_id) == before


@pytest.mark.parametrize(("state", "outcome"), [(1, "read_only"), (2, "closed")])
def test_a_frozen_tenant_and_an_unknown_one_are_told_by_the_long_way(
    bench: Bench, database_url: str, tenant_id: UUID, state: int, outcome: str
) -> None:
    with psycopg.connect(database_url) as superuser:
        superuser.execute("update es.tenant_head set state = %s where tenant_id = %s", (state, tenant_id))
    append = Appender(bench.pools.commands, bench.engine.claim_keys)
    assert short(bench, tenant_id, AppendRequest([an_event()])) is None
    assert [each.name for each in append(tenant_id, [AppendRequest([an_event()])])] == [outcome]
    assert [each.name for each in append(uuid4(), [AppendRequest([an_event()])])] == ["unknown_tenant"]


@pytest.mark.parametrize("command", [a_command(), None])
def test_a_lost_acknowledgement_is_answered_with_the_position_of_the_first_try(
    bench: Bench, tenant_id: UUID, command: CommandId | None
) -> None:
    pool = DropsTheAnswer(bench.pools.commands)
    request = AppendRequest([an_event()], command, guards={uuid4(): 0})
    (outcome,) = Appender(pool, bench.engine.claim_keys)(tenant_id, [request])  # type: ignore[arg-type]
    assert pool.dropped == 1
    assert (outcome.name, outcome.positions()) == ("appended", [1])
    assert bench.store(tenant_id).head() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"events": [FIRST, an_event()]},
        {"claims": Claims(released=(Release("name", "given back", uuid4()),))},
        {"claims": Claims(taken=(Claim("budget", "2030", uuid4(), capacity=9, shape="amount"),))},
        {"claims": Claims(taken=(Claim("room", "1", uuid4()), Claim("room", "1", uuid4())))},
        {"settle": {"outcome": 2}},
    ],
)
def test_whatever_needs_more_goes_the_long_way(bench: Bench, change: dict[str, Any]) -> None:
    append = Appender(bench.pools.commands, bench.engine.claim_keys)
    assert append.one_event(uuid4(), [HELD]) is not None
    assert append.one_event(uuid4(), [replace(HELD, **change)]) is None
    assert append.one_event(uuid4(), [HELD, HELD]) is None
