"""What comes of a violation: seen to, excused, and shown with who, when and why."""

from typing import Any
from uuid import UUID

import pytest

from domain.travel.violation import Violation
from tests.kit.house import Place, a_flight

ENTERPRISE = "/api/v1/enterprise"
VIOLATIONS = f"{ENTERPRISE}/violations"


@pytest.fixture(autouse=True)
def strict(place: Place) -> None:
    policy = {"name": "Strict", "max_daily_budget_eur": 1, "outcomes": {"max_daily_budget_eur": "warn"}}
    answer = place.client.post(f"{ENTERPRISE}/policies", json=policy, headers=place.north.owner.headers)
    assert answer.status_code == 201, answer.text


def flagged(place: Place, **fields: Any) -> str:
    """A violation of the traveller's, just found; its id."""
    headers = place.north.owner.headers
    trip = place.plan(place.north, a_flight(), **fields)["id"]
    assert place.client.post(f"{ENTERPRISE}/trips/{trip}/submit", headers=headers).status_code == 200
    place.house_at_rest()
    (found,) = place.client.get(f"{VIOLATIONS}?trip_id={trip}", headers=headers).json()["data"]
    return str(found["id"])


def test_is_acknowledged_with_a_comment(place: Place) -> None:
    one, manager = flagged(place), place.north.manager
    answer = place.client.post(
        f"{VIOLATIONS}/{one}/acknowledge", json={"comment": "Seen to"}, headers=manager.headers
    )
    assert answer.status_code == 200, answer.text
    place.house_at_rest()
    shown = place.client.get(f"{VIOLATIONS}/{one}", headers=place.north.traveller.headers).json()
    assert shown["acknowledgement"]["by"] == str(manager.id)
    assert shown["acknowledgement"]["comment"] == "Seen to"
    assert (shown["status"], shown["exemption"]) == ("acknowledged", None)
    listed = place.client.get(f"{VIOLATIONS}?status=acknowledged", headers=manager.headers).json()["data"]
    (row,) = (each for each in listed if each["id"] == one)
    assert (row["decided_by"], row["decided_at"]) == (str(manager.id), shown["acknowledgement"]["at"])
    assert "Seen to" not in str(listed)


def test_is_exempted_with_a_reason(place: Place) -> None:
    one, owner = flagged(place), place.north.owner
    answer = place.client.post(
        f"{VIOLATIONS}/{one}/exempt", json={"reason": "Trade fair"}, headers=owner.headers
    )
    assert answer.status_code == 200, answer.text
    exemption = answer.json()["exemption"]
    assert (exemption["by"], exemption["reason"], exemption["observed"]) == (
        str(owner.id),
        "Trade fair",
        "400.00",
    )
    late = place.client.post(
        f"{VIOLATIONS}/{one}/acknowledge", json={"comment": "Too late"}, headers=owner.headers
    )
    assert (late.status_code, late.json()["code"]) == (409, "violation_is_exempted")


def test_nobody_exempts_a_trip_of_their_own(place: Place) -> None:
    manager = place.north.manager
    one = flagged(place, traveller_id=str(manager.id))
    answer = place.client.post(
        f"{VIOLATIONS}/{one}/exempt", json={"reason": "It is me"}, headers=manager.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_exempt_oneself")


def test_travellers_see_theirs_and_decide_on_none(place: Place) -> None:
    own, other = flagged(place), flagged(place, traveller_id=str(place.north.manager.id))
    headers = place.north.traveller.headers
    assert place.client.get(f"{VIOLATIONS}/{own}", headers=headers).status_code == 200
    assert place.client.get(f"{VIOLATIONS}/{other}", headers=headers).status_code == 404
    for step, body in (("acknowledge", {"comment": "Mine"}), ("exempt", {"reason": "Mine"})):
        assert place.client.post(f"{VIOLATIONS}/{own}/{step}", json=body, headers=headers).status_code == 403


def test_the_words_go_with_the_person(place: Place) -> None:
    one, owner = flagged(place), place.north.owner.headers
    for step, body in (
        ("acknowledge", {"comment": "Camille said so"}),
        ("exempt", {"reason": "Camille again"}),
    ):
        assert place.client.post(f"{VIOLATIONS}/{one}/{step}", json=body, headers=owner).status_code == 200
    violation = place.house.streams(place.north.id).load(Violation, UUID(one))
    place.house.engine.keys.destroy(place.north.id, violation.traveller_id)
    place.house.engine.keys.forget_cached()
    shown = place.client.get(f"{VIOLATIONS}/{one}", headers=owner)
    assert shown.status_code == 200
    assert "Camille" not in shown.text
    assert shown.json()["exemption"]["by"] == str(place.north.owner.id)


def test_pages_stand_still_while_violations_arrive(place: Place) -> None:
    before = [flagged(place, traveller_id=str(place.north.manager.id)) for _ in range(5)]
    seen, cursor, headers = [], "", place.north.owner.headers
    path = f"{VIOLATIONS}?limit=2&traveller_id={place.north.manager.id}"
    while cursor is not None:
        page = place.client.get(f"{path}{cursor and '&cursor=' + cursor}", headers=headers).json()
        seen += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]
        flagged(place, traveller_id=str(place.north.manager.id))
        if len(seen) >= 5:
            break
    assert len(seen) == len(set(seen))
    assert set(before) <= set(seen)


@pytest.mark.parametrize(
    ("matching", "other"),
    [
        ("outcome=warn", "outcome=block"),
        ("status=open", "status=exempted"),
        ("rule=max_daily_budget_eur", "rule=budget"),
    ],
)
def test_is_found_by(place: Place, matching: str, other: str) -> None:
    one, headers = flagged(place), place.north.owner.headers
    found = place.client.get(f"{VIOLATIONS}?{matching}&limit=1", headers=headers).json()["data"]
    missed = place.client.get(f"{VIOLATIONS}?{other}&limit=100", headers=headers).json()["data"]
    assert [each["id"] for each in found] == [one]
    assert one not in [each["id"] for each in missed]


def test_is_found_by_the_account_it_is_on(place: Place) -> None:
    one, headers = flagged(place), place.north.owner.headers
    for account in ("department_id", "cost_centre_id"):
        listed = place.client.get(f"{VIOLATIONS}?{account}={one}", headers=headers)
        assert (listed.status_code, listed.json()["data"]) == (200, [])
