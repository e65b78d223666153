"""Everything the write side consists of, listed by hand: aggregates, events, handlers, processes."""

from typing import get_args

from application.kernel.handlers import Handlers
from application.kernel.process import Process
from application.platform import api_keys, members, sessions, tenants
from application.processes.erasure import Erasure
from application.processes.peer_contribution import PeerContribution
from application.processes.policy_enforcement import PolicyEnforcement
from application.processes.tenant_opening import TenantOpening
from application.travel import (
    approvals,
    benchmarks,
    budgets,
    exchange_rates,
    expenses,
    policies,
    travellers,
    trips,
    units,
    violations,
)
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.platform.api_key import ApiKey, ApiKeyEvent
from domain.platform.member import Member, MemberEvent
from domain.platform.registration import Registration, RegistrationEvent
from domain.platform.session import Session, SessionEvent
from domain.platform.subject import DataSubject, SubjectEvent
from domain.platform.tenant import Tenant, TenantEvent
from domain.travel.benchmark_membership import BenchmarkMembership, MembershipEvent
from domain.travel.budgets import BudgetEvent, Budgets
from domain.travel.exchange_day import ExchangeDay, ExchangeDayEvent
from domain.travel.expense import ExpenseEvent, Expenses
from domain.travel.peer_benchmark import PeerBenchmark, PeerBenchmarkEvent
from domain.travel.policy import Policy, PolicyEvent
from domain.travel.traveller import TravellerEvent, TravellerProfile
from domain.travel.trip import Trip
from domain.travel.trip_events import TripEvent
from domain.travel.unit import Unit, UnitEvent
from domain.travel.violation import Violation, ViolationEvent

# One line per aggregate, with the union of its events.
STREAMS: dict[type[Aggregate], object] = {
    Registration: RegistrationEvent,
    Tenant: TenantEvent,
    Member: MemberEvent,
    DataSubject: SubjectEvent,
    Session: SessionEvent,
    ApiKey: ApiKeyEvent,
    Policy: PolicyEvent,
    Unit: UnitEvent,
    TravellerProfile: TravellerEvent,
    Budgets: BudgetEvent,
    Trip: TripEvent,
    Violation: ViolationEvent,
    Expenses: ExpenseEvent,
    ExchangeDay: ExchangeDayEvent,
    BenchmarkMembership: MembershipEvent,
    PeerBenchmark: PeerBenchmarkEvent,
}

# One line per module of commands.
HANDLERS: Handlers = {
    **tenants.HANDLERS,
    **members.HANDLERS,
    **sessions.HANDLERS,
    **api_keys.HANDLERS,
    **policies.HANDLERS,
    **units.HANDLERS,
    **travellers.HANDLERS,
    **budgets.HANDLERS,
    **trips.HANDLERS,
    **approvals.HANDLERS,
    **violations.HANDLERS,
    **expenses.HANDLERS,
    **exchange_rates.HANDLERS,
    **benchmarks.HANDLERS,
}

# One line per process.
PROCESSES: tuple[Process, ...] = (TenantOpening(), Erasure(), PolicyEnforcement(), PeerContribution())

AGGREGATES: tuple[type[Aggregate], ...] = tuple(STREAMS)


def events_of(union: object) -> tuple[type[DomainEvent], ...]:
    """The event classes of a union; a single event is a union of one."""
    return get_args(union) or (union,)


EVENTS: tuple[type[DomainEvent], ...] = tuple(
    event for union in STREAMS.values() for event in events_of(union)
)

# Which aggregate an event belongs to.
AGGREGATE_OF: dict[type[DomainEvent], type[Aggregate]] = {
    event: aggregate for aggregate, union in STREAMS.items() for event in events_of(union)
}
