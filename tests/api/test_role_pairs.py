"""At the door, two roles of one member open no more than the further one alone."""

from application.platform.members import ChangeMemberRoles
from domain.platform.roles import Role
from tests.kit.house import Founder, Place

TRIPS = "/api/v1/enterprise/trips"


def test_a_manager_who_travels_arranges_nothing_for_others(place: Place) -> None:
    founder = Founder(place.house)
    both = place.south.manager
    roles = ChangeMemberRoles(member_id=both.id, roles=(Role.MANAGER, Role.TRAVELLER))
    founder.execute(place.south.id, roles)
    place.house.identity.forget()
    try:
        trip = place.plan(place.south)["id"]
        other = {"traveller_id": str(place.south.traveller.id), "purpose": "X"}
        planned = place.client.post(TRIPS, json=other, headers=both.headers)
        assert (planned.status_code, planned.json()["code"]) == (403, "not_your_trip")
        for step, body in (("submit", None), ("book", None), ("cancel", {"reason": "X"})):
            answer = place.client.post(f"{TRIPS}/{trip}/{step}", json=body, headers=both.headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_trip"), step
        own = {"traveller_id": str(both.id), "purpose": "X"}
        assert place.client.post(TRIPS, json=own, headers=both.headers).status_code == 201
        submitted = place.client.post(f"{TRIPS}/{trip}/submit", headers=place.south.owner.headers)
        assert submitted.status_code == 200
        assert place.client.post(f"{TRIPS}/{trip}/approve", json={}, headers=both.headers).status_code == 200
    finally:
        founder.execute(place.south.id, ChangeMemberRoles(member_id=both.id, roles=(Role.MANAGER,)))
        place.house.identity.forget()
