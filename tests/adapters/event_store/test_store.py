"""What does the store promise to a command? Nothing lost, nothing twice, nothing decided on stale facts."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError, MapperDeserialisationError
from psycopg import Connection

from adapters.event_store.appending import Appender, AppendRequest
from adapters.event_store.application import TenantApplication
from adapters.event_store.mapper import Topics
from adapters.event_store.outcomes import AlreadySettled, StaleAppend, UnknownTenant
from adapters.event_store.store import TenantStore
from adapters.jobs.snapshots import SnapshotKeeper
from adapters.postgres.migrate import migrate
from application.kernel.context import CommandId
from application.ports.store import AsOf, Saved
from domain.kernel.refusals import Conflict, KeyReused, NotFound, StaleVersion, TenantClosed, TenantReadOnly
from tests.adapters.event_store.conftest import Bench
from tests.kit.chain import verify_chain
from tests.kit.crowd import all_at_once
from tests.kit.ledger import EVENTS, NOON, AmountAdded, Ledger, LedgerFull, LedgerOpened


def put(amount: int) -> Any:
    return lambda ledger: ledger.put(amount)


def command(key: str = "one", content: bytes = b"same") -> CommandId:
    return CommandId(
        uuid4() if key == "new" else UUID(bytes=sha256(key.encode()).digest()[:16]), content, keyed=True
    )


class TestChange:
    def test_loads_decides_and_appends(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        saved = bench.store(tenant_id).change(Ledger, ledger, put(5))
        assert (saved.version, saved.position) == (2, 2)
        assert bench.store(tenant_id).load(Ledger, ledger).total == 5

    def test_decides_again_while_others_are_faster(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        answers = all_at_once(12, lambda n: bench.store(tenant_id).change(Ledger, ledger, put(1)))
        assert sorted(answer.version for answer in answers) == list(range(2, 14))  # type: ignore[union-attr]
        assert bench.store(tenant_id).load(Ledger, ledger).total == 12

    def test_never_lets_two_decisions_pass_a_limit_together(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        answers = all_at_once(8, lambda n: bench.store(tenant_id).change(Ledger, ledger, put(300)))
        assert sum(isinstance(answer, LedgerFull) for answer in answers) == 5

    def test_records_nothing_when_it_is_already_so(self, bench: Bench, tenant_id: UUID) -> None:
        saved = bench.store(tenant_id).change(Ledger, bench.ledger(tenant_id), put(0))
        assert (saved.recorded, saved.version) == (False, 1)

    def test_refuses_another_version_than_the_client_expected(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        with pytest.raises(StaleVersion) as refusal:
            bench.store(tenant_id, expected_version=7).change(Ledger, ledger, put(1))
        assert refusal.value.facts["current_version"] == 1

    @pytest.mark.parametrize("cents", [0, 1], ids=["nothing to record", "something to record"])
    def test_refuses_another_version_of_the_first_of_several(
        self, bench: Bench, tenant_id: UUID, cents: int
    ) -> None:
        ledger, other = bench.ledger(tenant_id), bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, other, put(1))

        def saved_by(store: TenantStore) -> Saved:
            def decide() -> tuple[Ledger, ...]:
                ledgers = store.load(Ledger, ledger), store.load(Ledger, other)
                for each in ledgers:
                    put(cents)(each)
                return ledgers

            return store.save_all(decide)

        with pytest.raises(StaleVersion) as refusal:
            saved_by(bench.store(tenant_id, expected_version=2))
        assert refusal.value.facts["current_version"] == 1
        assert saved_by(bench.store(tenant_id, expected_version=1)).stream_id == ledger

    def test_refuses_an_unknown_stream_and_another_tenants_stream_alike(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        foreign = bench.ledger(bench.tenant())
        for unknown in (uuid4(), foreign):
            with pytest.raises(NotFound):
                bench.store(tenant_id).change(Ledger, unknown, put(1))

    def test_gives_up_after_its_patience(self, bench: Bench, tenant_id: UUID, monkeypatch: Any) -> None:
        monkeypatch.setattr("adapters.event_store.store.PATIENCE_S", 0.05)
        ledger = bench.ledger(tenant_id)

        def outpaced(mine: Ledger) -> None:
            bench.store(tenant_id).change(Ledger, ledger, put(1))
            mine.put(1)

        with pytest.raises(Conflict):
            bench.store(tenant_id).change(Ledger, ledger, outpaced)


class TestAdd:
    def test_refuses_a_stream_that_exists(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        with pytest.raises(Conflict):
            bench.ledger(tenant_id, ledger)

    def test_does_not_collide_with_the_same_id_in_another_tenant(self, bench: Bench, tenant_id: UUID) -> None:
        same = uuid4()
        bench.ledger(tenant_id, same)
        bench.ledger(bench.tenant(), same)


class TestGuards:
    def test_make_the_decision_run_again_when_what_it_read_has_moved(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        limit, mine = bench.ledger(tenant_id), bench.ledger(tenant_id)
        seen: list[int] = []
        store = bench.store(tenant_id)

        def decide(ledger: Ledger) -> None:
            read = store.read(Ledger, limit)
            assert read is not None
            seen.append(read.total)
            if len(seen) == 1:
                bench.store(tenant_id).change(Ledger, limit, put(7))
            ledger.put(1)

        store.change(Ledger, mine, decide)
        assert seen == [0, 7]

    def test_cover_a_stream_that_does_not_exist_yet(self, bench: Bench, tenant_id: UUID) -> None:
        absent, mine = uuid4(), bench.ledger(tenant_id)
        seen: list[bool] = []
        store = bench.store(tenant_id)

        def decide(ledger: Ledger) -> None:
            seen.append(store.read(Ledger, absent) is None)
            if len(seen) == 1:
                bench.ledger(tenant_id, absent)
            ledger.put(1)

        store.change(Ledger, mine, decide)
        assert seen == [True, False]


class TestSaveAll:
    def test_is_one_transaction(self, bench: Bench, tenant_id: UUID) -> None:
        taken = bench.ledger(tenant_id)
        new = uuid4()
        first = Ledger.open(new, owner_id=uuid4())
        with pytest.raises((Conflict, StaleAppend)):
            bench.store(tenant_id)._save(first, Ledger.open(taken, owner_id=uuid4()))
        with pytest.raises(NotFound):
            bench.store(tenant_id).load(Ledger, new)


class TestACommandId:
    def test_takes_effect_once(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        first = bench.store(tenant_id, command=command()).change(Ledger, ledger, put(5))
        with pytest.raises(AlreadySettled) as repeat:
            bench.store(tenant_id, command=command()).change(Ledger, ledger, put(5))
        assert (repeat.value.settled.version, repeat.value.settled.position) == (
            first.version,
            first.position,
        )

    def test_in_parallel_takes_effect_once(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        answers = all_at_once(
            100, lambda n: bench.store(tenant_id, command=command()).change(Ledger, ledger, put(5))
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert sum(isinstance(answer, AlreadySettled) for answer in answers) == 99

    def test_with_other_content_is_refused(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id, command=command()).change(Ledger, ledger, put(5))
        with pytest.raises(KeyReused):
            bench.store(tenant_id, command=command(content=b"other")).change(Ledger, ledger, put(6))

    def test_of_another_tenant_is_independent(self, bench: Bench, tenant_id: UUID) -> None:
        for tenant in (tenant_id, bench.tenant()):
            bench.store(tenant, command=command()).change(Ledger, bench.ledger(tenant), put(5))


class DropsTheAnswer:
    """A pool whose first append commits and then loses its acknowledgement."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.dropped = 0

    def getconn(self) -> Any:
        return _Dropping(self, self._pool.getconn())

    def putconn(self, borrowed: Any) -> None:
        self._pool.putconn(borrowed.connection)


class _Dropping:
    def __init__(self, owner: DropsTheAnswer, connection: Connection[Any]) -> None:
        self._owner = owner
        self.connection = connection

    def execute(self, statement: str, parameters: Any) -> Any:
        cursor = self.connection.execute(statement, parameters)
        if "es.append_event" in statement and self._owner.dropped == 0:
            self._owner.dropped += 1
            self.connection.close()
            self.connection.execute("select 1")  # raises: the connection is gone
        return cursor


class TestALostAcknowledgement:
    @pytest.mark.parametrize("with_command", [True, False])
    def test_is_answered_with_the_positions_of_the_first_try(
        self, bench: Bench, tenant_id: UUID, with_command: bool
    ) -> None:
        pool = DropsTheAnswer(bench.pools.commands)
        appender = Appender(pool, bench.engine.claim_keys)  # type: ignore[arg-type]
        mapper = TenantApplication(bench.engine, tenant_id).mapper
        ledger = Ledger.open(uuid4(), owner_id=uuid4())
        ledger.put(3)
        stored = [mapper.to_stored_event(event) for event in ledger.collect_events()]  # type: ignore[arg-type]
        request = AppendRequest(events=stored, command=command("new") if with_command else None)  # type: ignore[arg-type]

        outcome = appender(tenant_id, [request])[0]

        assert pool.dropped == 1
        assert (outcome.name, outcome.positions()) == ("appended", [1, 2])
        assert bench.store(tenant_id).head() == 2

    def test_of_a_party_gives_every_command_its_own_positions(self, bench: Bench, tenant_id: UUID) -> None:
        pool = DropsTheAnswer(bench.pools.commands)
        appender = Appender(pool, bench.engine.claim_keys)  # type: ignore[arg-type]
        earlier = bench.ledger(tenant_id)
        requests = [
            self.opening(bench, tenant_id, events=2, key="new"),
            self.opening(bench, tenant_id, events=1, key=None),
            self.opening(bench, tenant_id, events=3, key="new"),
            AppendRequest(events=[], command=command("new"), settle={"outcome": 3, "code": "rule_broken"}),
            AppendRequest(events=self.opening(bench, tenant_id, 1, None, stream=earlier).events),
            self.opening(bench, tenant_id, events=1, key=None),
        ]

        outcomes = appender(tenant_id, requests)

        assert pool.dropped == 1
        assert [outcome.positions() for outcome in outcomes] == [[2, 3], [4], [5, 6, 7], [], [], [8]]
        assert [outcome.name for outcome in outcomes] == [
            "appended",
            "appended",
            "appended",
            "replayed",
            "stale",
            "appended",
        ]
        assert bench.store(tenant_id).head() == 8

    def opening(
        self, bench: Bench, tenant_id: UUID, events: int, key: str | None, stream: UUID | None = None
    ) -> AppendRequest:
        """A request that opens a ledger and puts something into it."""
        ledger = Ledger.open(stream or uuid4(), owner_id=uuid4())
        for _ in range(events - 1):
            ledger.put(1)
        mapper = TenantApplication(bench.engine, tenant_id).mapper
        stored = [mapper.to_stored_event(event) for event in ledger.collect_events()]  # type: ignore[arg-type]
        return AppendRequest(events=stored, command=command(key) if key else None)  # type: ignore[arg-type]


class TestTheChain:
    def test_can_be_recomputed_by_anyone(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        for amount in range(1, 20):
            bench.store(tenant_id).change(Ledger, ledger, put(amount))
        with bench.pools.commands.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (tenant_id,))
            assert verify_chain(connection, tenant_id) == 20


class TestHistory:
    def test_is_read_at_a_position_at_what_was_known_and_at_what_was_true(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        ledger = bench.ledger(tenant_id)
        store = bench.store(tenant_id)
        second = store.change(Ledger, ledger, lambda it: it.put(5, at=NOON + timedelta(days=1)))
        between = datetime.now(UTC)
        # An import: it happened earlier than what we knew before.
        store.change(Ledger, ledger, lambda it: it.put(90, at=NOON))

        assert store.as_of(Ledger, ledger, AsOf(position=second.position)).total == 5
        assert store.as_of(Ledger, ledger, AsOf(version=2)).total == 5
        assert store.as_of(Ledger, ledger, AsOf(known_at=between)).total == 5
        assert store.as_of(Ledger, ledger, AsOf(occurred_at=NOON)).total == 90
        with pytest.raises(NotFound):
            store.as_of(Ledger, ledger, AsOf(known_at=NOON - timedelta(days=9_000)))

    def test_before_the_opening_there_is_nothing(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        store, earlier = bench.store(tenant_id), NOON - timedelta(days=1)
        with pytest.raises(NotFound):
            store.as_of(Ledger, ledger, AsOf(occurred_at=earlier))
        # A fact of before the beginning does not make a beginning.
        store.change(Ledger, ledger, lambda it: it.put(90, at=earlier))
        with pytest.raises(NotFound):
            store.as_of(Ledger, ledger, AsOf(occurred_at=earlier))
        assert store.as_of(Ledger, ledger, AsOf(occurred_at=NOON)).total == 90


class TestPersonalFields:
    def test_are_ciphertext_in_the_log_and_readable_until_the_key_is_gone(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        owner = uuid4()
        saved = bench.store(tenant_id).add(
            lambda: Ledger.open(uuid4(), owner_id=owner, owner="Camille Canary")
        )
        with bench.pools.commands.connection() as connection:
            state = connection.execute(
                "select state from es.read_feed(%s, 0, 10, 10)", (tenant_id,)
            ).fetchone()
        assert state is not None
        assert b"Camille" not in state[0]
        assert bench.store(tenant_id).load(Ledger, saved.stream_id).owner == "Camille Canary"

        bench.engine.keys.destroy(tenant_id, owner)

        assert bench.store(tenant_id).load(Ledger, saved.stream_id).owner == "[erased]"

    def test_of_an_erased_person_are_never_readable_again(self, bench: Bench, tenant_id: UUID) -> None:
        owner = uuid4()
        bench.engine.keys.destroy(tenant_id, owner)
        saved = bench.store(tenant_id).add(lambda: Ledger.open(uuid4(), owner_id=owner, owner="Too Late"))
        assert bench.store(tenant_id).load(Ledger, saved.stream_id).owner == "[erased]"

    def test_cannot_be_moved_to_another_stream(self, bench: Bench, tenant_id: UUID) -> None:
        keys, subject = bench.engine.keys, uuid4()
        sealed = keys.encrypt(tenant_id, subject, b"secret", b"here")
        assert keys.decrypt(tenant_id, subject, sealed, b"here") == b"secret"
        assert keys.decrypt(tenant_id, subject, sealed, b"there") is None
        assert keys.decrypt(bench.tenant(), subject, sealed, b"here") is None


class TestSnapshots:
    def test_spare_the_replay_and_agree_with_it(self, bench: Bench, tenant_id: UUID) -> None:
        ledger_id = bench.ledger(tenant_id)
        for _ in range(30):
            bench.store(tenant_id).change(Ledger, ledger_id, put(1))
        application = TenantApplication(bench.engine, tenant_id)
        application.take_snapshot_of(bench.store(tenant_id).load(Ledger, ledger_id))
        bench.store(tenant_id).change(Ledger, ledger_id, put(1))

        snapshot = application.snapshots.get(ledger_id, desc=True, limit=1, lte=None)  # type: ignore[union-attr]
        assert [each.originator_version for each in snapshot] == [31]
        assert bench.store(tenant_id).load(Ledger, ledger_id).total == 31
        replayed = bench.store(tenant_id).as_of(Ledger, ledger_id, AsOf())
        assert bench.store(tenant_id).load(Ledger, ledger_id).model_dump() == replayed.model_dump()

    def test_are_kept_newest_only_and_carry_a_long_stream(
        self, bench: Bench, tenant_id: UUID, database_url: str
    ) -> None:
        ledger_id = bench.ledger(tenant_id)

        def put_many(ledger: Ledger) -> None:
            for _ in range(349):
                ledger.put(1)

        bench.store(tenant_id).change(Ledger, ledger_id, put_many)
        SnapshotKeeper(
            pool=bench.pools.projector,
            engine=bench.engine,
            aggregate_of=dict.fromkeys(EVENTS, Ledger),
        ).drain(tenant_id)

        with Connection.connect(database_url, autocommit=True) as owner:
            kept = owner.execute(
                "select originator_version from es.snapshot where tenant_id = %s", (tenant_id,)
            ).fetchall()
            assert kept == [(300,)]
            # The events before it are not looked at: without them the ledger is the same.
            owner.execute("delete from es.event where tenant_id = %s and position <= 300", (tenant_id,))
        loaded = bench.store(tenant_id).load(Ledger, ledger_id)
        assert (loaded.version, loaded.total) == (350, 349)

    def test_keep_personal_fields_encrypted(self, bench: Bench, tenant_id: UUID) -> None:
        owner = uuid4()
        ledger_id = (
            bench.store(tenant_id).add(lambda: Ledger.open(uuid4(), owner_id=owner, owner="Canary")).stream_id
        )
        application = TenantApplication(bench.engine, tenant_id)
        application.take_snapshot_of(bench.store(tenant_id).load(Ledger, ledger_id))
        stored = application.factory.aggregate_recorder(purpose="snapshots").select_events(ledger_id)
        assert b"Canary" not in stored[0].state
        bench.engine.keys.destroy(tenant_id, owner)
        assert bench.store(tenant_id).load(Ledger, ledger_id).owner == "[erased]"

    def test_of_another_shape_are_ignored(self, bench: Bench, tenant_id: UUID, monkeypatch: Any) -> None:
        ledger_id = bench.ledger(tenant_id)
        application = TenantApplication(bench.engine, tenant_id)
        monkeypatch.setattr(Ledger, "SNAPSHOT_VERSION", 9)
        application.take_snapshot_of(bench.store(tenant_id).load(Ledger, ledger_id))
        assert bench.store(tenant_id).load(Ledger, ledger_id).version == 1
        assert list(application.snapshots.get(ledger_id)) == []  # type: ignore[union-attr]


class TestTheTenantsState:
    @pytest.mark.parametrize(("state", "refusal"), [(1, TenantReadOnly), (2, TenantClosed)])
    def test_stops_changes_and_allows_reading(
        self, bench: Bench, tenant_id: UUID, database_url: str, state: int, refusal: type[Exception]
    ) -> None:
        ledger = bench.ledger(tenant_id)
        with Connection.connect(database_url, autocommit=True) as owner:
            owner.execute("update es.tenant_head set state = %s where tenant_id = %s", (state, tenant_id))
        with pytest.raises(refusal):
            bench.store(tenant_id).change(Ledger, ledger, put(1))
        assert bench.store(tenant_id).load(Ledger, ledger).version == 1

    def test_unknown_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(UnknownTenant):
            bench.ledger(uuid4())


class TestTheEngine:
    def test_is_the_librarys(self, bench: Bench, tenant_id: UUID, monkeypatch: Any) -> None:
        ledger = bench.ledger(tenant_id)

        def broken(*args: Any, **kwargs: Any) -> Any:
            raise RuntimeError("the library was called")

        monkeypatch.setattr("eventsourcing.application.Application.save", broken)
        with pytest.raises(RuntimeError, match="the library was called"):
            bench.ledger(tenant_id)
        monkeypatch.undo()
        monkeypatch.setattr("eventsourcing.application.Repository.get", broken)
        with pytest.raises(RuntimeError, match="the library was called"):
            bench.store(tenant_id).load(Ledger, ledger)

    def test_treats_a_conflict_as_the_library_does(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = Ledger.open(uuid4(), owner_id=uuid4())
        TenantApplication(bench.engine, tenant_id).save(ledger)  # type: ignore[arg-type]
        again = Ledger.open(ledger.id, owner_id=uuid4())
        with pytest.raises(IntegrityError):
            TenantApplication(bench.engine, tenant_id).save(again)  # type: ignore[arg-type]

    def test_refuses_a_topic_nobody_reads(self, bench: Bench, tenant_id: UUID) -> None:
        topics = Topics((LedgerOpened,), (Ledger,))
        assert topics.event_class("test-ledger.opened.v1") is LedgerOpened
        with pytest.raises(MapperDeserialisationError):
            topics.event_class(AmountAdded.TOPIC)


class TestAFreshDatabase:
    def test_appends_without_a_sequential_scan(
        self, bench: Bench, tenant_id: UUID, database_url: str
    ) -> None:
        """Never analysed: the planner knows nothing, and must still find the keys."""
        store: TenantStore = bench.store(tenant_id)
        first = bench.ledger(tenant_id)
        store.change(Ledger, first, lambda it: it.take_slot("chair", "table", capacity=3))
        with Connection.connect(database_url, autocommit=True) as owner:
            before = scans(owner)
            for _ in range(50):
                ledger = bench.ledger(tenant_id)
                bench.store(tenant_id, command=command("new")).change(
                    Ledger, ledger, lambda it: it.take_slot("chair", capacity=1_000)
                )
                bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 1, 1_000))
            bench.engine.pool.check()
            after = settled_scans(owner)
        assert after == before

    def test_was_never_analysed(self, database_url: str) -> None:
        with Connection.connect(database_url, autocommit=True) as owner:
            row = owner.execute(
                "select count(*) from pg_stat_user_tables where schemaname = 'es' and last_analyze is not null"
            ).fetchone()
        assert row == (0,)


def scans(owner: Connection[Any]) -> dict[str, int]:
    """Sequential scans per table of the log, as the server counts them."""
    owner.execute("select pg_stat_clear_snapshot()")
    rows = owner.execute(
        "select relname, seq_scan from pg_stat_user_tables where schemaname = 'es'"
        " and relname in (select relname from pg_class where relkind in ('r', 'p'))"
    ).fetchall()
    return {name: count for name, count in rows if name != "checkpoint"}


def settled_scans(owner: Connection[Any]) -> dict[str, int]:
    """The same, once the backends have reported: they do so within a second of being idle."""
    owner.execute("select pg_sleep(1.2)")
    return scans(owner)


def test_migrating_twice_changes_nothing_and_asks_alembic_nothing(
    database_url: str, master_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("alembic.command.upgrade")
    migrate(database_url, master_key=master_key)
