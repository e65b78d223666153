"""Who is in the demo? One platform admin and two invented companies, made through the handlers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import SecretStr

from adapters.demo.accounts import accounts_of
from adapters.event_store.commands import Commands
from adapters.identity.secrets import derived
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId, Source
from application.kernel.order import Answer, Order
from application.platform.api_keys import IssueApiKey, api_key_id_for
from application.platform.members import InviteMember, SetPassword
from application.platform.tenants import CompleteRegistration, RegisterTenant, opening_of, tenant_id_for
from application.ports.credentials import Credentials
from application.travel.policies import SetPolicy
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.roles import Role, Scope
from domain.platform.theme import Theme
from domain.travel.itinerary import Cabin
from domain.travel.policy import Policy, default_policy_id

NAMESPACE = uuid5(NAMESPACE_URL, "https://escale.example.com/demo")
HOUSE = Actor(uuid5(NAMESPACE, "house"), "system")
PLATFORM_EMAIL = "admin@platform.example.com"

FIRST_NAMES = (
    "Adèle Bruno Céline Denis Élodie Farid Gaëlle Hugo Inès Jonas Katia Léo Manon Nadir Océane Pablo Quentin Rania"
    " Simon Théa Ulysse Valérie Wassim Xavière Yanis Zoé"
).split()
LAST_NAMES = (
    "Arnaud Besson Cordier Dumas Estève Fabre Guérin Hamel Imbert Jolivet Kessler Lacombe Maurel Nodier Ollivier"
    " Perrin Quesnel Rivoire Sorel Tessier Urbain Vasseur Weber Ysard Zeller"
).split()


class Founded(Protocol):
    """What a tenant is registered with."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def theme(self) -> Theme: ...
    @property
    def modules(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class DemoCompany:
    """An invented company and what its policy allows."""

    slug: str
    name: str
    plan: Plan
    home: str
    travellers: int
    policy: SetPolicy
    theme: Theme
    modules: tuple[str, ...] = ("carbon", "policy", "trips")

    @property
    def first_policy(self) -> SetPolicy:
        """What the company was founded with: trips could be booked two days later than now."""
        days = self.policy.advance_booking_days
        return self.policy.model_copy(
            update={"advance_booking_days": None if days is None else max(0, days - 2)}
        )


@dataclass(frozen=True)
class OpenCompany:
    """A company once it has its tenant."""

    company: DemoCompany
    tenant_id: UUID
    owner_id: UUID
    manager_id: UUID
    finance_id: UUID
    traveller_ids: tuple[UUID, ...]
    api_key: str


def companies(max_daily_budget_eur: Decimal) -> tuple[DemoCompany, ...]:
    """The two companies; the daily budget is the one figure the demo lets you turn."""
    return (
        DemoCompany(
            slug="aurore",
            name="Aurore Conseil",
            plan=Plan.BUSINESS,
            home="CDG",
            travellers=24,
            policy=SetPolicy(
                name="Voyages Aurore",
                max_flight_class=Cabin.PREMIUM_ECONOMY,
                max_hotel_stars=4,
                max_daily_budget_eur=max_daily_budget_eur,
                advance_booking_days=7,
                carbon_budget_kg_year=Decimal(400_000),
                requires_approval_above=Decimal(2_500),
            ),
            theme=Theme(primary_colour="#0b6e4f"),
        ),
        DemoCompany(
            slug="boreal",
            name="Boréal Industrie",
            plan=Plan.ENTERPRISE_PLUS,
            home="LYS",
            travellers=16,
            policy=SetPolicy(
                name="Voyages Boréal",
                max_flight_class=Cabin.BUSINESS,
                max_hotel_stars=4,
                max_daily_budget_eur=max_daily_budget_eur,
                advance_booking_days=5,
                requires_approval_above=Decimal(4_000),
            ),
            theme=Theme(primary_colour="#1d3557"),
        ),
    )


def demo_password(master_key: bytes, who: str) -> str:
    """The password of a demo account: derived, so that every start prints the same."""
    return derived(master_key, f"demo password {who}".encode(), 9).hex()


class Provisioner:
    """Runs the demo's orders as a client would; every one has a fixed id, so a second run is calm."""

    def __init__(
        self, commands: Commands, credentials: Credentials, master_key: bytes, clock: Callable[[], datetime]
    ) -> None:
        self._commands = commands
        self._credentials = credentials
        self._master_key = master_key
        self._clock = clock

    def password(self, who: str) -> str:
        """The password of a demo account."""
        return demo_password(self._master_key, who)

    def run(
        self,
        tenant_id: UUID,
        name: str,
        command: Command,
        *,
        at: datetime | None = None,
        actor: Actor = HOUSE,
        source: Source = "system",
        roles: frozenset[str] = frozenset(),
    ) -> Answer:
        """Executes one order; its id follows from `name`, so a repeat is recognised."""
        order = Order(
            tenant_id=tenant_id,
            command=command,
            actor=actor,
            id=demo_command_id(tenant_id, name, command),
            at=at or self._clock(),
            source=source,
            roles=roles,
        )
        return self._commands.execute(order)

    def platform(self) -> None:
        """The platform's own tenant and its administrator."""
        self._commands.open_head(PLATFORM_TENANT_ID)
        invite = InviteMember(
            email=PLATFORM_EMAIL, display_name="Administration Escale", roles=(Role.PLATFORM_ADMIN,)
        )
        admin = self.run(PLATFORM_TENANT_ID, "platform admin", invite).saved.stream_id
        self.set_password(PLATFORM_TENANT_ID, admin, "platform")

    def daily_budget_eur(self, opened: OpenCompany) -> Decimal | None:
        """What the company's policy in force allows for a day; None when it sets no limit."""
        policy = self._commands.reading(opened.tenant_id).load(Policy, default_policy_id(opened.tenant_id))
        cents = policy.rules.max_daily_budget_eur_cents if policy.rules else None
        return None if cents is None else Decimal(cents) / 100

    def open(self, company: DemoCompany, *, at: datetime) -> OpenCompany:
        """A company with owner, staff, travellers, policies, accounts, budgets, passwords and an API key."""
        tenant_id = self.register(company, at)
        owner_id = uuid5(tenant_id, "owner")
        staff = {
            role: self.invite(tenant_id, company, number, (role,), at)
            for number, role in enumerate((Role.MANAGER, Role.FINANCE, Role.AUDITOR, Role.ANALYST))
        }
        travellers = tuple(
            self.invite(tenant_id, company, number + 10, (Role.TRAVELLER,), at)
            for number in range(company.travellers)
        )
        self.set_password(tenant_id, owner_id, f"{company.slug} owner")
        self.set_password(tenant_id, staff[Role.MANAGER], f"{company.slug} manager")
        self.set_password(tenant_id, travellers[0], f"{company.slug} traveller")
        self.run(tenant_id, "policy", company.first_policy, at=at)
        for order in accounts_of(
            tenant_id,
            owner_id=owner_id,
            manager_id=staff[Role.MANAGER],
            traveller_ids=travellers,
            founded_at=at,
        ):
            self.run(tenant_id, order.name, order.command, at=at)
        return OpenCompany(
            company=company,
            tenant_id=tenant_id,
            owner_id=owner_id,
            manager_id=staff[Role.MANAGER],
            finance_id=staff[Role.FINANCE],
            traveller_ids=travellers,
            api_key=self.issue_api_key(tenant_id, owner_id, at),
        )

    def register(self, company: "Founded", at: datetime) -> UUID:
        """The tenant of a company, open."""
        register = RegisterTenant(
            company_name=company.name,
            slug=company.slug,
            plan=company.plan,
            theme=company.theme,
            modules_enabled=company.modules,
            owner_email=email_of(company.slug, "owner"),
            owner_name="Direction " + company.name,
        )
        name = f"register {company.slug}"
        self.run(PLATFORM_TENANT_ID, name, register, at=at)
        tenant_id = tenant_id_for(demo_command_id(PLATFORM_TENANT_ID, name, register).id)
        registration = self._commands.reading(PLATFORM_TENANT_ID).load(Registration, tenant_id)
        self.run(tenant_id, "open", opening_of(registration), at=at)
        self.run(
            PLATFORM_TENANT_ID, f"complete {company.slug}", CompleteRegistration(registration_id=tenant_id)
        )
        return tenant_id

    def invite(
        self, tenant_id: UUID, company: "Founded", number: int, roles: tuple[Role, ...], at: datetime
    ) -> UUID:
        """Somebody who works there, under an invented name."""
        first = FIRST_NAMES[(number * 7 + len(company.slug)) % len(FIRST_NAMES)]
        last = LAST_NAMES[(number * 11 + len(company.name)) % len(LAST_NAMES)]
        who = roles[0].value if number < 10 else ("traveller" if number == 10 else f"traveller{number - 9}")
        invite = InviteMember(email=email_of(company.slug, who), display_name=f"{first} {last}", roles=roles)
        return self.run(tenant_id, f"invite {who}", invite, at=at).saved.stream_id

    def set_password(self, tenant_id: UUID, member_id: UUID, who: str) -> None:
        """The password that the welcome page prints."""
        command = SetPassword(member_id=member_id, password=SecretStr(self.password(who)))
        self.run(tenant_id, f"password {who}", command)

    def issue_api_key(self, tenant_id: UUID, owner_id: UUID, at: datetime) -> str:
        """The key the welcome page prints, acting for the owner."""
        command = IssueApiKey(name="Demo", scopes=tuple(Scope), member_id=owner_id)
        self.run(tenant_id, "api key", command, at=at)
        command_id = demo_command_id(tenant_id, "api key", command).id
        key_id = api_key_id_for(tenant_id, command_id)
        return self._credentials.api_key(tenant_id=tenant_id, key_id=key_id, command_id=command_id).presented


def email_of(slug: str, who: str) -> str:
    """An address nobody has."""
    return f"{who}@{slug}.example.com"


def demo_order_id(tenant_id: UUID, name: str) -> UUID:
    """The fixed id of one demo order; what it made has an id that follows from it."""
    return uuid5(tenant_id, f"demo:{name}")


def demo_command_id(tenant_id: UUID, name: str, command: Command) -> CommandId:
    """The fixed identity of one demo order."""
    content: dict[str, Any] = {"command": type(command).__name__, "name": name}
    return CommandId(demo_order_id(tenant_id, name), sha256(repr(content).encode()).digest(), keyed=True)
