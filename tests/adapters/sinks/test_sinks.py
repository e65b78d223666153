"""Does a company's log arrive at a broker whole, in order and without another company's, whatever dies meanwhile?"""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import nats as nats_client
import pytest
from confluent_kafka import Consumer, TopicPartition
from typer.testing import CliRunner

from adapters.event_store.engine import build_engine
from adapters.postgres.pools import Pools
from adapters.sinks.kafka import KafkaPublisher
from adapters.sinks.office import Sinks, name_of, publisher_to
from adapters.sinks.publishing import BrokerAway, Message, Publisher, SinkRefused
from adapters.sinks.sink import BeingPublished, Sink
from api.cli import app
from application.catalog import AGGREGATES, EVENTS
from application.platform.members import InviteMember
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Role
from tests.adapters.sinks.conftest import NatsServer
from tests.kit.house import Company, Founder, Place

Told = dict[str, Any]


class Through:
    """A publisher with something happening before and after each page."""

    def __init__(self, inner: Publisher, *, before: Callable[..., None] | None = None) -> None:
        self.inner, self.before = inner, before

    def publish(self, messages: Sequence[Message]) -> None:
        if self.before is not None:
            self.before(messages)
        self.inner.publish(messages)

    def rest(self, seconds: float) -> None:
        self.inner.rest(min(seconds, 0.02))

    def close(self) -> None:
        self.inner.close()


@contextmanager
def published(place: Place, company: Company, url: str, **options: Any) -> Iterator[tuple[Sink, Publisher]]:
    """The company's sink to the broker, by pages of seven."""
    sink = place.house.sinks.sink(company.id, name_of(url, "escale"), page=7)
    publisher = publisher_to(url, slug=company.slug, prefix="escale", **options)
    try:
        yield sink, publisher
    finally:
        publisher.close()


def happens(place: Place, company: Company, many: int, of: str) -> None:
    for number in range(many):
        email = f"{of}{number}@{company.slug}.example"
        invited = InviteMember(email=email, display_name="Nobody Else", roles=(Role.TRAVELLER,))
        Founder(place.house).execute(company.id, invited)


def logged(place: Place, company: Company) -> list[str]:
    """The ids of the company's events, in the order of its log."""
    head = place.heads()[company.id]
    feed = place.house.feed
    return [
        fact.told(with_personal=False)["id"]
        for facts in feed.facts(company.id, after=0, upto=head, types=None)
        for fact in facts
    ]


def stored(server: NatsServer) -> list[tuple[str, dict[str, str], Told]]:
    """Everything the server has stored: subject, headers and event."""

    async def read() -> list[tuple[str, dict[str, str], Told]]:
        client = await nats_client.connect(server.url)
        stream = client.jetstream()
        last = (await stream.stream_info("ESCALE")).state.last_seq
        found = [await stream.get_msg("ESCALE", seq) for seq in range(1, last + 1)]
        await client.close()
        return [(one.subject or "", dict(one.headers or {}), json.loads(one.data or b"{}")) for one in found]

    return asyncio.run(read())


def arrived(server: NatsServer, company: Company) -> list[str]:
    return [
        told["id"] for subject, _, told in stored(server) if subject.startswith(f"escale.{company.slug}.")
    ]


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestNats:
    def test_each_event_arrives_once_and_in_order_though_the_server_is_killed_in_the_middle(
        self, place: Place, nats: NatsServer
    ) -> None:
        happens(place, place.north, 12, of="killed")
        pages: list[int] = []
        broken: list[str] = []
        with published(place, place.north, nats.url, makes_stream=True) as (sink, publisher):

            def kill_in_the_third(messages: Sequence[Message]) -> None:
                pages.append(len(messages))
                if len(pages) == 3:
                    # Half of the page is stored, and nobody knows when the server comes back.
                    publisher.publish(messages[:4])
                    nats.kill()

            sink._come_back_s = 0.05
            ends = Event()
            following = Thread(
                target=sink.follow,
                args=(Through(publisher, before=kill_in_the_third),),
                kwargs={"until": ends, "on_break": broken.append},
                daemon=True,
            )
            following.start()
            try:
                until(lambda: len(broken) >= 2)
                nats.start()
                happens(place, place.north, 1, of="after")
                expected = logged(place, place.north)
                until(lambda: standing(place, sink) == len(expected))
            finally:
                ends.set()
                following.join(10)
        assert nats.url in broken[0]
        assert arrived(nats, place.north) == expected

    def test_a_sink_killed_before_its_checkpoint_publishes_again_and_the_server_drops_it(
        self, place: Place, nats: NatsServer, database_url: str, master_key: bytes
    ) -> None:
        place_in_log = len(logged(place, place.south))
        child = multiprocessing.get_context("fork").Process(
            target=dies_unrecorded, args=(database_url, master_key, place.south, nats.url)
        )
        child.start()
        child.join(20)
        assert child.exitcode == -signal.SIGKILL
        assert len(arrived(nats, place.south)) == 7
        with published(place, place.south, nats.url) as (sink, publisher):
            assert standing(place, sink) == 0
            pages: list[int] = []
            again = Through(publisher, before=lambda messages: pages.append(len(messages)))

            def drained() -> bool:
                # The database has yet to notice that the other one is gone.
                with suppress(BeingPublished):
                    return sink.drain(again) > 0
                return False

            until(drained)
            assert sum(pages) == place_in_log
            assert arrived(nats, place.south) == logged(place, place.south)
            # A third start finds nothing to do, and a fourth only what is new.
            assert sink.drain(again) == 0
            happens(place, place.south, 1, of="resumed")
            new = len(logged(place, place.south)) - place_in_log
            assert sink.drain(again) == new
        assert arrived(nats, place.south) == logged(place, place.south)

    def test_two_companies_never_meet_and_nobody_is_named(self, place: Place, nats: NatsServer) -> None:
        for company in (place.north, place.south):
            with published(place, company, nats.url, makes_stream=True) as (sink, publisher):
                sink.drain(publisher)
        messages = stored(nats)
        assert {told["tenant"] for _, _, told in messages} == {str(place.north.id), str(place.south.id)}
        slugs = {str(place.north.id): "north", str(place.south.id): "south"}
        for subject, headers, told in messages:
            assert subject == f"escale.{slugs[told['tenant']]}.{told['type']}"
            assert headers["Nats-Msg-Id"] == told["id"]
            assert headers["content-type"].startswith("application/cloudevents+json")
        text = json.dumps(messages)
        assert "@north.example" not in text
        assert "Nobody Else" not in text

    def test_without_a_stream_it_says_what_to_do(self, place: Place, nats: NatsServer) -> None:
        with published(place, place.north, nats.url) as (sink, publisher):
            with pytest.raises(SinkRefused, match="No stream at .* takes in escale.north.>; make one"):
                sink.drain(publisher)
            assert standing(place, sink) == 0


class TestKafka:
    def test_each_stream_arrives_in_order_under_its_key_and_a_second_start_goes_on(
        self, place: Place, kafka: str
    ) -> None:
        url = f"kafka://{kafka}"
        with published(place, place.north, url) as (sink, publisher):
            expected = logged(place, place.north)
            assert sink.drain(publisher) == len(expected)
        happens(place, place.north, 2, of="kafka")
        with published(place, place.north, url) as (sink, publisher):
            assert sink.drain(publisher) == len(logged(place, place.north)) - len(expected)
        with published(place, place.south, url) as (sink, publisher):
            sink.drain(publisher)
        for company in (place.north, place.south):
            expected = logged(place, company)
            records = consumed(kafka, f"escale.{company.slug}", len(expected))
            assert sorted(told["id"] for _, told in records) == sorted(expected)
            order = {event_id: number for number, event_id in enumerate(expected)}
            by_key: dict[str, list[int]] = {}
            for key, told in records:
                assert told["subject"].endswith(f"/{key}")
                assert told["tenant"] == str(company.id)
                by_key.setdefault(key, []).append(order[told["id"]])
            assert all(places == sorted(places) for places in by_key.values())
            assert len(by_key) > 3

    def test_what_was_acknowledged_and_not_recorded_comes_again(self, place: Place, kafka: str) -> None:
        url = f"kafka://{kafka}"
        with published(place, place.south, url) as (sink, publisher):

            def lost(messages: Sequence[Message]) -> None:
                publisher.publish(messages)
                raise BrokerAway("the answer was lost")

            with pytest.raises(BrokerAway):
                sink.drain(Through(publisher, before=lost))
            sink.drain(publisher)
        expected = logged(place, place.south)
        records = consumed(kafka, "escale.south", len(expected) + 7)
        assert {told["id"] for _, told in records} == set(expected)


class TestTerminal:
    def test_says_in_a_sentence_that_the_broker_is_away(
        self,
        place: Place,
        redis_url: str,
        database_url: str,
        master_key: bytes,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        place.house.jobs.projections.drain(PLATFORM_TENANT_ID)
        monkeypatch.setenv("DATABASE_URL", database_url)
        monkeypatch.setenv("REDIS_URL", redis_url)
        monkeypatch.setenv("ESCALE_MASTER_KEY", master_key.hex())
        monkeypatch.setattr(KafkaPublisher.__init__, "__kwdefaults__", IMPATIENT)
        for url, said in (
            ("nats://user:secret@127.0.0.1:1", "NATS at nats://127.0.0.1:1 does not acknowledge"),
            ("kafka://127.0.0.1:1", "Kafka at 127.0.0.1:1 does not acknowledge"),
            ("amqp://127.0.0.1", "A sink is nats://host:4222"),
        ):
            answer = CliRunner().invoke(app, ["sink", url, "--tenant", "north", "--data-dir", str(tmp_path)])
            assert answer.exit_code == 2, answer.output
            assert said in " ".join(answer.output.split())
            assert "secret" not in answer.output


IMPATIENT = {"properties": None, "patience_s": 0.5}


def dies_unrecorded(database_url: str, master_key: bytes, company: Company, url: str) -> None:
    """A process that is killed when the first page is acknowledged and its checkpoint has not moved."""
    pools = Pools(database_url, master_key).open()
    engine = build_engine(pools, master_key, events=EVENTS, aggregates=AGGREGATES)
    publisher = publisher_to(url, slug=company.slug, prefix="escale", makes_stream=True)

    def die(messages: Sequence[Message]) -> None:
        publisher.publish(messages)
        os.kill(os.getpid(), signal.SIGKILL)

    Sinks(pools, engine).sink(company.id, name_of(url, "escale"), page=7).drain(
        Through(publisher, before=die)
    )


def standing(place: Place, sink: Sink) -> int:
    """Where the checkpoint is."""
    units = place.house.units()
    return max((unit.position for unit in units if unit.consumer == sink.consumer), default=0)


def consumed(servers: str, topic: str, many: int) -> list[tuple[str, Told]]:
    """So many records of a topic, partition by partition as they lie there."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": topic, "log_level": 0})
    partitions = consumer.list_topics(topic, timeout=5).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    found: list[tuple[str, Told]] = []
    deadline = time.monotonic() + 10
    while len(found) < many and time.monotonic() < deadline:
        for one in consumer.consume(many, 0.5):
            found.append(((one.key() or b"").decode(), json.loads(one.value() or b"{}")))
    # Nothing more lies there.
    assert not consumer.consume(1, 0.1)
    consumer.close()
    assert len(found) == many
    return found
