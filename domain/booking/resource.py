"""Which rooms and which equipment can be booked together with people?"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, assert_never
from uuid import UUID

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Code, Title
from domain.kernel.value import Input

RESOURCE_AT = "booking-resource-at"  # an index kept by claims: what stands at a site


class ResourceTerms(Input):
    """A room or a piece of equipment; `capacity` is how many visits it serves at once."""

    name: Title
    type: Code
    site_id: UUID
    capacity: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1


class ResourceAdded(DomainEvent):
    """It can be booked from now on."""

    TOPIC: ClassVar[str] = "resource.added.v1"

    terms: ResourceTerms


class ResourceChanged(DomainEvent):
    """It is called or used differently from now on."""

    TOPIC: ClassVar[str] = "resource.changed.v1"

    terms: ResourceTerms


class ResourceTakenOutOfService(DomainEvent):
    """Nothing new is booked on it."""

    TOPIC: ClassVar[str] = "resource.taken-out-of-service.v1"


ResourceEvent = ResourceAdded | ResourceChanged | ResourceTakenOutOfService


class ResourceOutOfService(RuleBroken):
    """This resource is out of service."""


class Resource(Aggregate):
    """A room or a piece of equipment."""

    CATEGORY: ClassVar[str] = "resource"

    terms: ResourceTerms | None = None
    is_active: bool = True

    def add(self, terms: ResourceTerms, *, at: datetime) -> None:
        """Puts it into service."""
        if not self.version:
            self.record(ResourceAdded, at=at, terms=terms)

    def change(self, terms: ResourceTerms, *, at: datetime) -> None:
        """Changes it."""
        if not self.is_active:
            raise ResourceOutOfService
        if terms != self.terms:
            self.record(ResourceChanged, at=at, terms=terms)

    def take_out(self, *, at: datetime) -> None:
        """Takes it out of service."""
        if self.is_active:
            self.record(ResourceTakenOutOfService, at=at)

    def evolve(self, event: ResourceEvent) -> None:
        match event:
            case ResourceAdded() | ResourceChanged():
                self.terms = event.terms
            case ResourceTakenOutOfService():
                self.is_active = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Its place at its site."""
        before = self.terms.site_id if self.terms else None
        match event:
            case ResourceAdded() | ResourceChanged():
                after: UUID | None = event.terms.site_id
            case ResourceTakenOutOfService():
                after = None
            case _:
                return NO_CLAIMS
        if before == after:
            return NO_CLAIMS
        return Claims(
            taken=() if after is None else (_at(after, self.id),),
            released=() if before is None else (Release(RESOURCE_AT, str(before), self.id),),
        )


def _at(site_id: UUID, resource_id: UUID) -> Claim:
    return Claim(RESOURCE_AT, str(site_id), resource_id, capacity=UNLIMITED, shape="amount")
