"""Who outside the house is told what happens, at which address, and is the receiver still there?"""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self, assert_never
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Title
from domain.kernel.value import Value

# A company has at most this many endpoints, whatever its plan.
MOST_ENDPOINTS = 50
ENDPOINTS, LIVE = "webhook-endpoint", "live"
MOST_TYPES = 200
SHORTEST_OVERLAP, LONGEST_OVERLAP = timedelta(0), timedelta(days=7)
MOST_POSITIONS_REPLAYED = 50_000

WebAddress = Annotated[
    str, StringConstraints(max_length=2_000, pattern=r"^https?://[\x21-\x7e]+$"), Impersonal()
]
EventType = Annotated[
    str,
    StringConstraints(max_length=120, pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9.-]+\.v[1-9][0-9]*$"),
    Impersonal(),
]


def _each_once(types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(types)))


EventTypes = Annotated[tuple[EventType, ...], Field(max_length=MOST_TYPES), AfterValidator(_each_once)]


class BodyForm(StrEnum):
    """How much of an event is told."""

    THIN = "thin"
    FULL = "full"


class EndpointOrigin(StrEnum):
    """Through which door the endpoint came."""

    CONSOLE = "console"
    REST_HOOK = "rest_hook"


class EndpointState(StrEnum):
    """Does anything go out?"""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    DELETED = "deleted"


class DisabledBecause(StrEnum):
    """Why the house stopped by itself."""

    GONE = "gone"  # the receiver answered 410
    FAILING = "failing"  # nothing but failures for five days


class Delivering(Value):
    """Where an endpoint is, what it is told and in which form. No event types means all of them."""

    url: WebAddress
    event_types: EventTypes = ()
    body: BodyForm = BodyForm.FULL
    with_personal: bool = False
    allows_http: bool = False
    description: Title | None = None


class WebhookEndpointRegistered(DomainEvent):
    """Somebody outside wants to be told what happens."""

    TOPIC = "webhook-endpoint.registered.v1"

    delivering: Delivering
    origin: EndpointOrigin


class WebhookEndpointChanged(DomainEvent):
    """The endpoint is elsewhere, or is told something else."""

    TOPIC = "webhook-endpoint.changed.v1"

    delivering: Delivering


class WebhookEndpointPaused(DomainEvent):
    """Nothing is sent until it is resumed."""

    TOPIC = "webhook-endpoint.paused.v1"


class WebhookEndpointResumed(DomainEvent):
    """What waits is sent, and what happens from now on."""

    TOPIC = "webhook-endpoint.resumed.v1"


class WebhookSecretRotated(DomainEvent):
    """A new secret signs; until the overlap ends the one before signs beside it."""

    TOPIC = "webhook-endpoint.secret-rotated.v1"

    generation: int
    overlap_until: Instant


class WebhookEndpointDisabled(DomainEvent):
    """The house stopped sending: the receiver is gone, or has done nothing but fail."""

    TOPIC = "webhook-endpoint.disabled.v1"

    reason: DisabledBecause
    failing_since: Instant | None


class WebhookEndpointDeleted(DomainEvent):
    """Nobody is told anything there any more."""

    TOPIC = "webhook-endpoint.deleted.v1"


class WebhookEndpointTested(DomainEvent):
    """Somebody wants to see a delivery arrive; it goes to this endpoint alone, whatever it subscribed to."""

    TOPIC = "webhook-endpoint.tested.v1"


class WebhookDeliveriesReplayed(DomainEvent):
    """What happened in a range of the log is sent again."""

    TOPIC = "webhook-endpoint.deliveries-replayed.v1"

    first_position: int
    last_position: int
    # Deliveries that arrived are sent again too; otherwise only those that did not.
    also_delivered: bool
    # Events for which there is no delivery, because the endpoint was paused or did not exist, get one.
    also_missed: bool


class EndpointNotActive(RuleBroken):
    """This endpoint is paused or disabled; resume it first."""


class EndpointDeleted(RuleBroken):
    """This endpoint was deleted; register another one."""


class OverlapOutOfBounds(RuleBroken):
    """Two secrets sign side by side for seven days at most."""


class ReplayTooWide(RuleBroken):
    """A replay begins before it ends and spans at most 50,000 positions of the log; ask for the next part after it."""


class WebhookEndpoint(Aggregate):
    """An address that is told what happens. Its secrets derive from its id and generation, and are kept nowhere."""

    CATEGORY = "webhook-endpoint"

    delivering: Delivering
    origin: EndpointOrigin
    registered_at: datetime
    state: EndpointState = EndpointState.ACTIVE
    disabled_because: DisabledBecause | None = None
    failing_since: datetime | None = None
    generation: int = 1
    overlap_until: datetime | None = None

    def hears(self, names: AbstractSet[str]) -> bool:
        """Is it told of an event with these names, its own and those of its earlier versions?

        Only where it named one of them letter by letter, or all events.
        """
        types = self.delivering.event_types
        return self.state is EndpointState.ACTIVE and (not types or not names.isdisjoint(types))

    def generations_at(self, at: datetime) -> tuple[int, ...]:
        """The secrets that sign at that moment, the newest first."""
        if self.overlap_until is not None and at < self.overlap_until:
            return (self.generation, self.generation - 1)
        return (self.generation,)

    @classmethod
    def register(
        cls, endpoint_id: UUID, *, delivering: Delivering, origin: EndpointOrigin, at: datetime
    ) -> Self:
        """Registers an address."""
        endpoint = cls.new(endpoint_id)
        endpoint.record(WebhookEndpointRegistered, at=at, delivering=delivering, origin=origin)
        return endpoint

    def change(self, delivering: Delivering, *, at: datetime) -> None:
        """Changes where it is or what it is told."""
        self._refuse_deleted()
        if delivering != self.delivering:
            self.record(WebhookEndpointChanged, at=at, delivering=delivering)

    def pause(self, *, at: datetime) -> None:
        """Stops sending for a while."""
        self._refuse_deleted()
        if self.state is EndpointState.ACTIVE:
            self.record(WebhookEndpointPaused, at=at)

    def resume(self, *, at: datetime) -> None:
        """Sends again, whether it was paused or disabled."""
        self._refuse_deleted()
        if self.state is not EndpointState.ACTIVE:
            self.record(WebhookEndpointResumed, at=at)

    def rotate_secret(self, overlap: timedelta, *, at: datetime) -> None:
        """Lets a new secret sign, and the one before beside it for as long as the overlap lasts."""
        self._refuse_deleted()
        if not SHORTEST_OVERLAP <= overlap <= LONGEST_OVERLAP:
            raise OverlapOutOfBounds
        self.record(WebhookSecretRotated, at=at, generation=self.generation + 1, overlap_until=at + overlap)

    def disable(self, reason: DisabledBecause, *, failing_since: datetime | None, at: datetime) -> None:
        """Stops by itself, because nobody is there."""
        if self.state is EndpointState.ACTIVE:
            self.record(WebhookEndpointDisabled, at=at, reason=reason, failing_since=failing_since)

    def delete(self, *, at: datetime) -> None:
        """Forgets the address for good."""
        if self.state is not EndpointState.DELETED:
            self.record(WebhookEndpointDeleted, at=at)

    def test(self, *, at: datetime) -> None:
        """Has a delivery made that nothing else caused."""
        self._refuse_inactive()
        self.record(WebhookEndpointTested, at=at)

    def replay(
        self,
        first_position: int,
        last_position: int,
        *,
        also_delivered: bool,
        also_missed: bool,
        at: datetime,
    ) -> None:
        """Has a range of the log sent again."""
        self._refuse_inactive()
        if not 0 <= last_position - first_position < MOST_POSITIONS_REPLAYED:
            raise ReplayTooWide
        self.record(
            WebhookDeliveriesReplayed,
            at=at,
            first_position=first_position,
            last_position=last_position,
            also_delivered=also_delivered,
            also_missed=also_missed,
        )

    def _refuse_deleted(self) -> None:
        if self.state is EndpointState.DELETED:
            raise EndpointDeleted

    def _refuse_inactive(self) -> None:
        self._refuse_deleted()
        if self.state is not EndpointState.ACTIVE:
            raise EndpointNotActive

    def evolve(self, event: "WebhookEndpointEvent") -> None:
        match event:
            case WebhookEndpointRegistered():
                self.delivering = event.delivering
                self.origin = event.origin
                self.registered_at = event.occurred_at
            case WebhookEndpointChanged():
                self.delivering = event.delivering
            case WebhookEndpointPaused():
                self.state = EndpointState.PAUSED
            case WebhookEndpointResumed():
                self.state = EndpointState.ACTIVE
                self.disabled_because = self.failing_since = None
            case WebhookSecretRotated():
                self.generation = event.generation
                self.overlap_until = event.overlap_until
            case WebhookEndpointDisabled():
                self.state = EndpointState.DISABLED
                self.disabled_because = event.reason
                self.failing_since = event.failing_since
            case WebhookEndpointDeleted():
                self.state = EndpointState.DELETED
            case WebhookEndpointTested() | WebhookDeliveriesReplayed():
                pass
            case _:
                assert_never(event)

    def claims(self, event: "WebhookEndpointEvent") -> Claims:
        match event:
            case WebhookEndpointRegistered():
                place = Claim(ENDPOINTS, LIVE, event.originator_id, capacity=MOST_ENDPOINTS, shape="amount")
                return Claims(taken=(place,))
            case WebhookEndpointDeleted():
                return Claims(released=(Release(ENDPOINTS, LIVE, self.id),))
            case _:
                return Claims()


WebhookEndpointEvent = (
    WebhookEndpointRegistered
    | WebhookEndpointChanged
    | WebhookEndpointPaused
    | WebhookEndpointResumed
    | WebhookSecretRotated
    | WebhookEndpointDisabled
    | WebhookEndpointDeleted
    | WebhookEndpointTested
    | WebhookDeliveriesReplayed
)
