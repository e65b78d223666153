"""The demo is alive because its history went through the handlers, not because somebody filled tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.audit.verifier import told_of_pdf, verify_pdf
from adapters.bootstrap import House, OpenCompany, OpenPractice, Settings, build
from adapters.demo.agendas import agenda_of
from adapters.demo.companies import Provisioner
from adapters.demo.history import history_of
from adapters.demo.house import AnotherBudget, DemoHouse
from adapters.demo.loader import Tally, visits_beside
from adapters.demo.orders import trip_id_of
from adapters.factors.shipped import shipped_rows
from adapters.holidays import ShippedHolidays
from api.main import create_app
from application.booking.receipts import queue_differences
from application.catalog import AGGREGATE_OF
from application.travel.approvals import RejectTrip
from domain.booking.absence import Absence
from domain.booking.appointment import Appointment
from domain.booking.series import AppointmentSeries
from domain.booking.waitlist import SlotOffered, WaitlistEntry
from domain.esg.esg_report import EsgReport
from domain.esg.reduction_levers import KINDS
from domain.travel.rule import Rule
from domain.travel.trip import Trip, TripStatus
from projections.booking import figures, utilisation
from projections.esg import ledger_queries
from tests.conftest import Services, fresh_database
from tests.kit.chain import verify_chain
from tests.kit.client import TestClient
from tests.kit.counting import Counting, counted, in_file, in_sql, over_rest
from tests.kit.house import GENEROUS

TRIPS = 60
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Lived:
    """A demo whose history is in and whose read models stand."""

    def __init__(self, house: House, url: str, demo: DemoHouse, *, with_practices: bool) -> None:
        self.house = house
        self.url = url
        self.demo = demo
        self.companies: list[OpenCompany] = demo.open_companies(TODAY)
        self.practices: list[OpenPractice] = demo.open_practices(TODAY) if with_practices else []
        self.tally: Tally = self.load()
        self.rest()
        self.report_id: UUID | None = None

    def publish_report(self) -> None:
        self.report_id = self.demo.publish_report(self.companies, TODAY)
        self.rest()

    def load(self) -> Tally:
        return self.demo.load_history(
            self.companies,
            practices=self.practices,
            trips=TRIPS,
            today=TODAY,
            advance=lambda done: None,
            announce_total=lambda total: None,
            stop=Event(),
        )

    def rest(self) -> None:
        for tenant_id in self.house.tenants():
            self.house.jobs.projections.drain(tenant_id)
            self.house.jobs.processes.drain(tenant_id)
            self.house.jobs.projections.drain(tenant_id)

    def count(self, statement: str) -> int:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return int(row[0])


@contextmanager
def lived(
    services: Services,
    template: str,
    master_key: bytes,
    budget: int,
    folder: Path,
    *,
    with_practices: bool = False,
) -> Iterator[Lived]:
    with fresh_database(services, template) as url:
        settings = Settings(master_key=master_key.hex(), data_dir=folder)
        house = build(settings, database_url=url, redis_url=services.redis_url)
        provisioner = Provisioner(house.commands, house.identity.credentials, master_key, lambda: NOW)
        try:
            demo = DemoHouse(provisioner, house.pools, Decimal(budget))
            yield Lived(house, url, demo, with_practices=with_practices)
        finally:
            house.close()


@pytest.fixture(scope="module")
def demo(
    services: Services, template: str, master_key: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("demo")
    with lived(services, template, master_key, 600, folder, with_practices=True) as opened:
        opened.publish_report()
        yield opened


def test_every_demo_command_has_its_row_in_the_command_log(demo: Lived) -> None:
    orders = sum(
        len(history_of(company, round(TRIPS * len(company.traveller_ids) / 40), TODAY))
        for company in demo.companies
    ) + sum(len(agenda_of(practice, visits_beside(TRIPS), TODAY)) for practice in demo.practices)
    logged = demo.count("select count(*) from es.command_log where outcome in (1, 2, 3)")
    from_members = demo.count(
        "select count(distinct meta::jsonb ->> 'command') from es.event where meta::jsonb ->> 'source' = 'import'"
    )
    assert demo.tally.applied + demo.tally.refused == orders
    assert from_members == demo.tally.applied
    assert logged >= orders


def test_halving_the_daily_budget_finds_more_violations(
    demo: Lived, services: Services, template: str, master_key: bytes, tmp_path: Path
) -> None:
    statement = "select count(*) from read.violation where rule = 'max_daily_budget_eur'"
    with lived(services, template, master_key, 300, tmp_path) as strict:
        assert strict.count(statement) > demo.count(statement) > 0


def test_no_scope_and_neither_method_of_scope_2_is_zero(demo: Lived) -> None:
    for company in demo.companies:
        with demo.house.reading(company.tenant_id) as sql:
            rows = ledger_queries.totals(
                sql, start=date(2026, 1, 1), end=date(2027, 1, 1), by=("scope", "category")
            )
        grams = {
            scope: sum(row["location_g"] for row in rows if row["scope"] == scope) for scope in (1, 2, 3)
        }
        market = sum(row["market_g"] for row in rows if row["scope"] == 2)
        assert all(grams.values()), grams
        assert 0 < market < grams[2], "one site has a green contract, the other has not"
        assert {"fugitive_emissions", "fuel_and_energy", "business_travel", "employee_commuting"} <= {
            row["category"] for row in rows
        }


def test_the_first_company_has_published_a_report_that_verifies(demo: Lived) -> None:
    aurore = demo.companies[0]
    assert demo.report_id is not None
    report = demo.house.streams(aurore.tenant_id).load(EsgReport, demo.report_id)
    assert (report.status, report.start, report.end) == ("published", date(2026, 8, 1), date(2026, 11, 1))
    assert (report.drafted_by, report.reviewed_by) == (aurore.finance_id, aurore.finance_id)
    assert (report.approved_by, report.published_by) == (aurore.owner_id, aurore.owner_id)
    content = report.content
    assert content is not None
    assert {row.key for row in content.scopes if row.location_g} == {"1", "2", "3"}
    assert {lever.kind for lever in content.levers} == {*KINDS}
    assert len(content.intensity) == 3
    assert content.trajectories[0].is_on_track
    assert demo.count("select count(*) from read.esg_report where status = 'published'") == 1
    file = demo.house.reports.file(aurore.tenant_id, demo.report_id, "pdf", "en")
    checked = verify_pdf(file.read_bytes())
    assert list(told_of_pdf(checked))[-1] == "Every figure holds."


def test_every_carbon_figure_names_a_factor_row_that_was_shipped(demo: Lived) -> None:
    shipped = {
        row["row_id"]: Decimal(row["kg_co2e_per_unit"]) for row in shipped_rows() if row["year"] == "2025"
    }
    figures = [figure for segment in segments(demo) if (figure := segment["carbon"]) is not None]
    assert len(figures) > TRIPS
    assert all(Decimal(figure["factor_value"]) == shipped[figure["factor_id"]] for figure in figures)
    assert all(Decimal(figure["kg"]) > 0 for figure in figures)


def segments(demo: Lived) -> list[dict[str, Any]]:
    with psycopg.connect(demo.url, autocommit=True) as connection:
        rows = connection.execute("select segments from read.trip").fetchall()
    return [segment for row in rows for segment in row[0]]


def test_another_daily_budget_than_the_one_in_force_is_refused(demo: Lived) -> None:
    strict = DemoHouse(demo.demo._provisioner, demo.house.pools, Decimal(300))
    with pytest.raises(AnotherBudget, match="Aurore Conseil .* 600 EUR, not of 300 EUR.*Leave out"):
        strict.refuse_another_budget(strict.open_companies(TODAY))
    demo.demo.refuse_another_budget(demo.companies)


def test_some_trips_are_rejected_with_a_reason_and_some_of_them_submitted_again(demo: Lived) -> None:
    orders = history_of(demo.companies[0], 1_000, TODAY)
    rejected = [order for order in orders if isinstance(order.command, RejectTrip)]
    again = [order for order in orders if order.name.endswith(" resubmit")]
    assert 25 <= len(rejected) <= 55
    assert 5 <= len(again) < len(rejected)
    assert len({order.command.reason for order in rejected if isinstance(order.command, RejectTrip)}) > 1
    assert history_of(demo.companies[0], 1_000, TODAY) == orders
    assert demo.count("select count(*) from es.event where topic = 'trip.rejected.v2'") >= 2
    assert demo.count("select count(*) from read.trip where status = 'rejected'") >= 1


def test_violations_spend_and_carbon_are_alive(demo: Lived) -> None:
    assert demo.count("select count(distinct rule) from read.violation") >= 3
    assert demo.count("select count(distinct date_trunc('month', flagged_at)) from read.violation") >= 3
    assert demo.count("select count(*) from read.travel_spend where spend_eur_cents > 0 and carbon_g > 0") > 6
    assert demo.count("select count(distinct status) from read.trip") >= 5


def test_one_journey_is_blocked_by_its_budget_and_one_is_excepted(demo: Lived) -> None:
    for company in demo.companies:
        fates = [
            demo.house.streams(company.tenant_id).load(
                Trip, trip_id_of(company.tenant_id, f"seminar {number}")
            )
            for number in range(3)
        ]
        assert [trip.status for trip in fates] == [
            TripStatus.BOOKED,
            TripStatus.SUBMITTED,
            TripStatus.BOOKED,
        ]
        blocked, excepted = fates[1].verdict, fates[2].verdict
        assert blocked is not None
        assert blocked.is_blocked
        assert excepted is not None
        assert [one.is_exempted for one in excepted.broken if one.rule is Rule.BUDGET] == [True]
    assert demo.count("select count(*) from read.violation where status = 'exempted'") == len(demo.companies)


def test_people_travel_on_accounts_under_approvers_and_pay_in_several_currencies(demo: Lived) -> None:
    assert (
        demo.count("select count(distinct department_id) from read.travel_spend where state = 'booked'") == 6
    )
    assert demo.count("select count(distinct currency) from read.travel_spend") >= 4
    assert demo.count("select count(distinct supplier) from read.travel_spend") >= 4
    assert demo.count("select count(distinct policy_id) from read.policy_version") == 4
    assert demo.count("select count(*) from read.trip where approver_id is not null") > 0


def test_the_clinic_holds_one_of_each_kind(demo: Lived) -> None:
    """R-04, R-14, R-43: a team with its theatre, a series over the change of the clock, an emergency, an absence."""
    clinic = demo.practices[0]
    streams = demo.house.streams(clinic.tenant_id)

    def visit(name: str) -> Appointment:
        return streams.load(Appointment, clinic.made("appointment", name))

    operation = visit("operation 0")
    assert [one.ability for one in operation.agreed.team] == [
        *("surgeon", "anaesthetist", "nurse", "operating-theatre"),
    ]
    assert (operation.status, operation.paid_minor) == ("fulfilled", 29_000)
    series = streams.load(AppointmentSeries, clinic.made("series", "series"))
    starts = [one.starts_at for one in series.occurrences if one.appointment_id]
    assert len(starts) == 8
    assert {each.hour for each in starts} == {15, 16}, (
        "half past five by the clock, before the change and after"
    )
    late, emergency = visit("late"), visit("emergency")
    assert (late.status, late.fee_minor) == ("cancelled", 3_000)
    assert emergency.override is not None
    assert emergency.override.over == (visit("before emergency").id,)
    assert visit("relative").relationship == "relative"
    assert "Pénicilline" in (visit("relative").answers or "")
    assert (visit("home visit").agreed.mode, bool(visit("home visit").address)) == ("client_home", True)
    absence = streams.load(Absence, clinic.made("absence", "absence"))
    assert (absence.status, absence.affected) == ("approved", (visit("with okafor").id,))
    with demo.house.reading(clinic.tenant_id) as sql:
        (month, *_) = figures.revenue(sql, by="month", start=date(2026, 9, 1), end=date(2026, 12, 31)).rows
        attendance = figures.attendance(sql, by="site", start=date(2026, 8, 1), end=date(2026, 12, 31)).rows
        days = utilisation.page(
            sql,
            of="practitioner",
            start=date(2026, 11, 9),
            end=date(2026, 11, 14),
            holidays=ShippedHolidays().between,
        ).rows
    assert month.earned_minor > 0
    assert (attendance[0].no_shows, attendance[0].called_off_with_fee) > (0, 0)
    assert {day.offered_minutes for day in days} == {570, 0}, (
        "nine to half past six, and the eleventh of November"
    )


def test_the_salon_holds_a_class_and_a_queue_with_a_receipt(demo: Lived) -> None:
    """R-07, R-29: twelve of twelve seats; the second in the queue was offered the time, and the log says so again."""
    salon = demo.practices[1]
    streams = demo.house.streams(salon.tenant_id)
    seats = demo.house.amounts(salon.tenant_id).holders("booking-seat", str(salon.made("session", "class")))
    assert len(seats) == 12
    entry = streams.load(WaitlistEntry, salon.made("waitlist", "waiting 1"))
    offer = next(
        event for event in streams.events_of(entry.id, after=0, limit=9) if isinstance(event, SlotOffered)
    )
    assert [one.passed for one in offer.queue] == ["other_time", "offered", "behind"]
    grounds = demo.house.booking_past(salon.tenant_id).grounds(offer, site_id=salon.site_id)
    assert queue_differences(entry, offer, next(iter(grounds))[1]) == []
    listed = "select count(distinct tenant_id) from read.market_offer where is_listed"
    assert demo.count(listed) == 2, "the marketplace lists both"
    assert ("camelia", "owner@camelia.example.com") in {
        (company, email) for company, email, _ in demo.demo.accounts(demo.companies, demo.practices)
    }


def test_read_models_equal_a_replay(demo: Lived) -> None:
    differences = [
        difference
        for tenant_id in demo.house.tenants()
        for difference in demo.house.jobs.projections.check(tenant_id)
    ]
    assert differences == []


def test_the_chain_of_every_company_verifies(demo: Lived) -> None:
    with psycopg.connect(demo.url, autocommit=True) as auditor:
        lengths = {tenant_id: verify_chain(auditor, tenant_id) for tenant_id in demo.house.tenants()}
    assert all(length > 100 for tenant_id, length in lengths.items() if tenant_id in tenants(demo))


def tenants(demo: Lived) -> set[UUID]:
    return {company.tenant_id for company in demo.companies}


def test_a_second_load_finds_everything_done(demo: Lived) -> None:
    before = demo.count("select sum(position) from es.tenant_head")
    demo.demo.open_companies(TODAY)
    demo.demo.open_practices(TODAY)
    demo.load()
    demo.rest()
    next_month = date(2026, 12, 3)
    assert demo.demo.publish_report(demo.companies, next_month) == demo.report_id
    demo.rest()
    assert demo.count("select sum(position) from es.tenant_head") == before


def test_claims_equal_what_the_events_say(demo: Lived) -> None:
    """A rebuild folds the same function: units held per kind and key, from the streams alone; a hold that has run
    out is gone either way, sooner or later."""
    folded: dict[tuple[UUID, str, str, UUID], int] = {}
    for tenant_id in demo.house.tenants():
        for kind, stream in streams_of(demo, tenant_id):
            aggregate = kind.new(stream)
            for event in demo.house.commands.reading(tenant_id)._application.events.get(stream):
                claims = aggregate.claims(event)
                aggregate.apply(event)  # type: ignore[arg-type]
                for release in claims.released:
                    folded.pop(
                        (tenant_id, release.kind, key_of(demo, tenant_id, release), release.holder), None
                    )
                for claim in (one for one in claims.taken if one.expires_at is None):
                    folded[(tenant_id, claim.kind, key_of(demo, tenant_id, claim), claim.holder)] = (
                        claim.units
                    )
    with psycopg.connect(demo.url, autocommit=True) as connection:
        held = connection.execute(
            "select tenant_id, kind, key, holder, units from es.claim where expires_at = 'infinity'"
        ).fetchall()
        totals = connection.execute(
            "select count(*) from es.claim_total t where units <> (select coalesce(sum(c.units), 0) from es.claim c"
            " where (c.tenant_id, c.kind, c.key) = (t.tenant_id, t.kind, t.key))"
        ).fetchone()
    assert folded == {(tenant, kind, key, holder): units for tenant, kind, key, holder, units in held}
    assert totals == (0,)


def key_of(demo: Lived, tenant_id: UUID, claim: Any) -> str:
    return demo.house.engine.claim_keys.text(tenant_id, claim.kind, claim.key)


def streams_of(demo: Lived, tenant_id: UUID) -> list[tuple[Any, UUID]]:
    with psycopg.connect(demo.url, autocommit=True) as connection:
        rows = connection.execute(
            "select topic, originator_id from es.event where tenant_id = %s and originator_version = 1",
            (tenant_id,),
        ).fetchall()
    return [(AGGREGATE_OF[demo.house.engine.topics.event_class(topic)], stream) for topic, stream in rows]


@pytest.fixture(scope="module")
def counting(demo: Lived) -> Iterator[Counting]:
    with TestClient(create_app(demo.house, limits=GENEROUS)) as client:
        yield Counting(demo.house, client)


def test_every_way_of_counting_gives_the_same_totals(demo: Lived, counting: Counting) -> None:
    """In SQL, over REST, in every file, and for someone who only counts the events."""
    for company in demo.companies:
        position = counting.rest(company, "travel_spend", count="true")["position"]
        expected = counted(demo.url, company.tenant_id, position)
        assert min(astuple(expected)) > 0
        found = {
            "sql": in_sql(demo.url, company.tenant_id),
            "rest": over_rest(counting, company),
            **{format: in_file(counting, company, format) for format in ("csv", "ndjson", "parquet", "xlsx")},
        }
        assert found == dict.fromkeys(found, expected)


def test_what_one_company_counts_is_not_in_the_other(demo: Lived, counting: Counting) -> None:
    first, second = demo.companies[:2]
    assert in_sql(demo.url, first.tenant_id) != in_sql(demo.url, second.tenant_id)
    ours = {row["trip_id"] for row in counting.rest(first, "trip", columns="trip_id", limit=1_000)["data"]}
    theirs = {row["trip_id"] for row in counting.rest(second, "trip", columns="trip_id", limit=1_000)["data"]}
    assert ours
    assert theirs
    assert ours.isdisjoint(theirs)
