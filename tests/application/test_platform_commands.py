"""Do tenants open, members come and go, and sessions end as the platform promises?"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4, uuid5

import pytest
from argon2 import PasswordHasher
from pydantic import ValidationError

from adapters.identity.api_keys import parse_api_key
from adapters.identity.credentials import DerivedCredentials
from adapters.identity.passwords import Passwords
from application.kernel.command import Command
from application.kernel.context import Actor, ActorKind, CommandId, Context, Reach
from application.kernel.process import Effect, InTenant
from application.platform import api_keys, members, sessions, tenants
from application.platform.api_keys import IssueApiKey, KeysAreIssuedInPerson, RevokeApiKey, secret_of
from application.platform.members import (
    ChangeMemberRoles,
    CurrentPasswordWrong,
    DeactivateMember,
    EraseMember,
    EraseSubject,
    InviteMember,
    RehashPassword,
    SetPassword,
)
from application.platform.sessions import MemberMayNotSignIn, OpenSession, RefreshSession, RevokeSession
from application.platform.tenants import (
    ChangeTheme,
    CompleteRegistration,
    OnlyOnThePlatform,
    OpenTenant,
    RegisterTenant,
    opening_of,
    tenant_id_for,
)
from application.ports.store import Saved
from application.processes.erasure import Erasure
from application.processes.tenant_opening import TenantOpening
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import NotFound, Refusal
from domain.platform.api_key import ApiKey
from domain.platform.member import Member, MemberStatus, OwnerCannotRemoveThemself, OwnersDecideOnOwners
from domain.platform.password import PasswordTooWeak
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration, RegistrationMade
from domain.platform.roles import Role, Scope
from domain.platform.session import RefreshTokenReused, RevocationReason, Session, SessionEnded
from domain.platform.subject import SubjectErased
from domain.platform.tenant import Tenant
from domain.platform.theme import Theme
from tests.kit.memory import MemoryStore, ports_with

A = TypeVar("A", bound=Aggregate)

NOW = datetime(2030, 1, 2, tzinfo=UTC)
TENANT, SYSTEM_ACTOR = UUID(int=70), UUID(int=71)
HANDLERS = {**tenants.HANDLERS, **members.HANDLERS, **sessions.HANDLERS, **api_keys.HANDLERS}
CREDENTIALS = DerivedCredentials(
    bytes(32), passwords=Passwords(hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
)


@dataclass
class Partition:
    """One tenant in memory."""

    tenant_id: UUID = TENANT
    store: MemoryStore = field(default_factory=MemoryStore)

    def context(
        self,
        *,
        by: UUID = SYSTEM_ACTOR,
        kind: ActorKind = "system",
        reach: Reach = "all",
        key: str = "",
        at: datetime = NOW,
    ) -> Context:
        return Context(
            tenant_id=self.tenant_id,
            actor=Actor(by, kind, reach),
            now=at,
            command=CommandId(uuid5(by, key) if key else uuid4(), b""),
            store=self.store,
            ports=ports_with(credentials=CREDENTIALS),
            new_id=uuid4,
            correlation_id=uuid4(),
        )

    def execute(self, command: Command, **who: Any) -> Saved:
        return HANDLERS[type(command)](command, self.context(**who))

    def member(self, *roles: Role) -> UUID:
        return self.execute(
            InviteMember(email=f"{uuid4()}@alize.example", display_name="Ana", roles=roles)
        ).stream_id

    def find(self, kind: type[A], stream_id: UUID) -> A | None:
        return self.store.read(kind, stream_id)


REGISTER = RegisterTenant(
    company_name="Alizé Voyages",
    slug="alize",
    plan=Plan.STARTER,
    owner_email="Ana@alize.example",
    owner_name="Ana",
)


class TestOpeningATenant:
    def test_takes_three_steps_in_two_partitions(self) -> None:
        platform = Partition(PLATFORM_TENANT_ID)
        saved = platform.execute(REGISTER, key="one")
        assert saved.stream_id == tenant_id_for(uuid5(SYSTEM_ACTOR, "one"))

        registration = platform.store.load(Registration, saved.stream_id)
        company = Partition(saved.stream_id)
        opened = company.execute(opening_of(registration))
        assert opened.stream_id == company.tenant_id
        tenant = company.store.load(Tenant, company.tenant_id)
        owner = company.store.load(Member, tenant.owner_id)
        assert (owner.email, owner.roles) == ("ana@alize.example", (Role.OWNER,))

        again = company.execute(opening_of(registration))
        assert (again.recorded, again.version) == (False, 1)

        assert platform.execute(CompleteRegistration(registration_id=saved.stream_id)).recorded
        assert not platform.execute(CompleteRegistration(registration_id=saved.stream_id)).recorded

    def test_happens_on_the_platform_only(self) -> None:
        with pytest.raises(OnlyOnThePlatform):
            Partition().execute(REGISTER)

    def test_wants_the_owner_named_wholly_or_not_at_all(self) -> None:
        with pytest.raises(ValidationError):
            RegisterTenant(company_name="A", slug="a", plan=Plan.STARTER, owner_email="a@b.example")
        platform = Partition(PLATFORM_TENANT_ID)
        saved = platform.execute(RegisterTenant(company_name="A", slug="a", plan=Plan.STARTER))
        company = Partition(saved.stream_id)
        company.execute(opening_of(platform.store.load(Registration, saved.stream_id)))
        assert len(company.store.events) == 1

    def test_is_finished_by_the_process_when_the_door_died(self) -> None:
        platform = Partition(PLATFORM_TENANT_ID)
        platform.execute(REGISTER)
        [made] = platform.store.events
        assert isinstance(made, RegistrationMade)
        elsewhere, here = TenantOpening().react(made, platform)
        assert isinstance(elsewhere, InTenant)
        assert elsewhere.tenant_id == made.tenant_id
        assert isinstance(elsewhere.command, OpenTenant)
        assert here == CompleteRegistration(registration_id=made.tenant_id)

    def test_changes_its_look_afterwards(self) -> None:
        platform = Partition(PLATFORM_TENANT_ID)
        saved = platform.execute(REGISTER)
        company = Partition(saved.stream_id)
        company.execute(opening_of(platform.store.load(Registration, saved.stream_id)))
        theme = ChangeTheme(theme=Theme(primary_colour="#aabbcc"))
        assert company.execute(theme).recorded
        assert not company.execute(theme).recorded


class TestOwners:
    def test_cannot_remove_each_other_both(self) -> None:
        # Both decided while both were owners; the second decision runs again on what the first left.
        company = Partition()
        ana, ben = company.member(Role.OWNER), company.member(Role.OWNER)
        company.execute(ChangeMemberRoles(member_id=ben, roles=(Role.ADMIN,)), by=ana, kind="member")
        with pytest.raises(OwnersDecideOnOwners):
            company.execute(DeactivateMember(member_id=ana), by=ben, kind="member")
        assert ben in company.store.consulted

    def test_cannot_leave_alone(self) -> None:
        company = Partition()
        ana = company.member(Role.OWNER)
        for command in (DeactivateMember(member_id=ana), EraseMember(member_id=ana)):
            with pytest.raises(OwnerCannotRemoveThemself):
                company.execute(command, by=ana, kind="member")

    def test_are_out_of_reach_for_an_api_key(self) -> None:
        company = Partition()
        ana = company.member(Role.OWNER)
        with pytest.raises(OwnersDecideOnOwners):
            company.execute(DeactivateMember(member_id=ana), by=uuid4(), kind="api_key")


class TestErasure:
    def test_forgets_member_and_subject_together(self) -> None:
        company = Partition()
        ana = company.member(Role.TRAVELLER)
        assert company.execute(EraseMember(member_id=ana)).stream_id == ana
        assert not company.execute(EraseMember(member_id=ana)).recorded
        member = company.find(Member, ana)
        assert member is not None
        assert member.status is MemberStatus.ERASED
        subject_erased = company.store.events[-1]
        assert isinstance(subject_erased, SubjectErased)
        assert list(Erasure().react(subject_erased, company)) == [Effect("destroy_subject_key")]

    def test_reaches_the_registration_that_names_the_first_owner(self) -> None:
        platform = Partition(PLATFORM_TENANT_ID)
        saved = platform.execute(REGISTER)
        registration = platform.store.load(Registration, saved.stream_id)
        company = Partition(saved.stream_id)
        company.execute(opening_of(registration))
        company.execute(EraseMember(member_id=registration.owner_id))
        erased = company.store.events[-1]
        assert isinstance(erased, SubjectErased)
        effect, elsewhere = Erasure().react(erased, company)
        assert effect == Effect("destroy_subject_key")
        assert elsewhere == InTenant(PLATFORM_TENANT_ID, EraseSubject(subject_id=registration.owner_id))

        platform.execute(EraseSubject(subject_id=registration.owner_id))
        last = platform.store.events[-1]
        assert isinstance(last, SubjectErased)
        assert list(Erasure().react(last, platform)) == [Effect("destroy_subject_key")]


class TestPasswords:
    def test_are_proved_before_they_are_replaced(self) -> None:
        company = Partition()
        ana = company.member(Role.TRAVELLER)
        herself: dict[str, Any] = {"by": ana, "kind": "member"}
        company.execute(SetPassword(member_id=ana, password="correct horse"), **herself)
        for current in (None, "wrong horse"):
            command = SetPassword(member_id=ana, password="battery staple", current_password=current)
            with pytest.raises(CurrentPasswordWrong):
                company.execute(command, **herself)
        company.execute(
            SetPassword(member_id=ana, password="battery staple", current_password="correct horse"), **herself
        )
        member = company.store.load(Member, ana)
        assert CREDENTIALS.verify_password(member.password_hash, "battery staple")

    def test_are_refused_when_weak(self) -> None:
        company = Partition()
        ana = company.member(Role.TRAVELLER)
        with pytest.raises(PasswordTooWeak):
            company.execute(SetPassword(member_id=ana, password="password123"))

    def test_are_never_printed(self) -> None:
        command = SetPassword(member_id=TENANT, password="correct horse")
        assert "horse" not in repr(command) + str(command) + command.model_dump_json()

    def test_keep_sessions_open_when_only_rehashed(self) -> None:
        company = Partition()
        ana = company.member(Role.TRAVELLER)
        company.execute(SetPassword(member_id=ana, password="correct horse"))
        session = company.execute(OpenSession(member_id=ana)).stream_id
        assert company.execute(RehashPassword(member_id=ana, password="correct horse")).recorded
        company.execute(RefreshSession(session_id=session, generation=1))


class TestSessions:
    def signed_in(self) -> tuple[Partition, UUID, UUID]:
        company = Partition()
        ana = company.member(Role.TRAVELLER)
        company.execute(SetPassword(member_id=ana, password="correct horse"))
        return company, ana, company.execute(OpenSession(member_id=ana)).stream_id

    def test_are_revoked_when_a_refresh_token_comes_back(self) -> None:
        company, _, session = self.signed_in()
        company.execute(RefreshSession(session_id=session, generation=1))
        with pytest.raises(RefreshTokenReused):
            company.execute(RefreshSession(session_id=session, generation=1))
        assert company.store.load(Session, session).revoked_because is RevocationReason.REFRESH_TOKEN_REUSE
        with pytest.raises(SessionEnded):
            company.execute(RefreshSession(session_id=session, generation=2))

    def test_end_with_the_password_and_with_the_member(self) -> None:
        company, ana, session = self.signed_in()
        company.execute(SetPassword(member_id=ana, password="battery staple"))
        with pytest.raises(SessionEnded):
            company.execute(RefreshSession(session_id=session, generation=1))
        second = company.execute(OpenSession(member_id=ana)).stream_id
        company.execute(DeactivateMember(member_id=ana))
        with pytest.raises(SessionEnded):
            company.execute(RefreshSession(session_id=second, generation=1))
        assert company.store.load(Session, second).revoked_because is RevocationReason.MEMBER_DEACTIVATED
        with pytest.raises(MemberMayNotSignIn):
            company.execute(OpenSession(member_id=ana))

    def test_of_an_owner_are_ended_by_owners_only(self) -> None:
        company = Partition()
        ana, ben, cleo = company.member(Role.OWNER), company.member(Role.ADMIN), company.member(Role.OWNER)
        session = company.execute(OpenSession(member_id=ana)).stream_id
        revoke = RevokeSession(session_id=session)
        with pytest.raises(OwnersDecideOnOwners):
            company.execute(revoke, by=ben, kind="member")
        assert company.execute(revoke, by=cleo, kind="member").recorded

    def test_that_nobody_knows_have_ended(self) -> None:
        with pytest.raises(SessionEnded):
            Partition().execute(RefreshSession(session_id=uuid4(), generation=1))

    def test_are_ended_by_their_member_or_an_admin_only(self) -> None:
        company, ana, session = self.signed_in()
        with pytest.raises(NotFound):
            company.execute(RevokeSession(session_id=session), by=uuid4(), kind="member", reach="own")
        company.execute(RevokeSession(session_id=session), by=ana, kind="member", reach="own")
        assert company.store.load(Session, session).revoked_because is RevocationReason.SIGNED_OUT


class TestApiKeys:
    def test_can_be_shown_again_by_the_same_command(self) -> None:
        company = Partition()
        ana = company.member(Role.ADMIN)
        herself: dict[str, Any] = {"by": ana, "kind": "member", "key": "one"}
        command = IssueApiKey(name="Export", scopes=(Scope.TRIPS_READ,))
        saved = company.execute(command, **herself)
        shown = secret_of(company.context(**herself))
        key = company.store.load(ApiKey, saved.stream_id)
        parsed = parse_api_key(shown.presented)
        assert (parsed.tenant_id, parsed.key_id) == (company.tenant_id, saved.stream_id)
        assert parsed.secret_hash == key.secret_hash
        assert key.member_id == ana
        assert key.is_live(NOW + timedelta(days=365))

    def test_are_issued_in_person_or_by_the_house(self) -> None:
        company = Partition()
        ana = company.member(Role.ADMIN)
        others = IssueApiKey(name="Export", scopes=(Scope.TRIPS_READ,), member_id=ana)
        company.execute(others)
        with pytest.raises(KeysAreIssuedInPerson):
            company.execute(others, by=uuid4(), kind="member")
        with pytest.raises(KeysAreIssuedInPerson):
            company.execute(others, by=ana, kind="api_key")

    def test_are_revoked_by_their_member_or_an_admin_only(self) -> None:
        company = Partition()
        ana = company.member(Role.ADMIN)
        issue = IssueApiKey(name="Export", scopes=(Scope.TRIPS_READ,), member_id=ana)
        revoke = RevokeApiKey(api_key_id=company.execute(issue).stream_id)
        with pytest.raises(NotFound):
            company.execute(revoke, by=uuid4(), kind="member", reach="own")
        assert company.execute(revoke, by=ana, kind="member").recorded
        assert not company.execute(revoke, by=uuid4(), kind="member").recorded

    def test_of_an_owner_are_revoked_by_owners_only(self) -> None:
        company = Partition()
        ana, ben, cleo = company.member(Role.OWNER), company.member(Role.ADMIN), company.member(Role.OWNER)
        issue = IssueApiKey(name="Export", scopes=(Scope.TRIPS_READ,), member_id=ana)
        revoke = RevokeApiKey(api_key_id=company.execute(issue).stream_id)
        with pytest.raises(OwnersDecideOnOwners):
            company.execute(revoke, by=ben, kind="member")
        with pytest.raises(OwnersDecideOnOwners):
            company.execute(revoke, by=cleo, kind="api_key")
        assert company.execute(revoke, by=cleo, kind="member").recorded


class TestRefusalsPointAtTheField:
    @pytest.mark.parametrize(
        ("change", "pointer"),
        [({"slug": "admin"}, "/slug"), ({"modules_enabled": ("a", "b", "c", "d")}, "/modules_enabled")],
    )
    def test_of_a_registration(self, change: dict[str, Any], pointer: str) -> None:
        with pytest.raises(Refusal) as refused:
            Partition(PLATFORM_TENANT_ID).execute(REGISTER.model_copy(update=change))
        assert refused.value.facts["pointer"] == pointer

    def test_of_roles_and_expiry(self) -> None:
        company = Partition()
        ana = company.member(Role.ADMIN)
        foreign: list[tuple[Command, str]] = [
            (InviteMember(email="x@y.example", display_name="X", roles=(Role.PLATFORM_ADMIN,)), "/roles"),
            (ChangeMemberRoles(member_id=ana, roles=(Role.PLATFORM_ADMIN,)), "/roles"),
            (
                IssueApiKey(name="K", scopes=(Scope.TRIPS_READ,), member_id=ana, expires_at=NOW),
                "/expires_at",
            ),
        ]
        for command, pointer in foreign:
            with pytest.raises(Refusal) as refused:
                company.execute(command)
            assert refused.value.facts["pointer"] == pointer
