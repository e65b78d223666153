"""Is every fact named for good, closed, documented, readable for ever and silent about persons?"""

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid4, uuid5

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.event_store.mapper import SnapshotTaken, TenantMapper, Topics
from adapters.event_store.personal_cipher import PersonalCipher
from adapters.event_store.stored import TenantNotification, TenantStoredEvent
from adapters.feeds.examples import SPACE, example_of
from application.catalog import AGGREGATES, EVENTS, STREAMS, events_of
from domain.kernel.aggregate import Aggregate
from domain.kernel.event import ENVELOPE, DomainEvent
from domain.kernel.personal import Impersonal, Personal, personal_fields
from tests.architecture.texts import undeclared_texts
from tests.architecture.tree import ROOT, classes_under
from tests.kit.every import every

GOLDENS = ROOT / "tests" / "snapshots" / "events"
TOPIC = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*\.v[1-9][0-9]*$")
TENANT = UUID("00000000-0000-7000-8000-00000000000a")
NOW = datetime(2030, 5, 2, tzinfo=UTC)

EVERY_EVENT = every("event_class", EVENTS, called=lambda event: event.TOPIC)
EVERY_AGGREGATE = every("aggregate", AGGREGATES, called=lambda one: one.__name__)
WITH_PERSONS = [(event, name) for event in (*EVENTS, *AGGREGATES) for name in personal_fields(event)]
EVERY_PERSONAL_FIELD = every("model, name", WITH_PERSONS, called=lambda one: f"{one[0].__name__}.{one[1]}")


class MemoryKeys:
    """Keys of data subjects in a dictionary; the cipher is the real one."""

    def __init__(self) -> None:
        self._keys: dict[UUID, bytes] = {}

    def encrypt(self, tenant_id: UUID, subject_id: UUID, plaintext: bytes, associated: bytes) -> bytes:
        key = self._keys.setdefault(subject_id, AESGCM.generate_key(256))
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)

    def decrypt(self, tenant_id: UUID, subject_id: UUID, sealed: bytes, associated: bytes) -> bytes | None:
        key = self._keys.get(subject_id)
        return None if key is None else AESGCM(key).decrypt(sealed[:12], sealed[12:], associated)

    def destroy_all(self) -> None:
        self._keys.clear()


def mapper_for(
    keys: MemoryKeys | None = None,
    events: tuple[type[DomainEvent], ...] = EVENTS,
    aggregates: tuple[type[Aggregate], ...] = AGGREGATES,
) -> TenantMapper:
    """The store's own mapper, with keys in memory."""
    cipher = PersonalCipher(keys or MemoryKeys(), TENANT)  # type: ignore[arg-type]
    return TenantMapper(TENANT, Topics(events, aggregates), cipher)


def as_recorded(stored: Any) -> TenantNotification:
    """The event as the log would answer it."""
    assert isinstance(stored, TenantStoredEvent)
    return TenantNotification(
        stored.originator_id, stored.originator_version, stored.topic, stored.state, 1,
        event_id=stored.event_id, recorded_at=NOW, meta=json.dumps(dict(stored.meta)),
    )  # fmt: skip


def document_of(event: DomainEvent) -> dict[str, Any]:
    """The golden form: what is stored, before anything personal is encrypted."""
    return {
        "topic": event.TOPIC,
        "originator_id": str(event.originator_id),
        "originator_version": event.originator_version,
        "occurred_at": event.occurred_at.isoformat(),
        "state": event.model_dump(mode="json", exclude=set(ENVELOPE)),
    }


def text_of(document: dict[str, Any]) -> str:
    """A golden file's text."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_missing(path: Path, document: dict[str, Any]) -> None:
    """Writes a golden once; what was written stays, since events like it are in someone's log."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(document))


def golden(topic: str) -> dict[str, Any]:
    """The stored example of one topic."""
    path = GOLDENS / f"{topic}.json"
    assert path.exists(), (
        f"{topic} has no golden JSON: run UPDATE_SNAPSHOTS=1 pytest tests/architecture/test_events.py,"
        f" read tests/snapshots/events/{topic}.json and commit it"
    )
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def load(document: dict[str, Any], mapper: TenantMapper) -> DomainEvent:
    """A golden as the store reads it: topic to class, upcast, validation."""
    stored = TenantNotification(
        UUID(document["originator_id"]), document["originator_version"], document["topic"],
        json.dumps(document["state"]).encode(), 1,
        event_id=uuid4(), recorded_at=NOW, meta=json.dumps({"occurred_at": document["occurred_at"]}),
    )  # fmt: skip
    event: DomainEvent = mapper.to_domain_event(stored)
    return event


def goldens_of(aggregate: type[Aggregate]) -> list[DomainEvent]:
    """One event of each kind, as one stream."""
    stream = uuid5(SPACE, aggregate.CATEGORY)
    return [
        load(golden(event.TOPIC), mapper_for()).model_copy(
            update={"originator_id": stream, "originator_version": number}
        )
        for number, event in enumerate(events_of(STREAMS[aggregate]), start=1)
    ]


def folded(aggregate: type[Aggregate], events: list[DomainEvent]) -> Aggregate:
    """The aggregate after the events."""
    state = aggregate.fold(None, events)
    assert state is not None
    return state


class TestCatalog:
    def test_lists_every_event(self) -> None:
        missing = set(classes_under("domain", DomainEvent)) - set(EVENTS)
        assert not missing, "\n".join(
            f"{event.__name__} is in no union: add `| {event.__name__}` to the union of its aggregate in"
            f" {event.__module__}, and the aggregate to STREAMS in application/catalog.py"
            for event in missing
        )

    def test_lists_every_aggregate(self) -> None:
        missing = set(classes_under("domain", Aggregate)) - set(AGGREGATES)
        assert not missing, "\n".join(
            f"add the line `{one.__name__}: {one.__name__}Event,` to STREAMS in application/catalog.py"
            for one in missing
        )

    def test_names_every_topic_once(self) -> None:
        topics = [event.TOPIC for event in EVENTS]
        assert len(topics) == len(set(topics))


@EVERY_EVENT
class TestEveryEvent:
    def test_is_frozen_and_closed(self, event_class: type[DomainEvent]) -> None:
        assert event_class.model_config.get("frozen") is True
        assert event_class.model_config.get("extra") == "forbid"
        with pytest.raises(ValidationError):
            event_class.model_validate({**dict(example_of(event_class)), "unheard_of": 1})

    def test_says_what_happened(self, event_class: type[DomainEvent]) -> None:
        assert (vars(event_class).get("__doc__") or "").strip(), f"{event_class.__name__} needs a docstring"

    def test_has_a_permanent_name(self, event_class: type[DomainEvent]) -> None:
        assert "TOPIC" in vars(event_class)
        assert TOPIC.match(event_class.TOPIC), f"{event_class.TOPIC}: write it like `trip.flight-added.v1`"

    def test_belongs_to_the_category_of_its_aggregate(self, event_class: type[DomainEvent]) -> None:
        (owner,) = (one for one, union in STREAMS.items() if event_class in events_of(union))
        assert event_class.TOPIC.split(".")[0] == owner.CATEGORY

    def test_answers_for_every_text(self, event_class: type[DomainEvent]) -> None:
        assert undeclared_texts(event_class) == []

    def test_equals_its_golden(self, event_class: type[DomainEvent]) -> None:
        if os.environ.get("UPDATE_SNAPSHOTS") == "1":
            write_missing(GOLDENS / f"{event_class.TOPIC}.json", document_of(example_of(event_class)))
        document = golden(event_class.TOPIC)
        event = load(document, mapper_for())
        assert type(event) is event_class
        assert text_of(document_of(event)) == text_of(document), (
            f"{event_class.TOPIC} is stored like its golden; a new shape is a new version with an upcast"
        )
        assert text_of(document) == (GOLDENS / f"{event_class.TOPIC}.json").read_text()

    def test_survives_encryption(self, event_class: type[DomainEvent]) -> None:
        mapper = mapper_for(MemoryKeys())
        event = load(golden(event_class.TOPIC), mapper)
        again = mapper.to_domain_event(as_recorded(mapper.to_stored_event(event)))
        assert document_of(again) == document_of(event)

    def test_survives_erasure(self, event_class: type[DomainEvent]) -> None:
        keys = MemoryKeys()
        mapper = mapper_for(keys)
        stored = as_recorded(mapper.to_stored_event(load(golden(event_class.TOPIC), mapper)))
        keys.destroy_all()
        erased = mapper.to_domain_event(stored)
        for name, marker in personal_fields(event_class).items():
            assert getattr(erased, name) == marker.erased


class TestGoldens:
    def test_of_older_versions_are_still_read(self) -> None:
        mapper = mapper_for()
        for path in sorted(GOLDENS.glob("*.json")):
            document = json.loads(path.read_text())
            assert path.name == f"{document['topic']}.json"
            load(document, mapper)

    def test_keep_every_version_ever_named(self) -> None:
        named = {topic for event in EVENTS for topic in (event.TOPIC, *event.UPCASTS)}
        assert {path.name.removesuffix(".json") for path in GOLDENS.glob("*.json")} == named

    def test_are_never_rewritten(self, tmp_path: Path) -> None:
        path = tmp_path / "events" / "one.v1.json"
        write_missing(path, {"state": 1})
        write_missing(path, {"state": 2})
        assert json.loads(path.read_text()) == {"state": 1}


class TestTexts:
    """The check itself: an undeclared text anywhere in an event is found."""

    class Inner(BaseModel):
        model_config = ConfigDict(frozen=True)
        note: str
        code: Annotated[str, Impersonal()]

    @pytest.mark.parametrize(
        "kind",
        [
            str,
            str | None,
            tuple[str, ...],
            list[str],
            dict[str, int],
            dict[UUID, str],
            dict[UUID, list[str | None]],
            Annotated[str, "no marker"],
            Annotated[str, Impersonal()] | str,
            bytes,
            Any,
            Inner,
            Inner | None,
            tuple[Inner, ...],
            Annotated[str, Personal(subject="who")] | None,  # not on the field itself: nothing encrypts it
            tuple[Annotated[str, Personal(subject="who")], ...],
        ],
    )
    def test_finds_one(self, kind: Any) -> None:
        wrong = type("Wrong", (DomainEvent,), {"__annotations__": {"field": kind}, "__module__": __name__})
        assert len(undeclared_texts(wrong)) == 1

    @pytest.mark.parametrize(
        "kind",
        [
            Annotated[str, Impersonal()],
            Annotated[str, Impersonal()] | None,
            Annotated[str | None, Impersonal()],
            tuple[Annotated[str, Impersonal()], ...],
            Annotated[str, Personal(subject="who")],
            Annotated[tuple[str, ...], Personal(subject="who", erased=())],
            int | None,
            datetime,
        ],
    )
    def test_is_content_with_declared_ones(self, kind: Any) -> None:
        right = type("Right", (DomainEvent,), {"__annotations__": {"field": kind}, "__module__": __name__})
        assert undeclared_texts(right) == []


class TestPersonalFields:
    @EVERY_PERSONAL_FIELD
    def test_name_their_subject(self, model: type[BaseModel], name: str) -> None:
        subject = personal_fields(model)[name].subject
        assert subject in model.model_fields, f"{model.__name__}.{name}: there is no field {subject}"
        assert model.model_fields[subject].annotation is UUID, f"{model.__name__}.{subject} must be a UUID"

    @EVERY_PERSONAL_FIELD
    def test_have_an_erased_form_of_their_own_type(self, model: type[BaseModel], name: str) -> None:
        marker = personal_fields(model)[name]
        state = dict(complete(model))
        state[name] = marker.erased
        model.model_validate(state)


def complete(model: type[BaseModel]) -> BaseModel:
    """An example of an event, or an aggregate folded from the goldens."""
    if issubclass(model, Aggregate):
        return folded(model, goldens_of(model)[:1])
    assert issubclass(model, DomainEvent)
    return example_of(model)


class Stranger(DomainEvent):
    """Belongs to nobody."""

    TOPIC = "stranger.came.v1"


@EVERY_AGGREGATE
class TestEveryAggregate:
    def test_folds_each_of_its_events(self, aggregate: type[Aggregate]) -> None:
        events = goldens_of(aggregate)
        assert folded(aggregate, events).version == len(events)

    def test_derives_claims_from_each_of_its_events(self, aggregate: type[Aggregate]) -> None:
        state: Aggregate | None = None
        for event in goldens_of(aggregate):
            state = state or aggregate.new(event.originator_id)
            state.claims(event)
            state.apply(event)

    def test_closes_its_fold(self, aggregate: type[Aggregate]) -> None:
        stranger = Stranger(originator_id=uuid4(), originator_version=1, occurred_at=NOW)
        with pytest.raises(AssertionError):
            aggregate.new(stranger.originator_id).evolve(stranger)

    def test_answers_for_every_text(self, aggregate: type[Aggregate]) -> None:
        assert undeclared_texts(aggregate) == []

    def test_survives_a_snapshot_after_every_event(self, aggregate: type[Aggregate]) -> None:
        mapper, events = mapper_for(MemoryKeys()), goldens_of(aggregate)
        for count in range(1, len(events) + 1):
            state = folded(aggregate, events[:count])
            taken = SnapshotTaken(originator_id=state.id, originator_version=state.version, aggregate=state)
            again = mapper.to_domain_event(mapper.to_stored_event(taken)).aggregate
            assert type(again) is aggregate
            assert again.model_dump() == state.model_dump()

    def test_keeps_no_personal_text_in_the_clear(self, aggregate: type[Aggregate]) -> None:
        mapper, events = mapper_for(MemoryKeys()), goldens_of(aggregate)
        for count in range(1, len(events) + 1):
            state = folded(aggregate, events[:count])
            taken = SnapshotTaken(originator_id=state.id, originator_version=state.version, aggregate=state)
            snapshot = mapper.to_stored_event(taken).state.decode()
            for event in events[:count]:
                for name in personal_fields(type(event)):
                    value = getattr(event, name)
                    assert value is None or str(value) not in snapshot, name


class PriceNoted(DomainEvent):
    """A price. First shape: euros; second: cents of euros; third: cents and a currency."""

    TOPIC = "test-price.noted.v3"
    UPCASTS: ClassVar = {
        "test-price.noted.v1": lambda old: {"cents": round(old["euros"] * 100), "buyer": old["buyer"]},
        "test-price.noted.v2": lambda old: {**old, "currency": "EUR", "buyer_id": str(uuid5(SPACE, "buyer"))},
    }

    buyer_id: UUID
    buyer: Annotated[str, Personal(subject="buyer_id")]
    cents: int
    currency: Annotated[str, Impersonal()]


class TestUpcasting:
    @pytest.mark.parametrize(
        ("topic", "state"),
        [
            ("test-price.noted.v1", {"euros": 12.34, "buyer": "Camille"}),
            ("test-price.noted.v2", {"cents": 1234, "buyer": "Camille"}),
            (
                "test-price.noted.v3",
                {
                    "cents": 1234,
                    "currency": "EUR",
                    "buyer_id": str(uuid5(SPACE, "buyer")),
                    "buyer": "Camille",
                },
            ),
        ],
    )
    def test_lifts_every_version_step_by_step(self, topic: str, state: dict[str, Any]) -> None:
        mapper = mapper_for(events=(PriceNoted,), aggregates=())
        event = load(document_of_version(topic, state), mapper)
        assert isinstance(event, PriceNoted)
        assert (event.cents, event.currency, event.buyer) == (1234, "EUR", "Camille")

    def test_opens_what_an_older_version_sealed(self) -> None:
        keys, subject = MemoryKeys(), uuid5(SPACE, "buyer")
        stream = uuid5(SPACE, "test-price")
        state: dict[str, Any] = {"cents": 1234, "buyer": "Camille"}
        cipher = PersonalCipher(keys, TENANT)  # type: ignore[arg-type]
        cipher.seal(state, personal_fields(PriceNoted), {"buyer": subject}, f"event:{stream}:1")
        assert "Camille" not in json.dumps(state)
        event = load(document_of_version("test-price.noted.v2", state), mapper_for(keys, (PriceNoted,), ()))
        assert event.buyer == "Camille"  # type: ignore[attr-defined]

    def test_stops_at_a_version_nobody_knows(self) -> None:
        with pytest.raises(Exception, match="no event class reads"):
            load(
                document_of_version("test-price.noted.v4", {}),
                mapper_for(events=(PriceNoted,), aggregates=()),
            )

    def test_refuses_two_readers_of_one_topic(self) -> None:
        twin: Callable[..., type[DomainEvent]] = type  # a second class under the same name
        other = twin("Other", (DomainEvent,), {"TOPIC": "test-price.noted.v2", "__module__": __name__})
        with pytest.raises(ValueError, match="two event classes"):
            Topics((PriceNoted, other), ())


def document_of_version(topic: str, state: dict[str, Any]) -> dict[str, Any]:
    """A stored event of the test family."""
    return {
        "topic": topic,
        "originator_id": str(uuid5(SPACE, "test-price")),
        "originator_version": 1,
        "occurred_at": NOW.isoformat(),
        "state": state,
    }


def test_sources_of_truth_agree() -> None:
    """Every aggregate has events, and no event belongs to two aggregates."""
    owners = [event for union in STREAMS.values() for event in events_of(union)]
    assert len(owners) == len(set(owners)) == len(EVENTS)
