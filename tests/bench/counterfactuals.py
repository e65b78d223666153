"""How long does a company wait to learn what another policy would have done to its past?"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter
from uuid import UUID, uuid4

from adapters.event_store.commands import Commands
from adapters.jobs.experiments import ExperimentRunner
from adapters.jobs.feed import Feed
from adapters.vault.no_keys import NoKeys
from application.catalog import EXPERIMENTS, HANDLERS
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.travel.policy_trials import DryRunPolicy
from domain.platform.experiment import ExperimentStatus
from domain.travel.itinerary import Cabin, FlightSegment, HotelStay, local_time
from domain.travel.journey import totals_of
from domain.travel.policy import PolicyRules
from domain.travel.verdict import TripFacts, judge
from tests.bench.figures import Figure, Sizes, at_most, interleaved
from tests.bench.journeys import EVENTS_PER_TRIP, live_through
from tests.bench.place import Place
from tests.kit.builders import NOW, POLICY, a_flight, a_stay, kg, planned

DRAFT = {
    "name": "Draft",
    "max_flight_class": "economy",
    "max_hotel_stars": 3,
    "max_daily_budget_eur": 500,
    "advance_booking_days": 14,
    "carbon_budget_kg_year": 100_000,
    "requires_approval_above": 900,
    "outcomes": {"max_hotel_stars": "block"},
}
# Ten times the trips may cost a little more than ten times as long.
GROWTH = 12.0


def dry_run_100k(place: Place, sizes: Sizes) -> Figure:
    seconds = {trips: dry_run_s(place, trips) for trips in (sizes.dry_run_small, sizes.dry_run_large)}
    small, large = seconds[sizes.dry_run_small], seconds[sizes.dry_run_large]
    return at_most(
        "dry_run_100k",
        f"a draft policy over {sizes.dry_run_large:,} past trips against {sizes.dry_run_small:,}",
        large,
        small,
        unit="s",
        target=GROWTH,
        method=f"one run of the experiment from request to answer, over {EVENTS_PER_TRIP} events per trip: the log is"
        " read, decoded and judged again in one pass, and every differing decision is kept; one run each",
    )


def policy_evaluation(place: Place, sizes: Sizes) -> Figure:
    rounds = max(sizes.rounds, 3)
    segments = (planned(a_flight(), carbon=kg("100.000")), planned(a_stay(), carbon=kg("30.000"), number=2))
    facts = TripFacts(segments, totals_of(segments), NOW)
    rules = PolicyRules(
        name="Draft",
        max_flight_class=Cabin.BUSINESS,
        max_hotel_stars=4,
        max_daily_budget_eur_cents=500_00,
        advance_booking_days=14,
        carbon_budget_kg_year=Decimal(100_000),
        requires_approval_above_eur_cents=900_00,
    )
    medians = interleaved(
        rounds,
        {
            "ours": lambda: microseconds_each(lambda: judge(rules, POLICY, 1, facts), sizes.judgements),
            "theirs": lambda: microseconds_each(lambda: plainly(rules, facts), sizes.judgements),
        },
    )
    return at_most(
        "policy_evaluation",
        "the verdict on one trip of a flight and a stay against a plain function with the same six rules",
        medians["ours"],
        medians["theirs"],
        unit="us",
        target=10.0,
        method="domain.travel.verdict.judge, which answers a verdict with every broken rule, its figures and what"
        " could not be judged, against a function of comparisons that answers the names of the broken rules;"
        f" medians of {rounds} interleaved runs of {sizes.judgements:,}",
    )


def dry_run_s(place: Place, trips: int) -> float:
    """Seconds from the request to the answer."""
    with place.ours() as ours:
        tenant_id = ours.tenant()
        live_through(ours, tenant_id, trips * EVENTS_PER_TRIP)
        ours.as_superuser("analyze")
        commands = Commands(ours.engine, HANDLERS, lambda store: None, on_commit=lambda tenant: None)  # type: ignore[arg-type, return-value]
        runner = ExperimentRunner(
            pool=ours.pools.experiments,
            feed=Feed(ours.engine.topics, NoKeys()),  # type: ignore[arg-type]
            commands=commands,
            kinds=EXPERIMENTS,
            clock=lambda: datetime.now(UTC),
        )
        started = perf_counter()
        experiment = runner.run(tenant_id, request(commands, tenant_id))
        elapsed = perf_counter() - started
        if experiment.status is not ExperimentStatus.COMPLETED or not experiment.differences:
            raise RuntimeError(f"the dry run ended {experiment.status}: {experiment.failure}")
        return elapsed


def request(commands: Commands, tenant_id: UUID) -> UUID:
    """Asks for the dry run."""
    order = Order(
        tenant_id=tenant_id,
        command=DryRunPolicy.model_validate(DRAFT),
        actor=Actor(uuid4(), "system"),
        id=CommandId(uuid4(), b"bench"),
        at=datetime.now(UTC),
    )
    return commands.execute(order).saved.stream_id


def microseconds_each(act: Callable[[], object], times: int) -> float:
    """How long one takes, in the mean over many."""
    started = perf_counter()
    for _ in range(times):
        act()
    return (perf_counter() - started) / times * 1_000_000


def plainly(rules: PolicyRules, facts: TripFacts) -> list[str]:
    """The same six rules, as one would write them in an afternoon."""
    details = [one.details for one in facts.segments]
    broken = []
    limit = rules.max_flight_class
    if limit and any(isinstance(one, FlightSegment) and one.cabin > limit for one in details):
        broken.append("max_flight_class")
    stars = rules.max_hotel_stars
    if stars is not None and any(
        isinstance(one, HotelStay) and one.stars is not None and one.stars > stars for one in details
    ):
        broken.append("max_hotel_stars")
    daily = rules.max_daily_budget_eur_cents
    if daily is not None and any(spend.eur_cents > daily for spend in facts.totals.spend_by_day):
        broken.append("max_daily_budget_eur")
    first = min(details, key=lambda one: one.starts_at)
    apart = local_time(first.starts_at, first.time_zone) - local_time(facts.judged_at, first.time_zone)
    if rules.advance_booking_days is not None and apart.days < rules.advance_booking_days:
        broken.append("advance_booking_days")
    yearly = rules.carbon_budget_kg_year
    if yearly is not None and any(one.grams > yearly * 1_000 for one in facts.totals.carbon_by_year):
        broken.append("carbon_budget_kg_year")
    above = rules.requires_approval_above_eur_cents
    if above is not None and facts.totals.spend_eur_cents > above:
        broken.append("requires_approval_above")
    return broken
