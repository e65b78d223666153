"""Does the product count the calls it accepts and the people who make them, each exactly once?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.billing.counting import CallCounter
from adapters.billing.standings import Standing
from api.rest import billing_examples
from domain.billing.subscription import Subscription, subscription_id
from domain.kernel.refusals import Unavailable
from tests.kit.crowd import all_at_once
from tests.kit.house import Company, Founder, Place
from tests.reliability.log import read_tenant
from tests.reliability.oracle import claims_of_events

NUMBERS = count(1)
SUBSCRIPTION = "/api/v1/billing/subscription"
NEW_YEAR = datetime(2026, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Paris


class Customer:
    """A company in Paris whose people call the API."""

    def __init__(self, place: Place) -> None:
        self.place, self.house = place, place.house
        self.company: Company = Founder(place.house).company(f"caller-{next(NUMBERS)}")
        body = {"line": "crm", "plan": "pro", "debtor": billing_examples.DEBTOR, "zone": "Europe/Paris"}
        answer = place.client.post(SUBSCRIPTION, json=body, headers=self.company.owner.key_headers)
        assert answer.status_code == 201
        place.house.calls.flush()

    @property
    def standing(self) -> Standing:
        found = self.house.streams(self.company.id).load(Subscription, subscription_id(self.company.id))
        return Standing(found, None)

    def call(self, who: str = "owner", path: str = "/api/v1/me") -> int:
        headers = self.company.people[who].key_headers
        return int(self.place.client.get(path, headers=headers).status_code)

    def usage(self, meter: str, window: str = "month", year: str = "2026") -> list[Decimal]:
        self.house.jobs.projections.drain(self.company.id)
        period = f"from={year}-01-01T00:00:00%2B01:00&to={int(year) + 1}-03-01T00:00:00%2B01:00"
        answer = self.place.client.get(
            f"/api/v1/usage?meter={meter}&window={window}&{period}", headers=self.company.owner.key_headers
        )
        assert answer.status_code == 200, answer.text
        return [Decimal(one["value"]) for one in answer.json()["data"]]


@pytest.fixture
def customer(place: Place) -> Customer:
    return Customer(place)


@contextmanager
def at_clock(place: Place, at: datetime) -> Iterator[None]:
    clock = place.house.clock
    place.house.clock = lambda: at
    try:
        yield
    finally:
        place.house.clock = clock


def now_year() -> str:
    return str(datetime.now(UTC).year)


class TestCalls:
    def test_that_were_accepted_count_and_refused_ones_do_not(self, customer: Customer) -> None:
        before = sum(customer.usage("api_calls", year=now_year()))
        customer.house.calls.flush()
        base = sum(customer.usage("api_calls", year=now_year()))
        customer.house.calls.flush()
        start = sum(customer.usage("api_calls", year=now_year()))
        assert base > before
        assert [customer.call() for _ in range(5)] == [200] * 5
        assert customer.call(path=f"/api/v1/enterprise/trips/{uuid4()}") == 404
        assert customer.call("traveller", "/api/v1/billing/invoices") == 403
        heads = customer.house.streams(customer.company.id).head()
        customer.house.calls.flush()
        assert customer.house.streams(customer.company.id).head() == heads + 1, "one event for all of them"
        # Beside the five: the two looks at the usage itself that lie in between.
        assert sum(customer.usage("api_calls", year=now_year())) == start + 5 + 1

    def test_of_a_company_that_pays_for_nothing_are_not_written(self, place: Place) -> None:
        head = place.house.streams(place.south.id).head()
        place.client.get("/api/v1/me", headers=place.south.owner.key_headers)
        place.house.calls.flush()
        assert place.house.streams(place.south.id).head() == head

    def test_l33_are_written_once_when_the_answer_is_lost(self, customer: Customer) -> None:
        commands = customer.house.commands

        class Flaky:
            """Commits, and loses every answer but the third."""

            tries = 0

            def execute(self, order: Any) -> Any:
                answer = commands.execute(order)
                self.tries += 1
                if self.tries < 3:
                    raise Unavailable
                return answer

        counter = CallCounter(Flaky(), lambda: NEW_YEAR)  # type: ignore[arg-type]
        for _ in range(40):
            counter.note(customer.company.id, customer.company.owner.id, customer.standing, NEW_YEAR)
        assert [counter.flush() for _ in range(3)] == [1, 1, 0]
        assert customer.usage("api_calls", year="2027") == [Decimal(40)]

    def test_fall_into_the_hour_the_day_and_the_month_of_the_company(self, customer: Customer) -> None:
        """L7: by the time of the call, across the midnight at which a month ends in Paris."""
        counter = CallCounter(customer.house.commands, lambda: NEW_YEAR)
        for second in (-2, -1, 0, 1, 2):
            at = NEW_YEAR + timedelta(seconds=second)
            counter.note(customer.company.id, customer.company.owner.id, customer.standing, at)
        counter.flush()
        period = "from=2026-12-31T22:00:00Z&to=2027-01-01T00:00:00Z"
        customer.house.jobs.projections.drain(customer.company.id)
        for window in ("hour", "day", "month"):
            answer = customer.place.client.get(
                f"/api/v1/usage?meter=api_calls&window={window}&{period}",
                headers=customer.company.owner.key_headers,
            ).json()
            assert [Decimal(one["value"]) for one in answer["data"]] == [2, 3]
            assert answer["complete_until"] is not None

    def test_of_a_killed_process_are_lost_and_of_a_stopped_one_are_not(self, customer: Customer) -> None:
        """L33: in the customer's favour, and five seconds of them at most."""
        killed, stopped = (CallCounter(customer.house.commands, lambda: NEW_YEAR) for _ in range(2))
        for counter in (killed, stopped):
            counter.start(every_s=3_600)
            for _ in range(3):
                counter.note(customer.company.id, customer.company.owner.id, customer.standing, NEW_YEAR)
        stopped.stop()
        assert customer.usage("api_calls", year="2027") == [Decimal(3)]
        del killed


class TestActiveUsers:
    def test_count_once_a_month_and_member_however_many_processes_see_them(self, customer: Customer) -> None:
        people = [customer.company.people[name].id for name in ("owner", "manager", "traveller")]
        counters = [CallCounter(customer.house.commands, lambda: NEW_YEAR) for _ in range(4)]

        def act(number: int) -> None:
            for at in (NEW_YEAR - timedelta(minutes=1), NEW_YEAR, NEW_YEAR + timedelta(hours=2)):
                for person in people[: 1 + number % 3]:
                    counters[number].note(customer.company.id, person, customer.standing, at)
            assert counters[number].flush() == 0
            counters[number].note(customer.company.id, people[0], customer.standing, NEW_YEAR)
            assert counters[number].flush() == 0

        all_at_once(4, act)
        period = "from=2026-12-01T00:00:00%2B01:00&to=2027-02-01T00:00:00%2B01:00"
        customer.house.jobs.projections.drain(customer.company.id)
        answer = customer.place.client.get(
            f"/api/v1/usage?meter=active_users&window=month&{period}",
            headers=customer.company.owner.key_headers,
        ).json()
        assert [Decimal(one["value"]) for one in answer["data"]] == [3, 3]
        with customer.house.reading(customer.company.id) as sql:
            rows = sql.rows(
                "select subject from read.usage where tenant_id = %(tenant_id)s and meter = 'active_users'"
                " and at >= '2026-12-01' and at < '2027-02-01' and subject is not null"
            )
        assert len(rows) == 6, "one use for each month and member"


def test_the_oracle_of_faults_knows_whose_claims_they_are(customer: Customer, database_url: str) -> None:
    """I10: a use is claimed by its content and its batch, which are no stream."""
    use = {"transaction_id": "a", "meter": "sms", "at": "2026-01-10T12:00:00+01:00"}
    again = {**use, "transaction_id": "b", "corrects": "a", "quantity": 2}
    headers = customer.company.owner.key_headers
    sent = {"events": [use, again]}
    assert (
        customer.place.client.post("/api/v1/usage/events", json=sent, headers=headers).json()["accepted"] == 2
    )
    with psycopg.connect(database_url) as connection:
        log = read_tenant(connection, customer.company.id)
    assert {claim.kind for claim in log.claims} >= {"usage", "usage-correction"}
    assert list(claims_of_events(log)) == []
    moved = [replace(claim, holder=uuid4()) if claim.key == "b" else claim for claim in log.claims]
    assert [found.invariant for found in claims_of_events(replace(log, claims=moved))] == ["I10"]
