"""What do the store and the ports look like without a world? Dictionaries, for handler tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

from adapters.factors.shipped import ShippedFactors
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId, Context, Reach
from application.kernel.handlers import Handlers
from application.ports.directory import CompanyUnit, Person
from application.ports.ports import Ports
from application.ports.store import AsOf, Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import Claims, PersonalKey
from domain.kernel.emissions import GRAM, CarbonFigure, EmissionLine
from domain.kernel.event import DomainEvent, Recorded
from domain.kernel.geography import Airport
from domain.kernel.haul import distance_between, haul_of
from domain.kernel.refusals import Conflict, NotFound
from domain.travel.exchange import ExchangeRate
from domain.travel.itinerary import FlightSegment, GroundLeg, HotelStay, Segment
from domain.travel.journey import PlannedSegment
from domain.travel.segment_lines import lines_of_figure
from tests.kit.builders import CDG, JFK, MANAGER, NOW, TENANT, TRAVELLER

A = TypeVar("A", bound=Aggregate)


class MemoryStore:
    """An AggregateStore over dictionaries. Events are kept as JSON, so that a load is a real replay."""

    def __init__(self, tenant_id: UUID = TENANT) -> None:
        self.tenant_id = tenant_id
        self.position = 0
        self.streams: dict[UUID, list[tuple[type[DomainEvent], str]]] = {}
        self.units: dict[tuple[str, str, UUID], int] = {}
        self.consulted: set[UUID] = set()

    @property
    def events(self) -> list[DomainEvent]:
        """Every event of the tenant, in order."""
        everything = [event for stream in self.streams for event in self.history(stream)]
        return sorted(everything, key=lambda event: event.position)

    def history(self, stream_id: UUID) -> list[DomainEvent]:
        """The events of one stream."""
        return [kind.model_validate_json(text) for kind, text in self.streams.get(stream_id, [])]

    def add(self, create: Callable[[], Aggregate]) -> Saved:
        aggregate = create()
        if aggregate.id in self.streams:
            raise Conflict
        return self._save(aggregate)

    def change(self, kind: type[A], aggregate_id: UUID, decide: Callable[[A], Any]) -> Saved:
        aggregate = self.load(kind, aggregate_id)
        decide(aggregate)
        return self._save(aggregate)

    def save_all(self, decide: Callable[[], tuple[Aggregate, ...]]) -> Saved:
        return [self._save(aggregate) for aggregate in decide()][0]

    def read(self, kind: type[A], aggregate_id: UUID) -> A | None:
        self.consulted.add(aggregate_id)
        return kind.fold(None, self.history(aggregate_id))

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        aggregate = kind.fold(None, self.history(aggregate_id))
        if aggregate is None:
            raise NotFound
        return aggregate

    def find_all(self, kinds: Mapping[UUID, type[Aggregate]]) -> Mapping[UUID, Aggregate]:
        folded = {one: kind.fold(None, self.history(one)) for one, kind in kinds.items()}
        return {one: aggregate for one, aggregate in folded.items() if aggregate is not None}

    def rely_on(self, aggregate_id: UUID, version: int) -> None:
        self.consulted.add(aggregate_id)

    def as_of(self, kind: type[A], aggregate_id: UUID, at: AsOf) -> A:
        aggregate = kind.fold(None, (one for one in self.history(aggregate_id) if _stood(one, at)))
        if aggregate is None:
            raise NotFound
        return aggregate

    def _save(self, aggregate: Aggregate) -> Saved:
        events = aggregate.collect_events()
        self._apply(aggregate.collect_claims())
        for event in events:
            self.position += 1
            recorded = Recorded(
                tenant_id=self.tenant_id,
                position=self.position,
                event_id=uuid4(),
                recorded_at=event.occurred_at,
            )
            kept = event.model_copy(update={"recorded": recorded})
            self.streams.setdefault(aggregate.id, []).append((type(event), kept.model_dump_json()))
        return Saved(aggregate.id, aggregate.version, self.position, recorded=bool(events))

    def _apply(self, claims: Claims) -> None:
        for release in claims.released:
            self.units.pop((release.kind, _text(release.key), release.holder), None)
        for claim in claims.taken:
            self.units[claim.kind, _text(claim.key), claim.holder] = claim.units


@dataclass
class MemoryTotals:
    """Totals over the claims of a MemoryStore."""

    store: MemoryStore

    def of(self, kind: str, key: str, *, without: UUID, same_up_to: int | None = None) -> int:
        return sum(
            units
            for (one_kind, one_key, holder), units in self.store.units.items()
            if (one_kind, one_key) == (kind, key) and holder != without
        )

    def taken(self, amounts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        return {place: self.of(*place, without=uuid4()) for place in amounts}

    def holder(self, kind: str, key: str, *, personal: bool = False) -> UUID | None:
        return next((holder for one, text, holder in self.store.units if (one, text) == (kind, key)), None)

    def holders(self, kind: str, key: str) -> tuple[UUID, ...]:
        return tuple(holder for one, text, holder in self.store.units if (one, text) == (kind, key))

    def holders_of(self, kind: str, keys: Sequence[str], *, personal: bool = False) -> Mapping[str, UUID]:
        found = {key: self.holder(kind, key, personal=personal) for key in keys}
        return {key: holder for key, holder in found.items() if holder is not None}


@dataclass
class MemoryDirectory:
    """Members and units by id."""

    people: dict[UUID, Person] = field(default_factory=dict)
    units: dict[UUID, CompanyUnit] = field(default_factory=dict)

    def find(self, member_id: UUID) -> Person | None:
        return self.people.get(member_id)

    def unit(self, unit_id: UUID) -> CompanyUnit | None:
        return self.units.get(unit_id)


@dataclass
class MemoryAirports:
    """Airports by code."""

    airports: Mapping[str, Airport]

    def find(self, iata: str) -> Airport | None:
        return self.airports.get(iata)


class RoundCarbon:
    """Figures that are easy to reckon with: 0.1 kg per km, 10 kg per night in the USA, none elsewhere."""

    def figure(self, segment: Segment) -> CarbonFigure | None:
        match segment:
            case FlightSegment():
                haul = haul_of(segment.origin, segment.destination)
                km = distance_between(segment.origin, segment.destination)
                grade = 1 if segment.flight_number else 2
                return _figure(f"flight-{haul}", km, "0.1", "passenger-km", grade, distance_km=km)
            case HotelStay():
                nights = Decimal(segment.nights)
                if segment.country != "US":
                    return None
                return _figure("hotel-us", nights, "10", "room-night", 2, nights=segment.nights)
            case GroundLeg():
                km = segment.distance_km
                return _figure(f"ground-{segment.mode}", km, "0.01", "passenger-km", 3, distance_km=km)

    def lines(self, planned: PlannedSegment) -> tuple[EmissionLine, ...]:
        return lines_of_figure(planned, lambda figure: None)

    def lines_by(self, planned: PlannedSegment, year: int) -> tuple[EmissionLine, ...]:
        return self.lines(planned.model_copy(update={"carbon": self.figure(planned.details)}))


class RoundRates:
    """Rates that are easy to reckon with: a euro is 2 USD or 150 JPY; nothing else is published."""

    def find(self, currency: str, on: date) -> ExchangeRate | None:
        units = {"USD": Decimal(2), "JPY": Decimal(150)}.get(currency)
        if units is None:
            return None
        return ExchangeRate(currency=currency, units_per_eur=units, published_on=on, source="Test rates")


def ports_with(**there: Any) -> Ports:
    """The ports of a test; whoever asks for one that is not there finds nothing behind it."""
    absent: dict[str, Any] = dict.fromkeys(each.name for each in fields(Ports))
    return Ports(**{**absent, **there})


class House:
    """One tenant in memory: executes commands as one of its people."""

    def __init__(self, handlers: Handlers) -> None:
        self.handlers = handlers
        self.store = MemoryStore()
        self.directory = MemoryDirectory(
            {
                TRAVELLER: Person(TRAVELLER, is_active=True, roles=frozenset({"traveller"})),
                MANAGER: Person(MANAGER, is_active=True, roles=frozenset({"manager"}), may_approve=True),
            }
        )
        self.ports = ports_with(
            airports=MemoryAirports({"CDG": CDG, "JFK": JFK}),
            directory=self.directory,
            carbon=RoundCarbon(),
            factors=ShippedFactors(),
            rates=RoundRates(),
            totals=MemoryTotals(self.store),
        )

    def execute(
        self,
        command: Command,
        *,
        by: UUID = MANAGER,
        reach: Reach = "all",
        at: datetime = NOW,
        key: str | None = None,
    ) -> Saved:
        """Serves the command; the same key is the same order again."""
        context = Context(
            tenant_id=TENANT,
            actor=Actor(by, "member", reach),
            now=at,
            command=CommandId(uuid5(by, key) if key else uuid4(), b""),
            store=self.store,
            ports=self.ports,
            new_id=uuid4,
            correlation_id=uuid4(),
        )
        return self.handlers[type(command)](command, context)


def _figure(
    factor_id: str, quantity: Decimal, value: str, unit: str, grade: int, **quantities: Any
) -> CarbonFigure:
    return CarbonFigure(
        kg=(quantity * Decimal(value)).quantize(GRAM, rounding=ROUND_HALF_UP),
        factor_id=factor_id,
        factor_value=Decimal(value),
        factor_unit=unit,
        source="Test factors",
        year=2025,
        grade=grade,
        **quantities,
    )


def _text(key: str | PersonalKey) -> str:
    return key if isinstance(key, str) else key.value


def _stood(event: DomainEvent, at: AsOf) -> bool:
    recorded_at = event.recorded.recorded_at if event.recorded else event.occurred_at
    return (
        (at.position is None or event.position <= at.position)
        and (at.known_at is None or recorded_at <= at.known_at)
        and (at.occurred_at is None or event.occurred_at <= at.occurred_at)
        and (at.version is None or event.originator_version <= at.version)
    )
