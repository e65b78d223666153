"""A whole house on the module's database: the platform, two companies, their people and keys, made by commands."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher

from adapters.bootstrap import House, Settings, build
from adapters.identity.passwords import Passwords
from adapters.messaging.messages import Messages
from api.main import create_app
from api.performing import door_of
from api.rest.limits import Limits
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from application.platform.api_keys import IssueApiKey
from application.platform.members import InviteMember, SetPassword
from application.platform.sessions import OpenSession
from application.platform.tenants import CompleteRegistration, RegisterTenant, opening_of
from domain.platform.member import Member
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.roles import Role, Scope
from domain.platform.session import Session
from tests.kit.client import TestClient

SYSTEM = Actor(id=UUID("00000000-0000-7000-8000-0000000000ff"), kind="system")
PASSWORD = "a password nobody guesses"  # noqa: S105
# A real hash at a cost that slows nobody down; what it costs in earnest is test_passwords' subject.
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
GENEROUS = Limits(
    person=1_000_000,
    key=1_000_000,
    stranger=1_000_000,
    sign_in=1_000,
    guest_writes=1_000_000,
    guests=1_000_000,
    form_least_s=0,
)


@dataclass(frozen=True)
class Person:
    """Someone with a session and a key."""

    id: UUID
    email: str
    session_id: UUID
    token: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """Signed in."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def key_headers(self) -> dict[str, str]:
        """As a program."""
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True)
class Company:
    """A tenant and its people by role."""

    id: UUID
    slug: str
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, role: str) -> Person:
        try:
            return self.people[role]
        except KeyError:
            raise AttributeError(role) from None


@dataclass
class Place:
    """The house, a client at its REST door and everyone who may knock."""

    house: House
    client: TestClient
    platform: Company
    north: Company
    south: Company

    def house_at_rest(self) -> None:
        """Runs projections and processes until nothing is left to do."""
        for tenant_id in (PLATFORM_TENANT_ID, self.north.id, self.south.id):
            self.house.jobs.projections.drain(tenant_id)
            self.house.jobs.processes.drain(tenant_id)
            self.house.jobs.projections.drain(tenant_id)

    def heads(self) -> dict[UUID, int]:
        """Where every tenant's log stands."""
        tenants = (PLATFORM_TENANT_ID, self.north.id, self.south.id)
        return {tenant_id: self.house.streams(tenant_id).head() for tenant_id in tenants}

    def recorded(self, company: Company, topic: str) -> int:
        """How many events of a kind the company's log holds, whatever their version."""
        with self.house.pools.queries.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (company.id,))
            row = connection.execute(
                "select count(*) from es.event where tenant_id = %s and topic like %s",
                (company.id, f"{topic}.v%"),
            ).fetchone()
        return int(row[0]) if row else 0

    def plan(self, company: Company, *segments: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A planned trip of the company's traveller, with one flight unless said otherwise."""
        body = {
            "traveller_id": str(company.traveller.id),
            "purpose": "Client visit",
            "segments": list(segments or (a_flight(),)),
            **fields,
        }
        answer = self.client.post("/api/v1/enterprise/trips", json=body, headers=company.owner.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


def a_flight(**fields: Any) -> dict[str, Any]:
    """CDG to JFK, far in the future."""
    return {
        "kind": "flight",
        "origin": "CDG",
        "destination": "JFK",
        "cabin": "economy",
        "departs_at": "2090-05-02T08:00:00Z",
        "price": {"amount_minor": 40_000, "currency": "EUR"},
        **fields,
    }


@contextmanager
def opened_place(
    database_url: str,
    redis_url: str,
    master_key: bytes,
    *,
    limits: Limits = GENEROUS,
    messages: Messages | None = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[Place]:
    """Opens everything, and closes it again."""
    folder = TemporaryDirectory(prefix="escale-house-")
    # A test that counts calls writes them itself.
    settings = Settings(
        master_key=master_key.hex(),
        data_dir=Path(folder.name),
        count_calls_every_s=3_600.0,
        webhook_loopback=True,
        **(more or {}),
    )
    house = build(
        settings,
        database_url=database_url,
        redis_url=redis_url,
        sizes={"commands": 12},
        messages=messages,
        passwords=Passwords(hasher=QUICK),
    )
    try:
        founder = Founder(house)
        platform, north, south = founder.platform(), founder.company("north"), founder.company("south")
        house.deferred.door = door_of(house)
        with TestClient(create_app(house, limits=limits)) as client:
            yield Place(house, client, platform, north, south)
    finally:
        house.close()
        folder.cleanup()


class Founder:
    """Makes companies and people, through the handlers a client's commands go through."""

    def __init__(self, house: House) -> None:
        self.house = house

    def platform(self) -> Company:
        """The platform's own tenant with one administrator."""
        self.house.open_tenant_head(PLATFORM_TENANT_ID)
        admin = self.person(PLATFORM_TENANT_ID, "platform", Role.PLATFORM_ADMIN, tuple(Scope))
        return Company(PLATFORM_TENANT_ID, "platform", {"admin": admin})

    def company(self, slug: str) -> Company:
        """A company with an owner, a manager and a traveller."""
        registered = self.execute(
            PLATFORM_TENANT_ID,
            RegisterTenant(company_name=slug.capitalize(), slug=slug, plan=Plan.ENTERPRISE_PLUS),
        )
        tenant_id = registered.saved.stream_id
        registration = self.house.streams(PLATFORM_TENANT_ID).load(Registration, tenant_id)
        self.house.open_tenant_head(tenant_id)
        self.execute(tenant_id, opening_of(registration))
        self.execute(PLATFORM_TENANT_ID, CompleteRegistration(registration_id=tenant_id))
        roles = {"owner": Role.OWNER, "manager": Role.MANAGER, "traveller": Role.TRAVELLER}
        scopes = tuple(scope for scope in Scope if scope is not Scope.PLATFORM_WRITE)
        people = {name: self.person(tenant_id, slug, role, scopes) for name, role in roles.items()}
        return Company(tenant_id, slug, people)

    def person(self, tenant_id: UUID, slug: str, role: Role, scopes: tuple[Scope, ...]) -> Person:
        """A member with that role, a live session and a key."""
        email = f"{role.value}@{slug}.example"
        invited = self.execute(
            tenant_id, InviteMember(email=email, display_name=f"{role.value} of {slug}", roles=(role,))
        )
        member_id = invited.saved.stream_id
        opened = self.execute(tenant_id, OpenSession(member_id=member_id))
        session = self.house.streams(tenant_id).load(Session, opened.saved.stream_id)
        command_id = uuid4()
        issued = self.execute(
            tenant_id, IssueApiKey(name="Key", scopes=scopes, member_id=member_id), command_id=command_id
        )
        secret = self.house.identity.credentials.api_key(
            tenant_id=tenant_id, key_id=issued.saved.stream_id, command_id=command_id
        )
        return Person(
            id=member_id,
            email=email,
            session_id=session.id,
            token=self.house.tokens_for(tenant_id, session).access_token,
            key=secret.presented,
        )

    def with_password(self, tenant_id: UUID, person: Person) -> None:
        """Lets the person sign in with PASSWORD."""
        self.execute(tenant_id, SetPassword(member_id=person.id, password=PASSWORD))
        self.house.identity.forget()
        assert self.house.streams(tenant_id).load(Member, person.id).password_hash

    def execute(self, tenant_id: UUID, command: Command, *, command_id: UUID | None = None) -> Answer:
        """Runs a command as the house itself."""
        order_id = CommandId(command_id or uuid4(), sha256(repr(command).encode()).digest())
        return self.house.execute(
            Order(tenant_id, command, SYSTEM, order_id, at=self.house.clock(), source="system")
        )
