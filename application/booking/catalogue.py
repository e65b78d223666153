"""How does a company say what can be booked: businesses, services, people, rooms and their hours?"""

from collections.abc import Callable, Iterable
from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.business import ALL, BUSINESSES, Business, BusinessDraft, SiteNotListed
from domain.booking.offer import ServiceOffer
from domain.booking.practitioner import Practitioner
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.resource import Resource, ResourceTerms
from domain.booking.schedule import Schedule, SubjectKind, schedule_id
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.service import Service
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import Malformed, NotFound
from domain.kernel.text import Line

SUBJECTS: dict[SubjectKind, type[Aggregate]] = {
    SubjectKind.PRACTITIONER: Practitioner,
    SubjectKind.RESOURCE: Resource,
    SubjectKind.SERVICE: Service,
}


class OpenBusiness(Command):
    """Open a business with its sites."""

    draft: BusinessDraft


class ChangeBusiness(Command):
    """Change a business; the whole of it."""

    business_id: UUID
    draft: BusinessDraft


class DefineService(Command):
    """Offer a service."""

    offer: ServiceOffer


class ChangeService(Command):
    """Offer a service differently; the whole of it."""

    service_id: UUID
    offer: ServiceOffer


class RetireService(Command):
    """Take a service out of the catalogue."""

    service_id: UUID


class HirePractitioner(Command):
    """Make somebody bookable."""

    name: Line
    terms: PractitionerTerms


class ChangePractitioner(Command):
    """Change what somebody does; the whole of it."""

    practitioner_id: UUID
    name: Line
    terms: PractitionerTerms


class LetPractitionerGo(Command):
    """Take somebody out of the catalogue."""

    practitioner_id: UUID


class AddResource(Command):
    """Make a room or a piece of equipment bookable."""

    terms: ResourceTerms


class ChangeResource(Command):
    """Change a resource; the whole of it."""

    resource_id: UUID
    terms: ResourceTerms


class TakeResourceOut(Command):
    """Take a resource out of service."""

    resource_id: UUID


class SetSchedule(Command):
    """Say when somebody or something is there; the whole of it."""

    subject_kind: SubjectKind
    subject_id: UUID
    terms: ScheduleTerms


class HolidaysUnknown(Malformed):
    """No calendar of public holidays is known for this country or this part of it."""


def open_business(command: OpenBusiness, context: Context) -> Saved:
    def create() -> Business:
        business = Business.new(uuid5(context.tenant_id, f"business:{context.command.id}"))
        if any(site.id is not None for site in command.draft.sites):
            raise SiteNotListed(pointer="/sites")
        business.open(command.draft.profile(_site_id(context)), at=context.now)
        return business

    return context.store.add(create)


def change_business(command: ChangeBusiness, context: Context) -> Saved:
    def decide(business: Business) -> None:
        for site in command.draft.sites:
            if site.id is not None:
                business.site(site.id)
        business.change(command.draft.profile(_site_id(context)), at=context.now)

    return context.store.change(Business, command.business_id, decide)


def define_service(command: DefineService, context: Context) -> Saved:
    def create() -> Service:
        _require_sites(command.offer, context)
        service = Service.new(uuid5(context.tenant_id, f"service:{context.command.id}"))
        service.define(command.offer, at=context.now)
        return service

    return context.store.add(create)


def change_service(command: ChangeService, context: Context) -> Saved:
    def decide(service: Service) -> None:
        service.change(command.offer, at=context.now)
        _require_sites(command.offer, context)

    return context.store.change(Service, command.service_id, decide)


def retire_service(command: RetireService, context: Context) -> Saved:
    return context.store.change(Service, command.service_id, lambda service: service.retire(at=context.now))


def hire_practitioner(command: HirePractitioner, context: Context) -> Saved:
    def create() -> Practitioner:
        require_sites(command.terms.site_ids, context)
        context.ports.entitlements.require("professionals", at=context.now)
        practitioner = Practitioner.new(uuid5(context.tenant_id, f"practitioner:{context.command.id}"))
        practitioner.hire(command.name, command.terms, at=context.now)
        return practitioner

    return context.store.add(create)


def change_practitioner(command: ChangePractitioner, context: Context) -> Saved:
    def decide(practitioner: Practitioner) -> None:
        practitioner.change(command.name, command.terms, at=context.now)
        require_sites(command.terms.site_ids, context)

    return context.store.change(Practitioner, command.practitioner_id, decide)


def let_practitioner_go(command: LetPractitionerGo, context: Context) -> Saved:
    return context.store.change(Practitioner, command.practitioner_id, lambda one: one.leave(at=context.now))


def add_resource(command: AddResource, context: Context) -> Saved:
    def create() -> Resource:
        require_sites([command.terms.site_id], context)
        resource = Resource.new(uuid5(context.tenant_id, f"resource:{context.command.id}"))
        resource.add(command.terms, at=context.now)
        return resource

    return context.store.add(create)


def change_resource(command: ChangeResource, context: Context) -> Saved:
    def decide(resource: Resource) -> None:
        resource.change(command.terms, at=context.now)
        require_sites([command.terms.site_id], context)

    return context.store.change(Resource, command.resource_id, decide)


def take_resource_out(command: TakeResourceOut, context: Context) -> Saved:
    return context.store.change(Resource, command.resource_id, lambda one: one.take_out(at=context.now))


def set_schedule(command: SetSchedule, context: Context) -> Saved:
    holidays = command.terms.holidays
    if holidays and not context.ports.holidays.knows(holidays.country, holidays.subdivision):
        raise HolidaysUnknown(pointer="/holidays")
    stream_id = schedule_id(context.tenant_id, command.subject_kind, command.subject_id)

    def decide() -> tuple[Schedule, ...]:
        _require_subject(command.subject_kind, command.subject_id, context)
        found = context.store.find_all({stream_id: Schedule}).get(stream_id)
        schedule = found if isinstance(found, Schedule) else Schedule.new(stream_id)
        schedule.define(
            command.terms, kind=command.subject_kind, subject_id=command.subject_id, at=context.now
        )
        return (schedule,)

    return context.store.save_all(decide)


def _site_id(context: Context) -> Callable[[int], UUID]:
    return lambda number: uuid5(context.tenant_id, f"site:{context.command.id}:{number}")


def require_sites(site_ids: Iterable[UUID], context: Context) -> None:
    """Refuses sites that no business of the company has."""
    businesses = context.ports.totals.holders(BUSINESSES, ALL)
    streams = context.store.find_all(dict.fromkeys(businesses, Business))
    known = {
        site.id
        for one in streams.values()
        if isinstance(one, Business) and one.profile
        for site in one.profile.sites
    }
    if not known.issuperset(site_ids):
        raise SiteNotListed


def _require_subject(kind: SubjectKind, subject_id: UUID, context: Context) -> None:
    if kind == SubjectKind.SITE:
        require_sites([subject_id], context)
        return
    if context.store.find_all({subject_id: SUBJECTS[kind]}).get(subject_id) is None:
        raise NotFound


def _require_sites(offer: ServiceOffer, context: Context) -> None:
    business = context.store.read(Business, offer.business_id)
    if business is None:
        raise NotFound("There is no such business.", pointer="/business_id")
    for site_id in offer.site_ids:
        business.site(site_id)


HANDLERS: Handlers = {
    OpenBusiness: open_business,
    ChangeBusiness: change_business,
    DefineService: define_service,
    ChangeService: change_service,
    RetireService: retire_service,
    HirePractitioner: hire_practitioner,
    ChangePractitioner: change_practitioner,
    LetPractitionerGo: let_practitioner_go,
    AddResource: add_resource,
    ChangeResource: change_resource,
    TakeResourceOut: take_resource_out,
    SetSchedule: set_schedule,
}
