"""Which reported uses were too old for their company's own rule, and what became of them?

They wait here, each under the transaction id it has claimed for ever, and count in no figure and on no invoice.
Once released, a use counts like any other that was reported late.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID, uuid5

from domain.billing.meter import Meter
from domain.billing.metering import Metered, Room, metered_of
from domain.billing.usage import CountedUse, id_claims
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claims
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import NotFound
from domain.kernel.text import Code

MAX_PARKED = 10_000


class ParkedUse(CountedUse):
    """A use that waits: the batch it was reported in, and its place there."""

    batch_id: UUID
    reported_at: datetime


class UsageParked(DomainEvent):
    """Uses of a batch were older than the company allows: they wait, and their ids are taken for ever."""

    TOPIC: ClassVar[str] = "usage-parking.parked.v1"

    batch_id: UUID
    parked: tuple[CountedUse, ...]


class ParkedUsageReleased(DomainEvent):
    """Parked uses of one batch count from now on. `metered` is what they add to the limits of each month."""

    TOPIC: ClassVar[str] = "usage-parking.released.v1"

    batch_id: UUID
    counted: tuple[CountedUse, ...]
    metered: tuple[Metered, ...]


ParkedUsageEvent = UsageParked | ParkedUsageReleased


class ParkedUseUnknown(NotFound):
    """No parked use waits under this transaction id."""


def parked_usage_id(tenant_id: UUID) -> UUID:
    """The parked uses of one company."""
    return uuid5(tenant_id, "parked-usage")


class ParkedUsage(Aggregate):
    """Every use of one company that waits, in the order they came."""

    CATEGORY: ClassVar[str] = "usage-parking"

    waiting: dict[Code, ParkedUse] = {}

    @property
    def places(self) -> int:
        """How many more may wait: what finds no place is refused, and can be sent again."""
        return MAX_PARKED - len(self.waiting)

    def park(self, batch_id: UUID, uses: Sequence[CountedUse], *, at: datetime) -> None:
        """Keeps uses that were reported together."""
        if uses:
            self.record(UsageParked, at=at, batch_id=batch_id, parked=tuple(uses))

    def named(self, transaction_ids: Iterable[str]) -> tuple[ParkedUse, ...]:
        """The uses that wait under these ids, each once. Refuses one under which none waits."""
        names = list(dict.fromkeys(transaction_ids))
        for place, name in enumerate(names):
            if name not in self.waiting:
                raise ParkedUseUnknown(pointer=f"/transaction_ids/{place}")
        return tuple(self.waiting[name] for name in names)

    def release(
        self, uses: Sequence[ParkedUse], *, meters: Mapping[str, Meter], room: Room, at: datetime
    ) -> None:
        """Lets uses count, whatever the cap: they were used, and their company wants them billed."""
        batches: dict[UUID, list[CountedUse]] = {}
        for use in uses:
            room.take(use, is_correction=True)
            batches.setdefault(use.batch_id, []).append(
                CountedUse(**use.model_dump(include=set(CountedUse.model_fields)))
            )
        for batch_id, counted in batches.items():
            self.record(
                ParkedUsageReleased,
                at=at,
                batch_id=batch_id,
                counted=tuple(counted),
                metered=metered_of(counted, meters, room.months),
            )

    def evolve(self, event: ParkedUsageEvent) -> None:
        match event:
            case UsageParked():
                parked = {
                    use.transaction_id: ParkedUse(
                        **dict(use), batch_id=event.batch_id, reported_at=event.occurred_at
                    )
                    for use in event.parked
                }
                self.waiting = {**self.waiting, **parked}
            case ParkedUsageReleased():
                gone = {use.transaction_id for use in event.counted}
                self.waiting = {name: use for name, use in self.waiting.items() if name not in gone}
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """A parked use takes its id as one that counts does; months fill up when it is released."""
        match event:
            case UsageParked():
                return Claims(taken=id_claims(event.parked, event.batch_id))
            case ParkedUsageReleased():
                # The batch holds its own part of each month already; each release is a part of its own.
                holder = uuid5(event.originator_id, str(event.originator_version))
                return Claims(taken=tuple(claim for one in event.metered for claim in one.claims(holder)))
            case _:
                return NO_CLAIMS
