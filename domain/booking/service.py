"""Which services can be booked, and under which rules?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.booking.offer import ServiceOffer
from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, Release
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.refusals import RuleBroken

SERVICE_OF = "booking-service"  # an index kept by claims: the services of one business


def _without_new_limits(payload: Payload) -> Payload:
    """Version 1 knew a client's visits per week only: what it does not say is not limited."""
    return payload


class ServiceDefined(DomainEvent):
    """A business offers something new."""

    TOPIC: ClassVar[str] = "service.defined.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"service.defined.v1": _without_new_limits}

    offer: ServiceOffer


class ServiceChanged(DomainEvent):
    """The service is offered like this from now on; visits booked before keep their terms."""

    TOPIC: ClassVar[str] = "service.changed.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"service.changed.v1": _without_new_limits}

    offer: ServiceOffer


class ServiceRetired(DomainEvent):
    """Nothing new is booked; what was booked stays."""

    TOPIC: ClassVar[str] = "service.retired.v1"


ServiceEvent = ServiceDefined | ServiceChanged | ServiceRetired


class ServiceIsRetired(RuleBroken):
    """This service is no longer offered."""


class ServiceNotBookableOnline(RuleBroken):
    """This service cannot be booked online; ask the business."""


class BusinessIsFixed(RuleBroken):
    """A service stays with the business that offers it."""


class Service(Aggregate):
    """Something a business does for its clients."""

    CATEGORY: ClassVar[str] = "service"

    offer: ServiceOffer | None = None
    is_offered: bool = True

    def define(self, offer: ServiceOffer, *, at: datetime) -> None:
        """Offers it."""
        if not self.version:
            self.record(ServiceDefined, at=at, offer=offer)

    def change(self, offer: ServiceOffer, *, at: datetime) -> None:
        """Offers it differently."""
        if not self.is_offered:
            raise ServiceIsRetired
        if offer.business_id != self.terms.business_id:
            raise BusinessIsFixed(pointer="/business_id")
        if offer != self.offer:
            self.record(ServiceChanged, at=at, offer=offer)

    def retire(self, *, at: datetime) -> None:
        """Takes it out of the catalogue."""
        if self.is_offered:
            self.record(ServiceRetired, at=at)

    def require_bookable(self, *, is_public: bool) -> None:
        """Only what is offered can be booked, and publicly only what is offered online."""
        if not self.is_offered:
            raise ServiceIsRetired
        if is_public and not self.terms.is_bookable_online:
            raise ServiceNotBookableOnline

    @property
    def terms(self) -> ServiceOffer:
        """The offer in force."""
        assert self.offer is not None
        return self.offer

    def evolve(self, event: ServiceEvent) -> None:
        match event:
            case ServiceDefined() | ServiceChanged():
                self.offer = event.offer
            case ServiceRetired():
                self.is_offered = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """Its place among the services of its business."""
        match event:
            case ServiceDefined():
                return Claims(taken=(_listed(event.offer.business_id, self.id),))
            case ServiceRetired():
                return Claims(released=(Release(SERVICE_OF, str(self.terms.business_id), self.id),))
            case _:
                return NO_CLAIMS


def _listed(business_id: UUID, service_id: UUID) -> Claim:
    return Claim(SERVICE_OF, str(business_id), service_id, capacity=UNLIMITED, shape="amount")
