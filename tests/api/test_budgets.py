"""Does a budget hold, with every worker stopped and fifty clients at once?

No worker runs in this module unless a test says `house_at_rest`.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from application.kernel.context import CommandId
from application.kernel.order import Order
from application.travel.budgets import amount_of
from application.travel.trips import BookTrip
from application.travel.violations import ExemptViolation
from domain.kernel.refusals import CapacityTaken
from domain.travel.budgets import Budget
from domain.travel.rule import Outcome
from domain.travel.terms import Terms
from domain.travel.trip import Trip
from domain.travel.trip_events import TripBooked
from domain.travel.violation import violation_id
from tests.kit.crowd import all_at_once
from tests.kit.house import SYSTEM, Founder, Place, a_flight, opened_place

ENTERPRISE = "/api/v1/enterprise"
YEAR = 2090
CAP = 10 * 40_000


class Till:
    """One company that spends."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.company = place.north

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = self.company.owner.headers
        return self.place.client.request(method, f"{ENTERPRISE}{path}", json=body, headers=headers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.send(method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def opened(self, kind: str) -> str:
        return str(self.ask("POST", "/units", {"kind": kind, "code": uuid4().hex[:8], "name": kind})["id"])

    def budget(self, amount: int, outcome: str, *, unit: str = "EUR", **owner: Any) -> Any:
        body = {"year": YEAR, "unit": unit, "amount": amount, "outcome": outcome, "owner": "tenant", **owner}
        return self.ask("PUT", "/budgets", body)

    def standing(self, key: str) -> tuple[int, int]:
        """Taken and remaining of one budget."""
        budgets = self.ask("GET", f"/budgets?year={YEAR}&limit=100")["data"]
        (one,) = (one for one in budgets if one["key"] == key)
        return one["taken"], one["remaining"]

    def plan(self, *segments: Any, **fields: Any) -> str:
        return str(self.place.plan(self.company, *segments, **fields)["id"])

    def claims(self) -> dict[tuple[str, str, UUID], int]:
        """Everything that is held."""
        with psycopg.connect(self.place.house.pools.url) as connection:
            held = connection.execute(
                "select kind, key, holder, units from es.claim where tenant_id = %s and kind <> 'unit-code'",
                (self.company.id,),
            ).fetchall()
            totals = connection.execute(
                "select kind, key, units from es.claim_total where tenant_id = %s and units <> 0",
                (self.company.id,),
            ).fetchall()
        nobody = UUID(int=0)
        return {(kind, key, holder): units for kind, key, holder, units in held} | {
            (kind, key, nobody): units for kind, key, units in totals
        }


@pytest.fixture(scope="module")
def till(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Till]:
    with opened_place(database_url, redis_url, master_key) as place:
        yield Till(place)


class TestFiftyBookingsAtOnce:
    def test_never_exceed_a_budget_that_blocks(self, till: Till) -> None:
        cost_centre = till.opened("cost_centre")
        key = till.budget(CAP, "block", owner="cost_centre", owner_id=cost_centre)["key"]
        trips = [till.plan(cost_centre_id=cost_centre) for _ in range(50)]

        answers: list[Any] = all_at_once(50, lambda number: till.send("POST", f"/trips/{trips[number]}/book"))

        assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409] * 40, answers
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json()["code"] in ("policy_blocks", "budget_used_up"), answer.text
                assert f"cost_centre:{cost_centre}" in answer.json()["detail"]
        assert till.standing(key) == (CAP, 0)

    def test_never_exceed_it_even_when_nobody_looked_first(self, till: Till) -> None:
        cost_centre = till.opened("cost_centre")
        trips = [UUID(till.plan(cost_centre_id=cost_centre)) for _ in range(20)]
        budget = Budget(
            owner="cost_centre", owner_id=UUID(cost_centre), unit="EUR", amount=CAP, outcome=Outcome.BLOCK
        )
        place = amount_of(budget, YEAR)

        def book(number: int) -> None:
            allocation = till.place.house.streams(till.company.id).load(Trip, trips[number]).allocation
            # What others have taken is left out on purpose: the decision believes that it is the first.
            terms = Terms(allocation=allocation, caps={place: CAP})
            order = Order(
                till.company.id,
                BookTrip(trip_id=trips[number]),
                SYSTEM,
                CommandId(uuid4(), sha256(b"").digest()),
                at=till.place.house.clock(),
            )
            store = till.place.house.commands.store_for(order)
            store.change(Trip, trips[number], lambda trip: trip.book(terms, at=order.at))

        results = all_at_once(20, book)

        refused = [result for result in results if result is not None]
        assert len(refused) == 10
        assert all(isinstance(result, CapacityTaken) for result in refused), refused
        assert till.place.house.amounts(till.company.id).taken([place]) == {place: CAP}


class TestARefusal:
    def test_reads_the_same_when_it_is_repeated(self, till: Till) -> None:
        cost_centre = till.opened("cost_centre")
        till.budget(1, "block", owner="cost_centre", owner_id=cost_centre)
        trip = till.plan(cost_centre_id=cost_centre)
        headers = {**till.company.owner.headers, "Idempotency-Key": "blocked"}
        first, again = (
            till.place.client.post(f"{ENTERPRISE}/trips/{trip}/book", headers=headers) for _ in range(2)
        )
        assert (first.status_code, first.json()["code"]) == (409, "policy_blocks")
        assert f"cost_centre:{cost_centre}" in first.json()["detail"]
        assert again.json()["detail"] == first.json()["detail"]

    def test_comes_after_the_version_is_compared(self, till: Till) -> None:
        """Orders that save several streams at once compare the version before they decide too."""
        path = f"{ENTERPRISE}/travellers/{till.company.traveller.id}"
        unknown = {"department_id": str(uuid4())}
        headers = till.company.owner.headers
        stale = till.place.client.put(path, json=unknown, headers={**headers, "If-Match": '"v77"'})
        assert (stale.status_code, stale.json()["current_version"]) == (412, 0)
        assert till.place.client.put(path, json=unknown, headers=headers).status_code == 422


class TestNames:
    def test_of_units_stand_beside_their_ids(self, till: Till) -> None:
        name = f"Sales {uuid4().hex[:6]}"
        body = {"kind": "cost_centre", "code": uuid4().hex[:8], "name": name}
        cost_centre = till.ask("POST", "/units", body)["id"]
        till.budget(1_000_000, "warn", owner="cost_centre", owner_id=cost_centre)
        trip = till.plan(cost_centre_id=cost_centre)
        till.ask("POST", f"/trips/{trip}/book")
        till.place.house_at_rest()
        figures = f"/tenants/{till.company.id}/analytics"
        period = f"start={YEAR}-01-01&end={YEAR + 1}-01-01"
        lines = till.ask("GET", f"{figures}?{period}&group_by=cost_centre&top=100")["lines"]
        assert {line["name"] for line in lines if line["value"] == cost_centre} == {name}
        assert {line["name"] for line in lines if line["value"] is None} <= {None}
        trackers = till.ask("GET", f"{figures}/budgets?year={YEAR}&limit=100")["data"]
        assert {one["owner_name"] for one in trackers if one["owner_id"] == cost_centre} == {name}
        suppliers = till.ask("GET", f"{figures}?{period}&group_by=supplier")["lines"]
        assert {line["name"] for line in suppliers} == {None}


class TestABudget:
    def test_counts_what_it_shows_before_any_worker_has_seen_it(self, till: Till) -> None:
        department = till.opened("department")
        key = till.budget(100_000, "warn", owner="department", owner_id=department)["key"]
        assert till.standing(key) == (0, 100_000)
        trip = till.plan(department_id=department)
        till.ask("POST", f"/trips/{trip}/book")
        assert till.standing(key) == (40_000, 60_000)
        till.ask("POST", f"/trips/{trip}/cancel", {"reason": "Over"})
        assert till.standing(key) == (0, 100_000)

    def test_of_a_warning_is_exceeded_and_said_so(self, till: Till) -> None:
        department = till.opened("department")
        key = till.budget(30_000, "warn", owner="department", owner_id=department)["key"]
        trip = till.plan(department_id=department)
        (broken,) = till.ask("POST", f"/trips/{trip}/book")["verdict"]["broken"]
        assert (broken["rule"], broken["observed"], broken["limit"]) == ("budget", "400.00", "300.00")
        assert (broken["scope"], broken["outcome"]) == (f"department:{department}", "warn")
        assert till.standing(key) == (40_000, -10_000)

    def test_of_carbon_blocks_in_grams(self, till: Till) -> None:
        department = till.opened("department")
        key = till.budget(1_000_000, "block", unit="kg", owner="department", owner_id=department)["key"]
        first, second = till.plan(department_id=department), till.plan(department_id=department)
        grams = int(float(till.ask("POST", f"/trips/{first}/book")["journey"]["carbon_kg"]) * 1000)
        assert 500_000 < grams < 1_000_000
        refused = till.send("POST", f"/trips/{second}/book")
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_blocks")
        assert till.standing(key) == (grams, 1_000_000 - grams)

    def test_can_be_raised_and_withdrawn(self, till: Till) -> None:
        department = till.opened("department")
        owner = {"owner": "department", "owner_id": department}
        key = till.budget(30_000, "block", **owner)["key"]
        trip = till.plan(department_id=department)
        assert till.send("POST", f"/trips/{trip}/book").status_code == 409
        till.budget(40_000, "block", **owner)
        till.ask("POST", f"/trips/{trip}/book")
        other = till.plan(department_id=department)
        assert till.send("POST", f"/trips/{other}/book").status_code == 409
        gone = till.ask("DELETE", f"/budgets/{YEAR}/{key}")
        assert (gone["amount"], gone["taken"]) == (40_000, 40_000)
        till.ask("POST", f"/trips/{other}/book")
        assert till.send("DELETE", f"/budgets/{YEAR}/{key}").status_code == 404

    def test_is_listed_by_key_page_after_page(self, till: Till) -> None:
        everything = [one["key"] for one in till.ask("GET", f"/budgets?year={YEAR}&limit=100")["data"]]
        assert len(everything) >= 3
        assert everything == sorted(everything)
        paged, cursor = [], ""
        while True:
            page = till.ask("GET", f"/budgets?year={YEAR}&limit=1{cursor}")
            paged += [one["key"] for one in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert paged == everything


class TestACancellation:
    def test_returns_every_amount(self, till: Till) -> None:
        units = {"department_id": till.opened("department"), "cost_centre_id": till.opened("cost_centre")}
        hotel = {
            "kind": "hotel",
            "country": "US",
            "city": "New York",
            "name": "Inn",
            "check_in": "2090-12-30",
            "check_out": "2091-01-03",
            "time_zone": "America/New_York",
            "price": {"amount_minor": 90_001, "currency": "USD"},
        }
        before = till.claims()
        trip = till.plan(a_flight(), hotel, **units)
        till.ask("POST", f"/trips/{trip}/book")
        during = till.claims()
        mine = {(kind, key) for kind, key, holder in during if holder == UUID(trip)}
        # Five days; spend and carbon of two years, each for company, traveller, department and cost centre.
        assert len(mine) == 5 + 2 * 2 * 4
        till.ask("POST", f"/trips/{trip}/cancel", {"reason": "Over"})
        assert till.claims() == before


class TestABlockedJourney:
    """Through the door, while nothing but the door runs."""

    def test_is_refused_and_leaves_no_trace(self, till: Till) -> None:
        rules = {"name": "No luxury", "advance_booking_days": None, "max_daily_budget_eur": 500}
        rules |= {"outcomes": {"max_daily_budget_eur": "block"}}
        till.ask("POST", "/policies", rules)
        trip = till.plan(a_flight(price={"amount_minor": 70_000, "currency": "EUR"}))
        head = till.place.house.streams(till.company.id).head()
        refused = till.send("POST", f"/trips/{trip}/book")
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_blocks")
        assert "2090-05-02" in refused.json()["detail"]
        assert till.place.house.streams(till.company.id).head() == head

    def test_is_let_through_by_an_exemption_for_what_was_observed_and_nothing_more(self, till: Till) -> None:
        day = "2090-06-02T08:00:00Z"
        trip = till.plan(a_flight(departs_at=day, price={"amount_minor": 70_000, "currency": "EUR"}))
        verdict = till.ask("POST", f"/trips/{trip}/submit")["verdict"]
        assert verdict["is_blocked"]
        till.place.house_at_rest()
        flagged = violation_id(
            UUID(trip), policy_version=verdict["policy_version"], subject="max_daily_budget_eur"
        )
        founder = Founder(till.place.house)
        founder.execute(till.company.id, ExemptViolation(violation_id=flagged, reason="The client pays"))

        # Another 10 euros on the same day were not excepted.
        till.ask("POST", f"/trips/{trip}/reject", {"reason": "Change it"})
        taxi = {
            "mode": "taxi",
            "origin": "Home",
            "destination": "Airport",
            "distance_km": 30,
            "departs_at": day,
            "time_zone": "Europe/Paris",
            "price": {"amount_minor": 1_000, "currency": "EUR"},
        }
        segment = till.ask("POST", f"/trips/{trip}/ground", taxi)["segments"][-1]["segment_id"]
        assert till.ask("POST", f"/trips/{trip}/submit")["verdict"]["is_blocked"]
        assert till.send("POST", f"/trips/{trip}/book").status_code == 409

        till.ask("POST", f"/trips/{trip}/reject", {"reason": "Change it back"})
        till.ask("DELETE", f"/trips/{trip}/segments/{segment}")
        verdict = till.ask("POST", f"/trips/{trip}/submit")["verdict"]
        assert (verdict["is_blocked"], verdict["broken"][0]["is_exempted"]) == (False, True)
        assert till.ask("POST", f"/trips/{trip}/book")["status"] == "booked"


class TestPoliciesOfGroups:
    def test_judge_their_own_people_while_they_are_active(self, till: Till) -> None:
        group = till.opened("traveller_group")
        everyone = {"name": "Everyone", "advance_booking_days": None, "max_flight_class": "economy"}
        executives = {"name": "Executives", "advance_booking_days": None, "max_flight_class": "business"}
        till.ask("POST", "/policies", everyone)
        till.ask("POST", "/policies", {**executives, "group_id": group})

        def broken() -> tuple[str, list[str]]:
            trip = till.plan(a_flight(cabin="business"))
            verdict = till.ask("POST", f"/trips/{trip}/submit")["verdict"]
            return verdict["policy_id"], [one["rule"] for one in verdict["broken"]]

        default_id = till.ask("GET", "/policies")["id"]
        group_id = till.ask("GET", f"/policies?group_id={group}")["id"]
        assert broken() == (default_id, ["max_flight_class"])
        traveller = f"/travellers/{till.company.traveller.id}"
        till.ask("PUT", traveller, {"group_id": group})
        assert broken() == (group_id, [])
        till.ask("POST", "/policies", {**executives, "group_id": group, "is_active": False})
        assert broken() == (default_id, ["max_flight_class"])
        till.ask("POST", "/policies", {**executives, "group_id": group})
        till.ask("PUT", traveller, {})
        assert broken() == (default_id, ["max_flight_class"])

    def test_keep_their_versions(self, till: Till) -> None:
        group = till.opened("traveller_group")
        assert till.send("GET", f"/policies?group_id={group}").status_code == 404
        till.ask("POST", "/policies", {"name": "First", "group_id": group})
        between = till.place.house.clock().isoformat().replace("+00:00", "Z")
        position = till.ask("POST", "/policies", {"name": "Second", "group_id": group})["position"]
        assert till.ask("GET", f"/policies?group_id={group}")["name"] == "Second"
        assert till.ask("GET", f"/policies?group_id={group}&at={between}")["name"] == "First"
        till.place.house_at_rest()
        listed = till.ask("GET", f"/policies/versions?group_id={group}&min_position={position}")["data"]
        assert [(one["policy_version"], one["name"]) for one in listed] == [(2, "Second"), (1, "First")]
        assert listed[1]["replaced_at"] == listed[0]["adopted_at"]


class TestForeignPrices:
    def test_keep_the_rate_of_the_booking_day_in_the_event(self, till: Till) -> None:
        house = till.place.house
        trip = UUID(till.plan(a_flight(price={"amount_minor": 123_457, "currency": "JPY"}, supplier="Sky")))
        till.ask("POST", f"/trips/{trip}/book")
        events = house.commands.reading(till.company.id).events_of(trip, after=0, limit=100)
        (booked,) = (event for event in events if isinstance(event, TripBooked))
        (line,) = booked.lines
        assert line.rate is not None
        assert (line.rate.currency, line.supplier) == ("JPY", "Sky")
        assert line.rate.published_on <= house.clock().date()
        # Yen have no minor unit: 123 457 yen are that many yen.
        exact = 123_457 / line.rate.units_per_eur * 100
        assert abs(sum(share.eur_cents for share in line.shares) - exact) <= 0.5  # type: ignore[operator]

    def test_without_a_published_rate_are_refused_where_they_stand(self, till: Till) -> None:
        body = {
            "traveller_id": str(till.company.traveller.id),
            "purpose": "X",
            "segments": [a_flight(), a_flight(price={"amount_minor": 1, "currency": "TND"})],
        }
        refused = till.send("POST", "/trips", body)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_exchange_rate")
        assert refused.json()["errors"][0]["pointer"] == "/segments/1/price/currency"


def test_rows_of_units_travellers_and_budgets_equal_a_replay(till: Till) -> None:
    till.place.house_at_rest()
    names = ["units", "travellers", "budgets", "policies", "trips", "violations", "travel-spend"]
    assert list(till.place.house.jobs.projections.check(till.company.id, names)) == []
