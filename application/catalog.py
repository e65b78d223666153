"""Everything the write side consists of, listed by hand: aggregates, events, handlers, processes."""

from typing import get_args

from application.billing import (
    collections,
    counting,
    dunning,
    invoices,
    meter_limits,
    papers,
    prices,
    quotes,
    sla,
    subscriptions,
)
from application.billing import usage as billing_usage
from application.booking import (
    absences,
    appointments,
    catalogue,
    changes,
    combined,
    guests,
    pages,
    reviews,
    self_service,
    series,
    waitlist,
)
from application.booking import sessions as booking_sessions
from application.developer import trusted_documents, webhook_endpoints
from application.esg import activities, carbon_methods, esg_reports, restatements, sites, vehicles
from application.kernel.counterfactual import Kinds
from application.kernel.handlers import Handlers
from application.kernel.process import Process
from application.platform import (
    api_keys,
    company_profiles,
    experiments,
    exports,
    interventions,
    member_imports,
    members,
    sessions,
    signups,
    sql_logins,
    tenants,
)
from application.processes.approval_notices import ApprovalNotices
from application.processes.billing_notices import BillingNotices
from application.processes.collecting import Collecting
from application.processes.dunning_relief import DunningRelief
from application.processes.erasure import Erasure
from application.processes.esg_reporting import EsgReporting
from application.processes.experimenting import Experimenting
from application.processes.exporting import Exporting
from application.processes.invoice_numbering import InvoiceNumbering
from application.processes.ledger_restating import LedgerRestating
from application.processes.member_placement import MemberPlacement
from application.processes.onboarding import Onboarding
from application.processes.peer_contribution import PeerContribution
from application.processes.policy_enforcement import PolicyEnforcement
from application.processes.resumption import Resumption
from application.processes.sql_access import SqlAccess
from application.processes.tenant_opening import TenantOpening
from application.processes.trip_importing import TripImporting
from application.processes.waitlist_offers import WaitlistOffers
from application.processes.webhook_notices import WebhookNotices
from application.travel import (
    approvals,
    benchmarks,
    budgets,
    exchange_rates,
    expenses,
    placements,
    policies,
    policy_trials,
    roi,
    travellers,
    trip_carbon,
    trip_imports,
    trips,
    units,
    violations,
)
from application.travel.policy_trial import KIND as POLICY_TRIAL
from application.travel.policy_trial import PolicyTrial
from domain.billing.buyer import InvoicingDetails, InvoicingDetailsSet
from domain.billing.collection import Collection, CollectionEvent
from domain.billing.disruptions import DisruptionEvent, Disruptions
from domain.billing.invoice import InvoiceBook
from domain.billing.invoice_events import InvoiceEvent
from domain.billing.meter import MeterDefined, Meters
from domain.billing.meter_limits import MeterLimitEvent, MeterLimits
from domain.billing.notice import Notice, NoticeReceived
from domain.billing.numbering import NumberGiven, NumberingEvent, NumberRequest, NumberSeries
from domain.billing.parking import ParkedUsage, ParkedUsageEvent
from domain.billing.price_list import PriceList, PricesPublished
from domain.billing.probing import ProbeHour, ProbeTaken
from domain.billing.quote import Quote, QuoteEvent
from domain.billing.seller import DeclaredSeller, SellerDeclared
from domain.billing.sla import Sla, SlaMonthAssessed
from domain.billing.subscription import Subscription, SubscriptionEvent
from domain.billing.usage import UsageBatch, UsageReported
from domain.booking.absence import Absence, AbsenceEvent
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import AppointmentEvent
from domain.booking.booking_page import BookingPage, BookingPageEvent
from domain.booking.business import Business, BusinessEvent
from domain.booking.combined_visit import CombinedVisit, CombinedVisitEvent
from domain.booking.contact_block import ContactBlock, ContactBlockEvent
from domain.booking.group_session import GroupSession
from domain.booking.group_session import SessionEvent as GroupSessionEvent
from domain.booking.practitioner import Practitioner, PractitionerEvent
from domain.booking.public_visit import PublicVisit, PublicVisitEvent
from domain.booking.resource import Resource, ResourceEvent
from domain.booking.review import Review, ReviewEvent
from domain.booking.schedule import Schedule, ScheduleEvent
from domain.booking.series import AppointmentSeries, SeriesEvent
from domain.booking.service import Service, ServiceEvent
from domain.booking.waitlist import WaitlistEntry, WaitlistEvent
from domain.developer.trusted_documents import TrustedDocuments, TrustedDocumentsSet
from domain.developer.webhook_endpoint import WebhookEndpoint, WebhookEndpointEvent
from domain.esg.activity import Activity, ActivityEvent
from domain.esg.carbon_method import CarbonMethodAdopted, CarbonMethods
from domain.esg.carbon_targets import CarbonTargets, CarbonTargetsSet
from domain.esg.esg_report import EsgReport, EsgReportEvent
from domain.esg.meter import Meter, MeterEvent
from domain.esg.restatement import Restatement, RestatementEvent
from domain.esg.site import Site, SiteEvent
from domain.esg.vehicle import Vehicle, VehicleEvent
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.platform.api_key import ApiKey, ApiKeyEvent
from domain.platform.company_profile import CompanyProfile, CompanyProfileChanged
from domain.platform.experiment import Experiment, ExperimentEvent
from domain.platform.export import Export, ExportEvent
from domain.platform.intervention import Intervention, InterventionEvent
from domain.platform.member import Member, MemberEvent
from domain.platform.member_import import MemberImport, MembersImported
from domain.platform.registration import Registration, RegistrationEvent
from domain.platform.session import Session, SessionEvent
from domain.platform.signup import Signup, SignupEvent
from domain.platform.sql_login import SqlLogin, SqlLoginEvent
from domain.platform.subject import DataSubject, SubjectEvent
from domain.platform.tenant import Tenant, TenantEvent
from domain.travel.benchmark_membership import BenchmarkMembership, MembershipEvent
from domain.travel.budgets import BudgetEvent, Budgets
from domain.travel.exchange_day import ExchangeDay, ExchangeDayEvent
from domain.travel.expense import ExpenseEvent, Expenses
from domain.travel.peer_benchmark import PeerBenchmark, PeerBenchmarkEvent
from domain.travel.policy import Policy, PolicyEvent
from domain.travel.roi import Roi, RoiInputsSet
from domain.travel.traveller import TravellerEvent, TravellerProfile
from domain.travel.trip import Trip
from domain.travel.trip_carbon import TripCarbon, TripCarbonRestated
from domain.travel.trip_events import TripEvent
from domain.travel.trip_import import TripImport, TripImportEvent
from domain.travel.unit import Unit, UnitEvent
from domain.travel.violation import Violation, ViolationEvent

# One line per aggregate, with the union of its events.
STREAMS: dict[type[Aggregate], object] = {
    Registration: RegistrationEvent,
    Signup: SignupEvent,
    Tenant: TenantEvent,
    CompanyProfile: CompanyProfileChanged,
    Member: MemberEvent,
    MemberImport: MembersImported,
    DataSubject: SubjectEvent,
    Session: SessionEvent,
    ApiKey: ApiKeyEvent,
    SqlLogin: SqlLoginEvent,
    Export: ExportEvent,
    Intervention: InterventionEvent,
    Experiment: ExperimentEvent,
    Policy: PolicyEvent,
    Unit: UnitEvent,
    TravellerProfile: TravellerEvent,
    Budgets: BudgetEvent,
    Roi: RoiInputsSet,
    Trip: TripEvent,
    TripImport: TripImportEvent,
    Violation: ViolationEvent,
    Expenses: ExpenseEvent,
    ExchangeDay: ExchangeDayEvent,
    BenchmarkMembership: MembershipEvent,
    PeerBenchmark: PeerBenchmarkEvent,
    PriceList: PricesPublished,
    Subscription: SubscriptionEvent,
    Quote: QuoteEvent,
    Meters: MeterDefined,
    MeterLimits: MeterLimitEvent,
    UsageBatch: UsageReported,
    ParkedUsage: ParkedUsageEvent,
    InvoiceBook: InvoiceEvent,
    InvoicingDetails: InvoicingDetailsSet,
    DeclaredSeller: SellerDeclared,
    Collection: CollectionEvent,
    Notice: NoticeReceived,
    Sla: SlaMonthAssessed,
    ProbeHour: ProbeTaken,
    Disruptions: DisruptionEvent,
    NumberRequest: NumberingEvent,
    NumberSeries: NumberGiven,
    Business: BusinessEvent,
    Service: ServiceEvent,
    Practitioner: PractitionerEvent,
    Resource: ResourceEvent,
    Schedule: ScheduleEvent,
    Absence: AbsenceEvent,
    Appointment: AppointmentEvent,
    GroupSession: GroupSessionEvent,
    AppointmentSeries: SeriesEvent,
    CombinedVisit: CombinedVisitEvent,
    WaitlistEntry: WaitlistEvent,
    BookingPage: BookingPageEvent,
    PublicVisit: PublicVisitEvent,
    ContactBlock: ContactBlockEvent,
    Review: ReviewEvent,
    CarbonMethods: CarbonMethodAdopted,
    CarbonTargets: CarbonTargetsSet,
    EsgReport: EsgReportEvent,
    Site: SiteEvent,
    Meter: MeterEvent,
    Vehicle: VehicleEvent,
    Activity: ActivityEvent,
    Restatement: RestatementEvent,
    TripCarbon: TripCarbonRestated,
    WebhookEndpoint: WebhookEndpointEvent,
    TrustedDocuments: TrustedDocumentsSet,
}

# One line per module of commands.
HANDLERS: Handlers = {
    **tenants.HANDLERS,
    **company_profiles.HANDLERS,
    **members.HANDLERS,
    **member_imports.HANDLERS,
    **sessions.HANDLERS,
    **signups.HANDLERS,
    **api_keys.HANDLERS,
    **sql_logins.HANDLERS,
    **exports.HANDLERS,
    **interventions.HANDLERS,
    **experiments.HANDLERS,
    **policies.HANDLERS,
    **policy_trials.HANDLERS,
    **units.HANDLERS,
    **travellers.HANDLERS,
    **placements.HANDLERS,
    **budgets.HANDLERS,
    **roi.HANDLERS,
    **trips.HANDLERS,
    **trip_imports.HANDLERS,
    **approvals.HANDLERS,
    **violations.HANDLERS,
    **expenses.HANDLERS,
    **exchange_rates.HANDLERS,
    **benchmarks.HANDLERS,
    **prices.HANDLERS,
    **subscriptions.HANDLERS,
    **quotes.HANDLERS,
    **dunning.HANDLERS,
    **counting.HANDLERS,
    **billing_usage.HANDLERS,
    **meter_limits.HANDLERS,
    **invoices.HANDLERS,
    **papers.HANDLERS,
    **collections.HANDLERS,
    **sla.HANDLERS,
    **catalogue.HANDLERS,
    **absences.HANDLERS,
    **appointments.HANDLERS,
    **changes.HANDLERS,
    **combined.HANDLERS,
    **booking_sessions.HANDLERS,
    **series.HANDLERS,
    **waitlist.HANDLERS,
    **pages.HANDLERS,
    **guests.HANDLERS,
    **self_service.HANDLERS,
    **reviews.HANDLERS,
    **carbon_methods.HANDLERS,
    **esg_reports.HANDLERS,
    **sites.HANDLERS,
    **vehicles.HANDLERS,
    **activities.HANDLERS,
    **restatements.HANDLERS,
    **trip_carbon.HANDLERS,
    **webhook_endpoints.HANDLERS,
    **trusted_documents.HANDLERS,
}

# One line per process.
PROCESSES: tuple[Process, ...] = (
    TenantOpening(),
    Onboarding(),
    DunningRelief(),
    Erasure(),
    PolicyEnforcement(),
    Exporting(),
    Resumption(),
    SqlAccess(),
    MemberPlacement(),
    TripImporting(),
    ApprovalNotices(),
    Experimenting(),
    PeerContribution(),
    InvoiceNumbering(),
    Collecting(),
    BillingNotices(),
    EsgReporting(),
    LedgerRestating(),
    WaitlistOffers(),
    WebhookNotices(),
)

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

# What can be booked, by whom and when: asked for at every look at free slots, and seldom changed.
BOOKING_CATALOGUE: tuple[type[DomainEvent], ...] = tuple(
    event
    for aggregate in (Business, Service, Practitioner, Resource, Schedule)
    for event in events_of(STREAMS[aggregate])
)
