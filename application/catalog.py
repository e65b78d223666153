"""Everything the write side consists of, listed by hand: aggregates, events, handlers, processes."""

from typing import get_args

from application.kernel.counterfactual import Kinds
from application.kernel.handlers import Handlers
from application.kernel.process import Process
from application.platform import api_keys, experiments, members, sessions, tenants
from application.processes.erasure import Erasure
from application.processes.experimenting import Experimenting
from application.processes.policy_enforcement import PolicyEnforcement
from application.processes.tenant_opening import TenantOpening
from application.travel import (
    approvals,
    budgets,
    policies,
    policy_trials,
    travellers,
    trips,
    units,
    violations,
)
from application.travel.policy_trial import KIND as POLICY_TRIAL
from application.travel.policy_trial import PolicyTrial
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.platform.api_key import ApiKey, ApiKeyEvent
from domain.platform.experiment import Experiment, ExperimentEvent
from domain.platform.member import Member, MemberEvent
from domain.platform.registration import Registration, RegistrationEvent
from domain.platform.session import Session, SessionEvent
from domain.platform.subject import DataSubject, SubjectEvent
from domain.platform.tenant import Tenant, TenantEvent
from domain.travel.budgets import BudgetEvent, Budgets
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
    Experiment: ExperimentEvent,
    Policy: PolicyEvent,
    Unit: UnitEvent,
    TravellerProfile: TravellerEvent,
    Budgets: BudgetEvent,
    Trip: TripEvent,
    Violation: ViolationEvent,
}

# One line per module of commands.
HANDLERS: Handlers = {
    **tenants.HANDLERS,
    **members.HANDLERS,
    **sessions.HANDLERS,
    **api_keys.HANDLERS,
    **experiments.HANDLERS,
    **policies.HANDLERS,
    **policy_trials.HANDLERS,
    **units.HANDLERS,
    **travellers.HANDLERS,
    **budgets.HANDLERS,
    **trips.HANDLERS,
    **approvals.HANDLERS,
    **violations.HANDLERS,
}

# One line per process.
PROCESSES: tuple[Process, ...] = (TenantOpening(), Erasure(), PolicyEnforcement(), Experimenting())

# One line per kind of experiment.
EXPERIMENTS: Kinds = {POLICY_TRIAL: PolicyTrial}

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
