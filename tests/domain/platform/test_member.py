"""Who may belong to a tenant, and who decides?"""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.kernel.claims import UNLIMITED, Claim, PersonalKey, Release
from domain.kernel.personal import personal_fields
from domain.platform.member import (
    ERASED_EMAIL,
    SYSTEM,
    Authority,
    Member,
    MemberDeactivated,
    MemberEmailChanged,
    MemberErased,
    MemberEvent,
    MemberInvited,
    MemberIsDeactivated,
    MemberIsErased,
    MemberJoined,
    MemberPasswordSet,
    MemberReactivated,
    MemberRolesChanged,
    MemberStatus,
    OwnerCannotRemoveThemself,
    OwnersDecideOnOwners,
    PasswordBelongsToMember,
)
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Role, RoleNotOffered
from domain.platform.subject import DataSubject, SubjectErased, subject_stream

NOW = datetime(2030, 1, 2, tzinfo=UTC)
TENANT, ANA, BEN = UUID(int=7), UUID(int=8), UUID(int=9)
OWNER = Authority(member_id=BEN, is_owner=True)
ADMIN = Authority(member_id=BEN, is_owner=False)
ANA_HERSELF = Authority(member_id=ANA, is_owner=True)


def ana(*roles: Role) -> Member:
    member = Member.invite(
        ANA,
        tenant_id=TENANT,
        email="Ana@Alize.example",
        display_name="Ana",
        roles=roles or (Role.TRAVELLER,),
        by=SYSTEM,
        at=NOW,
    )
    member.collect_events()
    member.collect_claims()
    return member


class TestInvite:
    def test_claims_the_address_in_lower_case(self) -> None:
        member = Member.invite(
            ANA,
            tenant_id=TENANT,
            email="Ana@Alize.example",
            display_name="Ana",
            roles=(Role.TRAVELLER, Role.MANAGER, Role.TRAVELLER),
            by=ADMIN,
            at=NOW,
        )
        assert member.collect_claims().taken == (
            Claim(kind="member-email", key=PersonalKey("ana@alize.example"), holder=ANA),
            Claim(kind="employees", key="active", holder=ANA, capacity=UNLIMITED, shape="amount"),
        )
        assert member.roles == (Role.MANAGER, Role.TRAVELLER)
        assert member.status is MemberStatus.INVITED

    def test_refuses_an_owner_invited_by_an_admin(self) -> None:
        with pytest.raises(OwnersDecideOnOwners):
            Member.invite(
                ANA,
                tenant_id=TENANT,
                email="a@b.example",
                display_name="A",
                roles=(Role.OWNER,),
                by=ADMIN,
                at=NOW,
            )

    @pytest.mark.parametrize(
        ("tenant_id", "role"), [(TENANT, Role.PLATFORM_ADMIN), (PLATFORM_TENANT_ID, Role.OWNER)]
    )
    def test_keeps_the_platform_and_companies_apart(self, tenant_id: UUID, role: Role) -> None:
        with pytest.raises(RoleNotOffered):
            Member.invite(
                ANA,
                tenant_id=tenant_id,
                email="a@b.example",
                display_name="A",
                roles=(role,),
                by=SYSTEM,
                at=NOW,
            )

    def test_refuses_a_member_without_a_role(self) -> None:
        with pytest.raises(ValidationError):
            Member.invite(
                ANA,
                tenant_id=TENANT,
                email="a@b.example",
                display_name="A",
                roles=(),
                by=SYSTEM,
                at=NOW,
            )


class TestSetPassword:
    def test_lets_the_invited_join(self) -> None:
        member = ana()
        member.set_password("$hash", by=ANA_HERSELF, at=NOW)
        assert [type(event) for event in member.collect_events()] == [MemberPasswordSet, MemberJoined]
        assert member.status is MemberStatus.ACTIVE
        assert member.password_generation == 1

    def test_refuses_others_once_there_is_one(self) -> None:
        member = ana()
        member.set_password("$first", by=ADMIN, at=NOW)
        with pytest.raises(PasswordBelongsToMember):
            member.set_password("$second", by=OWNER, at=NOW)
        member.set_password("$second", by=SYSTEM, at=NOW)
        assert member.password_generation == 2

    def test_refuses_an_admin_who_would_become_owner_that_way(self) -> None:
        with pytest.raises(OwnersDecideOnOwners):
            ana(Role.OWNER).set_password("$hash", by=ADMIN, at=NOW)

    def test_keeps_the_generation_when_only_the_parameters_grow(self) -> None:
        member = ana()
        member.set_password("$weak", by=SYSTEM, at=NOW)
        member.rehash_password("$strong", at=NOW)
        assert (member.password_hash, member.password_generation) == ("$strong", 1)

    def test_refuses_the_deactivated(self) -> None:
        member = ana()
        member.deactivate(by=ADMIN, at=NOW)
        with pytest.raises(MemberIsDeactivated):
            member.set_password("$hash", by=ANA_HERSELF, at=NOW)


class TestChangeRoles:
    def test_records_the_whole_list(self) -> None:
        member = ana()
        member.change_roles((Role.MANAGER,), tenant_id=TENANT, by=ADMIN, at=NOW)
        [changed] = member.collect_events()
        assert isinstance(changed, MemberRolesChanged)
        assert changed.roles == (Role.MANAGER,)

    def test_is_calm_when_already_so(self) -> None:
        member = ana(Role.MANAGER, Role.TRAVELLER)
        member.change_roles((Role.TRAVELLER, Role.MANAGER), tenant_id=TENANT, by=ADMIN, at=NOW)
        assert not member.has_pending_events

    @pytest.mark.parametrize("wanted", [(Role.OWNER,), (Role.ADMIN,), (Role.OWNER, Role.ADMIN)])
    def test_refuses_an_admin_deciding_on_owners(self, wanted: tuple[Role, ...]) -> None:
        start = (Role.OWNER, Role.FINANCE)
        with pytest.raises(OwnersDecideOnOwners):
            ana(*start).change_roles(wanted, tenant_id=TENANT, by=ADMIN, at=NOW)

    def test_refuses_an_owner_leaving_by_their_own_hand(self) -> None:
        with pytest.raises(OwnerCannotRemoveThemself):
            ana(Role.OWNER).change_roles((Role.ADMIN,), tenant_id=TENANT, by=ANA_HERSELF, at=NOW)

    def test_lets_an_owner_take_more_roles(self) -> None:
        member = ana(Role.OWNER)
        member.change_roles((Role.OWNER, Role.FINANCE), tenant_id=TENANT, by=ANA_HERSELF, at=NOW)
        assert member.is_owner

    def test_lets_one_owner_remove_another(self) -> None:
        member = ana(Role.OWNER)
        member.change_roles((Role.TRAVELLER,), tenant_id=TENANT, by=OWNER, at=NOW)
        assert not member.is_owner


class TestDeactivate:
    def test_and_back_again(self) -> None:
        member = ana()
        for _ in range(2):
            member.deactivate(by=ADMIN, at=NOW)
        assert not member.is_active
        for _ in range(2):
            member.reactivate(by=ADMIN, at=NOW)
        assert member.status is MemberStatus.INVITED
        assert [type(event) for event in member.collect_events()] == [MemberDeactivated, MemberReactivated]

    def test_refuses_oneself_as_owner(self) -> None:
        with pytest.raises(OwnerCannotRemoveThemself):
            ana(Role.OWNER).deactivate(by=ANA_HERSELF, at=NOW)
        with pytest.raises(OwnerCannotRemoveThemself):
            ana(Role.OWNER).erase(by=ANA_HERSELF, at=NOW)

    def test_refuses_an_admin_removing_an_owner(self) -> None:
        for removal in (ana(Role.OWNER).deactivate, ana(Role.OWNER).erase):
            with pytest.raises(OwnersDecideOnOwners):
                removal(by=ADMIN, at=NOW)


class TestChangeEmail:
    def test_moves_the_claim(self) -> None:
        member = ana()
        member.change_email("ana@new.example", by=ADMIN, at=NOW)
        claims = member.collect_claims()
        assert claims.released == (
            Release(kind="member-email", key=PersonalKey("ana@alize.example"), holder=ANA),
        )
        assert claims.taken == (Claim(kind="member-email", key=PersonalKey("ana@new.example"), holder=ANA),)
        [changed] = member.collect_events()
        assert isinstance(changed, MemberEmailChanged)


class TestErase:
    def test_forgets_and_gives_the_address_back(self) -> None:
        member = ana()
        member.set_password("$hash", by=ANA_HERSELF, at=NOW)
        member.collect_events()
        member.erase(by=ADMIN, at=NOW)
        assert member.collect_claims().released == (
            Release(kind="member-email", key=PersonalKey("ana@alize.example"), holder=ANA),
            Release(kind="employees", key="active", holder=ANA),
        )
        assert [type(event) for event in member.collect_events()] == [MemberErased]
        assert (member.email, member.display_name, member.password_hash) == (ERASED_EMAIL, "[erased]", None)
        assert member.status is MemberStatus.ERASED

    def test_is_final(self) -> None:
        member = ana()
        member.erase(by=ADMIN, at=NOW)
        member.erase(by=ADMIN, at=NOW)
        with pytest.raises(MemberIsErased):
            member.reactivate(by=SYSTEM, at=NOW)
        with pytest.raises(MemberIsErased):
            member.change_email("x@y.example", by=SYSTEM, at=NOW)
        assert len(member.collect_events()) == 1

    def test_leaves_values_that_still_fit_their_types(self) -> None:
        markers = personal_fields(MemberInvited)
        facts = {"external_id", "given_name", "family_name", "employee_number"}
        assert set(markers) == {"email", "display_name", *facts}
        MemberInvited(
            originator_id=ANA,
            originator_version=1,
            occurred_at=NOW,
            member_id=ANA,
            email=markers["email"].erased,
            display_name=markers["display_name"].erased,
            roles=(Role.TRAVELLER,),
            employee_limit=None,
            department_code=None,
            cost_centre_code=None,
            manager_id=None,
            **{name: markers[name].erased for name in facts},
        )

    def test_remembers_the_subject_without_an_identity(self) -> None:
        subject = DataSubject.new(subject_stream(ANA))
        subject.erase(ANA, at=NOW)
        subject.erase(ANA, at=NOW)
        [erased] = subject.collect_events()
        assert isinstance(erased, SubjectErased)
        assert personal_fields(SubjectErased) == {}
        assert (subject.subject_id, subject.is_erased) == (ANA, True)


def test_state_survives_a_snapshot() -> None:
    member = ana(Role.OWNER)
    member.set_password("$hash", by=SYSTEM, at=NOW)
    assert Member.model_validate(member.model_dump()).model_dump() == member.model_dump()


def test_replay_reaches_the_same_state() -> None:
    member = Member.invite(
        ANA,
        tenant_id=TENANT,
        email="a@b.example",
        display_name="A",
        roles=(Role.OWNER,),
        by=SYSTEM,
        at=NOW,
    )
    member.set_password("$hash", by=SYSTEM, at=NOW)
    member.change_email("b@b.example", by=SYSTEM, at=NOW)
    events: list[MemberEvent] = member.collect_events()  # type: ignore[assignment]
    replayed = Member.fold(None, events)
    assert replayed is not None
    assert replayed.model_dump() == member.model_dump()
