"""Which capacity does an event take or give back, when the rule spans more than one stream?

Claims are a pure function of events: the store derives them from the pending events of an
aggregate and decides them under the tenant's lock, so that a rule that must block never
depends on a read model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

# A capacity nobody can exceed: for totals that are observed rather than limited.
UNLIMITED = 2**62

Shape = Literal["interval", "amount"]


@dataclass(frozen=True)
class PersonalKey:
    """A claim key that names a person; stored as an HMAC under the tenant's key."""

    value: str


@dataclass(frozen=True)
class Claim:
    """`units` of a capacity, over an interval or (shape `amount`) without a time.

    A unique fact is the default: one unit of a capacity of one, over all time. A holder
    never conflicts with itself. After `expires_at` a hold is simply not live.
    """

    kind: str
    key: str | PersonalKey
    holder: UUID
    units: int = 1
    capacity: int = 1
    shape: Shape = "interval"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.units <= self.capacity:
            raise ValueError(f"a claim takes between 1 and {self.capacity} units, not {self.units}")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("a claim's interval ends after it starts")


@dataclass(frozen=True)
class Release:
    """Gives back whatever the holder has of one kind and key."""

    kind: str
    key: str | PersonalKey
    holder: UUID


@dataclass(frozen=True)
class Claims:
    """What one event takes and releases; releases come first."""

    taken: tuple[Claim, ...] = ()
    released: tuple[Release, ...] = ()


NO_CLAIMS = Claims()


def net(steps: Iterable[Claims]) -> Claims:
    """What several events take and release together, in their order.

    What is taken and given back within the steps is neither; what is given back and taken
    again is both, in that order.
    """
    steps = list(steps)
    if len(steps) == 1:
        return steps[0]
    taken: dict[tuple[str, str | PersonalKey, UUID], list[Claim]] = {}
    released: dict[tuple[str, str | PersonalKey, UUID], Release] = {}
    for step in steps:
        for release in step.released:
            place = (release.kind, release.key, release.holder)
            taken.pop(place, None)
            released[place] = release
        for claim in step.taken:
            taken.setdefault((claim.kind, claim.key, claim.holder), []).append(claim)
    return Claims(
        taken=tuple(claim for claims in taken.values() for claim in claims), released=tuple(released.values())
    )
