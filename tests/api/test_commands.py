"""What became of a command is told to whoever gave it, and to nobody else."""

from uuid import uuid5

from tests.kit.house import Place

TRIPS = "/api/v1/enterprise/trips"


def looked_up(place: Place, command: str, headers: dict[str, str]) -> int:
    return place.client.get(f"/api/v1/commands/{command}", headers=headers).status_code


def test_an_applied_command_is_shown_to_its_giver_only(place: Place) -> None:
    owner, traveller = place.north.owner, place.north.traveller
    body = {"traveller_id": str(traveller.id), "purpose": "X"}
    made = place.client.post(TRIPS, json=body, headers=owner.headers)
    command = made.headers["escale-command"]
    assert looked_up(place, command, owner.headers) == 200
    assert looked_up(place, command, owner.key_headers) == 200
    for other in (traveller, place.north.manager, place.south.owner):
        assert looked_up(place, command, other.headers) == 404
        assert looked_up(place, command, {**other.headers, "Idempotency-Key": "guess"}) == 404
    # A later change by somebody else takes nothing away from the giver, and gives the other nothing.
    place.client.post(f"{TRIPS}/{made.json()['id']}/cancel", json={"reason": "X"}, headers=traveller.headers)
    assert looked_up(place, command, owner.headers) == 200
    assert looked_up(place, command, traveller.headers) == 404


def test_what_left_no_event_is_shown_to_whoever_knows_the_key(place: Place) -> None:
    owner, manager = place.north.owner, place.north.manager
    trip = place.plan(place.north)["id"]
    cancel = {"reason": "X"}
    place.client.post(f"{TRIPS}/{trip}/cancel", json=cancel, headers=owner.headers)
    for step, body, status in (("cancel", cancel, 200), ("submit", None, 409)):
        keyed = {"Idempotency-Key": f"{step} again"}
        again = place.client.post(f"{TRIPS}/{trip}/{step}", json=body, headers={**owner.headers, **keyed})
        assert again.status_code == status, again.text
        command = str(uuid5(owner.id, keyed["Idempotency-Key"]))
        assert looked_up(place, command, owner.headers) == 404
        assert looked_up(place, command, {**owner.headers, **keyed}) == 200
        assert looked_up(place, command, {**manager.headers, **keyed}) == 404
