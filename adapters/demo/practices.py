"""Who takes appointments in the demo? An invented clinic and an invented salon, opened through the handlers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from adapters.demo.companies import Provisioner, demo_order_id, email_of
from adapters.demo.orders import DatedOrder
from application.billing.subscriptions import StartSubscription
from application.booking.catalogue import (
    AddResource,
    DefineService,
    HirePractitioner,
    OpenBusiness,
    SetSchedule,
)
from application.booking.pages import PublishPage
from application.kernel.command import Command
from domain.billing.price import ProductLine
from domain.billing.terms import Debtor
from domain.booking.booking_page import PageTerms
from domain.booking.business import BusinessDraft, Position, SiteDraft
from domain.booking.offer import ServiceOffer
from domain.booking.practitioner import Level
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.resource import ResourceTerms
from domain.booking.schedule import HolidayCalendar, Pattern, SubjectKind, WeeklyHours
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.wall_time import Weekday
from domain.platform.plan import Plan
from domain.platform.roles import Role
from domain.platform.theme import Theme

ZONE = "Europe/Paris"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Person:
    """Somebody who can be booked."""

    code: str
    name: str
    skills: tuple[str, ...]
    weight: int = 10
    level: Level = Level.EMPLOYEE


@dataclass(frozen=True)
class Practice:
    """An invented company that takes appointments."""

    slug: str
    name: str
    sector: str
    address: str
    position: tuple[str, str]
    booking_plan: str
    theme: Theme
    people: tuple[Person, ...]
    rooms: tuple[tuple[str, str, str, int], ...]  # code, name, type, how many visits at once
    services: dict[str, dict[str, Any]]
    plan: Plan = Plan.STARTER
    modules: tuple[str, ...] = ("appointments",)


@dataclass(frozen=True)
class OpenPractice:
    """A practice once it has its tenant; the ids follow from the names of the orders that make them."""

    practice: Practice
    tenant_id: UUID
    owner_id: UUID
    manager_id: UUID
    api_key: str

    def made(self, kind: str, name: str) -> UUID:
        """The id the handler gives to what the order of this name makes."""
        return uuid5(self.tenant_id, f"{kind}:{demo_order_id(self.tenant_id, name)}")

    @property
    def site_id(self) -> UUID:
        """Its one site."""
        return uuid5(self.tenant_id, f"site:{demo_order_id(self.tenant_id, 'business')}:0")

    def person(self, code: str) -> UUID:
        """One of its people."""
        return self.made("practitioner", f"person {code}")

    def room(self, code: str) -> UUID:
        """One of its rooms."""
        return self.made("resource", f"room {code}")

    def service(self, code: str) -> UUID:
        """One of its services."""
        return self.made("service", f"service {code}")

    def client(self, number: int) -> UUID:
        """One of its clients."""
        return uuid5(self.tenant_id, f"client {number}")


EUR = {"currency": "EUR"}
CANCELLATION = {
    "bands": [{"hours_before": 24, "fee_percent": 50}],
    "no_show_percent": 100,
    "no_show_grace_minutes": 10,
}
INTAKE = [
    {"code": "reason", "text": "Motif de la consultation", "is_required": True},
    {
        "code": "allergies",
        "text": "Avez-vous des allergies ?",
        "kind": "choice",
        "choices": ["oui", "non"],
        "is_required": True,
    },
    {
        "code": "which",
        "text": "Lesquelles ?",
        "is_required": True,
        "confidentiality": "confidential",
        "shown_if": {"question": "allergies", "equals": "oui"},
    },
]
CLINIC = Practice(
    slug="mistral",
    name="Clinique du Mistral",
    sector="medical",
    address="12 quai des Exemples, 13002 Marseille",
    position=("43.302300", "5.366900"),
    booking_plan="professional",
    theme=Theme(primary_colour="#1b4965"),
    people=(
        Person("marchand", "Dr Hélène Marchand", ("doctor",), weight=20, level=Level.MANAGER),
        Person("okafor", "Dr Daniel Okafor", ("doctor",)),
        Person("vidal", "Dr Irène Vidal", ("surgeon",)),
        Person("rousset", "Dr Paul Rousset", ("anaesthetist",), level=Level.CONSULTANT),
        Person("benali", "Samia Benali", ("nurse",)),
        Person("costa", "Rui Costa", ("nurse",)),
        Person("lenoir", "Maud Lenoir", ("physiotherapist",)),
    ),
    rooms=(
        ("room-1", "Cabinet 1", "consulting-room", 1),
        ("room-2", "Cabinet 2", "consulting-room", 1),
        ("theatre", "Bloc opératoire", "operating-theatre", 1),
    ),
    services={
        "consultation": {
            "name": "Consultation",
            "is_bookable_online": True,
            "durations_minutes": [30],
            "step_minutes": 30,
            "price": {**EUR, "amount_minor": 6_000},
            "cancellation": CANCELLATION,
            "roles": [{"skill": "doctor"}],
            "resources": [{"type": "consulting-room"}],
            "intake": INTAKE,
        },
        "operation": {
            "name": "Chirurgie de la main",
            "durations_minutes": [120],
            "step_minutes": 30,
            "buffer_before_minutes": 30,
            "buffer_after_minutes": 30,
            "price": {**EUR, "amount_minor": 145_000},
            "deposit_percent": 20,
            "hold_s": 3_600,
            "cancellation": CANCELLATION,
            "roles": [
                {"skill": "surgeon", "share_percent": 55},
                {"skill": "anaesthetist", "share_percent": 25},
                {"skill": "nurse", "least": 1, "most": 2},
            ],
            "resources": [{"type": "operating-theatre"}],
        },
        "physiotherapy": {
            "name": "Séance de kinésithérapie",
            "is_bookable_online": True,
            "durations_minutes": [45],
            "step_minutes": 15,
            "price": {**EUR, "amount_minor": 4_200},
            "cancellation": CANCELLATION,
            "roles": [{"skill": "physiotherapist"}],
        },
        "home": {
            "name": "Visite à domicile",
            "is_bookable_online": True,
            "durations_minutes": [45],
            "step_minutes": 30,
            "buffer_before_minutes": 30,
            "buffer_after_minutes": 30,
            "modes": ["client_home"],
            "price": {**EUR, "amount_minor": 9_500},
            "cancellation": CANCELLATION,
            "roles": [{"skill": "doctor"}],
        },
    },
)
SALON = Practice(
    slug="camelia",
    name="Salon Camélia",
    sector="beauty",
    address="4 rue des Modèles, 69001 Lyon",
    position=("45.767300", "4.834300"),
    booking_plan="starter",
    theme=Theme(primary_colour="#8e3b46"),
    people=(
        Person("nour", "Nour Haddad", ("cut", "colour"), weight=15, level=Level.OWNER),
        Person("theo", "Théo Garnier", ("cut",)),
        Person("ines", "Inès Baptiste", ("cut",)),
        Person("aya", "Aya Fontaine", ("make-up",), level=Level.CONSULTANT),
    ),
    rooms=(("chairs", "Fauteuils", "chair", 3), ("studio", "Atelier", "studio", 1)),
    services={
        "cut": {
            "name": "Coupe et brushing",
            "is_bookable_online": True,
            "durations_minutes": [45],
            "step_minutes": 15,
            "price": {**EUR, "amount_minor": 4_900},
            "cancellation": CANCELLATION,
            "roles": [{"skill": "cut"}],
            "resources": [{"type": "chair"}],
        },
        "colour": {
            "name": "Couleur",
            "is_bookable_online": True,
            "durations_minutes": [90, 150],
            "step_minutes": 30,
            "price": {
                **EUR,
                "kind": "tiered",
                "tiers": [
                    {"up_to_minutes": 90, "amount_minor": 8_900},
                    {"up_to_minutes": 150, "amount_minor": 12_900},
                ],
            },
            "deposit_percent": 25,
            "hold_s": 3_600,
            "cancellation": CANCELLATION,
            "roles": [{"skill": "colour"}],
            "resources": [{"type": "chair"}],
        },
        "class": {
            "name": "Atelier maquillage",
            "is_bookable_online": True,
            "durations_minutes": [90],
            "step_minutes": 30,
            "capacity": 12,
            "price": {**EUR, "amount_minor": 3_500},
            "cancellation": CANCELLATION,
            "roles": [{"skill": "make-up"}],
            "resources": [{"type": "studio"}],
        },
    },
)
PRACTICES = (CLINIC, SALON)
HOURS = ("09:00", "18:30")
WORKDAYS = (Weekday.MO, Weekday.TU, Weekday.WE, Weekday.TH, Weekday.FR, Weekday.SA)


def open_practice(provisioner: Provisioner, practice: Practice, *, at: datetime) -> OpenPractice:
    """A practice with its owner, its manager, their passwords and a key; on a second start as it is."""
    tenant_id = provisioner.register(practice, at)
    owner_id = uuid5(tenant_id, "owner")
    manager_id = provisioner.invite(tenant_id, practice, 0, (Role.MANAGER,), at)
    for who, member_id in (("owner", owner_id), ("manager", manager_id)):
        provisioner.set_password(tenant_id, member_id, f"{practice.slug} {who}")
    key = provisioner.issue_api_key(tenant_id, owner_id, at)
    return OpenPractice(practice, tenant_id, owner_id, manager_id, key)


def accounts_at(provisioner: Provisioner, opened: OpenPractice) -> list[tuple[str, str, str]]:
    """Company, e-mail address and password of who can sign in."""
    slug = opened.practice.slug
    return [
        (slug, email_of(slug, who), provisioner.password(f"{slug} {who}")) for who in ("owner", "manager")
    ]


def catalogue_of(opened: OpenPractice, at: datetime) -> Iterator[DatedOrder]:
    """What can be booked there: the plan, the business, its people, rooms and services."""
    practice, number = opened.practice, 0

    def order(name: str, command: Command) -> DatedOrder:
        nonlocal number
        number += 1
        return DatedOrder(at + number * MINUTE, name, command, opened.owner_id)

    debtor = Debtor(legal_name=practice.name, country="FR")
    yield order(
        "subscription",
        StartSubscription(line=ProductLine.APPOINTMENTS, plan=practice.booking_plan, debtor=debtor),
    )
    latitude, longitude = map(Decimal, practice.position)
    site = SiteDraft(
        name=practice.name,
        address=practice.address,
        country="FR",
        zone=ZONE,
        position=Position(latitude=latitude, longitude=longitude),
    )
    draft = BusinessDraft(name=practice.name, brand=practice.name, sector=practice.sector, sites=(site,))
    yield order("business", OpenBusiness(draft=draft))
    for person in practice.people:
        terms = PractitionerTerms(
            skills=person.skills, site_ids=(opened.site_id,), weight=person.weight, level=person.level
        )
        yield order(f"person {person.code}", HirePractitioner(name=person.name, terms=terms))
        yield order(f"hours {person.code}", _hours(opened.person(person.code)))
    for code, name, kind, capacity in practice.rooms:
        room = ResourceTerms(name=name, type=kind, site_id=opened.site_id, capacity=capacity)
        yield order(f"room {code}", AddResource(terms=room))
    for code, facts in practice.services.items():
        offer = ServiceOffer.model_validate(
            {
                "business_id": opened.made("business", "business"),
                "site_ids": [opened.site_id],
                "horizon_days": 400,
                **facts,
            }
        )
        yield order(f"service {code}", DefineService(offer=offer))
    business_id = opened.made("business", "business")
    public = PageTerms(languages=("fr", "en"), is_in_marketplace=True, shows_practitioners=True)
    yield order("page", PublishPage(business_id=business_id, terms=public))


def _hours(person_id: UUID) -> SetSchedule:
    hours = tuple(
        WeeklyHours.model_validate({"day": day, "opens": HOURS[0], "closes": HOURS[1]}) for day in WORKDAYS
    )
    terms = ScheduleTerms(zone=ZONE, patterns=(Pattern(hours=hours),), holidays=HolidayCalendar(country="FR"))
    return SetSchedule(subject_kind=SubjectKind.PRACTITIONER, subject_id=person_id, terms=terms)
