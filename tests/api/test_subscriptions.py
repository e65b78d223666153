"""Does a company get the plan it takes, and no smaller one than what it uses?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from adapters.billing.dunning import DunningClerk
from api.rest import billing_examples
from application.billing.dunning import NoteInvoicePaid, NotePaymentMissed
from application.platform.tenants import ChangeModules
from application.ports.entitlements import PlanRequired
from domain.billing.subscription import Subscription, subscription_id
from domain.platform.plan import TERMS, Plan
from domain.platform.tenant import Tenant
from tests.kit.clinic import Clinic
from tests.kit.crowd import all_at_once
from tests.kit.house import Company, Founder, Place

OWN = "/api/v1/billing/subscription"
DEBTOR = billing_examples.DEBTOR
UNIT = {"kind": "cost_centre", "code": "sales", "name": "Sales"}


@contextmanager
def at_clock(place: Place, now: datetime) -> Iterator[None]:
    """The doors' clock, set for a while."""
    clock = place.house.clock
    place.house.clock = lambda: now
    try:
        yield
    finally:
        place.house.clock = clock


class Counter:
    """Where companies subscribe; each test brings one of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def newcomer(self, slug: str) -> Company:
        return Founder(self.place.house).company(slug)

    def send(self, company: Company, method: str, path: str, body: Any = None, **headers: str) -> Any:
        known = {**company.owner.key_headers, **headers}
        return self.place.client.request(method, path, json=body, headers=known)

    def ask(self, company: Company, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(company, method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def graphql(self, company: Company) -> Any:
        asked = {"query": "{ trips(first: 1) { edges { cursor } } }"}
        return self.send(company, "POST", "/api/v2/graphql", asked)

    def code(self, company: Company) -> str:
        """Why GraphQL is refused."""
        (error,) = self.graphql(company).json()["errors"]
        return str(error["extensions"]["code"])

    def suite_plan(self, company: Company) -> Plan:
        return self.place.house.streams(company.id).load(Tenant, company.id).plan


@pytest.fixture
def counter(place: Place) -> Counter:
    return Counter(place)


def suite(plan: str, **more: Any) -> dict[str, Any]:
    return {"line": "white_label", "plan": plan, "debtor": DEBTOR, **more}


class TestTheSuite:
    def test_and_its_subscription_are_one_truth(self, counter: Counter) -> None:
        company = counter.newcomer("one-truth")
        taken = counter.ask(company, "POST", OWN, suite("business"))
        assert counter.suite_plan(company) is Plan.BUSINESS
        terms = TERMS[Plan.BUSINESS]
        assert {one["name"]: (one["limit"], one["used"]) for one in taken["entitlements"]} == {
            "api_calls_daily": (terms.api_quota_daily, None),
            "employees": (terms.employee_limit, 3),
            "modules": (None, 0),
            "webhook_endpoints": (terms.webhook_endpoint_limit, 0),
        }
        counter.ask(company, "PUT", f"{OWN}/plan", {"plan": "starter"})
        assert counter.suite_plan(company) is Plan.STARTER
        changes = counter.place.recorded(company, "tenant.plan-changed")
        assert changes == counter.place.recorded(company, "subscription.plan-changed") + 1

    def test_l44_is_not_left_for_a_plan_too_small(self, counter: Counter) -> None:
        company = counter.newcomer("outgrown")
        counter.ask(company, "POST", OWN, suite("business"))
        modules = ("carbon", "crm", "erp", "portal", "travel")
        Founder(counter.place.house).execute(company.id, ChangeModules(modules_enabled=modules))
        before = counter.place.house.streams(company.id).head()
        refused = counter.send(company, "PUT", f"{OWN}/plan", {"plan": "starter"})
        assert (refused.status_code, refused.json()["code"]) == (409, "plan_too_small")
        assert refused.json()["exceeds"] == {"modules": {"limit": 3, "used": 5}}
        assert counter.place.house.streams(company.id).head() == before
        assert counter.suite_plan(company) is Plan.BUSINESS

    def test_l44_judges_modules_switched_on_at_the_same_moment(self, counter: Counter) -> None:
        company = counter.newcomer("at-once")
        counter.ask(company, "POST", OWN, suite("business"))
        founder, modules = Founder(counter.place.house), ("carbon", "crm", "erp", "travel")

        def act(number: int) -> None:
            if number:
                founder.execute(company.id, ChangeModules(modules_enabled=modules))
            else:
                counter.send(company, "PUT", f"{OWN}/plan", {"plan": "starter"})

        all_at_once(2, act)
        tenant = counter.place.house.streams(company.id).load(Tenant, company.id)
        limit = TERMS[tenant.plan].module_limit
        assert limit is None or len(tenant.modules_enabled) <= limit

    def test_is_sold_on_quote_only_where_the_document_says(self, counter: Counter) -> None:
        company = counter.newcomer("grand")
        refused = counter.send(company, "POST", OWN, suite("enterprise_plus"))
        assert (refused.status_code, refused.json()["code"]) == (409, "plan_on_quote")


class TestSubscription:
    def test_lives_from_the_trial_to_the_end(self, counter: Counter) -> None:
        company = counter.newcomer("lively")
        assert counter.send(company, "GET", OWN).status_code == 404
        body = {"line": "crm", "plan": "starter", "debtor": DEBTOR, "trial_days": 14}
        assert counter.ask(company, "POST", OWN, body)["status"] == "trial"
        again = counter.send(company, "POST", OWN, body)
        assert (again.status_code, again.json()["code"]) == (409, "subscribed_already")
        moved = counter.ask(company, "PUT", f"{OWN}/plan", {"plan": "pro", "model": "seats", "seats": 4})
        assert (moved["plan"], moved["model"], moved["seats"]) == ("pro", "seats", 4)
        assert counter.ask(company, "PUT", f"{OWN}/seats", {"seats": 6})["seats"] == 6
        none = counter.send(company, "PUT", f"{OWN}/seats", {"seats": 0})
        assert (none.status_code, none.json()["code"]) == (409, "seats_missing")
        unknown = counter.send(company, "PUT", f"{OWN}/add-ons", {"add_ons": {"sauna": 1}})
        assert (unknown.status_code, unknown.json()["code"]) == (409, "add_on_not_offered")
        assert counter.ask(company, "PUT", f"{OWN}/add-ons", {"add_ons": {"whatsapp": 2}})["add_ons"]
        assert counter.ask(company, "POST", f"{OWN}/cancel")["status"] == "cancelled"
        over = counter.send(company, "PUT", f"{OWN}/seats", {"seats": 7})
        assert (over.status_code, over.json()["code"]) == (409, "subscription_over")

    def test_checks_the_version_it_is_given(self, counter: Counter) -> None:
        company = counter.newcomer("versioned")
        counter.ask(company, "POST", OWN, {"line": "crm", "plan": "starter", "debtor": DEBTOR})
        stale = counter.send(company, "PUT", f"{OWN}/plan", {"plan": "pro"}, **{"If-Match": '"v7"'})
        assert stale.status_code == 412


class TestEntitlements:
    def test_l44_professionals_fit_the_plan_also_when_hired_at_once(self, counter: Counter) -> None:
        company = counter.newcomer("salon")
        counter.ask(company, "POST", OWN, {"line": "appointments", "plan": "professional", "debtor": DEBTOR})
        clinic = Clinic(counter.place, company).open()
        body = {"name": "Camille Moreau", "terms": {"skills": ["doctor"], "site_ids": [clinic.site_id]}}
        hired = "/api/v1/booking/practitioners"
        seven = [counter.ask(company, "POST", hired, body)["id"] for _ in range(7)]
        refused = counter.send(company, "PUT", f"{OWN}/plan", {"plan": "starter"})
        assert refused.json()["exceeds"] == {"professionals": {"limit": 5, "used": 7}}
        for one in seven[:3]:
            counter.ask(company, "POST", f"{hired}/{one}/leave")
        counter.ask(company, "PUT", f"{OWN}/plan", {"plan": "starter"})
        answers = all_at_once(4, lambda number: counter.send(company, "POST", hired, body))
        codes = sorted(one.status_code for one in answers)  # type: ignore[union-attr]
        assert codes == [201, 429, 429, 429]
        sixth = counter.send(company, "POST", hired, body).json()
        assert (sixth["code"], sixth["exceeds"]) == (
            "plan_limit_reached",
            {"professionals": {"limit": 5, "used": 6}},
        )


class TestQuotes:
    """Negotiated deals: a named account manager, another offer for another wish, and prices of one's own."""

    def offer(self, fee: str, **more: Any) -> dict[str, Any]:
        price = {"code": "plan", "title": "Plan", "kind": "recurring"}
        prices = {
            **billing_examples.PLAN_PRICES,
            "line": "white_label",
            "plan": "enterprise_plus",
            "effective_from": "2026-01-01T00:00:00Z",
            "prices": [{**price, "charge": {"model": "fixed", "amount": fee}}],
            "limits": {},
        }
        until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        return {
            "prices": prices,
            "terms": {"plan": "enterprise_plus", "model": "usage"},
            "months": 12,
            "valid_until": until,
            **more,
        }

    def test_lead_from_the_draft_to_a_deal_that_is_billed(self, counter: Counter) -> None:
        company, admin = counter.newcomer("negotiator"), counter.place.platform.admin.headers
        staff = f"/api/v1/enterprise/tenants/{company.id}/quotes"
        own, client = "/api/v1/billing/quotes", counter.place.client

        def written(fee: str, **more: Any) -> str:
            body = {"offer": self.offer(fee), "account_manager": "Alex Martin", **more}
            answer = client.post(staff, json=body, headers=admin)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        first = written("20000")
        assert counter.ask(company, "GET", own)["data"] == [], "a draft is nobody's business"
        assert counter.send(company, "POST", f"{own}/{first}/accept", {}).status_code == 404
        assert client.post(f"{staff}/{first}/propose", headers=admin).json()["status"] == "proposed"
        countered = counter.ask(company, "POST", f"{own}/{first}/counter", {"wish": "15 000 a month"})
        assert (countered["status"], countered["account_manager"]) == ("countered", "Alex Martin")
        second = written("15000", supersedes=first)
        client.post(f"{staff}/{second}/propose", headers=admin)
        states = {one["id"]: one["status"] for one in counter.ask(company, "GET", own)["data"]}
        assert states == {first: "superseded", second: "proposed"}
        stale = counter.send(company, "POST", f"{own}/{first}/accept", {"debtor": DEBTOR})
        assert (stale.status_code, stale.json()["code"]) == (409, "quote_not_open")
        answers = all_at_once(
            3, lambda _: counter.send(company, "POST", f"{own}/{second}/accept", {"debtor": DEBTOR})
        )
        assert {one.status_code for one in answers} == {200}  # type: ignore[union-attr]
        assert counter.place.recorded(company, "subscription.agreed") == 1
        assert counter.suite_plan(company) is Plan.ENTERPRISE_PLUS
        shown = counter.ask(company, "GET", OWN)
        assert shown["account_manager_id"] == str(counter.place.platform.admin.id)
        next_month = datetime.now(UTC) + timedelta(days=35)
        with at_clock(counter.place, next_month):
            billed = counter.ask(company, "GET", f"/api/v1/enterprise/billing?month={next_month:%Y-%m}")[
                "invoice"
            ]
        assert billed["net_minor"] == 1_500_000, "the agreed fee"
        left = counter.ask(company, "POST", f"{OWN}/cancel")
        assert (left["status"], left["cancelled_at"]) == ("active", shown["committed_until"])

    def test_expire_by_themselves(self, counter: Counter) -> None:
        company, admin = counter.newcomer("hesitant"), counter.place.platform.admin.headers
        staff = f"/api/v1/enterprise/tenants/{company.id}/quotes"
        body = {"offer": self.offer("9000"), "account_manager": "Alex Martin"}
        made = counter.place.client.post(staff, json=body, headers=admin).json()["id"]
        counter.place.client.post(f"{staff}/{made}/propose", headers=admin)
        with at_clock(counter.place, datetime.now(UTC) + timedelta(days=31)):
            assert counter.ask(company, "GET", "/api/v1/billing/quotes")["data"][0]["status"] == "expired"
            late = counter.send(company, "POST", f"/api/v1/billing/quotes/{made}/accept", {"debtor": DEBTOR})
            assert late.json()["code"] == "quote_not_open"

    def test_a_year_costs_less_and_binds(self, counter: Counter) -> None:
        company = counter.newcomer("yearly")
        counter.ask(company, "POST", OWN, suite("business"))
        committed = counter.ask(company, "PUT", f"{OWN}/yearly")
        again = counter.ask(company, "PUT", f"{OWN}/yearly")
        assert again["committed_until"] == committed["committed_until"] is not None
        smaller = counter.send(company, "PUT", f"{OWN}/plan", {"plan": "starter"})
        assert smaller.json()["code"] == "committed_to_plan"
        later = datetime.now(UTC) + timedelta(days=35)
        with at_clock(counter.place, later):
            billed = counter.ask(company, "GET", f"/api/v1/enterprise/billing?month={later:%Y-%m}")["invoice"]
        assert billed["net_minor"] == 720_000, "a tenth less than 8 000 euros"
        counter.ask(company, "POST", f"{OWN}/cancel")
        early = counter.send(company, "POST", OWN, suite("business"), **{"Accept-Language": "fr"}).json()
        day = datetime.fromisoformat(committed["committed_until"]).astimezone(ZoneInfo("Europe/Paris")).date()
        assert (early["code"], early["detail"]) == (
            "stay_not_over",
            f"L'entreprise part au terme convenu, le {day} ; dès ce jour, elle peut s'abonner de nouveau.",
        )

    def test_a_feature_goes_by_plan_and_by_company(self, counter: Counter) -> None:
        company, admin = counter.newcomer("featured"), counter.place.platform.admin.headers
        house = counter.place.house
        assert "graphql" not in counter.ask(company, "POST", OWN, suite("starter"))["features"]
        with pytest.raises(PlanRequired):
            house.entitlements(company.id).require_feature("graphql", at=house.clock())
        assert (counter.graphql(company).status_code, counter.code(company)) == (403, "plan_required")
        switched = f"/api/v1/enterprise/tenants/{company.id}/features/graphql"
        counter.place.client.put(switched, json={"is_on": True}, headers=admin)
        house.entitlements(company.id).require_feature("graphql", at=house.clock())
        counter.ask(company, "PUT", f"{OWN}/plan", {"plan": "business"})
        counter.place.client.put(switched, json={"is_on": False}, headers=admin)
        assert "graphql" not in counter.ask(company, "GET", OWN)["features"]
        assert counter.code(company) == "plan_required"
        counter.place.client.put(switched, json={"is_on": None}, headers=admin)
        assert "graphql" in counter.ask(company, "GET", OWN)["features"]
        assert counter.graphql(company).json()["data"] == {"trips": {"edges": []}}


class TestDunning:
    """Past due, suspended and back: dated data, judged by the scheduler's clock."""

    def test_goes_by_its_schedule_from_the_first_failure_to_the_last_payment(self, counter: Counter) -> None:
        company, house = counter.newcomer("late-payer"), counter.place.house
        founder, bills = Founder(house), [uuid4(), uuid4()]
        counter.ask(company, "POST", OWN, suite("starter"))
        trip = counter.place.plan(company)
        for bill in bills:
            founder.execute(company.id, NotePaymentMissed(invoice_id=bill, reason="card_declined"))
        shown = counter.ask(company, "GET", OWN)
        began = datetime.fromisoformat(shown["dunning"]["since"])
        assert (shown["status"], shown["dunning"]["unpaid"]) == ("past_due", [str(bill) for bill in bills])
        assert len(shown["dunning"]["ahead"]) == 7
        taken = []
        for day in (0, 1, 3, 3, 20, 21, 30):
            clerk = DunningClerk(list, house.commands, lambda day=day: began + timedelta(days=day, minutes=1))
            clerk.dun(company.id)
            dunning = house.streams(company.id).load(Subscription, subscription_id(company.id)).dunning
            assert dunning
            taken.append([f"{step.act}-{step.number}" for step in dunning.taken])
        assert taken[0] == taken[1] == ["notice-1"]
        assert taken[2] == taken[3] == ["notice-1", "attempt-1"]
        assert taken[4][-1] == "notice-3"
        assert taken[5] == taken[6] == [*taken[4], "suspension-1"]
        self.reads_and_pays_alone(counter, company, trip, began + timedelta(days=22))
        founder.execute(company.id, NoteInvoicePaid(invoice_id=bills[0]))
        with at_clock(counter.place, began + timedelta(days=23)):
            assert counter.ask(company, "GET", OWN)["status"] == "suspended"
            founder.execute(company.id, NoteInvoicePaid(invoice_id=bills[1]))
            shown = counter.ask(company, "GET", OWN)
            assert (shown["status"], shown["dunning"]) == ("active", None)
            assert counter.send(company, "POST", "/api/v1/enterprise/units", UNIT).status_code == 201

    def reads_and_pays_alone(
        self, counter: Counter, company: Company, trip: dict[str, Any], now: datetime
    ) -> None:
        """Suspended: nothing new is ordered, all the rest goes on."""
        with at_clock(counter.place, now):
            refused = counter.send(
                company, "POST", "/api/v1/enterprise/units", UNIT, **{"Idempotency-Key": "u"}
            )
            assert (refused.status_code, refused.json()["code"]) == (423, "company_suspended")
            assert counter.send(company, "GET", f"/api/v1/enterprise/trips/{trip['id']}").status_code == 200
            export = {"table": "trips", "format": "csv"}
            assert counter.send(company, "POST", "/api/v1/analytics/exports", export).status_code < 500
            assert counter.ask(company, "PUT", f"{OWN}/debtor", {**DEBTOR, "legal_name": "Payer"})
            assert counter.ask(company, "GET", "/api/v1/billing/invoices")["data"] == []

    def test_l33_a_step_is_taken_once_however_many_schedulers_there_are(self, counter: Counter) -> None:
        company, house = counter.newcomer("dunned-at-once"), counter.place.house
        counter.ask(company, "POST", OWN, {"line": "crm", "plan": "pro", "debtor": DEBTOR})
        Founder(house).execute(company.id, NotePaymentMissed(invoice_id=uuid4()))
        late = datetime.now(UTC) + timedelta(days=40)
        clerks = [DunningClerk(list, house.commands, lambda: late) for _ in range(4)]
        all_at_once(4, lambda number: clerks[number].dun(company.id))
        found = house.streams(company.id).load(Subscription, subscription_id(company.id))
        assert found.dunning
        assert found.dunning.ahead == ()
        assert counter.place.recorded(company, "subscription.suspended") == 1
        assert counter.place.recorded(company, "subscription.dunned") == 6

    def test_l22_whoever_left_reads_and_orders_nothing_new(self, counter: Counter) -> None:
        company = counter.newcomer("leaver")
        counter.ask(company, "POST", OWN, {"line": "crm", "plan": "pro", "debtor": DEBTOR})
        counter.ask(company, "POST", f"{OWN}/cancel")
        refused = counter.send(company, "POST", "/api/v1/enterprise/units", UNIT)
        assert (refused.status_code, refused.json()["code"]) == (423, "subscription_ended")
        assert counter.send(company, "GET", "/api/v1/enterprise/units").status_code == 200
        self.comes_back(counter, company)

    def comes_back(self, counter: Counter, company: Company) -> None:
        """By the same door, in another product line, and with nothing of before but its past."""
        tried = suite("business", trial_days=3)
        refused = counter.send(company, "POST", OWN, tried, **{"Accept-Language": "fr"})
        assert (refused.status_code, refused.json()["code"]) == (409, "trial_on_return")
        assert refused.json()["detail"].startswith("L'essai est pour qui vient la première fois")
        shown = counter.ask(company, "POST", OWN, suite("business"))
        assert (shown["status"], shown["line"], shown["version"]) == ("active", "white_label", 3)
        (past,) = shown["past_stays"]
        assert (past["line"], past["plan"], past["debtor"]) == ("crm", "pro", DEBTOR)
        assert past["started_at"] < past["ended_at"] <= shown["started_at"]
        assert counter.suite_plan(company) is Plan.BUSINESS
        assert counter.ask(company, "GET", OWN)["past_stays"] == [past]
        assert counter.send(company, "POST", "/api/v1/enterprise/units", UNIT).status_code == 201
        counter.ask(company, "POST", f"{OWN}/cancel")
        elsewhere = {"line": "appointments", "plan": "starter", "debtor": DEBTOR}
        founder, modules = Founder(counter.place.house), ("carbon", "crm", "erp", "travel")
        founder.execute(company.id, ChangeModules(modules_enabled=modules))
        refused = counter.send(company, "POST", OWN, elsewhere)
        assert refused.json()["exceeds"] == {"modules": {"limit": 3, "used": 4}}
        founder.execute(company.id, ChangeModules(modules_enabled=modules[:3]))
        answers = all_at_once(3, lambda _: counter.send(company, "POST", OWN, elsewhere))
        assert sorted(one.status_code for one in answers) == [201, 409, 409]  # type: ignore[union-attr]
        # The suite is not had for the price of another product.
        assert counter.suite_plan(company) is Plan.STARTER
        assert counter.place.recorded(company, "subscription.returned") == 2


class TestPrices:
    def test_are_announced_a_day_ahead_and_apply_from_then(self, counter: Counter) -> None:
        place = counter.place
        admin, prices = place.platform.admin.headers, "/api/v1/billing/prices"
        soon = datetime.now(UTC) + timedelta(days=2)
        body = {
            **billing_examples.PLAN_PRICES,
            "line": "appointments",
            "plan": "starter",
            "effective_from": soon.isoformat(),
        }
        hasty = {**body, "effective_from": datetime.now(UTC).isoformat()}
        refused = place.client.put(prices, json=hasty, headers=admin)
        assert (refused.status_code, refused.json()["code"]) == (409, "prices_without_notice")
        assert place.client.put(prices, json=body, headers=admin).status_code == 200

        def fee(at: datetime) -> str:
            query = f"{prices}?line=appointments&at={at.isoformat().replace('+', '%2B')}"
            plans = place.client.get(query, headers=place.north.owner.headers).json()["data"]
            (starter,) = (one for one in plans if one["plan"] == "starter")
            return str(starter["prices"][0]["charge"]["amount"])

        assert (fee(soon - timedelta(seconds=1)), fee(soon)) == ("29", "159")

    def test_of_the_suite_name_every_plan_the_house_knows(self, place: Place) -> None:
        listed = place.client.get(
            "/api/v1/billing/prices?line=white_label", headers=place.north.owner.headers
        )
        plans = {one["plan"]: one["limits"] for one in listed.json()["data"]}
        assert plans.keys() == set(Plan)
        assert plans["starter"] == {
            "api_calls_daily": 50_000,
            "employees": 500,
            "modules": 3,
            "webhook_endpoints": 5,
        }
