"""Is a company told of its use in time, once, and does a cap hold exactly, whoever reports at once?"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from api.rest import billing_examples
from application.ports.entitlements import PlanLimitReached
from domain.billing.meter_limits import MeterAlertRaised, MeterCapReached, MeterLimits, meter_limits_id
from domain.billing.metering import METERED
from tests.api.test_usage import NUMBERS, Customer, use
from tests.kit.crowd import all_at_once
from tests.kit.house import Founder, Place
from tests.reliability.log import read_tenant
from tests.reliability.oracle import claims_of_events

LIMITS = "/api/v1/usage/limits"
PLAN = "/api/v1/billing/subscription/plan"
HERE = ZoneInfo("Europe/Paris")


class Limited(Customer):
    """A customer that sets limits."""

    def limit(self, meter: str = "sms", **limit: Any) -> Any:
        answer = self.send("PUT", f"{LIMITS}/{meter}", limit)
        assert answer.status_code == 200, answer.text
        return answer.json()["limit"]

    def now(self, transaction_id: str, quantity: Any = 1, **more: Any) -> dict[str, Any]:
        return use(transaction_id, datetime.now(HERE).isoformat(), quantity=quantity, **more)

    @property
    def known(self) -> MeterLimits:
        return self.place.house.streams(self.company.id).load(MeterLimits, meter_limits_id(self.company.id))

    def facts(self, kind: type[Any]) -> list[Any]:
        streams = self.place.house.streams(self.company.id)
        found = streams.events_of(meter_limits_id(self.company.id), after=0, limit=100)
        return [event for event in found if isinstance(event, kind)]


@pytest.fixture
def customer(place: Place) -> Limited:
    company = Founder(place.house).company(f"limited-{next(NUMBERS)}")
    found = Limited(place, company)
    body = {"line": "crm", "plan": "pro", "debtor": billing_examples.DEBTOR, "zone": "Europe/Paris"}
    assert found.send("POST", "/api/v1/billing/subscription", body).status_code == 201
    return found


class TestAlerts:
    def test_are_raised_once_a_month_by_amount_and_by_part_of_what_is_included(
        self, customer: Limited
    ) -> None:
        shown = customer.limit(alerts=[{"amount": 100}, {"percent": 50}])
        assert [one["threshold"] for one in shown["alerts"]] == ["100", "1000"]
        customer.report(customer.now("a", 99))
        assert customer.facts(MeterAlertRaised) == []
        customer.report(customer.now("b", 1), customer.now("c", 5))
        customer.report(customer.now("d", 5))
        (told,) = customer.facts(MeterAlertRaised)
        assert (told.threshold, told.counted) == (100, 105)
        customer.report(customer.now("e", 890), use("late", "2026-01-10T12:00:00+01:00", quantity=100))
        # Half of the two thousand the plan includes; and January is a month of its own.
        assert sorted((one.threshold, one.month) for one in customer.facts(MeterAlertRaised)[1:]) == [
            (100, "2026-01"),
            (1000, f"{datetime.now(HERE):%Y-%m}"),
        ]
        listed = customer.send("GET", LIMITS).json()["data"]
        assert [(one["meter"], one["counted"]) for one in listed] == [("sms", "1000")]
        assert all(one["raised_at"] for one in listed[0]["alerts"])

    def test_of_what_was_reached_before_are_said_at_once(self, customer: Limited) -> None:
        customer.report(customer.now("a", 7))
        shown = customer.limit(alerts=[{"amount": 7}, {"amount": 8}])
        assert [one["raised_at"] is not None for one in shown["alerts"]] == [True, False]
        assert customer.limit(alerts=[])["alerts"] == []
        assert customer.send("GET", LIMITS).json()["data"] == []

    def test_need_something_to_take_a_part_of(self, customer: Limited) -> None:
        customer.define("pages", "sum")
        refused = customer.send("PUT", f"{LIMITS}/pages", {"alerts": [{"percent": 50}]})
        assert refused.json()["code"] == "nothing_included"
        assert customer.send("PUT", f"{LIMITS}/faxes", {"cap": 1}).status_code == 404
        assert customer.send("PUT", f"{LIMITS}/active_users", {"cap": 1}).json()["code"] == "cap_not_possible"


class TestCaps:
    def test_refuse_item_by_item_what_is_beyond(self, customer: Limited) -> None:
        customer.limit(cap=10)
        sent = [customer.now("a", 6), customer.now("b", 5), customer.now("c", 4), customer.now("d", "0.5")]
        assert customer.outcomes(*sent, customer.now("e", 9, meter="emails")) == [
            ("accepted", None),
            ("rejected", "cap_reached"),
            ("accepted", None),
            ("rejected", "cap_reached"),
            ("accepted", None),
        ]
        (reached,) = customer.facts(MeterCapReached)
        assert (reached.cap, reached.counted) == (10, 10)
        # Another month has room, a repeat is a repeat, and whoever raises the cap sends again.
        assert customer.outcomes(use("a-month-ago", quantity=10), sent[0]) == [
            ("accepted", None),
            ("duplicate", None),
        ]
        customer.limit(cap="10.5")
        assert customer.outcomes(sent[3], sent[1]) == [("accepted", None), ("rejected", "cap_reached")]
        assert customer.total() == 10

    def test_corrections_are_never_refused_and_what_they_replace_keeps_its_place(
        self, customer: Limited
    ) -> None:
        customer.limit(cap=10)
        customer.report(customer.now("a", 8))
        assert customer.outcomes(customer.now("b", 5, corrects="a"), customer.now("c", 1)) == [
            ("accepted", None),
            ("rejected", "cap_reached"),
        ]

    def test_hold_exactly_under_parallel_batches(self, customer: Limited) -> None:
        customer.limit(cap=50, alerts=[{"amount": 25}])

        def report(number: int) -> Any:
            return customer.report(*(customer.now(f"{number}-{step}") for step in range(20)))

        answers = all_at_once(8, report)
        assert sum(one["accepted"] for one in answers) == 50  # type: ignore[index]
        assert len(customer.facts(MeterAlertRaised)) == 1
        assert len(customer.facts(MeterCapReached)) == 1

    def test_count_different_subjects_once(self, customer: Limited) -> None:
        customer.define("people", "unique")
        customer.limit("people", cap=2)
        sent = [customer.now(str(number), meter="people", subject=who) for number, who in enumerate("abacb")]
        assert [status for status, _ in customer.outcomes(*sent)] == [
            "accepted", "accepted", "accepted", "rejected", "accepted"
        ]  # fmt: skip
        again = [
            customer.now("x", meter="people", subject="c"),
            customer.now("y", meter="people", subject="a"),
        ]
        assert [status for status, _ in customer.outcomes(*again)] == ["rejected", "accepted"]

    def test_of_a_highest_figure_refuse_the_single_use(self, customer: Limited) -> None:
        customer.define("peak", "max")
        customer.limit("peak", cap=5, alerts=[{"amount": 4}])
        sent = [customer.now("a", 4, meter="peak"), customer.now("b", 6, meter="peak")]
        assert [status for status, _ in customer.outcomes(*sent)] == ["accepted", "rejected"]
        assert [one.counted for one in customer.facts(MeterAlertRaised)] == [4]

    def test_of_a_plan_are_those_of_the_documents(self, customer: Limited, place: Place) -> None:
        """R-65: the free plan has 50 SMS a month, and nothing to pay for more."""
        answer = customer.send("PUT", PLAN, {"plan": "free"})
        assert answer.status_code == 200, answer.text
        assert customer.outcomes(customer.now("a", 50), customer.now("b", 1)) == [
            ("accepted", None),
            ("rejected", "cap_reached"),
        ]
        entitlements, at = place.house.entitlements(customer.company.id), place.house.clock()
        with pytest.raises(PlanLimitReached) as refused:
            entitlements.require("sms", at=at)
        assert refused.value.facts["exceeds"] == {"sms": {"limit": 50, "used": 51}}
        # What no operation takes yet is asked in the same way: room for a hundred contacts, not for one more.
        entitlements.require("contacts", units=100, at=at)
        with pytest.raises(PlanLimitReached):
            entitlements.require("contacts", units=101, at=at)
        entitlements.require("storage_mb", units=10**9, at=at)

    def test_is_what_the_claims_say_too(self, customer: Limited, database_url: str) -> None:
        customer.define("people", "unique")
        customer.report(
            customer.now("a", "1.5"), customer.now("b", 2, meter="people", subject="x"),
            customer.now("c", 1, meter="people", subject="x"),
        )  # fmt: skip
        with psycopg.connect(database_url) as connection:
            log = read_tenant(connection, customer.company.id)
        month = f"{datetime.now(HERE):%Y-%m}"
        assert (log.totals[METERED, f"sms:{month}"], log.totals[METERED, f"people:{month}"]) == (
            1_500_000,
            1_000_000,
        )
        assert list(claims_of_events(log)) == []


class TestCallsCap:
    def test_answers_429_with_the_reason_and_can_be_raised(self, customer: Limited) -> None:
        house = customer.place.house
        house.calls.flush()
        shown = customer.limit("api_calls", cap=1_000)
        house.calls.flush()
        counted = int(Decimal(customer.send("GET", LIMITS).json()["data"][0]["counted"]))
        assert shown["cap"] == "1000"
        customer.limit("api_calls", cap=counted + 6)
        house.standings.forget(customer.company.id)
        house.standings._counted.clear()
        statuses = [customer.send("GET", "/api/v1/usage/meters").status_code for _ in range(4)]
        assert customer.send("GET", "/api/v1/usage/events/nonsense").status_code == 422, "costs nothing"
        while len(statuses) < 30 and statuses[-1] == 200:
            statuses.append(customer.send("GET", "/api/v1/usage/meters").status_code)
        assert statuses[-1] == 429
        assert len(statuses) - 1 == 6
        refused = customer.send("GET", "/api/v1/usage/meters")
        assert refused.json()["code"] == "calls_cap_reached"
        assert int(refused.headers["retry-after"]) > 0
        # Whoever is stopped may still see why, and raise it.
        assert customer.send("GET", LIMITS).status_code == 200
        customer.limit("api_calls", cap=1_000)
        house.standings.forget(customer.company.id)
        assert customer.send("GET", "/api/v1/usage/meters").status_code == 200
