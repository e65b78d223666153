"""Do read models follow the log: together, exactly once, and past a poison event?"""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from psycopg import errors

from adapters.event_store.mapper import Topics
from adapters.jobs import feed
from adapters.jobs import projections as module
from adapters.jobs.checkpoints import Decision, Overtaken, advance
from adapters.jobs.feed import Feed
from adapters.jobs.rebuilding import ReplayFailed
from adapters.postgres.row_table import RowTable
from projections.kernel.rows import Rows
from tests.adapters.jobs.conftest import Bench
from tests.adapters.jobs.ledger_views import POISON, CountRow, Counts, Ledgers
from tests.kit.ledger import AmountAdded, Ledger, LedgerOpened

LEDGERS, COUNTS = "projection:test-ledgers", "projection:test-counts"

WAITS_FOR_A_LOCK = """
select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


def allergic() -> Counts:
    counts = Counts()
    counts.allergic = True
    return counts


def test_a_group_follows_the_log_in_one_transaction(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, *range(1, 31))
    assert bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: sum(range(1, 31))}
    assert bench.count(tenant_id) == 31
    assert bench.positions(tenant_id) == {LEDGERS: (31, "running"), COUNTS: (31, "running")}
    xmin = "select distinct xmin::text from es.checkpoint where tenant_id = %s"
    assert len(bench.sql(xmin, tenant_id)) == 1, "both checkpoints moved in one transaction"


def in_pages_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", size)
    monkeypatch.setattr(module, "LONG_PAGE", size)


def test_a_long_log_is_read_in_pages(bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    in_pages_of(7, monkeypatch)
    ledger = bench.ledger(tenant_id, *range(1, 41))
    assert bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: sum(range(1, 41))}
    assert bench.count(tenant_id) == 41


def test_draining_again_changes_nothing(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    runner = bench.projections()
    runner.drain(tenant_id)
    runner.drain(tenant_id)
    assert bench.count(tenant_id) == 3


def test_many_workers_count_every_event_once(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pages_of(3, monkeypatch)
    ledger = bench.ledger(tenant_id, *range(1, 41))
    with ThreadPoolExecutor(4) as workers:
        for drained in [workers.submit(bench.projections().drain, tenant_id) for _ in range(4)]:
            drained.result()
    bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: sum(range(1, 41))}
    assert bench.count(tenant_id) == 41


def test_tenants_do_not_mix(bench: Bench) -> None:
    first, second = bench.tenant(), bench.tenant()
    mine, theirs = bench.ledger(first, 5), bench.ledger(second, 7)
    runner = bench.projections()
    runner.drain(first)
    assert bench.totals(second) == {}
    runner.drain(second)
    assert (bench.totals(first), bench.totals(second)) == ({mine: 5}, {theirs: 7})


def test_a_checkpoint_moves_only_from_where_it_was_expected(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    bench.projections().drain(tenant_id)
    elsewhere: list[dict[str, Any]] = [
        {"versions": {LEDGERS: 1, COUNTS: 1}, "position": 2, "epoch": 1},
        {"versions": {LEDGERS: 1, COUNTS: 2}, "position": 3, "epoch": 1},
        {"versions": {LEDGERS: 1, COUNTS: 1}, "position": 3, "epoch": 2},
    ]
    for expected in elsewhere:
        with bench.pools.projector.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (tenant_id,))
            with pytest.raises(Overtaken), connection.transaction():
                advance(connection, tenant_id, upto=9, **expected)
    assert bench.positions(tenant_id) == {LEDGERS: (3, "running"), COUNTS: (3, "running")}


def test_a_new_projector_catches_up_and_joins_the_group(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, *range(1, 21))
    bench.projections(Ledgers()).drain(tenant_id)
    bench.ledger(tenant_id, 1)
    assert bench.projections(Ledgers(), Counts()).drain(tenant_id)
    assert bench.count(tenant_id) == 23
    assert set(bench.positions(tenant_id).values()) == {(23, "running")}


def test_a_poison_event_pauses_only_its_unit(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 1, 2, POISON, 3)
    other = bench.tenant()
    bench.ledger(other, 4)
    runner = bench.projections(Ledgers(), allergic())
    assert runner.drain(tenant_id)
    runner.drain(other)
    assert bench.totals(tenant_id) == {ledger: 6 + POISON}
    assert bench.positions(tenant_id) == {LEDGERS: (5, "running"), COUNTS: (3, "paused")}
    assert bench.count(tenant_id) == 3, "everything before the poison is there"
    assert bench.count(other) == 2
    assert [(parked.consumer, parked.position) for parked in bench.parked] == [(COUNTS, 4)]
    kept = bench.sql("select error from es.parked_event where tenant_id = %s", tenant_id)[0][0]
    assert "ValueError" in kept
    assert "Camille" not in kept, "a message of others may name a person"


def test_retry_goes_on_where_it_stopped(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, POISON, 3)
    bench.projections(Ledgers(), allergic()).drain(tenant_id)
    assert bench.checkpoints.retry(tenant_id, COUNTS)
    bench.projections(Ledgers(), Counts()).drain(tenant_id)
    assert bench.count(tenant_id) == 4
    assert bench.positions(tenant_id)[COUNTS] == (4, "running")
    assert bench.sql("select 1 from es.parked_event where tenant_id = %s", tenant_id) == []


def test_skip_goes_on_without_the_event_and_so_does_every_replay(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, POISON, 3)
    runner = bench.projections(Ledgers(), allergic())
    runner.drain(tenant_id)
    assert bench.checkpoints.skip(tenant_id, COUNTS)
    runner.drain(tenant_id)
    assert bench.count(tenant_id) == 3
    assert bench.positions(tenant_id)[COUNTS] == (4, "running")
    assert list(runner.check(tenant_id)) == []
    runner.rebuild(tenant_id, "test-counts")
    assert bench.count(tenant_id) == 3


def test_resuming_a_running_unit_does_nothing(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1)
    bench.projections().drain(tenant_id)
    assert not bench.checkpoints.retry(tenant_id, COUNTS)
    assert not bench.checkpoints.skip(tenant_id, COUNTS)
    assert bench.positions(tenant_id)[COUNTS] == (2, "running")


def test_an_unknown_topic_stops_every_unit_at_the_event(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id)
    bench.put(tenant_id, ledger, 1)
    older_code = Feed(Topics((LedgerOpened,), (Ledger,)), bench.engine.keys)
    bench.projections(feed=older_code).drain(tenant_id)
    assert bench.positions(tenant_id) == {LEDGERS: (1, "paused"), COUNTS: (1, "paused")}
    assert "test-ledger.amount-added.v1" in bench.parked[0].error


def test_a_database_error_is_tried_again_and_never_parked(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, 1)
    with monkeypatch.context() as patched:

        def breaks(*_: Any) -> None:
            raise psycopg.OperationalError("the server is gone")

        patched.setattr(RowTable, "write", breaks)
        with pytest.raises(OperationalError):
            bench.projections().drain(tenant_id)
    assert bench.parked == []
    assert bench.positions(tenant_id) == {LEDGERS: (0, "running"), COUNTS: (0, "running")}
    bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 1}


def test_a_locked_table_holds_up_its_own_projector_only(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, 1)
    write = RowTable.write

    def locked(self: RowTable[Any], *rows: Any) -> None:
        if self._row is CountRow:
            raise errors.LockNotAvailable("canceling statement due to lock timeout")
        write(self, *rows)

    with monkeypatch.context() as patched:
        patched.setattr(RowTable, "write", locked)
        assert not bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 1}
    assert bench.positions(tenant_id) == {LEDGERS: (2, "running"), COUNTS: (0, "running")}
    assert bench.projections().drain(tenant_id)
    assert bench.count(tenant_id) == 2


def test_a_limit_of_the_database_is_poison_not_weather(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, 1)
    write = RowTable.write

    def too_long(self: RowTable[Any], *rows: Any) -> None:
        if self._row is CountRow:
            raise errors.ProgramLimitExceeded("index row size 4096 exceeds maximum of Camille")
        write(self, *rows)

    monkeypatch.setattr(RowTable, "write", too_long)
    assert bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 1}
    assert bench.positions(tenant_id)[COUNTS] == (0, "paused")
    assert "Camille" not in bench.parked[0].error


class Overflowing(Counts):
    """Counts more than the column holds."""

    def project(self, event: Any, rows: Rows[CountRow]) -> None:
        super().project(event, rows)
        if isinstance(event, AmountAdded) and event.amount == POISON:
            rows.change(event.TOPIC, events=2**70)


def test_what_the_database_refuses_later_stops_the_guilty_alone(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement was sent, others were sent behind it, and the answer came last."""
    in_pages_of(4, monkeypatch)
    ledger = bench.ledger(tenant_id, 1, 2, 3, 4, 5, POISON, 7)
    assert bench.projections(Overflowing(), Ledgers()).drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 1 + 2 + 3 + 4 + 5 + POISON + 7}
    assert bench.positions(tenant_id) == {LEDGERS: (8, "running"), COUNTS: (6, "paused")}
    assert bench.count(tenant_id) == 6
    (parked,) = bench.parked
    assert (parked.position, parked.error.split()[0]) == (7, "NumericValueOutOfRange")


def test_a_page_stands_although_the_next_one_cannot_be_read(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pages_of(3, monkeypatch)
    ledger = bench.ledger(tenant_id, 1, 2, 3, 4, 5, 6)
    bench.sql(
        "update es.event set topic = 'nobody.knows.v1' where tenant_id = %s and position = 6", tenant_id
    )
    assert bench.projections().drain(tenant_id)
    assert bench.positions(tenant_id) == {LEDGERS: (5, "paused"), COUNTS: (5, "paused")}
    assert bench.totals(tenant_id) == {ledger: 1 + 2 + 3 + 4}
    assert {parked.position for parked in bench.parked} == {6}


def test_a_crash_between_fold_and_commit_loses_nothing(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, 1, 2)

    def dies(place: str) -> None:
        if place == "proj.after_apply":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "failpoint", dies)
        with pytest.raises(KeyboardInterrupt):
            bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {}
    bench.projections().drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 3}
    assert bench.count(tenant_id) == 3


def test_a_raised_version_rebuilds_and_an_older_worker_keeps_away(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    bench.projections().drain(tenant_id)

    class DoubleCounts(Counts):
        version = 2

        def project(self, event: Any, rows: Any) -> None:
            super().project(event, rows)
            super().project(event, rows)

    bench.projections(Ledgers(), DoubleCounts()).drain(tenant_id)
    assert bench.count(tenant_id) == 6
    bench.ledger(tenant_id)
    bench.projections().drain(tenant_id)
    assert bench.count(tenant_id) == 6, "version 1 must not write into the rows of version 2"
    bench.projections(Ledgers(), DoubleCounts()).drain(tenant_id)
    assert bench.count(tenant_id) == 8


def test_a_rebuild_that_meets_poison_changes_nothing(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, POISON)
    bench.projections().drain(tenant_id)
    runner = bench.projections(Ledgers(), allergic())
    with pytest.raises(ReplayFailed) as failed:
        runner.rebuild(tenant_id, "test-counts")
    assert failed.value.position == 3
    assert bench.count(tenant_id) == 3
    assert bench.positions(tenant_id)[COUNTS] == (3, "running")


def test_a_raised_version_that_meets_poison_pauses_the_unit_over_its_old_rows(
    bench: Bench, tenant_id: UUID
) -> None:
    bench.ledger(tenant_id, 1, POISON, 2)
    bench.projections().drain(tenant_id)

    class Choosy(Counts):
        version = 2
        allergic = True

    runner = bench.projections(Ledgers(), Choosy())
    assert runner.drain(tenant_id)
    assert bench.positions(tenant_id)[COUNTS] == (4, "paused")
    assert bench.count(tenant_id) == 4
    bench.checkpoints.skip(tenant_id, COUNTS)
    assert runner.drain(tenant_id)
    assert bench.count(tenant_id) == 3


def test_a_rebuild_is_atomic_while_commands_arrive(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, *([1] * 300))
    runner = bench.projections()
    runner.drain(tenant_id)
    reached, go_on = Event(), Event()

    def progress(name: str, position: int, upto: int) -> None:
        reached.set()
        go_on.wait(10)

    rebuilding = Thread(target=runner.rebuild, args=(tenant_id, "test-counts", progress))
    rebuilding.start()
    assert reached.wait(10)
    assert bench.count(tenant_id) == 301, "readers see the old rows"
    bench.put(tenant_id, ledger, 1, 1, 1)
    started = monotonic()
    assert not bench.projections().drain(tenant_id), "the projector in rebuild is left for later"
    assert monotonic() - started < 1, "and nobody waits for its lock"
    assert bench.totals(tenant_id) == {ledger: 303}, "the others go on"
    assert bench.count(tenant_id) == 301
    go_on.set()
    rebuilding.join(10)
    assert bench.count(tenant_id) == 301, "replayed to the position fixed at the start"
    assert runner.drain(tenant_id)
    assert bench.count(tenant_id) == 304
    assert list(runner.check(tenant_id)) == []


def test_the_checker_reports_both_values_and_leaves_nothing(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 1, 2)
    gone = bench.ledger(tenant_id, 5)
    runner = bench.projections()
    runner.drain(tenant_id)
    assert list(runner.check(tenant_id)) == []
    bench.sql("update read.test_ledger set total = 999 where ledger_id = %s", ledger)
    bench.sql("delete from read.test_ledger where ledger_id = %s", gone)
    found = {(each.key["ledger_id"], each.column): each for each in runner.check(tenant_id)}
    assert set(found) == {(str(ledger), "total"), (str(gone), "*")}
    tampered = found[(str(ledger), "total")]
    assert (tampered.projection, tampered.published, tampered.replayed) == ("test-ledgers", 999, 3)
    assert found[(str(gone), "*")].published is None
    assert bench.totals(tenant_id) == {ledger: 999}, "a check mends nothing"
    runner.rebuild(tenant_id, "test-ledgers")
    assert list(runner.check(tenant_id, ["test-ledgers"])) == []


def test_the_checker_finds_a_row_of_which_the_log_says_nothing(bench: Bench, tenant_id: UUID) -> None:
    runner = bench.projections()
    assert list(runner.check(tenant_id)) == []
    bench.sql("insert into read.test_count values (%s, 'test-ledger.opened.v1', 1)", tenant_id)
    (found,) = runner.check(tenant_id)
    assert (found.projection, found.column, found.replayed) == ("test-counts", "*", None)


def test_a_raised_epoch_rebuilds(bench: Bench, tenant_id: UUID) -> None:
    ledger = bench.ledger(tenant_id, 1)
    runner = bench.projections()
    runner.drain(tenant_id)
    bench.sql("update read.test_ledger set total = 5 where ledger_id = %s", ledger)
    bench.sql("update es.tenant_head set epoch = 2 where tenant_id = %s", tenant_id)
    assert runner.drain(tenant_id)
    assert bench.totals(tenant_id) == {ledger: 1}


def test_a_hole_in_the_log_is_never_skipped(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    bench.sql("delete from es.event where tenant_id = %s and position = 2", tenant_id)
    bench.projections().drain(tenant_id)
    assert {status for _, status in bench.positions(tenant_id).values()} == {"paused"}
    assert "contiguous" in bench.parked[0].error


def test_a_page_ends_where_it_is_heavy(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = bench.ledger(tenant_id, *range(1, 10))
    with bench.pools.projector.connection() as connection:
        whole = bench.feed.page(connection, tenant_id, after=0, upto=10)
        lightest = min(len(stored.state) for stored in whole)
        monkeypatch.setattr(feed, "PAGE_BYTES", sum(len(stored.state) for stored in whole[:3]))
        assert [stored.id for stored in bench.feed.page(connection, tenant_id, after=0, upto=10)] == [1, 2, 3]
        monkeypatch.setattr(feed, "PAGE_BYTES", lightest)
        assert [stored.id for stored in bench.feed.page(connection, tenant_id, after=4, upto=10)] == [5]
    assert bench.projections().drain(tenant_id), "however heavy, each is read"
    assert bench.totals(tenant_id) == {ledger: 45}


def test_a_hole_is_not_taken_for_the_end_of_a_heavy_page(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.ledger(tenant_id, 1, 2, 3)
    with bench.pools.projector.connection() as connection:
        first = bench.feed.page(connection, tenant_id, after=0, upto=4)[:3]
        bench.sql("delete from es.event where tenant_id = %s and position in (3, 4)", tenant_id)
        monkeypatch.setattr(feed, "PAGE_BYTES", sum(len(stored.state) for stored in first))
        with pytest.raises(feed.LogBroken):
            bench.feed.page(connection, tenant_id, after=0, upto=4)


def test_a_tenant_without_a_log_has_nothing_to_drain(bench: Bench) -> None:
    assert bench.projections().drain(UUID(int=7))


def test_a_page_is_decoded_only_for_those_who_listen(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, 2)
    with bench.pools.projector.connection() as connection:
        page = bench.feed.page(connection, tenant_id, after=0, upto=3)
    assert [type(event) for event in bench.feed.decode(tenant_id, page, (AmountAdded,))] == [AmountAdded] * 2


def test_a_decision_concerns_what_was_parked_when_it_was_made(bench: Bench, tenant_id: UUID) -> None:
    bench.ledger(tenant_id, 1, POISON, 3)
    runner = bench.projections(Ledgers(), allergic())
    runner.drain(tenant_id)
    (decided_at,) = bench.sql("select clock_timestamp()")[0]
    assert not bench.checkpoints.skip(tenant_id, COUNTS, Decision(4, decided_at)), "another event"
    assert bench.checkpoints.is_parked(tenant_id, COUNTS, 3)
    assert not bench.checkpoints.is_parked(tenant_id, COUNTS, 4)
    assert bench.checkpoints.retry(tenant_id, COUNTS, Decision(3, decided_at))
    runner.drain(tenant_id)
    assert bench.positions(tenant_id)[COUNTS] == (2, "paused")
    assert not bench.checkpoints.retry(tenant_id, COUNTS, Decision(3, decided_at)), "decided before"
    assert bench.positions(tenant_id)[COUNTS] == (2, "paused")


def test_a_skip_during_a_rebuild_waits_for_it_and_finds_nothing_to_skip(
    bench: Bench, tenant_id: UUID
) -> None:
    bench.ledger(tenant_id, 1, POISON, 3)
    bench.projections(Ledgers(), allergic()).drain(tenant_id)
    mended = bench.projections()
    reached, go_on = Event(), Event()

    def progress(name: str, position: int, upto: int) -> None:
        reached.set()
        go_on.wait(10)

    with ThreadPoolExecutor(2) as both:
        rebuilding = both.submit(mended.rebuild, tenant_id, "test-counts", progress)
        assert reached.wait(10)
        skipping = both.submit(bench.checkpoints.skip, tenant_id, COUNTS, Decision(3))
        while not bench.sql(WAITS_FOR_A_LOCK) and not skipping.done():
            pass
        go_on.set()
        rebuilding.result(10)
        assert not skipping.result(10)
    assert bench.positions(tenant_id)[COUNTS] == (4, "running")
    assert bench.count(tenant_id) == 4, "the event counts, here and in every later replay"
    assert list(mended.check(tenant_id)) == []
