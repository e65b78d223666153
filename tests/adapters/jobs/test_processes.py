"""Does what follows from an event happen once, however often the work is repeated?"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from adapters.jobs.processes import ProcessRunner
from application.kernel.process import InTenant
from tests.adapters.jobs.conftest import Bench
from tests.adapters.jobs.ledger_views import POISON, Bonus, LateProcess, PutAmount
from tests.kit.ledger import Ledger

BONUS, LATE = "process:test-bonus", "process:test-late"


def total(bench: Bench, tenant_id: UUID, ledger: UUID) -> int:
    return bench.store(tenant_id).load(Ledger, ledger).total


def outbox(bench: Bench, tenant_id: UUID) -> list[Any]:
    rows = "select effect_key, kind, position from es.outbox where tenant_id = %s order by position"
    return list(bench.sql(rows, tenant_id))


def test_an_event_leads_to_a_command_and_an_effect(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 5, 100)
    woken: list[UUID] = []
    assert bench.processes(on_effects=woken.append).drain(tenant_id)
    assert total(bench, tenant_id, ledger) == 107
    assert bench.positions(tenant_id) == {BONUS: (4, "running")}
    ((key, kind, position),) = outbox(bench, tenant_id)
    event_id, meta = bench.sql(
        "select event_id, (select meta from es.event n where n.tenant_id = e.tenant_id and n.position = 4)"
        " from es.event e where tenant_id = %s and position = 3",
        tenant_id,
    )[0]
    assert (key, kind, position) == (f"test-bonus:{event_id}:1", "told", 3)
    assert f'"causation":"{event_id}"' in meta
    assert '"actor_kind":"process"' in meta
    assert woken == [tenant_id]


def test_repeating_the_work_is_recognised_even_when_the_world_has_changed(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, 100)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ProcessRunner, "move", dies)
        with pytest.raises(KeyboardInterrupt):
            bench.processes().drain(tenant_id)
    assert total(bench, tenant_id, ledger) == 101, "the command was executed before the crash"
    assert outbox(bench, tenant_id) == []
    bench.put(tenant_id, ledger, 7)
    bench.processes().drain(tenant_id)
    bench.processes().drain(tenant_id)
    assert total(bench, tenant_id, ledger) == 108
    assert len(outbox(bench, tenant_id)) == 1


def test_many_workers_execute_every_command_once(bench: Bench, tenant_id: UUID) -> None:
    ledgers = [bench.ledger(tenant_id, 100) for _ in range(5)]
    with ThreadPoolExecutor(4) as workers:
        for drained in [workers.submit(bench.processes().drain, tenant_id) for _ in range(4)]:
            drained.result()
    bench.processes().drain(tenant_id)
    assert [total(bench, tenant_id, ledger) for ledger in ledgers] == [101] * 5
    assert len(outbox(bench, tenant_id)) == 5


def test_a_refusal_is_an_answer_and_the_process_moves_on(bench: Bench, tenant_id: UUID) -> None:
    full = bench.ledger(tenant_id, 1000)
    later = bench.ledger(tenant_id, 100)
    assert bench.processes().drain(tenant_id)
    assert total(bench, tenant_id, full) == 1000
    assert total(bench, tenant_id, later) == 101
    refused = "select code from es.command_log where tenant_id = %s and outcome = 3"
    assert bench.sql(refused, tenant_id) == [("ledger_full",)]
    assert bench.parked == []


def test_a_read_only_tenant_makes_the_process_wait(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 100)
    bench.sql("update es.tenant_head set state = 1 where tenant_id = %s", tenant_id)
    assert not bench.processes().drain(tenant_id)
    assert bench.positions(tenant_id) == {BONUS: (0, "running")}
    bench.sql("update es.tenant_head set state = 0 where tenant_id = %s", tenant_id)
    assert bench.processes().drain(tenant_id)
    assert total(bench, tenant_id, ledger) == 101


def test_poison_pauses_the_process_at_the_event(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 100, POISON, 200)
    bonus, late = Bonus(), LateProcess()
    bonus.allergic = True
    runner = bench.processes(bonus, late)
    assert runner.drain(tenant_id)
    assert bench.positions(tenant_id)[BONUS] == (2, "paused")
    assert bench.positions(tenant_id)[LATE][1] == "running"
    assert [(parked.consumer, parked.position) for parked in bench.parked] == [(BONUS, 3)]
    assert "Camille" not in bench.parked[0].error
    bench.checkpoints.skip(tenant_id, BONUS)
    bench.parked.clear()
    runner.drain(tenant_id)
    assert bench.parked == []
    assert total(bench, tenant_id, ledger) == 100 + POISON + 200 + 2 * 2


def test_a_process_added_later_may_begin_now(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 100)
    bench.processes(Bonus()).drain(tenant_id)
    late = bench.processes(Bonus(), LateProcess())
    late.drain(tenant_id)
    assert total(bench, tenant_id, ledger) == 101
    assert len(outbox(bench, tenant_id)) == 1
    new_tenant = bench.tenant()
    bench.ledger(new_tenant, 100)
    late.drain(new_tenant)
    assert len(outbox(bench, new_tenant)) == 2, "for a new tenant it is as old as the tenant"


def test_a_command_may_go_to_another_tenant(bench: Bench, tenant_id: UUID) -> None:
    other = bench.tenant()
    theirs = bench.ledger(other)

    class Abroad(Bonus):
        name = "test-abroad"

        def react(self, event: Any, history: Any) -> Iterable[Any]:
            yield InTenant(other, PutAmount(ledger_id=theirs, amount=event.amount))

    bench.ledger(tenant_id, 3, 4)
    bench.processes(Abroad()).drain(tenant_id)
    bench.processes(Abroad()).drain(tenant_id)
    assert total(bench, other, theirs) == 7
