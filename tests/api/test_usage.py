"""Is every use counted exactly once, whatever clients send, and does a cut never change?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from api.rest import billing_examples
from domain.billing.usage import USAGE, UsageBatch
from tests.kit.crowd import all_at_once
from tests.kit.house import Company, Founder, Place

EVENTS, METERS = "/api/v1/usage/events", "/api/v1/usage/meters"
NUMBERS = count(1)
# Winter, so that a day of Paris is no day of Greenwich, and a clock change in spring.
JANUARY = "from=2026-01-01T00:00:00%2B01:00&to=2026-02-01T00:00:00%2B01:00"
MARCH = "from=2026-03-01T00:00:00%2B01:00&to=2026-04-01T00:00:00%2B02:00"


def use(transaction_id: str, at: str = "2026-01-10T12:00:00+01:00", **more: Any) -> dict[str, Any]:
    return {"transaction_id": transaction_id, "meter": "sms", "at": at, **more}


class Customer:
    """A company in Paris that reports what it used."""

    def __init__(self, place: Place, company: Company) -> None:
        self.place, self.company = place, company

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        # As a program: with a key.
        known = {**self.company.owner.key_headers, **headers}
        return self.place.client.request(method, path, json=body, headers=known)

    def report(self, *uses: dict[str, Any], **headers: str) -> Any:
        answer = self.send("POST", EVENTS, {"events": list(uses)}, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def outcomes(self, *uses: dict[str, Any]) -> list[tuple[str, str | None]]:
        return [(one["status"], one["reason"]) for one in self.report(*uses)["outcomes"]]

    def usage(self, query: str = JANUARY, meter: str = "sms", **more: Any) -> Any:
        extra = "".join(f"&{name}={value}" for name, value in more.items())
        answer = self.send("GET", f"/api/v1/usage?meter={meter}&{query}{extra}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def total(self, **more: Any) -> Decimal:
        self.place.house.jobs.projections.drain(self.company.id)
        return sum((Decimal(one["value"]) for one in self.usage(window="month", **more)["data"]), Decimal(0))

    def define(self, code: str, aggregation: str) -> None:
        body = {"code": code, "title": code, "aggregation": aggregation}
        assert self.send("POST", METERS, body).status_code == 201


@pytest.fixture
def customer(place: Place) -> Customer:
    """A company of the test's own."""
    company = Founder(place.house).company(f"user-{next(NUMBERS)}")
    found = Customer(place, company)
    body = {"line": "crm", "plan": "pro", "debtor": billing_examples.DEBTOR, "zone": "Europe/Paris"}
    assert found.send("POST", "/api/v1/billing/subscription", body).status_code == 201
    return found


@contextmanager
def later(place: Place, days: int) -> Iterator[None]:
    """The doors' clock, ahead for a while."""
    clock = place.house.clock
    place.house.clock = lambda: clock() + timedelta(days=days)
    try:
        yield
    finally:
        place.house.clock = clock


class TestOnce:
    def test_l2_in_one_batch_across_batches_and_forty_days_later(self, customer: Customer) -> None:
        first = customer.outcomes(use("a", quantity=3), use("a", quantity=3), use("b"))
        assert first == [("accepted", None), ("duplicate", None), ("accepted", None)]
        assert customer.outcomes(use("a", quantity=3), use("c")) == [("duplicate", None), ("accepted", None)]
        with later(customer.place, days=40):
            assert customer.outcomes(use("a", quantity="3.000")) == [("duplicate", None)]
        assert customer.total() == 5

    def test_l2_by_twenty_clients_at_once(self, customer: Customer) -> None:
        # Batches overlap in all ids but one, in another order each.
        def act(number: int) -> Any:
            shared = [use(f"shared-{(number + step) % 30}") for step in range(30)]
            return customer.report(*shared, use(f"own-{number}"))

        answers = all_at_once(20, act)
        assert sum(one["accepted"] for one in answers) == 50  # type: ignore[index]
        assert sum(one["duplicate"] for one in answers) == 20 * 30 - 30  # type: ignore[index]
        assert customer.total() == 50

    def test_l2_a_repeated_request_is_answered_alike(self, customer: Customer) -> None:
        sent = [use("a"), use("b", meter="faxes"), use("a", quantity=2)]
        first = customer.report(*sent, **{"Idempotency-Key": "same"})
        again = customer.report(*sent, **{"Idempotency-Key": "same"})
        assert first == again
        assert customer.total() == 1

    def test_l3_other_content_under_the_same_id_is_a_conflict(self, customer: Customer) -> None:
        customer.report(use("a", quantity=3))
        assert customer.outcomes(use("a", quantity=4), use("a", subject="x")) == [
            ("conflict", "same_id_other_content")
        ] * 2  # fmt: skip
        assert customer.total() == 3
        streams = customer.place.house.streams(customer.company.id)
        logged = streams.load(UsageBatch, _last_batch(customer))
        assert [one.transaction_id for one in logged.uncounted] == ["a", "a"]

    def test_l3_two_companies_may_use_the_same_id(self, customer: Customer, place: Place) -> None:
        other = Customer(place, Founder(place.house).company(f"user-{next(NUMBERS)}"))
        assert customer.outcomes(use("mine", quantity=3)) == [("accepted", None)]
        assert other.outcomes(use("mine", quantity=4)) == [("accepted", None)]

    def test_l4_another_time_is_no_other_content(self, customer: Customer) -> None:
        customer.report(use("a", "2026-01-10T12:00:00+01:00"))
        assert customer.outcomes(use("a", "2026-01-11T12:00:00+01:00")) == [("duplicate", None)]

    def test_is_what_the_claims_say_too(self, customer: Customer) -> None:
        customer.report(use("a"), use("b"))
        totals = customer.place.house.amounts(customer.company.id)
        assert set(totals.holders_of(USAGE, ["a", "b", "c"])) == {"a", "b"}


class TestOutcomes:
    def test_l5_and_l8_a_bad_use_never_loses_the_others(self, customer: Customer) -> None:
        soon = datetime.now(UTC)
        sent: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
            (use("good"), ("accepted", None, None)),
            (use("ahead", (soon + timedelta(minutes=6)).isoformat()), ("rejected", "in_the_future", "at")),
            (use("a-little-ahead", (soon + timedelta(minutes=4)).isoformat()), ("accepted", None, None)),
            (use("no-zone", "2026-01-10T12:00:00"), ("rejected", "malformed", "at")),
            (use("negative", quantity=-1), ("rejected", "malformed", "quantity")),
            (use("long", quantity="12345678901234567890"), ("rejected", "malformed", "quantity")),
            (use("true", quantity=True), ("rejected", "malformed", "quantity")),
            (use("fax", meter="faxes"), ("rejected", "meter_unknown", "meter")),
            (use("ours", meter="api_calls"), ("rejected", "meter_counted_here", "meter")),
            (use("surplus", colour="red"), ("rejected", "malformed", None)),
            ({"meter": "sms", "at": "2026-01-10T12:00:00Z"}, ("rejected", "malformed", "transaction_id")),
            (use("also-good", quantity="0.5"), ("accepted", None, None)),
        ]
        answer = customer.report(*(one for one, _ in sent))
        found = [(one["status"], one["reason"], one["field"]) for one in answer["outcomes"]]
        assert found == [expected for _, expected in sent]
        assert [one["number"] for one in answer["outcomes"]] == list(range(len(sent)))
        assert (answer["accepted"], answer["rejected"]) == (3, 9)
        shown = customer.send("GET", f"{EVENTS}/{answer['id']}").json()
        assert shown["outcomes"] == answer["outcomes"]

    def test_l5_a_thousand_at_once_and_no_more(self, customer: Customer) -> None:
        uses = [use(f"bulk-{number}") for number in range(1_001)]
        assert customer.send("POST", EVENTS, {"events": uses}).status_code == 422
        assert customer.report(*uses[:1_000])["accepted"] == 1_000
        assert customer.total() == 1_000

    def test_l21_what_came_before_a_meter_is_not_counted_by_its_creation(self, customer: Customer) -> None:
        assert customer.outcomes(use("early", meter="pages")) == [("rejected", "meter_unknown")]
        customer.define("pages", "sum")
        assert customer.total(meter="pages") == 0
        assert customer.outcomes(use("early", meter="pages")) == [("accepted", None)]
        assert customer.total(meter="pages") == 1

    def test_a_meter_never_changes_its_meaning(self, customer: Customer) -> None:
        customer.define("pages", "sum")
        refused = customer.send("POST", METERS, {"code": "pages", "title": "P", "aggregation": "max"})
        assert (refused.status_code, refused.json()["code"]) == (409, "meter_defined_before")


class TestCorrections:
    """L9: a correction is a fact of its own that names the first; everything is computed afresh."""

    def test_replace_the_use_they_name(self, customer: Customer) -> None:
        customer.define("peak", "max")
        customer.define("people", "unique")
        customer.report(
            use("a", quantity=10), use("b", quantity=5),
            use("p1", meter="peak", quantity=90), use("p2", meter="peak", quantity=40),
            use("u1", meter="people", subject="ann"), use("u2", meter="people", subject="ben"),
        )  # fmt: skip
        before = customer.total()
        cut = customer.usage()["cut"]
        assert (
            customer.outcomes(
                use("a-right", quantity=4, corrects="a"),
                use("p1-gone", meter="peak", quantity=0, corrects="p1"),
                use("u2-was-ann", meter="people", subject="ann", corrects="u2"),
            )
            == [("accepted", None)] * 3
        )
        assert (customer.total(), before) == (9, 15)
        assert (customer.total(meter="peak"), customer.total(meter="people")) == (40, 1)
        assert (customer.total(cut=cut), customer.total(meter="people", cut=cut)) == (15, 2)

    def test_are_made_once_and_of_something_known(self, customer: Customer) -> None:
        customer.report(use("a", quantity=10))
        assert customer.outcomes(
            use("x", corrects="nothing"),
            use("b", quantity=4, corrects="a"),
            use("c", quantity=5, corrects="a"),
            use("d", quantity=6, corrects="b"),
        ) == [
            ("rejected", "corrected_use_unknown"), ("accepted", None),
            ("conflict", "corrected_before"), ("accepted", None),
        ]  # fmt: skip
        assert customer.total() == 6


class TestReads:
    def test_by_local_hour_day_and_month(self, customer: Customer) -> None:
        customer.report(
            use("late", "2026-01-31T23:30:00Z"),  # February in Paris
            use("new-year", "2025-12-31T23:30:00Z"),  # January in Paris
            use("noon", "2026-01-10T11:10:00Z", quantity=2),
            use("noon-too", "2026-01-10T11:50:00Z", quantity=3),
        )
        customer.place.house.jobs.projections.drain(customer.company.id)
        by_hour = {one["start"]: one["value"] for one in customer.usage(window="hour")["data"]}
        assert by_hour == {"2025-12-31T23:00:00Z": "1", "2026-01-10T11:00:00Z": "5"}
        by_day = {one["start"]: one["value"] for one in customer.usage(window="day")["data"]}
        assert by_day == {"2025-12-31T23:00:00Z": "1", "2026-01-09T23:00:00Z": "5"}
        (month,) = customer.usage(window="month")["data"]
        assert month == {"start": "2025-12-31T23:00:00Z", "value": "6"}

    def test_a_day_of_twenty_three_hours_has_no_lost_use(self, customer: Customer) -> None:
        # 29 March 2026: at two the clocks of Paris show three.
        customer.report(*(use(f"h{hour}", f"2026-03-29T{hour:02}:30:00Z") for hour in range(22)))
        customer.place.house.jobs.projections.drain(customer.company.id)
        days = customer.usage(MARCH, window="day")["data"]
        assert days == [{"start": "2026-03-28T23:00:00Z", "value": "22"}]
        assert len(customer.usage(MARCH, window="hour")["data"]) == 22

    def test_count_and_latest(self, customer: Customer) -> None:
        customer.define("calls", "count")
        customer.define("level", "latest")
        customer.report(
            use("c1", meter="calls", quantity=7), use("c2", meter="calls", quantity=0),
            use("l2", "2026-01-12T00:00:00Z", meter="level", quantity=20),
            use("l1", "2026-01-11T00:00:00Z", meter="level", quantity=30),
        )  # fmt: skip
        assert (customer.total(meter="calls"), customer.total(meter="level")) == (1, 20)

    def test_the_same_cut_gives_the_same_figures_for_ever(self, customer: Customer) -> None:
        customer.report(use("a", quantity=10))
        customer.place.house.jobs.projections.drain(customer.company.id)
        first = customer.usage()
        customer.report(use("b", quantity=5), use("c", quantity=1, corrects="a"))
        customer.total()
        assert customer.usage(cut=first["cut"]) == first
        now = customer.usage()
        assert now["cut"] > first["cut"]
        assert now["complete_until"] > first["complete_until"]
        customer.place.house.jobs.projections.rebuild(customer.company.id, "usage")
        assert customer.usage(cut=first["cut"]) == first

    def test_a_cut_that_is_not_reached_is_not_answered(self, customer: Customer) -> None:
        answer = customer.send("GET", f"/api/v1/usage?meter=sms&{JANUARY}&cut={10**9}")
        assert (answer.status_code, answer.json()["code"]) == (504, "position_not_reached")

    def test_of_an_unknown_meter_are_no_zero(self, customer: Customer) -> None:
        assert customer.send("GET", f"/api/v1/usage?meter=faxes&{JANUARY}").status_code == 404


def _last_batch(customer: Customer) -> Any:
    with customer.place.house.pools.queries.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (customer.company.id,))
        row = connection.execute(
            "select originator_id from es.event where tenant_id = %s and topic like 'usage.reported.%%'"
            " order by position desc limit 1",
            (customer.company.id,),
        ).fetchone()
    assert row is not None
    return row[0]
