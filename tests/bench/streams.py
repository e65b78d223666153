"""Does a long stream load as fast as a short one, and does a crowd of tenants cost anything?"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from random import Random
from statistics import median
from time import perf_counter
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from adapters.event_store.stored import TenantStoredEvent
from adapters.jobs.snapshots import SnapshotKeeper
from application.kernel.context import CommandId
from tests.bench.appends import HASH, META, PROVENANCE, STATE, TOPIC
from tests.bench.figures import Figure, Sizes, at_most, interleaved
from tests.bench.place import Ours, Place
from tests.kit.ledger import EVENTS as LEDGER_EVENTS
from tests.kit.ledger import Ledger

PARTY = 500
SHORT = 100
TAIL = 50  # events behind the last snapshot, on both sides
FEW = 10
EVENTS_PER_STREAM = 10


def load_10k_vs_100(place: Place, sizes: Sizes) -> Figure:
    with place.ours() as ours:
        tenant_id = ours.tenant()
        long, short = (
            a_ledger(ours, tenant_id, events) for events in (sizes.long_stream + TAIL, SHORT + TAIL)
        )
        keeper = SnapshotKeeper(
            pool=ours.pools.projector,
            engine=ours.engine,
            aggregate_of=dict.fromkeys(LEDGER_EVENTS, Ledger),
        )
        keeper.drain(tenant_id)

        def load(ledger_id: UUID) -> float:
            return each_us(sizes.lookups // 4, lambda: ours.streams(tenant_id).load(Ledger, ledger_id))

        load(short), load(long)
        medians = interleaved(sizes.rounds, {"long": lambda: load(long), "short": lambda: load(short)})
    return at_most(
        "load_10k_vs_100",
        f"load of a stream of {sizes.long_stream:,} events against one of {SHORT}, with snapshots",
        medians["long"],
        medians["short"],
        unit="us",
        target=1.3,
        method=f"snapshots by the worker's keeper every 100 events, {TAIL} events behind the last one on both sides;"
        f" median of {sizes.lookups // 4} loads, medians of {sizes.rounds} interleaved runs",
    )


def cost_10k_tenants(place: Place, sizes: Sizes) -> Figure:
    with crowd(place, sizes.many_tenants, sizes.many_tenants) as many:
        with crowd(place, FEW, sizes.many_tenants) as few:
            sides = {"many": many, "few": few}
            medians = interleaved(
                sizes.rounds,
                {
                    f"{what} {name}": (lambda act=act: each_us(sizes.lookups, act))  # type: ignore[misc]
                    for name, side in sides.items()
                    for what, act in (("append", side.append), ("read", side.read))
                },
            )
    ratios = {what: medians[f"{what} many"] / medians[f"{what} few"] for what in ("append", "read")}
    worst = max(ratios, key=lambda what: ratios[what])
    return at_most(
        "cost_10k_tenants",
        f"append and read at {sizes.many_tenants:,} tenants against {FEW}; the worse of both: {worst}",
        medians[f"{worst} many"],
        medians[f"{worst} few"],
        unit="us",
        target=1.3,
        method=f"two databases with the same {sizes.many_tenants:,} streams of {EVENTS_PER_STREAM} events, analysed;"
        f" one caller, random streams; median of {sizes.lookups} calls, medians of {sizes.rounds} interleaved runs;"
        f" append {ratios['append']:.2f}, read {ratios['read']:.2f}",
    )


class Crowd:
    """Streams spread evenly over tenants."""

    def __init__(self, ours: Ours, tenants: list[UUID], streams: int) -> None:
        self._ours = ours
        self._places = [(tenants[number % len(tenants)], uuid4()) for number in range(streams)]
        self._random = Random(7)

    def settle(self) -> "Crowd":
        """Fills every stream."""
        with ThreadPoolExecutor(6) as settlers:
            list(settlers.map(self._fill, self._places))
        self._ours.as_superuser("analyze", "checkpoint")
        return self

    def append(self) -> None:
        """One new stream at a random tenant."""
        tenant_id, _ = self._random.choice(self._places)
        event = TenantStoredEvent(uuid4(), 1, TOPIC, STATE, uuid7(), META)
        self._ours.application(tenant_id).recorder.insert_events(
            [event], command=CommandId(uuid7(), HASH), provenance=PROVENANCE
        )

    def read(self) -> None:
        """A random stream."""
        tenant_id, ledger_id = self._random.choice(self._places)
        self._ours.streams(tenant_id).load(Ledger, ledger_id)

    def _fill(self, place: tuple[UUID, UUID]) -> None:
        tenant_id, ledger_id = place

        def filled() -> Ledger:
            ledger = Ledger.open(ledger_id, owner_id=ledger_id)
            for number in range(EVENTS_PER_STREAM - 1):
                ledger.put(1 - number % 2 * 2)
            return ledger

        self._ours.streams(tenant_id).add(filled)


@contextmanager
def crowd(place: Place, tenants: int, streams: int) -> Iterator[Crowd]:
    """A database with that many tenants and streams."""
    with place.ours() as ours:
        yield Crowd(ours, [ours.tenant() for _ in range(tenants)], streams).settle()


def a_ledger(ours: Ours, tenant_id: UUID, events: int) -> UUID:
    """A ledger with that many events."""
    ledger_id = uuid4()
    ours.streams(tenant_id).add(lambda: Ledger.open(ledger_id, owner_id=uuid4()))
    amounts = count()
    missing = events - 1
    while missing > 0:
        party = min(PARTY, missing)
        missing -= party

        def put(ledger: Ledger, party: int = party) -> None:
            for _ in range(party):
                ledger.put(1 - next(amounts) % 2 * 2)

        ours.streams(tenant_id).change(Ledger, ledger_id, put)
    return ledger_id


def each_us(times: int, act: Callable[[], object]) -> float:
    """The median duration of a call, in microseconds."""
    durations = []
    for _ in range(times):
        started = perf_counter()
        act()
        durations.append(perf_counter() - started)
    return median(durations) * 1_000_000
