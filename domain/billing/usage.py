"""What was used, counted once and for ever?

One batch is one stream of one event: ten thousand uses a second are ten appends a second, and every
transaction id is a claim of the same transaction, so nothing is counted twice, today or in ten years.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self, assert_never
from uuid import UUID

from pydantic import Field

from domain.billing.charge import Quantity
from domain.billing.meter import COUNTED_HERE, SHIPPED_METERS, Aggregation, Meter
from domain.billing.metering import Metered, Room, metered_of
from domain.billing.price import Name
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.instants import Instant
from domain.kernel.text import Code
from domain.kernel.value import Value

USAGE, USAGE_CORRECTION = "usage", "usage-correction"
MAX_ITEMS = 1_000
AHEAD = timedelta(minutes=5)
FINGERPRINT_BYTES = 10
# The house names its own uses so, and the names can be guessed: nobody else takes one, or takes one back.
NAMED_HERE = tuple(f"{meter}:" for meter in sorted(COUNTED_HERE))


class ItemStatus(StrEnum):
    """What became of one use that was reported."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    PARKED = "parked"


class Reason(StrEnum):
    """Why a use was not accepted."""

    MALFORMED = "malformed"
    IN_THE_FUTURE = "in_the_future"
    METER_UNKNOWN = "meter_unknown"
    METER_COUNTED_HERE = "meter_counted_here"
    SUBJECT_MISSING = "subject_missing"
    SAME_ID_OTHER_CONTENT = "same_id_other_content"
    CORRECTED_USE_UNKNOWN = "corrected_use_unknown"
    CORRECTED_BEFORE = "corrected_before"
    CAP_REACHED = "cap_reached"
    TOO_OLD = "too_old"
    PARKING_FULL = "parking_full"


class Use(Value):
    """One use of something. `corrects` names the transaction this one replaces; quantity zero takes it back."""

    transaction_id: Code
    meter: Name
    at: Instant
    quantity: Quantity = Decimal(1)
    subject: Code | None = None
    corrects: Code | None = None

    @property
    def fingerprint(self) -> bytes:
        """What makes two reports of one id the same: everything but the time, which a retry may stamp anew."""
        return self._fingerprint

    # Asked for twice of every use that counts. The name keeps it out of `dict(use)`.
    @cached_property
    def _fingerprint(self) -> bytes:
        quantity = format(self.quantity.normalize(), "f")
        content = "\n".join((self.meter, quantity, self.subject or "", self.corrects or ""))
        return sha256(content.encode()).digest()[:FINGERPRINT_BYTES]

    def holder(self, batch_id: UUID) -> UUID:
        """Who claims the transaction id: the content, as reported by this batch."""
        return UUID(bytes=self.fingerprint + _of_batch(batch_id))

    def is_held_by(self, holder: UUID) -> bool:
        """Was the same content reported under the id before?"""
        return holder.bytes[:FINGERPRINT_BYTES] == self.fingerprint


@lru_cache(maxsize=64)
def _of_batch(batch_id: UUID) -> bytes:
    """What is the same for every use of a batch, so that a thousand uses ask for it once."""
    return sha256(batch_id.bytes).digest()[: 16 - FINGERPRINT_BYTES]


class CountedUse(Use):
    """A use that counts, and its place in its batch."""

    number: Annotated[int, Field(ge=0)]


COUNTED_FIELDS = set(CountedUse.model_fields)


class UncountedUse(Value):
    """A use that does not count, and why; without an id where what was sent had none."""

    number: Annotated[int, Field(ge=0)]
    transaction_id: Code | None
    status: ItemStatus
    reason: Reason | None = None
    field: Name | None = None


def _unmetered(payload: Payload) -> Payload:
    """Before there were limits, nothing was counted towards them."""
    return {**payload, "metered": ()}


class UsageReported(DomainEvent):
    """A batch of uses was reported; those in `counted` count from now on, whatever comes later.

    `metered` is what they add to each meter and month, for those who set a limit there.
    """

    TOPIC: ClassVar[str] = "usage.reported.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"usage.reported.v1": _unmetered}

    counted: tuple[CountedUse, ...]
    uncounted: tuple[UncountedUse, ...]
    metered: tuple[Metered, ...]


def id_claims(uses: Iterable[CountedUse], batch_id: UUID) -> tuple[Claim, ...]:
    """Each transaction id is taken once, and each use corrected once."""
    return tuple(
        Claim(kind, key, use.holder(batch_id))
        for use in uses
        for kind, key in ((USAGE, use.transaction_id), (USAGE_CORRECTION, use.corrects))
        if key
    )


@dataclass
class Parking:
    """Which uses are too old to count by themselves, and how many of them may still wait."""

    before: datetime | None = None
    places: int = 0

    def takes(self, use: Use) -> bool:
        """Is it too old?"""
        return self.before is not None and use.at < self.before


class Known:
    """What the claims know of the transaction ids in a batch, and what the batch itself adds."""

    def __init__(self, holders: Mapping[str, UUID], corrected: Mapping[str, UUID]) -> None:
        self.holders = dict(holders)
        self.corrected = dict(corrected)

    def add(self, use: Use, holder: UUID) -> None:
        """Another use counts."""
        self.holders[use.transaction_id] = holder
        if use.corrects:
            self.corrected[use.corrects] = holder


class UsageBatch(Aggregate):
    """Uses that were reported together, each with an outcome of its own."""

    CATEGORY: ClassVar[str] = "usage"

    counted: tuple[CountedUse, ...] = ()
    uncounted: tuple[UncountedUse, ...] = ()

    @classmethod
    def report(
        cls,
        batch_id: UUID,
        items: Sequence[Use | UncountedUse],
        *,
        known: Known,
        meters: Mapping[str, Meter],
        room: Room,
        parking: Parking,
        is_metered: bool = True,
        at: datetime,
    ) -> Self:
        """Judges each use by itself: a bad one never loses the others. Those that are parked claim their ids too."""
        batch = cls.new(batch_id)
        counted: list[CountedUse] = []
        uncounted: list[UncountedUse] = []
        for number, item in enumerate(items):
            if isinstance(item, UncountedUse):
                uncounted.append(item)
                continue
            judged = _judged(item, number, known, meters, room, parking, at)
            if judged is None:
                item = numbered(item, number)
                counted.append(item)
            else:
                uncounted.append(judged)
            if judged is None or judged.status is ItemStatus.PARKED:
                known.add(item, item.holder(batch_id))
        batch.record(
            UsageReported,
            at=at,
            counted=tuple(counted),
            uncounted=tuple(uncounted),
            metered=metered_of(counted, meters, room.months) if is_metered else (),
        )
        return batch

    @classmethod
    def count(cls, batch_id: UUID, uses: Sequence[Use], *, known: Known, room: Room, at: datetime) -> Self:
        """Notes what the house counted itself; what it noted before it notes no second time."""
        batch = cls.new(batch_id)
        new = [use for use in uses if use.transaction_id not in known.holders]
        if new:
            for use in new:
                room.take(use, is_correction=True)  # what was accepted is counted, whatever the cap
            counted = tuple(numbered(use, number) for number, use in enumerate(new))
            metered = metered_of(counted, SHIPPED_METERS, room.months)
            batch.record(UsageReported, at=at, counted=counted, uncounted=(), metered=metered)
        return batch

    def evolve(self, event: UsageReported) -> None:
        match event:
            case UsageReported():
                self.counted, self.uncounted = event.counted, event.uncounted
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Each transaction id counts once, each use is corrected once, and months fill up."""
        match event:
            case UsageReported():
                batch_id = event.originator_id
                ids = id_claims(event.counted, batch_id)
                metered = [claim for one in event.metered for claim in one.claims(batch_id)]
                return Claims(taken=(*ids, *metered))
            case _:
                return NO_CLAIMS


def numbered(use: Use, number: int) -> CountedUse:
    """The use in its place; it was validated when it was read."""
    return CountedUse.model_construct(
        _fields_set=COUNTED_FIELDS,
        transaction_id=use.transaction_id,
        meter=use.meter,
        at=use.at,
        quantity=use.quantity,
        subject=use.subject,
        corrects=use.corrects,
        number=number,
    )


def _judged(
    use: Use,
    number: int,
    known: Known,
    meters: Mapping[str, Meter],
    room: Room,
    parking: Parking,
    at: datetime,
) -> UncountedUse | None:
    """Why the use does not count; None when it does."""

    def no(status: ItemStatus, reason: Reason | None = None, field: str | None = None) -> UncountedUse:
        return UncountedUse(
            number=number, transaction_id=use.transaction_id, status=status, reason=reason, field=field
        )

    holder = known.holders.get(use.transaction_id)
    if holder is not None and use.is_held_by(holder):
        return no(ItemStatus.DUPLICATE)
    if holder is not None:
        return no(ItemStatus.CONFLICT, Reason.SAME_ID_OTHER_CONTENT, "transaction_id")
    if use.at > at + AHEAD:
        return no(ItemStatus.REJECTED, Reason.IN_THE_FUTURE, "at")
    if use.meter in COUNTED_HERE:
        return no(ItemStatus.REJECTED, Reason.METER_COUNTED_HERE, "meter")
    for field in ("transaction_id", "corrects"):
        if (getattr(use, field) or "").startswith(NAMED_HERE):
            return no(ItemStatus.REJECTED, Reason.METER_COUNTED_HERE, field)
    if use.meter not in meters:
        return no(ItemStatus.REJECTED, Reason.METER_UNKNOWN, "meter")
    if meters[use.meter].aggregation is Aggregation.UNIQUE and use.subject is None:
        return no(ItemStatus.REJECTED, Reason.SUBJECT_MISSING, "subject")
    if use.corrects is not None and use.corrects not in known.holders:
        return no(ItemStatus.REJECTED, Reason.CORRECTED_USE_UNKNOWN, "corrects")
    if use.corrects is not None and use.corrects in known.corrected:
        return no(ItemStatus.CONFLICT, Reason.CORRECTED_BEFORE, "corrects")
    if parking.takes(use):
        if not parking.places:
            return no(ItemStatus.REJECTED, Reason.PARKING_FULL, "at")
        parking.places -= 1
        return no(ItemStatus.PARKED, Reason.TOO_OLD, "at")
    if not room.take(use, is_correction=use.corrects is not None):
        return no(ItemStatus.REJECTED, Reason.CAP_REACHED, "quantity")
    return None
