"""Who carries out visits, with which skills, where, and how much?"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from pydantic import Field

from domain.booking.offer import Minutes
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.personal import Personal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Line
from domain.kernel.value import Value

# How many there are: what a plan may limit.
PROFESSIONALS, EVERYBODY = "booking-professionals", "all"
PRACTITIONER_AT = "booking-practitioner-at"  # an index kept by claims: who works at a site

Count = Annotated[int, Field(strict=True, ge=1)]
PractitionerName = Annotated[Line, Personal(subject="practitioner_id")]


class Level(StrEnum):
    """Rank in the business."""

    OWNER = "owner"
    MANAGER = "manager"
    EMPLOYEE = "employee"
    CONSULTANT = "consultant"


class Terms(Value):
    """What somebody can do, where and how much."""

    level: Level = Level.EMPLOYEE
    skills: Annotated[tuple[Code, ...], Field(min_length=1, max_length=100)]
    site_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]
    member_id: UUID | None = None
    most_per_day: Count | None = None
    most_per_week: Count | None = None
    most_per_month: Count | None = None
    most_minutes_per_day: Count | None = None
    most_minutes_per_week: Count | None = None
    most_minutes_per_month: Count | None = None
    rest_minutes: Minutes = 0  # between the end of one visit and the next, whatever the services' buffers
    weight: Annotated[int, Field(strict=True, ge=1, le=100)] = 10


def _without_new_limits(payload: Payload) -> Payload:
    """Version 1 knew visits per day and week only: what it does not say is not limited."""
    return payload


class PractitionerHired(DomainEvent):
    """Somebody can be booked from now on."""

    TOPIC: ClassVar[str] = "practitioner.hired.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"practitioner.hired.v1": _without_new_limits}

    practitioner_id: UUID
    name: PractitionerName
    terms: Terms


class PractitionerChanged(DomainEvent):
    """Their name, skills, sites or limits are these from now on."""

    TOPIC: ClassVar[str] = "practitioner.changed.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"practitioner.changed.v1": _without_new_limits}

    practitioner_id: UUID
    name: PractitionerName
    terms: Terms


class PractitionerLeft(DomainEvent):
    """Nobody books them any more."""

    TOPIC: ClassVar[str] = "practitioner.left.v1"


PractitionerEvent = PractitionerHired | PractitionerChanged | PractitionerLeft


class PractitionerHasLeft(RuleBroken):
    """This practitioner has left; only the record remains."""


class Practitioner(Aggregate):
    """One person who carries out visits."""

    CATEGORY: ClassVar[str] = "practitioner"

    practitioner_id: UUID
    name: PractitionerName
    terms: Terms | None = None
    is_active: bool = True

    def hire(self, name: str, terms: Terms, *, at: datetime) -> None:
        """Takes somebody on."""
        if not self.version:
            self.record(PractitionerHired, at=at, practitioner_id=self.id, name=name, terms=terms)

    def change(self, name: str, terms: Terms, *, at: datetime) -> None:
        """Changes what they do."""
        if not self.is_active:
            raise PractitionerHasLeft
        if (name, terms) != (self.name, self.terms):
            self.record(PractitionerChanged, at=at, practitioner_id=self.id, name=name, terms=terms)

    def leave(self, *, at: datetime) -> None:
        """Lets them go."""
        if self.is_active:
            self.record(PractitionerLeft, at=at)

    def evolve(self, event: PractitionerEvent) -> None:
        match event:
            case PractitionerHired() | PractitionerChanged():
                self.practitioner_id = event.practitioner_id
                self.name = event.name
                self.terms = event.terms
            case PractitionerLeft():
                self.is_active = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Their place among all, and at each of their sites."""
        before = set(self.terms.site_ids) if self.terms else set()
        comes: tuple[Claim, ...] = ()
        leaves: tuple[Release, ...] = ()
        match event:
            case PractitionerHired():
                after = set(event.terms.site_ids)
                comes = (Claim(PROFESSIONALS, EVERYBODY, self.id, capacity=UNLIMITED, shape="amount"),)
            case PractitionerChanged():
                after = set(event.terms.site_ids)
            case PractitionerLeft():
                after = set()
                leaves = (Release(PROFESSIONALS, EVERYBODY, self.id),)
            case _:
                return NO_CLAIMS
        sites = tuple(_at(site, self.id) for site in sorted(after - before))
        left = tuple(Release(PRACTITIONER_AT, str(site), self.id) for site in sorted(before - after))
        return Claims(taken=(*comes, *sites), released=(*leaves, *left))


def _at(site_id: UUID, practitioner_id: UUID) -> Claim:
    return Claim(PRACTITIONER_AT, str(site_id), practitioner_id, capacity=UNLIMITED, shape="amount")
