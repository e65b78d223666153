"""Does the oracle turn red when the store is wrong? A checker that has never failed proves nothing.

Every scenario is played twice, step by step and without luck: against our store, where it must be
green, and against a variant with one mistake in it, where the oracle must name the broken promise.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest

from adapters.event_store.appending import ATTEMPTS
from adapters.jobs import projections
from adapters.jobs.feed import Feed
from adapters.jobs.projections import ProjectionRunner
from application.kernel.command import Command
from tests.adapters.jobs.ledger_views import TABLES, TENANT_TABLES, Counts, Ledgers
from tests.conftest import Services, fresh_database
from tests.reliability import known_bad
from tests.reliability.clients import Client, NaiveClient
from tests.reliability.journal import SUFFIX, Journal, read_journals
from tests.reliability.known_bad import Crash, RowsBeforeCheckpoint, waiting_for_locks
from tests.reliability.ledgers import OpenLedger, PutAmount, TakeSlot, Wish
from tests.reliability.log import read_tenant
from tests.reliability.oracle import Verdict, judge
from tests.reliability.proxy import Proxy
from tests.reliability.read_models import ledgers_equal_log
from tests.reliability.stage import Process, Stage, opened_stage
from tests.reliability.storm import APPEND_IN_VAIN, Doses, follow

PATIENCE_S = 10.0


@dataclass
class Scene:
    """A small stage with two tenants, and everything written down."""

    stage: Stage
    proxy: Proxy
    folder: Path
    journal: Journal
    make_client: type[Client] = Client
    random: Random = field(default_factory=lambda: Random(7))
    doses: Doses = field(default_factory=Doses)

    def __post_init__(self) -> None:
        self.north, self.south = (self.stage.tenant(self.new_id(), process=place) for place in range(2))

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def ask(self, command: Command, *, process: int = 0, tenant_id: UUID | None = None) -> Any:
        """As a client of one of the processes."""
        client = self.make_client(
            self.stage.processes[process].commands, self.journal, self.random, patience_s=PATIENCE_S
        )
        return client.ask(Wish(self.new_id(), tenant_id or self.north, command))

    def ledger(self, tenant_id: UUID | None = None) -> UUID:
        """A new one."""
        ledger_id = self.new_id()
        assert self.ask(OpenLedger(ledger_id=ledger_id), tenant_id=tenant_id) is not None
        return ledger_id

    def look(self) -> None:
        """One look of a reader that follows the log."""
        stop = Event()
        stop.set()
        follow(self.stage.processes[0], self.north, self.folder, 7, self.doses, stop)

    def verdict(self) -> Verdict:
        with self.stage.superuser() as superuser:
            judged = judge(superuser, read_journals(self.folder), tenants=(self.north, self.south))
        judged.findings += self.doses.findings
        return judged


@dataclass
class Theatre:
    """Where scenes are set up, each on a database of its own."""

    services: Services
    template: str
    master_key: bytes
    folder: Path

    @contextmanager
    def scene(
        self,
        *mistakes: Any,
        statements: tuple[str, ...] = (),
        make_client: type[Client] = Client,
        connections: int = 2,
    ) -> Iterator[Scene]:
        with fresh_database(self.services, self.template) as url:
            known_bad.install(url, mistakes, *statements)
            with (
                Proxy(url) as proxy,
                opened_stage(
                    url, self.master_key, processes=2, through=proxy.url, connections=connections
                ) as stage,
                Journal(self.folder / f"clients{SUFFIX}", seed=7) as journal,
            ):
                yield Scene(stage, proxy, self.folder, journal, make_client)


@pytest.fixture
def theatre(services: Services, template: str, master_key: bytes, tmp_path: Path) -> Theatre:
    return Theatre(services, template, master_key, tmp_path)


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that is bound to happen."""
    deadline = monotonic() + PATIENCE_S
    while not condition():
        assert monotonic() < deadline, "it did not happen"
        sleep(0.005)


class TestALostAnswer:
    """The commit happens, and neither the first try nor its own repeats are ever answered."""

    @staticmethod
    def play(scene: Scene) -> Verdict:
        ledger_id = scene.ledger()
        scene.proxy.drop_next = ATTEMPTS
        scene.ask(PutAmount(ledger_id=ledger_id, amount=5))
        assert scene.proxy.dropped == ATTEMPTS
        return scene.verdict()

    def test_is_harmless_with_us(self, theatre: Theatre) -> None:
        with theatre.scene() as scene:
            verdict = self.play(scene)
        assert verdict.is_green, verdict
        assert verdict.replays == 1

    def test_doubles_without_the_command_log(self, theatre: Theatre) -> None:
        with theatre.scene(*known_bad.WITHOUT_COMMAND_LOG) as scene:
            verdict = self.play(scene)
        assert verdict.broken == {"I2"}, verdict

    def test_doubles_for_a_client_that_takes_a_new_id(self, theatre: Theatre) -> None:
        with theatre.scene(make_client=NaiveClient) as scene:
            verdict = self.play(scene)
        assert verdict.broken == {"I2", "RB-07"}, verdict


class TestTwoWhoWantTheSameSlot:
    """Both wait for the tenant's lock before either has been answered."""

    @staticmethod
    def play(scene: Scene) -> Verdict:
        wishes = [
            TakeSlot(ledger_id=scene.ledger(), resource="room", starts_after_minutes=minutes)
            for minutes in (0, 30)
        ]
        with scene.stage.superuser() as superuser, ThreadPoolExecutor(2) as crowd:
            with superuser.transaction():
                superuser.execute(
                    "select from es.tenant_head where tenant_id = %s for update", (scene.north,)
                )
                told = [crowd.submit(scene.ask, wish, process=place) for place, wish in enumerate(wishes)]
                until(lambda: waiting_for_locks(superuser) == 2)
        assert [future.exception() for future in told] == [None, None]
        return scene.verdict()

    def test_have_one_winner_with_us(self, theatre: Theatre) -> None:
        with theatre.scene() as scene:
            verdict = self.play(scene)
        assert verdict.is_green, verdict
        assert verdict.refused == 1

    def test_both_win_when_claims_are_read_before_the_lock(self, theatre: Theatre) -> None:
        mistakes, wrapper = known_bad.CLAIMS_UNCHECKED, known_bad.CLAIMS_BEFORE_LOCK
        with theatre.scene(*mistakes, statements=(wrapper,)) as scene:
            verdict = self.play(scene)
        assert verdict.broken == {"I10"}, verdict


class TestAReaderBesideAnAppendThatFails:
    """One append has its place and is not committed; another one comes; a reader looks; the first is undone."""

    @staticmethod
    def play(scene: Scene) -> Verdict:
        with scene.stage.superuser() as superuser, ThreadPoolExecutor(1) as crowd:
            with superuser.transaction(force_rollback=True):
                superuser.execute(APPEND_IN_VAIN, (scene.north,))
                other: Future[UUID] = crowd.submit(scene.ledger)
                with scene.stage.superuser() as watching:
                    until(lambda: other.done() or waiting_for_locks(watching) == 1)
                scene.look()
        assert other.exception() is None
        return scene.verdict()

    def test_sees_every_position_with_us(self, theatre: Theatre) -> None:
        with theatre.scene() as scene:
            verdict = self.play(scene)
        assert verdict.is_green, verdict

    def test_misses_one_when_nobody_locks_the_head(self, theatre: Theatre) -> None:
        with theatre.scene(*known_bad.WITHOUT_LOCK) as scene:
            verdict = self.play(scene)
            assert [str(finding) for finding in scene.doses.findings] == [
                f"RB-12: a reader of tenant {scene.north} saw 2 after 0"
            ]
        assert {"RB-12", "I12"} <= verdict.broken, verdict


class TestAConnectionThatComesBackToThePool:
    """A statement that forgets to name its tenant meets the one who was there before."""

    @staticmethod
    def play(scene: Scene) -> Verdict:
        scene.ledger()
        with scene.stage.processes[0].pools.commands.connection() as connection:
            shown = connection.execute("select originator_id from es.event").fetchall()
        scene.journal.saw(scene.south, [stream for (stream,) in shown])
        return scene.verdict()

    def test_shows_nothing_with_us(self, theatre: Theatre) -> None:
        with theatre.scene(connections=1) as scene:
            verdict = self.play(scene)
        assert verdict.is_green, verdict

    def test_shows_another_tenant_when_it_was_set_for_the_session(self, theatre: Theatre) -> None:
        with theatre.scene(*known_bad.TENANT_FOR_THE_SESSION, connections=1) as scene:
            verdict = self.play(scene)
        assert verdict.broken == {"I11"}, verdict


class TestAProjectorThatDiesBeforeItsCheckpoint:
    """The rows are written, the checkpoint is not; another worker begins where the checkpoint stands."""

    @staticmethod
    def play(scene: Scene, runner: ProjectionRunner) -> Verdict:
        ledger_id = scene.ledger()
        scene.ask(PutAmount(ledger_id=ledger_id, amount=2))
        with pytest.raises(Crash):
            runner.drain(scene.north)
        assert runner.drain(scene.north)
        verdict = scene.verdict()
        with scene.stage.superuser() as superuser:
            verdict.findings += ledgers_equal_log(superuser, read_tenant(superuser, scene.north))
        return verdict

    def test_repeats_nothing_with_us(self, theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
        crashes = [Crash()]

        def dies_once(place: str) -> None:
            if place == "proj.after_apply" and crashes:
                raise crashes.pop()

        monkeypatch.setattr(projections, "failpoint", dies_once)
        with theatre.scene(statements=VIEWS) as scene:
            verdict = self.play(scene, runner_of(ProjectionRunner, scene.stage.processes[0]))
        assert verdict.is_green, verdict

    def test_counts_twice_when_the_checkpoint_has_its_own_transaction(self, theatre: Theatre) -> None:
        with theatre.scene(statements=VIEWS) as scene:
            verdict = self.play(scene, runner_of(RowsBeforeCheckpoint, scene.stage.processes[0]))
        assert verdict.broken == {"I7"}, verdict


VIEWS = (
    TABLES,
    *(f"grant select, insert, update, delete on {table} to escale_projector" for table in TENANT_TABLES),
)


def runner_of(kind: type[ProjectionRunner], process: Process) -> ProjectionRunner:
    """A runner of that kind over the test's read models."""
    return kind(
        pool=process.pools.projector,
        rebuild_pool=process.pools.rebuild,
        feed=Feed(process.engine.topics, process.engine.keys),
        projectors=(Ledgers(), Counts()),
    )
