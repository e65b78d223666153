"""How does one company's log get to a broker? Page by page; the checkpoint moves once a page is acknowledged.

Whatever fails in between, the page is published again: every event arrives at least once, and those of one stream in
order. The checkpoint's row is held locked meanwhile, so of two sinks of one name only one publishes.
"""

from collections.abc import Callable
from threading import Event
from uuid import UUID

from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from adapters.jobs.checkpoints import ENTER, Checkpoints, Enrolment, Overtaken, advance, take
from adapters.jobs.feed import Feed
from adapters.postgres.errors import translated_errors
from adapters.sinks.publishing import BrokerAway, Message, Publisher, SinkRefused
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Unavailable

PAGE = 200
LOOK_S = 0.5
COME_BACK_S = 1.0


class BeingPublished(SinkRefused):
    """Another process publishes this company's events under the same name."""


class Sink:
    """One company's log on its way to one broker."""

    def __init__(
        self,
        *,
        pool: ConnectionPool,
        checkpoints: Checkpoints,
        feed: Feed,
        tenant_id: UUID,
        name: str,
        page: int = PAGE,
        look_s: float = LOOK_S,
        come_back_s: float = COME_BACK_S,
    ) -> None:
        self.consumer = f"sink:{name}"
        self._pool = pool
        self._checkpoints = checkpoints
        self._feed = feed
        self._tenant_id = tenant_id
        self._page = page
        self._look_s = look_s
        self._come_back_s = come_back_s

    def drain(
        self, publisher: Publisher, told: Callable[[int, int], None] = lambda position, head: None
    ) -> int:
        """Publishes everything up to the log's end; how many events it was."""
        published = 0
        while sent := self.step(publisher, told):
            published += sent
        return published

    def follow(
        self,
        publisher: Publisher,
        *,
        until: Event,
        told: Callable[[int, int], None] = lambda position, head: None,
        on_break: Callable[[str], None] = lambda why: None,
    ) -> None:
        """Publishes what there is and what comes, until told to stop. After a failure it goes on by itself."""
        while not until.is_set():
            try:
                if not self.step(publisher, told):
                    publisher.rest(self._look_s)
            except (BrokerAway, BeingPublished, Unavailable, OperationalError) as broken:
                on_break(str(broken))
                until.wait(self._come_back_s)

    def step(
        self, publisher: Publisher, told: Callable[[int, int], None] = lambda position, head: None
    ) -> int:
        """Publishes one page; how many events it held, 0 at the log's end."""
        standing = self._checkpoints.enrolled(self._tenant_id, [Enrolment(self.consumer)])
        if standing is None:
            return 0
        unit = standing.units[self.consumer]
        if not unit.runs:
            raise SinkRefused(f"{self.consumer} is paused: {unit.last_error}.")
        if unit.epoch != standing.epoch:
            self._checkpoints.adopt_epoch(self._tenant_id, unit, standing)
            return self.step(publisher, told)
        if unit.position >= standing.head:
            return 0
        with translated_errors(), self._pool.connection() as connection, connection.transaction():
            connection.execute(ENTER, (self._tenant_id,))
            held = take(
                connection, self._tenant_id, [self.consumer], position=unit.position, epoch=unit.epoch
            )
            if not held:
                raise BeingPublished(f"Another process is publishing as {self.consumer}.")
            page = self._feed.page(
                connection, self._tenant_id, after=unit.position, upto=standing.head, limit=self._page
            )
            events = self._feed.decode(self._tenant_id, page, (DomainEvent,))
            publisher.publish([Message.of(event) for event in events])
            reached = page[-1].id
            try:
                advance(
                    connection, self._tenant_id, held, position=unit.position, upto=reached, epoch=unit.epoch
                )
            except Overtaken:
                raise BeingPublished(f"Another process moved {self.consumer}.") from None
        told(reached, standing.head)
        return len(page)
