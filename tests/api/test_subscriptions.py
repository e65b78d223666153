"""Does a company get the plan it takes, and no smaller one than what it uses?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.rest import billing_examples
from application.platform.tenants import ChangeModules
from domain.platform.plan import TERMS, Plan
from domain.platform.tenant import Tenant
from tests.kit.crowd import all_at_once
from tests.kit.house import Company, Founder, Place

OWN = "/api/v1/billing/subscription"
DEBTOR = billing_examples.DEBTOR


class Counter:
    """Where companies subscribe; each test brings one of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def newcomer(self, slug: str) -> Company:
        return Founder(self.place.house).company(slug)

    def send(self, company: Company, method: str, path: str, body: Any = None, **headers: str) -> Any:
        known = {**company.owner.headers, **headers}
        return self.place.client.request(method, path, json=body, headers=known)

    def ask(self, company: Company, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(company, method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

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
        counter.ask(company, "POST", OWN, {"line": "crm", "plan": "free", "debtor": DEBTOR})
        stale = counter.send(company, "PUT", f"{OWN}/plan", {"plan": "pro"}, **{"If-Match": '"v7"'})
        assert stale.status_code == 412


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
        assert plans["starter"] == {"api_calls_daily": 50_000, "employees": 500, "modules": 3}
