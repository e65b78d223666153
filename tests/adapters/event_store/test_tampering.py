"""Does the chain show what somebody with every right has done to the log?"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.adapters.event_store.conftest import Bench
from tests.kit.chain import verify_chain
from tests.kit.ledger import Ledger

EVENTS = 12


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that is always rolled back."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def history(bench: Bench, tenant_id: UUID) -> UUID:
    """A scratch tenant with twelve events."""
    ledger = bench.ledger(tenant_id)
    for amount in range(1, EVENTS):
        bench.store(tenant_id).change(Ledger, ledger, lambda it, amount=amount: it.put(amount))  # type: ignore[misc]
    return tenant_id


@pytest.mark.parametrize(
    "change",
    [
        "update es.event set state = set_byte(state, 3, get_byte(state, 3) # 1)"
        " where tenant_id = %(tenant)s and position = 5",
        "update es.event set meta = replace(meta, '{', '{ ') where tenant_id = %(tenant)s and position = 5",
        "update es.event set topic = topic || 'x' where tenant_id = %(tenant)s and position = 5",
        "update es.event set recorded_at = recorded_at + interval '1 microsecond'"
        " where tenant_id = %(tenant)s and position = 5",
        "update es.event set chain_hash = set_byte(chain_hash, 0, get_byte(chain_hash, 0) # 1)"
        " where tenant_id = %(tenant)s and position = 5",
        "delete from es.event where tenant_id = %(tenant)s and position = 5",
        "delete from es.event where tenant_id = %(tenant)s and position = 1",
        "delete from es.event where tenant_id = %(tenant)s and position > 9",
        "delete from es.event where tenant_id = %(tenant)s",
        "update es.tenant_head set position = 11 where tenant_id = %(tenant)s",
    ],
    ids=[
        "a byte of a state",
        "a space in the metadata",
        "a topic",
        "a microsecond",
        "a link",
        "a row deleted",
        "the first row deleted",
        "the tail cut off",
        "all rows deleted",
        "the tip moved back",
    ],
)
def test_a_change_is_found(history: UUID, superuser: psycopg.Connection[Any], change: str) -> None:
    assert verify_chain(superuser, history) == EVENTS
    assert superuser.execute(change.encode(), {"tenant": history}).rowcount > 0
    with pytest.raises(AssertionError):
        verify_chain(superuser, history)


def test_two_rows_swapped_are_found(history: UUID, superuser: psycopg.Connection[Any]) -> None:
    for old, new in ((5, -1), (6, 5), (-1, 6)):
        superuser.execute(
            "update es.event set position = %s where tenant_id = %s and position = %s", (new, history, old)
        )
    with pytest.raises(AssertionError, match="breaks at position 5"):
        verify_chain(superuser, history)


def test_a_forged_row_with_a_link_of_its_own_is_found_at_the_next(
    history: UUID, superuser: psycopg.Connection[Any]
) -> None:
    """Who recomputes one link must recompute all that follow, and the tip."""
    superuser.execute(
        "update es.event set state = (select state from es.event where tenant_id = %(tenant)s and position = 6),"
        " chain_hash = (select sha256(p.chain_hash || uuid_send(e.tenant_id) || int8send(e.position)"
        "   || uuid_send(e.event_id) || uuid_send(e.originator_id) || int8send(e.originator_version)"
        "   || timestamptz_send(e.recorded_at) || sha256(convert_to(e.topic, 'UTF8')) || sha256(s.state)"
        "   || sha256(convert_to(e.meta, 'UTF8')))"
        "   from es.event p, es.event e, es.event s where p.tenant_id = %(tenant)s and p.position = 4"
        "   and e.tenant_id = %(tenant)s and e.position = 5 and s.tenant_id = %(tenant)s and s.position = 6)"
        " where tenant_id = %(tenant)s and position = 5",
        {"tenant": history},
    )
    with pytest.raises(AssertionError, match="breaks at position 6"):
        verify_chain(superuser, history)
