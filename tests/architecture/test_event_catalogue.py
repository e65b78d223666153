"""Is every fact of the product in the catalogue, and is what the catalogue says of it true? (issue 8 part 3)"""

import json

from jsonschema_rs import validator_for

from adapters.feeds.catalogue import EventCatalogue
from application.catalog import EVENTS
from application.developer.cloud_events import SECRET_FIELDS
from domain.kernel.event import ENVELOPE
from domain.kernel.personal import personal_fields
from tests.architecture.test_events import GOLDENS

KINDS = EventCatalogue().kinds
CLASSES = {event.TOPIC: event for event in EVENTS}


def test_every_event_is_in_it() -> None:
    assert set(KINDS) == set(CLASSES)
    assert all(kind.summary.endswith(".") for kind in KINDS.values())
    for kind in KINDS.values():
        assert set(kind.older) == set(CLASSES[kind.type].UPCASTS)


def test_every_example_and_every_golden_fits_its_schema() -> None:
    """The golden files are what is stored, so the schemas are those of real events."""
    for kind in KINDS.values():
        judge = validator_for(dict(kind.schema))
        judge.validate(kind.example["data"])
        golden = json.loads((GOLDENS / f"{kind.type}.json").read_text())["state"]
        judge.validate({name: value for name, value in golden.items() if name not in SECRET_FIELDS})
        without = {
            field.name: kind.example["data"][field.name]
            for field in kind.fields
            if field.personal_data != "personal"
        }
        judge.validate(without)
        assert not judge.is_valid({**kind.example["data"], "unheard_of": 1})


def test_every_field_says_how_it_stands_to_a_person() -> None:
    """SEC-56: what is personal on the class is personal in the catalogue, with its erased form; secrets are in none."""
    for kind in KINDS.values():
        event, fields = CLASSES[kind.type], {field.name: field for field in kind.fields}
        assert set(fields) == set(event.model_fields) - ENVELOPE - SECRET_FIELDS
        markers = {
            name: marker for name, marker in personal_fields(event).items() if name not in SECRET_FIELDS
        }
        assert {name for name, field in fields.items() if field.personal_data == "personal"} == set(markers)
        assert kind.has_personal is bool(markers)
        for name, marker in markers.items():
            assert (fields[name].subject, fields[name].erased) == (marker.subject, marker.erased)
            assert fields[name].is_required is False
        for field in fields.values():
            assert field.kind != "any", f"{kind.type}.{field.name} says nothing of its type"
