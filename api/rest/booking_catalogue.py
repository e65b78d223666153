"""What can be booked: businesses and their sites, services, practitioners, rooms and their hours."""

from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar
from uuid import UUID

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.catalogue import (
    AddResource,
    ChangeBusiness,
    ChangePractitioner,
    ChangeResource,
    ChangeService,
    DefineService,
    HirePractitioner,
    LetPractitionerGo,
    OpenBusiness,
    RetireService,
    SetSchedule,
    TakeResourceOut,
)
from application.kernel.command import Command
from domain.booking.business import ALL, BUSINESSES, Business, BusinessDraft, BusinessProfile
from domain.booking.offer import ServiceOffer
from domain.booking.practitioner import PRACTITIONER_AT, Practitioner
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.resource import RESOURCE_AT, ResourceTerms
from domain.booking.resource import Resource as Bookable
from domain.booking.schedule import Away, Schedule, SubjectKind, schedule_id
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.service import SERVICE_OF, Service
from domain.kernel.aggregate import Aggregate
from domain.kernel.text import Line

router = Shelf(prefix="/api/v1/booking", tags=["booking-catalogue"], route_class=StrictRoute)

A = TypeVar("A", bound=Aggregate)
R = TypeVar("R", bound=Resource)


class BusinessView(Resource):
    """A business with its sites."""

    id: UUID
    profile: BusinessProfile

    @classmethod
    def of(cls, one: Business, position: int | None = None) -> Self:
        """The business as it stands."""
        assert one.profile is not None
        return cls(id=one.id, version=one.version, position=position, profile=one.profile)


class BusinessList(Listing[BusinessView]):
    """One page of businesses."""


class ServiceView(Resource):
    """A service as it is offered."""

    id: UUID
    is_offered: bool
    offer: ServiceOffer

    @classmethod
    def of(cls, one: Service, position: int | None = None) -> Self:
        """The service as it stands."""
        return cls(
            id=one.id, version=one.version, position=position, is_offered=one.is_offered, offer=one.terms
        )


class ServiceList(Listing[ServiceView]):
    """One page of services."""


class PractitionerView(Resource):
    """Somebody who can be booked."""

    id: UUID
    name: str
    is_active: bool
    terms: PractitionerTerms

    @classmethod
    def of(cls, one: Practitioner, position: int | None = None) -> Self:
        """The practitioner as they stand."""
        assert one.terms is not None
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            name=one.name,
            is_active=one.is_active,
            terms=one.terms,
        )


class PractitionerList(Listing[PractitionerView]):
    """One page of practitioners."""


class ResourceView(Resource):
    """A room or a piece of equipment."""

    id: UUID
    is_active: bool
    terms: ResourceTerms

    @classmethod
    def of(cls, one: Bookable, position: int | None = None) -> Self:
        """The resource as it stands."""
        assert one.terms is not None
        return cls(
            id=one.id, version=one.version, position=position, is_active=one.is_active, terms=one.terms
        )


class ResourceList(Listing[ResourceView]):
    """One page of rooms and equipment."""


class ScheduleView(Resource):
    """When somebody or something is there. Version 0: nothing has been said yet."""

    subject_kind: SubjectKind
    subject_id: UUID
    terms: ScheduleTerms | None
    absences: tuple[Away, ...]

    @classmethod
    def of(cls, one: Schedule, kind: SubjectKind, subject_id: UUID, position: int | None = None) -> Self:
        """The schedule as it stands."""
        return cls(
            version=one.version,
            position=position,
            subject_kind=kind,
            subject_id=subject_id,
            terms=one.terms,
            absences=one.aways,
        )


class PractitionerBody(Command):
    """Somebody's name and what they do; the whole of it."""

    name: Line
    terms: PractitionerTerms


@router.post("/businesses", operation_id="open_business", status_code=201, summary="Open a business")
def open_business(body: BusinessDraft, session: SessionDep) -> BusinessView:
    """Opens a business under a brand, with its sites. Several businesses of one company keep apart."""
    made, answer, _ = session.create(
        OpenBusiness(draft=body), Business, location="/api/v1/booking/businesses/{id}"
    )
    return BusinessView.of(made, answer.saved.position)


@router.get("/businesses", operation_id="list_businesses", summary="List businesses", dependencies=[AtLeast])
def list_businesses(session: SessionDep, limit: Limit = 50, cursor: CursorText = None) -> BusinessList:
    """The businesses of the company, the first opened first."""
    page = _page(session, (BUSINESSES, ALL), Business, BusinessView.of, limit, cursor)
    return BusinessList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/businesses/{business_id}",
    operation_id="get_business",
    summary="Get a business",
    dependencies=[AtLeast],
)
def get_business(business_id: UUID, session: SessionDep) -> BusinessView:
    """One business with its sites."""
    return session.show(BusinessView.of(session.stream(Business, business_id)))


@router.put("/businesses/{business_id}", operation_id="change_business", summary="Change a business")
def change_business(business_id: UUID, body: BusinessDraft, session: SessionDep) -> BusinessView:
    """Replaces a business's name, brand, sector and sites."""
    command = ChangeBusiness(business_id=business_id, draft=body)
    one, answer = session.change(command, Business, business_id)
    return BusinessView.of(one, answer.saved.position)


@router.post("/services", operation_id="define_service", status_code=201, summary="Define a service")
def define_service(body: ServiceOffer, session: SessionDep) -> ServiceView:
    """Offers a service. Only one with `is_bookable_online` can ever be booked by the public."""
    made, answer, _ = session.create(
        DefineService(offer=body), Service, location="/api/v1/booking/services/{id}"
    )
    return ServiceView.of(made, answer.saved.position)


@router.get("/services", operation_id="list_services", summary="List services", dependencies=[AtLeast])
def list_services(
    session: SessionDep, business_id: UUID, limit: Limit = 50, cursor: CursorText = None
) -> ServiceList:
    """What a business offers now, the first defined first."""
    page = _page(session, (SERVICE_OF, str(business_id)), Service, ServiceView.of, limit, cursor)
    return ServiceList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/services/{service_id}", operation_id="get_service", summary="Get a service", dependencies=[AtLeast]
)
def get_service(service_id: UUID, session: SessionDep) -> ServiceView:
    """One service as it is offered."""
    return session.show(ServiceView.of(session.stream(Service, service_id)))


@router.put("/services/{service_id}", operation_id="change_service", summary="Change a service")
def change_service(service_id: UUID, body: ServiceOffer, session: SessionDep) -> ServiceView:
    """Replaces the offer. Visits booked before keep what was agreed."""
    command = ChangeService(service_id=service_id, offer=body)
    one, answer = session.change(command, Service, service_id)
    return ServiceView.of(one, answer.saved.position)


@router.post("/services/{service_id}/retire", operation_id="retire_service", summary="Retire a service")
def retire_service(service_id: UUID, session: SessionDep) -> ServiceView:
    """Takes a service out of the catalogue; what was booked stays."""
    one, answer = session.change(RetireService(service_id=service_id), Service, service_id)
    return ServiceView.of(one, answer.saved.position)


@router.post(
    "/practitioners", operation_id="hire_practitioner", status_code=201, summary="Hire a practitioner"
)
def hire_practitioner(body: PractitionerBody, session: SessionDep) -> PractitionerView:
    """Makes somebody bookable, with their skills, sites and limits. They need hours too: see schedules."""
    command = HirePractitioner(name=body.name, terms=body.terms)
    made, answer, _ = session.create(command, Practitioner, location="/api/v1/booking/practitioners/{id}")
    return PractitionerView.of(made, answer.saved.position)


@router.get(
    "/practitioners",
    operation_id="list_practitioners",
    summary="List practitioners",
    dependencies=[AtLeast],
)
def list_practitioners(
    session: SessionDep, site_id: UUID, limit: Limit = 50, cursor: CursorText = None
) -> PractitionerList:
    """Who works at a site, the first hired first."""
    page = _page(session, (PRACTITIONER_AT, str(site_id)), Practitioner, PractitionerView.of, limit, cursor)
    return PractitionerList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/practitioners/{practitioner_id}",
    operation_id="get_practitioner",
    summary="Get a practitioner",
    dependencies=[AtLeast],
)
def get_practitioner(practitioner_id: UUID, session: SessionDep) -> PractitionerView:
    """One practitioner."""
    return session.show(PractitionerView.of(session.stream(Practitioner, practitioner_id)))


@router.put(
    "/practitioners/{practitioner_id}",
    operation_id="change_practitioner",
    summary="Change a practitioner",
)
def change_practitioner(
    practitioner_id: UUID, body: PractitionerBody, session: SessionDep
) -> PractitionerView:
    """Replaces a practitioner's name, skills, sites and limits."""
    command = ChangePractitioner(practitioner_id=practitioner_id, name=body.name, terms=body.terms)
    one, answer = session.change(command, Practitioner, practitioner_id)
    return PractitionerView.of(one, answer.saved.position)


@router.post(
    "/practitioners/{practitioner_id}/leave",
    operation_id="let_practitioner_go",
    summary="Let a practitioner go",
)
def let_practitioner_go(practitioner_id: UUID, session: SessionDep) -> PractitionerView:
    """Nobody books them any more; what was booked stays until it is handed over."""
    command = LetPractitionerGo(practitioner_id=practitioner_id)
    one, answer = session.change(command, Practitioner, practitioner_id)
    return PractitionerView.of(one, answer.saved.position)


@router.post("/resources", operation_id="add_resource", status_code=201, summary="Add a resource")
def add_resource(body: ResourceTerms, session: SessionDep) -> ResourceView:
    """Makes a room or a piece of equipment bookable. Without hours of its own it is always there."""
    made, answer, _ = session.create(
        AddResource(terms=body), Bookable, location="/api/v1/booking/resources/{id}"
    )
    return ResourceView.of(made, answer.saved.position)


@router.get("/resources", operation_id="list_resources", summary="List resources", dependencies=[AtLeast])
def list_resources(
    session: SessionDep, site_id: UUID, limit: Limit = 50, cursor: CursorText = None
) -> ResourceList:
    """Rooms and equipment of a site, the first added first."""
    page = _page(session, (RESOURCE_AT, str(site_id)), Bookable, ResourceView.of, limit, cursor)
    return ResourceList(data=page.data, next_cursor=page.next_cursor)


@router.get(
    "/resources/{resource_id}", operation_id="get_resource", summary="Get a resource", dependencies=[AtLeast]
)
def get_resource(resource_id: UUID, session: SessionDep) -> ResourceView:
    """One room or piece of equipment."""
    return session.show(ResourceView.of(session.stream(Bookable, resource_id)))


@router.put("/resources/{resource_id}", operation_id="change_resource", summary="Change a resource")
def change_resource(resource_id: UUID, body: ResourceTerms, session: SessionDep) -> ResourceView:
    """Replaces a resource's name, type, site and capacity."""
    one, answer = session.change(ChangeResource(resource_id=resource_id, terms=body), Bookable, resource_id)
    return ResourceView.of(one, answer.saved.position)


@router.post(
    "/resources/{resource_id}/take-out",
    operation_id="take_resource_out",
    summary="Take a resource out of service",
)
def take_resource_out(resource_id: UUID, session: SessionDep) -> ResourceView:
    """Nothing new is booked on it."""
    one, answer = session.change(TakeResourceOut(resource_id=resource_id), Bookable, resource_id)
    return ResourceView.of(one, answer.saved.position)


@router.put("/schedules/{subject_kind}/{subject_id}", operation_id="set_schedule", summary="Set a schedule")
def set_schedule(
    subject_kind: SubjectKind, subject_id: UUID, body: ScheduleTerms, session: SessionDep
) -> ScheduleView:
    """Says when a practitioner, a resource, a service or a site is open: wall times, a zone, exceptions."""
    stream_id = schedule_id(session.tenant_id, subject_kind, subject_id)
    command = SetSchedule(subject_kind=subject_kind, subject_id=subject_id, terms=body)
    one, answer = session.change(command, Schedule, stream_id)
    return ScheduleView.of(one, subject_kind, subject_id, answer.saved.position)


@router.get(
    "/schedules/{subject_kind}/{subject_id}",
    operation_id="get_schedule",
    summary="Get a schedule",
    dependencies=[AtLeast],
)
def get_schedule(subject_kind: SubjectKind, subject_id: UUID, session: SessionDep) -> ScheduleView:
    """The hours and approved absences of a practitioner, a resource, a service or a site."""
    stream_id = schedule_id(session.tenant_id, subject_kind, subject_id)
    schedule = session.stream(Schedule, stream_id)
    return session.show(ScheduleView.of(schedule, subject_kind, subject_id))


def _page(
    session: Session,
    index: tuple[str, str],
    kind: type[A],
    view: Callable[[A], R],
    limit: int,
    cursor: str | None,
) -> Listing[R]:
    """One page of an index kept by claims, in the order in which its members came."""
    filters: dict[str, Any] = {"of": index[1]}
    after, following = session.place(filters, cursor)
    ids: Iterable[UUID] = session.house.amounts(session.tenant_id).holders(*index)
    known = list(ids)
    begin = int(after[0]) if after else 0
    shown = known[begin : begin + limit]
    streams = session.house.streams(session.tenant_id).find_all(dict.fromkeys(shown, kind))
    data = [view(one) for each in shown if isinstance(one := streams.get(each), kind)]
    more = begin + limit if len(known) > begin + limit else None
    return Listing(data=data, next_cursor=following(None if more is None else (more,)))
