"""Who has to agree, who stands in, and what happens when nobody answers?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.jobs.escalations import Escalations
from adapters.jobs.scheduler import Lease
from adapters.postgres.scoped_sql import reading
from application.platform.member_imports import FORMAT as MEMBERS
from domain.platform.roles import Role, Scope
from tests.kit.crowd import all_at_once
from tests.kit.house import Company, Founder, Person, Place, a_flight

ENTERPRISE = "/api/v1/enterprise"
TRIPS = f"{ENTERPRISE}/trips"
HOUR = timedelta(hours=1)


class Office:
    """A company whose traveller needs the manager's yes and then that of the manager's own approver."""

    def __init__(self, place: Place, company: Company) -> None:
        self.place = place
        self.company = company
        founder = Founder(place.house)
        self.director = founder.person(company.id, "director", Role.MANAGER, tuple(Scope))
        self.manager, self.owner, self.traveller = company.manager, company.owner, company.traveller
        self.assign(self.traveller, approver_id=str(self.manager.id))
        self.assign(self.manager, approver_id=str(self.director.id))
        rules = {
            "name": "Two levels",
            "advance_booking_days": None,
            "requires_approval_above": 100,
            "approval_levels": 2,
            "approval_deadline_hours": 24,
        }
        self.call(self.owner, "POST", "/policies", rules)

    def call(self, who: Person, method: str, path: str, body: Any = None, *, status: int = 0) -> Any:
        """Sends a request, which must succeed unless another status is expected."""
        answer = self.place.client.request(method, f"{ENTERPRISE}{path}", json=body, headers=who.headers)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    def assign(self, who: Person, **where: Any) -> Any:
        return self.call(self.owner, "PUT", f"/travellers/{who.id}", where)

    def submitted(self) -> str:
        trip = str(self.place.plan(self.company)["id"])
        self.call(self.traveller, "POST", f"/trips/{trip}/submit")
        return trip

    def inbox(self, who: Person) -> list[str]:
        self.place.house_at_rest()
        return [trip["id"] for trip in self.call(who, "GET", "/approvals?limit=100")["data"]]

    def trip(self, trip: str) -> Any:
        return self.call(self.owner, "GET", f"/trips/{trip}")

    def escalations(self, clock: Callable[[], datetime]) -> Escalations:
        house = self.place.house
        lease = Lease(house.pools.dispatcher, "test-escalations")
        return Escalations(lease, house.commands, partial(reading, house.pools.queries), clock)


@pytest.fixture(scope="module")
def office(place: Place) -> Office:
    return Office(place, place.north)


class TestTheChain:
    def test_asks_the_approver_and_then_the_approvers_approver(self, office: Office) -> None:
        trip = office.submitted()
        shown = office.trip(trip)
        assert shown["chain"] == {
            "approver_ids": [str(office.manager.id), str(office.director.id)],
            "deadline_hours": 24,
        }
        assert trip in office.inbox(office.manager)
        assert trip not in office.inbox(office.director)
        refused = office.call(office.director, "POST", f"/trips/{trip}/approve", status=409)
        assert refused["code"] == "not_your_turn"

        office.call(office.manager, "POST", f"/trips/{trip}/approve")
        assert trip not in office.inbox(office.manager)
        assert trip in office.inbox(office.director)
        approved = office.call(office.director, "POST", f"/trips/{trip}/approve")
        assert (approved["status"], approved["granted_by"]) == ("approved", [str(office.manager.id)])
        assert approved["approved_by"] == str(office.director.id)
        assert trip not in office.inbox(office.director)

    def test_begins_with_the_manager_where_nobody_is_named(self, office: Office) -> None:
        line = {"userName": f"{uuid4().hex[:8]}@north.example", "manager": office.director.email}
        sent = office.place.client.post(
            "/api/v1/members/imports",
            content=MEMBERS.template(line).encode(),
            headers={**office.owner.headers, "Content-Type": "text/csv"},
        )
        newcomer = sent.json()["lines"][0]["member_id"]
        trip = str(office.place.plan(office.company, traveller_id=newcomer)["id"])
        submitted = office.call(office.owner, "POST", f"/trips/{trip}/submit")
        assert submitted["chain"]["approver_ids"] == [str(office.director.id)]
        assert trip in office.inbox(office.director)
        named = str(office.place.plan(office.company, traveller_id=newcomer)["id"])
        office.call(office.owner, "PUT", f"/travellers/{newcomer}", {"approver_id": str(office.owner.id)})
        submitted = office.call(office.owner, "POST", f"/trips/{named}/submit")
        assert submitted["chain"]["approver_ids"] == [str(office.owner.id)], "who is named comes first"

    def test_of_two_who_answer_at_once_one_decides(self, office: Office) -> None:
        office.assign(office.traveller)  # nobody named: anyone who may approve
        trips = [office.submitted() for _ in range(5)]
        office.assign(office.traveller, approver_id=str(office.manager.id))
        for trip in trips:
            answers: list[Any] = all_at_once(2, partial(decide, office, trip))
            assert sorted(answer.status_code for answer in answers) == [200, 409], answers
            topics = [
                fact["topic"]
                for fact in office.call(office.owner, "GET", f"/trips/{trip}/history?limit=100")["data"]
                if fact["topic"].startswith(("trip.approved", "trip.rejected"))
            ]
            assert len(topics) == 1

    def test_is_cut_short_by_a_head_with_a_reason(self, office: Office) -> None:
        trip = office.submitted()
        ruling = {"is_approved": True, "reason": "The client waits."}
        path = f"/trips/{trip}/decide-out-of-turn"
        office.call(office.manager, "POST", path, ruling, status=403)
        office.call(office.owner, "POST", path, {"is_approved": True}, status=422)
        assert office.call(office.owner, "POST", path, ruling)["status"] == "approved"
        facts = office.call(office.owner, "GET", f"/trips/{trip}/history?limit=100")["data"][-1]["facts"]
        assert facts["comment"] == "The client waits."


def decide(office: Office, trip: str, number: int) -> Any:
    """The manager says yes, the director says no."""
    who, how, body = (
        (office.manager, "approve", {}) if number else (office.director, "reject", {"reason": "No"})
    )
    return office.place.client.post(f"{TRIPS}/{trip}/{how}", json=body, headers=who.headers)


class TestADelegate:
    def test_decides_for_as_long_as_they_stand_in(self, office: Office) -> None:
        trip = office.submitted()
        now = office.place.house.clock()
        absence = {
            "delegate_id": str(office.director.id),
            "starts_at": (now - HOUR).isoformat(),
            "ends_at": (now + HOUR).isoformat(),
        }
        path = f"/travellers/{office.manager.id}/delegation"
        office.call(office.manager, "PUT", path, absence)
        assert trip in office.inbox(office.director)

        over = {**absence, "starts_at": (now - 3 * HOUR).isoformat(), "ends_at": (now - HOUR).isoformat()}
        office.call(office.manager, "PUT", path, over)
        assert trip not in office.inbox(office.director)
        office.call(office.director, "POST", f"/trips/{trip}/approve", status=409)

        office.call(office.manager, "PUT", path, absence)
        office.call(office.director, "POST", f"/trips/{trip}/approve")
        fact = office.call(office.owner, "GET", f"/trips/{trip}/history?limit=100")["data"][-1]
        assert fact["topic"] == "trip.approval-granted.v1"
        assert fact["facts"]["on_behalf_of"] == str(office.manager.id)
        office.call(office.manager, "DELETE", path)

    def test_is_named_by_oneself_or_a_head(self, office: Office) -> None:
        path = f"/travellers/{office.director.id}/delegation"
        body = {
            "delegate_id": str(office.manager.id),
            "starts_at": "2090-01-01T00:00:00Z",
            "ends_at": "2090-01-02T00:00:00Z",
        }
        assert office.call(office.manager, "PUT", path, body, status=403)["code"] == "not_your_delegation"
        office.call(office.owner, "PUT", path, body)
        office.call(office.director, "DELETE", path)


class TestADeadline:
    def test_passes_the_question_on_once_and_at_last_to_anyone(self, office: Office) -> None:
        trip = office.submitted()
        office.place.house_at_rest()
        started = office.place.house.clock()

        def pass_on(after: timedelta) -> bool:
            passed = office.escalations(lambda: started + after).escalate(office.company.id)
            office.place.house_at_rest()
            return UUID(trip) in passed

        assert not pass_on(23 * HOUR)
        assert pass_on(25 * HOUR)
        shown = office.trip(trip)
        assert (shown["approver_id"], shown["approval_level"]) == (str(office.director.id), 1)
        assert not pass_on(25 * HOUR)
        assert pass_on(50 * HOUR)
        assert (office.trip(trip)["approver_id"], office.trip(trip)["approval_due_at"]) == (None, None)
        assert trip in office.inbox(office.manager)
        assert not pass_on(500 * HOUR)
        assert office.call(office.manager, "POST", f"/trips/{trip}/approve")["status"] == "approved"

    def test_is_calm_when_two_schedulers_read_the_same_stale_row(self, office: Office) -> None:
        trip = office.submitted()
        office.place.house_at_rest()
        late = office.place.house.clock() + 25 * HOUR
        first, second = office.escalations(lambda: late), office.escalations(lambda: late)
        # No projection in between: the row still says that the manager's time is up.
        assert UUID(trip) in first.escalate(office.company.id)
        assert UUID(trip) not in second.escalate(office.company.id)
        assert office.trip(trip)["approval_level"] == 1
        office.call(office.owner, "POST", f"/trips/{trip}/cancel", {"reason": "Over"})

    def test_runs_again_after_a_new_submission(self, office: Office) -> None:
        trip = office.submitted()
        office.place.house_at_rest()
        started = office.place.house.clock()
        assert UUID(trip) in office.escalations(lambda: started + 25 * HOUR).escalate(office.company.id)
        office.call(office.director, "POST", f"/trips/{trip}/reject", {"reason": "Later"})
        office.call(office.traveller, "POST", f"/trips/{trip}/submit")
        office.place.house_at_rest()
        assert UUID(trip) in office.escalations(lambda: started + 26 * HOUR).escalate(office.company.id)
        assert office.trip(trip)["approval_level"] == 1

    def test_is_watched_under_the_lease_for_every_open_tenant(self, office: Office) -> None:
        trip = office.submitted()
        office.place.house_at_rest()
        late = office.place.house.clock() + 25 * HOUR
        house = office.place.house
        lease = Lease(house.pools.dispatcher, "test-escalations-of-all")
        watch = Escalations(lease, house.commands, partial(reading, house.pools.queries), lambda: late)
        token = lease.hold()
        assert token is not None
        assert UUID(trip) in watch.act(token)
        lease.release(token)


class TestTheInbox:
    def test_shows_the_most_urgent_first_and_pages_without_gaps(self, office: Office) -> None:
        trips = [office.submitted() for _ in range(5)]
        everything = office.inbox(office.manager)
        assert [trip for trip in everything if trip in trips] == trips
        paged: list[str] = []
        cursor = ""
        while True:
            page = office.call(office.manager, "GET", f"/approvals?limit=2{cursor}")
            paged += [trip["id"] for trip in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert paged == everything

    def test_never_asks_about_ones_own_trip(self, office: Office) -> None:
        office.assign(office.director)
        own = office.place.client.post(
            TRIPS,
            json={
                "traveller_id": str(office.director.id),
                "purpose": "Mine",
                "segments": [a_flight()],
            },
            headers=office.owner.headers,
        ).json()["id"]
        office.call(office.owner, "POST", f"/trips/{own}/submit")
        assert own in office.inbox(office.manager)
        assert own not in office.inbox(office.director)
