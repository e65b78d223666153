"""Are effects performed at least once, by one dispatcher at a time, and not for ever?"""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from psycopg import errors, sql

from adapters.jobs.outbox import EffectContext, Leased
from adapters.jobs.performers import build_performers
from adapters.messaging.messages import RecordedMessages
from tests.adapters.jobs.conftest import Bench
from tests.kit.ledger import AmountAdded, Ledger

STATE = "select state, attempts, last_error from es.outbox where tenant_id = %s order by effect_key"


class Told:
    """A performer that remembers."""

    def __init__(self) -> None:
        self.effects: list[EffectContext] = []
        self._lock = Lock()

    def __call__(self, effect: EffectContext) -> None:
        with self._lock:
            self.effects.append(effect)


def fails(effect: EffectContext) -> None:
    raise ConnectionError("camille@example.com: mailbox full")


def with_effects(bench: Bench, tenant_id: UUID, count: int = 1) -> None:
    for _ in range(count):
        bench.ledger(tenant_id, 100)
    bench.processes().drain(tenant_id)


def test_an_effect_is_performed_with_its_event(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    told = Told()
    dispatcher = bench.outbox({"told": told})
    assert dispatcher.dispatch(tenant_id) == 1
    assert dispatcher.dispatch(tenant_id) == 0
    (effect,) = told.effects
    assert isinstance(effect.event, AmountAdded)
    assert (effect.event.amount, effect.attempt, effect.tenant_id) == (100, 1, tenant_id)
    assert bench.sql(STATE, tenant_id) == [(1, 1, None)]


def test_two_dispatchers_share_the_work_without_doubles(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id, 12)
    told = Told()
    with ThreadPoolExecutor(2) as crowd:
        done = list(crowd.map(lambda _: bench.outbox({"told": told}).dispatch(tenant_id), range(2)))
    assert sum(done) == 12
    assert len({effect.effect_key for effect in told.effects}) == len(told.effects) == 12


def test_a_dispatcher_that_slept_past_its_lease_cannot_mark(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    told = Told()
    sleeper = bench.outbox({"told": fails}, lease_s=0.05)
    zombie = sleeper.take(tenant_id)
    assert zombie is not None
    assert bench.outbox({"told": told}).take(tenant_id) is None, "leased"
    sleep(0.1)
    assert bench.outbox({"told": told}).dispatch(tenant_id) == 1
    assert not sleeper.perform(zombie), "its failure must not undo what the other has done"
    assert bench.sql(STATE, tenant_id) == [(1, 2, None)]
    assert told.effects[0].attempt == 2


def test_a_zombie_cannot_mark_as_done_what_another_is_doing(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    told = Told()
    sleeper = bench.outbox({"told": told}, lease_s=0)
    zombie = sleeper.take(tenant_id)
    awake = bench.outbox({"told": told})
    current = awake.take(tenant_id)
    assert zombie is not None
    assert current is not None
    assert current.token == zombie.token + 1
    assert not sleeper.perform(zombie)
    assert bench.sql(STATE, tenant_id)[0][0] == 0
    assert awake.perform(current)
    assert bench.sql(STATE, tenant_id)[0][0] == 1


def test_a_failure_is_tried_again_later_and_given_up_in_the_end(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    given_up: list[Leased] = []
    dispatcher = bench.outbox(
        {"told": fails}, back_off_s=(0, 0), on_given_up=lambda leased, error: given_up.append(leased)
    )
    assert dispatcher.dispatch(tenant_id) == 0
    ((state, attempts, error),) = bench.sql(STATE, tenant_id)
    assert (state, attempts) == (2, 3)
    assert "ConnectionError" in error
    assert "camille" not in error
    assert len(given_up) == 1
    told = Told()
    assert dispatcher.revive(tenant_id, given_up[0].effect_key)
    assert bench.outbox({"told": told}).dispatch(tenant_id) == 1


def test_a_failed_effect_waits_for_its_time(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    dispatcher = bench.outbox({"told": fails})
    dispatcher.dispatch(tenant_id)
    assert dispatcher.take(tenant_id) is None
    assert bench.sql(STATE, tenant_id)[0][:2] == (0, 1)


def test_an_effect_whose_attempts_all_died_is_given_up(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    told = Told()
    dispatcher = bench.outbox({"told": told}, back_off_s=(0,), lease_s=0)
    assert dispatcher.take(tenant_id) is not None
    assert dispatcher.take(tenant_id) is not None
    assert dispatcher.dispatch(tenant_id) == 0
    assert told.effects == []
    assert bench.sql(STATE, tenant_id)[0][0] == 2


def test_a_kind_nobody_performs_is_kept(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    assert bench.outbox({}).dispatch(tenant_id) == 0
    assert bench.sql(STATE, tenant_id) == [(0, 1, "nobody performs told")]


def test_the_dispatcher_sees_keys_and_no_content(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    for table in ("es.event", "read.test_ledger", "vault.subject_key", "es.command_log"):
        with (
            bench.pools.dispatcher.connection() as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(sql.SQL("select * from {}").format(sql.Identifier(*table.split("."))))


def test_an_alert_is_a_message_by_reference(bench: Bench, tenant_id: UUID) -> None:
    with_effects(bench, tenant_id)
    messages = RecordedMessages()
    performers = build_performers(
        close_login=lambda tenant_id, name: False,
        messages=messages,
        keys=bench.engine.keys,
        snapshot_pool=bench.pools.projector,
        checkpoints=bench.checkpoints,
    )
    bench.sql("update es.outbox set kind = 'violation_alert' where tenant_id = %s", tenant_id)
    assert bench.outbox(dict(performers)).dispatch(tenant_id) == 1
    (message,) = messages.sent
    assert (message.tenant_id, message.topic) == (tenant_id, AmountAdded.TOPIC)


def test_destroying_a_key_erases_the_person_and_their_snapshots(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 1)
    store = bench.store(tenant_id)
    found = store.load(Ledger, ledger)
    store._application.take_snapshot_of(found)
    performers = build_performers(
        close_login=lambda tenant_id, name: False,
        messages=RecordedMessages(),
        keys=bench.engine.keys,
        snapshot_pool=bench.pools.projector,
        checkpoints=bench.checkpoints,
    )

    class Erased:
        subject_id = found.owner_id

    event: Any = Erased()
    performers["destroy_subject_key"](EffectContext(tenant_id, "key", "destroy_subject_key", event, 1))
    assert bench.sql("select 1 from es.snapshot where tenant_id = %s", tenant_id) == []
    assert store.load(Ledger, ledger).owner == "[erased]"
