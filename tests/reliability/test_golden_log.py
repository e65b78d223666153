"""A log that holds every event version ever written: is it projected, rebuilt, verified and exported?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.event_store.application import TenantApplication
from adapters.event_store.stored import TenantStoredEvent
from application.catalog import STREAMS, events_of
from tests.kit.house import Place, opened_place

GOLDENS = Path(__file__).resolve().parents[1] / "snapshots" / "events"
# Expenses are of a trip that was booked: the one that theirs name.
TRIP_WITH_EXPENSES = UUID(json.loads((GOLDENS / "expense.reported.v1.json").read_text())["state"]["trip_id"])


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


def streams() -> list[list[dict[str, Any]]]:
    """One stream per aggregate and version of its goldens, in the order in which its union tells the story."""
    found = []
    for union in STREAMS.values():
        topics = [topic for event in events_of(union) for topic in (*event.UPCASTS, event.TOPIC)]
        found.append([json.loads((GOLDENS / f"{topic}.json").read_text()) for topic in topics])
        for number, golden in enumerate(found[-1], 1):
            # The one number that must follow from the event before; each golden is an example by itself.
            if "policy_version" in golden["state"]:
                golden["state"]["policy_version"] = number
    return found


def written(place: Place, tenant_id: UUID) -> list[dict[str, Any]]:
    """Every golden as its own release stored it, under its own topic."""
    application = TenantApplication(place.house.engine, tenant_id)
    goldens = []
    for stream in streams():
        stream_id = TRIP_WITH_EXPENSES if stream[0]["topic"].startswith("trip.") else uuid4()
        goldens += stream
        application.recorder.insert_events(
            [
                TenantStoredEvent(
                    stream_id,
                    version,
                    golden["topic"],
                    json.dumps(golden["state"]).encode(),
                    meta={"occurred_at": golden["occurred_at"]},
                )
                for version, golden in enumerate(stream, 1)
            ]
        )
    return goldens


def test_is_projected_verified_and_exported(place: Place) -> None:
    tenant_id = uuid4()
    place.house.open_tenant_head(tenant_id)
    goldens = written(place, tenant_id)
    assert {golden["topic"] for golden in goldens} == {path.stem for path in GOLDENS.glob("*.json")}

    place.house.jobs.projections.drain(tenant_id)
    units = [unit for unit in place.house.units() if unit.tenant_id == tenant_id]
    consumers = [unit for unit in units if unit.consumer.startswith("projection:")]
    assert len(consumers) == len(place.house.projections())
    assert {(unit.position, unit.status, unit.last_error) for unit in consumers} == {
        (len(goldens), "running", None)
    }
    assert list(place.house.jobs.projections.check(tenant_id)) == []

    exported = [json.loads(line) for line in place.house.auditing.export(tenant_id)]
    events = [line for line in exported if line["kind"] == "event"]
    assert [(line["topic"], json.loads(line["state"])) for line in events] == [
        (golden["topic"], golden["state"]) for golden in goldens
    ]
    assert place.house.auditing.verify(tenant_id).report.findings == []
