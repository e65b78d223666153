"""What happens when many clients quarrel while connections and answers are lost? One seed, one storm.

Twelve writers on five tenants ask for things in each other's way, at several processes of ours; some
ask the same thing twice at once. Backends are killed, answers to commits are swallowed, appends are
rolled back under the lock, and meanwhile a reader of every tenant follows its log. Everything random
comes from the seed; what threads make of it does not, so a seed repeats the storm, not its weather.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any
from uuid import UUID

from eventsourcing.persistence import OperationalError

from adapters.postgres.roles import APP
from domain.kernel.refusals import Unavailable
from tests.kit.crowd import all_at_once
from tests.reliability.clients import Client
from tests.reliability.journal import SUFFIX, Journal, Journalled, read_journals
from tests.reliability.ledgers import CAPACITIES, OpenLedger, Wish, Wishes
from tests.reliability.oracle import Finding, Verdict, heads, judge
from tests.reliability.proxy import APPEND, COMMIT, Proxy
from tests.reliability.stage import Process, Stage, opened_stage

KILL = """
select count(pg_terminate_backend(pid)) from (
  select pid from pg_stat_activity
  where usename = %s and datname = current_database() and state = 'active' and pid <> pg_backend_pid()
  order by random() limit 2
) as victims
"""
# An append that fails after it has taken its place: it must leave no gap.
APPEND_IN_VAIN = """
select es.append_events(%s, array[null]::uuid[], array[null]::bytea[], array[1], null, array[gen_random_uuid()],
                        array[1], array['test-ledger.all-returned.v1'], array['{}'::bytea],
                        array[gen_random_uuid()], array['{}'])
"""
PAGE = 100
LOOK_S = 0.03  # between two looks of a reader


@dataclass(frozen=True)
class Weather:
    """How bad it is."""

    writers: int = 12
    tenants: int = 5
    hot_ledgers: int = 6  # of each tenant
    acknowledged: int = 2_000  # the storm ends when so many were
    kills_every_s: float | None = 0.2
    drop: float = 0.0
    twins: float = 0.05  # share of wishes that are sent twice at once
    patience_s: float = 180.0  # then it ends whatever was acknowledged


@dataclass
class Doses:
    """How much of everything there was, and what readers noticed."""

    kills: int = 0
    dropped: int = 0
    recognised: int = 0  # repeats of something applied: seen on the wire, or told to the client
    in_vain: int = 0
    read: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """One storm, judged."""

    seed: int
    verdict: Verdict
    doses: Doses
    journal: Journalled

    def __str__(self) -> str:
        doses = self.doses
        return (
            f"seed {self.seed}: {self.verdict}\n{doses.kills} backends killed, {doses.dropped} answers dropped,"
            f" {doses.recognised} repeats recognised, {doses.in_vain} appends rolled back,"
            f" {doses.read} events read meanwhile"
        )


def rage(url: str, master_key: bytes, folder: Path, *, seed: int, weather: Weather) -> Outcome:
    """One storm over a database, and the judgement of it."""
    doses, random = Doses(), Random(seed)
    with (
        Proxy(url, seed=seed, drop=weather.drop, victims=(APPEND, COMMIT)) as proxy,
        opened_stage(url, master_key, through=proxy.url if weather.drop else None) as stage,
    ):
        tenants = [stage.tenant(_new_id(random)) for _ in range(weather.tenants)]
        with stage.superuser() as superuser:
            since = heads(superuser, tenants)
        with meanwhile(*disturbances(stage, tenants, folder, weather, doses, seed)):
            write_all(stage, tenants, folder, seed=seed, weather=weather)
        journal = read_journals(folder)
        doses.dropped, doses.recognised = proxy.dropped, proxy.answered["replayed"] + journal.replays
        with stage.superuser() as superuser:
            verdict = judge(superuser, journal, tenants=tenants, since=since, capacities=CAPACITIES)
    verdict.findings += doses.findings
    return Outcome(seed, verdict, doses, journal)


# Writing


def write_all(stage: Stage, tenants: list[UUID], folder: Path, *, seed: int, weather: Weather) -> None:
    """Lets every writer write until enough is acknowledged."""
    ledgers = open_ledgers(stage, tenants, folder, seed, weather.hot_ledgers)
    target = Target(weather.acknowledged, monotonic() + weather.patience_s)

    def write(number: int) -> None:
        random = Random(f"{seed} writer {number}")
        process = stage.processes[number % len(stage.processes)]
        other = stage.processes[(number + 1) % len(stage.processes)]
        wishes = Wishes(random, ledgers)
        client, twin = Client(process.commands, journal, random), Client(other.commands, journal, random)
        while not target.is_reached:
            wish = wishes.next()
            told = ask_twice(client, twin, wish) if random.random() < weather.twins else client.ask(wish)
            if told is not None:
                wishes.seen[wish.ledger_id] = told.saved.version
                target.count()

    with Journal(folder / f"writers{SUFFIX}", seed=seed) as journal:
        for result in all_at_once(weather.writers, write):
            if result is not None:
                raise result


@dataclass
class Target:
    """How many more are to be acknowledged, and until when."""

    left: int
    deadline: float
    lock: Any = field(default_factory=Lock)

    @property
    def is_reached(self) -> bool:
        """Enough, or too late."""
        return self.left <= 0 or monotonic() > self.deadline

    def count(self) -> None:
        """One more."""
        with self.lock:
            self.left -= 1


def open_ledgers(
    stage: Stage, tenants: list[UUID], folder: Path, seed: int, count: int
) -> dict[UUID, list[UUID]]:
    """The ledgers everybody will fight about, opened by a client like any other."""
    random = Random(f"{seed} ledgers")
    opened: dict[UUID, list[UUID]] = {}
    with Journal(folder / f"opening{SUFFIX}", seed=seed) as journal:
        client = Client(stage.processes[0].commands, journal, random)
        for tenant_id in tenants:
            opened[tenant_id] = [_new_id(random) for _ in range(count)]
            for ledger_id in opened[tenant_id]:
                client.ask(Wish(_new_id(random), tenant_id, OpenLedger(ledger_id=ledger_id)))
    return opened


def ask_twice(client: Client, twin: Client, wish: Wish) -> Any:
    """The same wish under the same id from two threads at two processes; one of them must not count."""
    first, second = all_at_once(2, lambda number: (client, twin)[number].ask(wish))
    for told in (first, second):
        if isinstance(told, BaseException):
            raise told
    return first or second


# Meanwhile


def disturbances(
    stage: Stage, tenants: list[UUID], folder: Path, weather: Weather, doses: Doses, seed: int
) -> Iterator[Callable[[Event], None]]:
    """What goes on beside the writers, until told to stop."""
    yield partial(append_in_vain, stage, tenants, doses, Random(f"{seed} in vain"))
    for number, tenant_id in enumerate(tenants):
        yield partial(follow, stage.processes[number % len(stage.processes)], tenant_id, folder, seed, doses)
    if weather.kills_every_s is not None:
        yield partial(kill_backends, stage, doses, weather.kills_every_s)


def kill_backends(stage: Stage, doses: Doses, pause_s: float, stop: Event) -> None:
    """Terminates backends of ours in the middle of a statement."""
    with stage.superuser() as superuser:
        while not stop.wait(pause_s):
            row = superuser.execute(KILL, (APP,)).fetchone()
            doses.kills += row[0] if row else 0


def append_in_vain(stage: Stage, tenants: list[UUID], doses: Doses, random: Random, stop: Event) -> None:
    """Holds a tenant's line for a moment with an append that is then rolled back."""
    with stage.superuser() as superuser:
        while not stop.wait(0.1):
            with superuser.transaction(force_rollback=True):
                superuser.execute(APPEND_IN_VAIN, (random.choice(tenants),))
                stop.wait(0.03)
            doses.in_vain += 1


def follow(process: Process, tenant_id: UUID, folder: Path, seed: int, doses: Doses, stop: Event) -> None:
    """Reads the tenant's log as consumers do, and expects n + 1 after n, to the end."""
    log, reached = process.log(tenant_id), 0
    with Journal(folder / f"reader-{tenant_id}{SUFFIX}", seed=seed) as journal:
        while True:
            is_last_look = stop.is_set()
            try:
                page = log.select_notifications(reached, PAGE, inclusive_of_start=False)
            except (OperationalError, Unavailable):
                continue
            for event in page:
                if event.id != reached + 1:
                    doses.findings.append(
                        Finding("RB-12", f"a reader of tenant {tenant_id} saw {event.id} after {reached}")
                    )
                reached = event.id
            if page:
                doses.read += len(page)
                journal.saw(tenant_id, {event.originator_id for event in page})
            elif is_last_look:
                return
            stop.wait(LOOK_S)


@contextmanager
def meanwhile(*acts: Callable[[Event], None]) -> Iterator[None]:
    """Runs acts in threads of their own; what one of them raises is raised at the end."""
    stop, failed = Event(), list[BaseException]()

    def run(act: Callable[[Event], None]) -> None:
        try:
            act(stop)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failed:
        raise failed[0]


def _new_id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
