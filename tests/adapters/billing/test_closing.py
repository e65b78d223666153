"""Is every month billed by itself, once, as soon as the grace for late reports is over where the company lives?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from adapters.billing.closing import MonthClosing, PlatformClerk
from adapters.billing.uptime import PlatformUptime, RawProbes
from adapters.clerk import signed
from adapters.operations.prober import Prober
from application.billing.invoices import GiveNumber, RequestNumber
from application.billing.papers import RecordPayment
from application.billing.sla import DeclareIncident, EndIncident
from application.billing.subscriptions import CancelSubscription, StartSubscription
from application.billing.usage import ReportUsage
from domain.billing.disruptions import Disruptions, disruptions_id
from domain.billing.invoice import InvoiceBook, invoices_id
from domain.billing.invoice_line import LineKind
from domain.billing.issued import Invoice
from domain.billing.numbering import NumberSeries, request_id, series_id
from domain.billing.party import SHIPPED_SELLER
from domain.billing.price import ProductLine
from domain.billing.sla import Sla, sla_id
from domain.billing.uptime import Health
from domain.kernel.refusals import Refusal, RuleBroken, Unavailable
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from tests.journeys.test_graceful_stop import await_ready, escale, free_port, stopped, surroundings
from tests.kit.crowd import all_at_once
from tests.kit.house import Founder, Place, opened_place
from tests.kit.papers import FRENCH
from tests.oracle import billing as oracle

PARIS_OVER = datetime(2026, 1, 31, 23, tzinfo=UTC)  # midnight in Paris


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


class Clock:
    """Stands where it is put."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def clerk(place: Place, clock: Clock) -> MonthClosing:
    house = place.house
    return MonthClosing(house.companies, house.commands, house.usage_of, clock, every_s=0)


def subscribed(
    place: Place, slug: str, *, zone: str = "Europe/Paris", line: ProductLine = ProductLine.CRM
) -> UUID:
    tenant_id = Founder(place.house).company(slug).id
    plan = "pro" if line is ProductLine.CRM else "business"
    command = StartSubscription(line=line, plan=plan, debtor=FRENCH, zone=zone)
    execute(place, tenant_id, command, datetime(2025, 12, 31, 23, tzinfo=UTC))
    return tenant_id


def execute(place: Place, tenant_id: UUID, command: object, at: datetime) -> None:
    place.house.execute(signed(tenant_id, command, str(uuid4()), at))  # type: ignore[arg-type]


def invoices(place: Place, tenant_id: UUID) -> dict[str, Invoice]:
    place.house.jobs.projections.drain(tenant_id)
    book = place.house.streams(tenant_id).find(InvoiceBook, invoices_id(tenant_id))
    return {one.draft.month: one for one in book.invoices.values()} if book else {}


def test_l15_at_half_past_eleven_and_half_past_midnight_utc_there_is_one_invoice(place: Place) -> None:
    paris, tokyo = subscribed(place, "paris"), subscribed(place, "tokyo", zone="Asia/Tokyo")
    clock = Clock(PARIS_OVER - timedelta(minutes=30))
    closing = clerk(place, clock)
    for tenant_id in (paris, tokyo):
        place.house.jobs.projections.drain(tenant_id)
    # 22:30 UTC is half past eleven in Paris and the next day in Tokyo, whose grace is over.
    assert closing.close(paris) == []
    # In Tokyo the subscription began on the first of January at eight.
    assert closing.close(tokyo) == ["2026-01"]
    clock.moment = PARIS_OVER + timedelta(minutes=30)  # 23:30 UTC: February in Paris, the grace runs
    assert closing.close(paris) == []
    clock.moment = PARIS_OVER + timedelta(minutes=90)  # 00:30 UTC
    assert closing.close(paris) == ["2026-01"]
    assert closing.close(paris) == closing.close(tokyo) == []
    assert list(invoices(place, paris)) == list(invoices(place, tokyo)) == ["2026-01"]
    assert invoices(place, paris)["2026-01"].due_on.isoformat() == "2026-03-03"
    assert invoices(place, paris)["2026-01"].named().seller == SHIPPED_SELLER


def test_l15_twice_and_in_parallel_there_is_one_invoice_per_month(place: Place) -> None:
    tenant_id = subscribed(place, "parallel")
    place.house.jobs.projections.drain(tenant_id)
    clock = Clock(datetime(2026, 4, 1, 12, tzinfo=UTC))
    all_at_once(6, lambda number: clerk(place, clock).close(tenant_id))
    # Whoever lost a race asks again in the next round.
    place.house.jobs.projections.drain(tenant_id)
    clerk(place, clock).close(tenant_id)
    assert list(invoices(place, tenant_id)) == ["2026-01", "2026-02", "2026-03"]


def test_l22_a_company_that_left_is_billed_its_last_month_and_no_empty_ones(place: Place) -> None:
    tenant_id = subscribed(place, "leaver")
    execute(place, tenant_id, CancelSubscription(), datetime(2026, 1, 16, 11, tzinfo=UTC))
    place.house.jobs.projections.drain(tenant_id)
    closing = clerk(place, Clock(datetime(2026, 6, 1, tzinfo=UTC)))
    assert closing.close(tenant_id) == ["2026-01"]
    # 149 euros for 15.5 of 31 days.
    assert invoices(place, tenant_id)["2026-01"].draft.net_minor == 7_450
    # Back in August with everything paid: the months between are nobody's, and no use of theirs is looked at.
    paid = RecordPayment(
        month="2026-01", amount_minor=8_940, received_on=date(2026, 3, 1), reference="BANK-7"
    )
    execute(place, tenant_id, paid, datetime(2026, 3, 1, tzinfo=UTC))
    back = StartSubscription(line=ProductLine.CRM, plan="pro", debtor=FRENCH)
    execute(place, tenant_id, back, datetime(2026, 8, 16, 10, tzinfo=UTC))
    use = {"meter": "sms", "at": "2026-04-02T09:00:00Z", "quantity": 9_000, "transaction_id": "between"}
    execute(place, tenant_id, ReportUsage(events=(use,)), datetime(2026, 8, 20, tzinfo=UTC))
    place.house.jobs.projections.drain(tenant_id)
    assert clerk(place, Clock(datetime(2026, 9, 1, tzinfo=UTC))).close(tenant_id) == ["2026-08"]
    # From noon of the 16th: 15.5 of 31 days again.
    assert invoices(place, tenant_id)["2026-08"].draft.net_minor == 7_450
    execute(place, tenant_id, CancelSubscription(), datetime(2026, 9, 1, tzinfo=UTC))
    place.house.jobs.projections.drain(tenant_id)
    assert clerk(place, Clock(datetime(2026, 10, 1, tzinfo=UTC))).close(tenant_id) == ["2026-09"]
    late = {**use, "transaction_id": "between, and late"}
    execute(place, tenant_id, ReportUsage(events=(late,)), datetime(2026, 10, 2, tzinfo=UTC))
    place.house.jobs.projections.drain(tenant_id)
    assert clerk(place, Clock(datetime(2026, 12, 1, tzinfo=UTC))).close(tenant_id) == []


def test_l16_two_hundred_closings_at_once_get_numbers_without_a_gap_and_nobody_waits(place: Place) -> None:
    documents, at = [uuid4() for _ in range(200)], datetime(2031, 1, 1, tzinfo=UTC)

    def ask(number: int) -> None:
        document_id = documents[number]
        command = RequestNumber(
            company_id=place.north.id,
            invoice_id=document_id,
            document_id=document_id,
            kind="invoice",
            year=2031,
        )
        execute(place, PLATFORM_TENANT_ID, command, at)

    all_at_once(len(documents), ask)
    platform = place.house.streams(PLATFORM_TENANT_ID)
    before = platform.head()
    for document_id in documents:  # as the one process does, in the order of the feed
        given = GiveNumber(request_id=request_id(PLATFORM_TENANT_ID, document_id))
        execute(place, PLATFORM_TENANT_ID, given, at)
    series = platform.load(NumberSeries, series_id(PLATFORM_TENANT_ID, "invoice", 2031))
    assert series.last == len(documents)
    # One number and one receipt each: nobody lost a race and tried again.
    assert platform.head() - before == 2 * len(documents)


def test_l24_a_breach_is_given_back_on_the_next_invoice_and_comes_out_the_same_again(
    place: Place,
) -> None:
    tenant_id = subscribed(place, "breached", line=ProductLine.WHITE_LABEL)
    # From noon the service is down for eight hours, by our own word: no probe need have seen it.
    noon = datetime(2026, 1, 20, 12, tzinfo=UTC)
    declared = DeclareIncident(since=noon, about="A disk")
    execute(place, PLATFORM_TENANT_ID, declared, noon + timedelta(minutes=5))
    calendar = place.house.streams(PLATFORM_TENANT_ID).load(Disruptions, disruptions_id(PLATFORM_TENANT_ID))
    (incident_id,) = calendar.begun
    over = EndIncident(incident_id=incident_id, until=noon + timedelta(hours=8))
    execute(place, PLATFORM_TENANT_ID, over, noon + timedelta(hours=9))
    place.house.jobs.projections.drain(tenant_id)
    closing = clerk(place, Clock(datetime(2026, 3, 1, 12, tzinfo=UTC)))
    assert closing.close(tenant_id) == ["2026-01", "2026-02"]
    assessed = place.house.streams(tenant_id).load(Sla, sla_id(tenant_id)).months["2026-01"]
    # 8 of 744 hours: 98.9247 %, below 99; a quarter of 8 000 euros.
    assert (str(assessed.uptime.percent), assessed.credit_percent) == ("98.9247", 25)
    (credit,) = (
        line for line in invoices(place, tenant_id)["2026-02"].draft.lines if line.kind is LineKind.SLA_CREDIT
    )
    assert (credit.month, credit.amount_minor) == ("2026-01", -200_000)
    store = place.house.streams(tenant_id)
    again = place.house.commands.ports_of(store).uptime.of(
        invoices(place, tenant_id)["2026-01"].draft.period, now=datetime(2026, 6, 1, tzinfo=UTC)
    )
    assert again.uptime == assessed.uptime


def test_l24_when_a_real_api_stops_the_prober_notices_and_the_next_invoice_gives_back(
    place: Place, database_url: str, redis_url: str, master_key: bytes, tmp_path: Path
) -> None:
    tenant_id = subscribed(place, "unserved", line=ProductLine.WHITE_LABEL)
    place.house.jobs.projections.drain(tenant_id)
    # A minute of the prober's clock passes with every look; everything else is real.
    clock, port = Clock(datetime(2026, 2, 10, 9, tzinfo=UTC)), free_port()
    url = f"http://127.0.0.1:{port}/live"
    prober = Prober(url, PlatformClerk(place.house.commands).note, clock, every_s=0, timeout_s=2)

    def look() -> Health:
        clock.moment += timedelta(minutes=1)
        return prober.look().health

    environment = surroundings(database_url, redis_url, master_key)
    log = tmp_path / "api.log"
    with escale("api", log=log, ESCALE_PORT=str(port), **environment) as api:
        await_ready(port, log)
        assert look() is not Health.DOWN
        stopped(api)
    looks = [look() for _ in range(60)]
    assert set(looks) == {Health.DOWN}
    closing = clerk(place, Clock(datetime(2026, 4, 1, 12, tzinfo=UTC)))
    assert closing.close(tenant_id) == ["2026-01", "2026-02", "2026-03"]
    sla = place.house.streams(tenant_id).load(Sla, sla_id(tenant_id))
    # 61 minutes of February's 28 days, the last look speaking for two: 99.85 %, and 99.9 were promised.
    assert sla.months["2026-02"].uptime.down_us == 61 * 60 * 1_000_000
    (credit,) = (
        line
        for line in invoices(place, tenant_id)["2026-03"].draft.lines
        if line.kind is LineKind.SLA_CREDIT and line.month == "2026-02"
    )
    assert credit.amount_minor == -80_000
    # A fold over nothing but the probes of the log says the same.
    store = place.house.streams(tenant_id)
    period = invoices(place, tenant_id)["2026-02"].draft.period
    raw = RawProbes(lambda _: place.house.streams(PLATFORM_TENANT_ID))
    again = PlatformUptime(
        raw, lambda: place.house.streams(PLATFORM_TENANT_ID), store, lambda: place.house.reading(tenant_id)
    )
    assert again.of(period, now=clock()).uptime == sla.months["2026-02"].uptime


def test_l24_only_the_company_whose_own_calls_failed_is_given_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the public door: the service answers everyone but one company, whose calls all meet a fault."""
    house, noon = place.house, datetime(2026, 5, 20, 12, tzinfo=UTC)
    lucky, unlucky = (Founder(house).company(slug) for slug in ("lucky", "unlucky"))
    start = StartSubscription(
        line=ProductLine.WHITE_LABEL, plan="business", debtor=FRENCH, zone="Europe/Paris"
    )
    for company in (lucky, unlucky):
        execute(place, company.id, start, datetime(2026, 4, 30, 22, tzinfo=UTC))
    # Forty minutes by our own word, for everyone: five too few for a breach of 99.9 % in 31 days.
    execute(place, PLATFORM_TENANT_ID, DeclareIncident(since=noon, about="A switch"), noon)
    calendar = house.streams(PLATFORM_TENANT_ID).load(Disruptions, disruptions_id(PLATFORM_TENANT_ID))
    over = noon + timedelta(minutes=40)
    execute(place, PLATFORM_TENANT_ID, EndIncident(incident_id=[*calendar.begun][-1], until=over), over)

    clock, streams = Clock(noon), house.streams

    def failing(tenant_id: UUID) -> object:
        if tenant_id == unlucky.id:
            raise RuntimeError("a disk of this company only")
        return streams(tenant_id)

    with monkeypatch.context() as patch:
        patch.setattr(house, "clock", clock)
        patch.setattr(house, "streams", failing)
        # The last two of the forty minutes and the five after them; then one in which a call too few failed.
        for minute, calls in (*((minute, 10) for minute in range(38, 45)), (50, 9)):
            clock.moment = noon + timedelta(minutes=minute, seconds=59)
            for company, status in ((unlucky, 500), (lucky, 200)):
                answers = {
                    place.client.get("/api/v1/billing/sla", headers=company.owner.key_headers).status_code
                    for _ in range(calls if company is unlucky else 1)
                }
                assert answers == {status}
        # What a caller waits for in vain is no failure.
        patch.setattr(house, "streams", streams)
        head = house.streams(unlucky.id).head()
        for _ in range(10):
            path = (
                "/api/v1/usage?meter=api_calls&window=day&from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z"
            )
            answer = place.client.get(f"{path}&cut=999999", headers=unlucky.owner.key_headers)
            assert answer.status_code == 504
        house.calls.flush()
        assert house.streams(unlucky.id).head() == head + 1, "one event for all that was accepted and failed"

    closing = clerk(place, Clock(datetime(2026, 7, 1, 12, tzinfo=UTC)))
    platform = oracle.facts_of("".join(house.auditing.export(PLATFORM_TENANT_ID)).splitlines())
    for company, given in ((lucky, []), (unlucky, [-80_000])):
        house.jobs.projections.drain(company.id)
        assert closing.close(company.id) == ["2026-05", "2026-06"]
        june = invoices(place, company.id)["2026-06"]
        credits = [line.amount_minor for line in june.draft.lines if line.kind is LineKind.SLA_CREDIT]
        assert credits == given
        # The oracle reads the exported log and nothing else.
        told = oracle.facts_of("".join(house.auditing.export(company.id)).splitlines())
        judged = oracle.Company(told, oracle.price_lists(platform), platform).invoices()
        assert {month: one["net"] for month, one in judged.items()} == {
            month: one.draft.net_minor for month, one in invoices(place, company.id).items()
        }

    (shown,) = (
        one
        for one in place.client.get("/api/v1/billing/sla", headers=unlucky.owner.key_headers).json()["data"]
        if one["month"] == "2026-05"
    )
    sources = ("down_s", "down_by_prober_s", "down_by_own_calls_s", "failure_rule", "credit_minor")
    assert [int(float(shown[name])) for name in sources] == [45 * 60, 40 * 60, 7 * 60, 1, 80_000]

    (credit,) = (
        one
        for one in house.billing.explaining.lines(unlucky.id, june)
        if one.line.kind is LineKind.SLA_CREDIT
    )
    assert credit.adds_up
    assert [cause.what for cause in credit.causes] == [
        "sla.month-assessed.v2: the prober 2400 s, own calls 420 s by rule 1, together 2700 s",
        "own calls failed for 7 min: 70 of 70",
    ]
    # From nothing but the log, the same again.
    house.jobs.projections.rebuild(unlucky.id, "usage")
    store, may = house.streams(unlucky.id), invoices(place, unlucky.id)["2026-05"].draft
    again = house.commands.ports_of(store).uptime.of(may.period, now=clock(), cut=may.cut)
    assessed = store.load(Sla, sla_id(unlucky.id)).months["2026-05"]
    assert (again.uptime, again.own) == (assessed.uptime, assessed.own)


@pytest.mark.parametrize(("refusal", "times"), [(Unavailable, 2), (RuleBroken, 1)])
def test_only_a_company_whose_usage_is_not_read_yet_is_asked_again_before_the_next_look(
    monkeypatch: pytest.MonkeyPatch, refusal: type[Refusal], times: int
) -> None:
    asked: list[UUID] = []

    class Reading(MonthClosing):
        def close(self, tenant_id: UUID) -> list[str]:
            asked.append(tenant_id)
            return super().close(tenant_id)

        def _assess(self, tenant_id: UUID, now: datetime) -> None:
            if len(asked) == 1:
                raise refusal

        def _due(self, tenant_id: UUID, now: datetime) -> str | None:
            return None

    monkeypatch.setattr("adapters.billing.closing.AGAIN_S", 0.0)
    company: Any = uuid4()
    closing = Reading(lambda: [company], cast(Any, None), cast(Any, None), lambda: PARIS_OVER)
    for _ in range(3):
        closing.act(1)
    assert asked == [company] * times
