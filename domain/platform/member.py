"""Who belongs to a tenant, in which roles?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, UNLIMITED, Claim, Claims, PersonalKey, Release
from domain.kernel.event import DomainEvent, Payload, Upcast
from domain.kernel.personal import ERASED_TEXT, Personal
from domain.kernel.refusals import Forbidden, RuleBroken
from domain.kernel.text import Code, EmailText, Line
from domain.platform.dossier import NO_DOSSIER, Dossier
from domain.platform.roles import OWNING, Role, Roles, refuse_foreign_roles

INVITATION_LIFETIME = timedelta(days=7)
ERASED_EMAIL = "erased@erased.invalid"

MemberEmail = Annotated[EmailText, Personal(subject="member_id", erased=ERASED_EMAIL)]
MemberName = Annotated[Line, Personal(subject="member_id")]
MemberFact = Annotated[Line | None, Personal(subject="member_id")]

# What members claim: their address, the id another directory knows them by, and a place on the plan.
EMAIL, EXTERNAL_ID, EMPLOYEES = "member-email", "member-external-id", "employees"
ACTIVE = "active"


def _without_limit(payload: Payload) -> Payload:
    """Before plans limited their employees, nobody counted them."""
    return {**payload, "employee_limit": None}


def _without_dossier(payload: Payload) -> Payload:
    unknown = dict.fromkeys(
        (
            "external_id",
            "given_name",
            "family_name",
            "employee_number",
            "department_code",
            "cost_centre_code",
            "manager_id",
        )
    )
    return {**_without_limit(payload), **unknown}


class MemberInvited(DomainEvent):
    """Someone was invited into the tenant, and counts among its employees."""

    TOPIC = "member.invited.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"member.invited.v1": _without_dossier}

    member_id: UUID
    email: MemberEmail
    display_name: MemberName
    roles: Roles
    employee_limit: int | None
    external_id: MemberFact
    given_name: MemberFact
    family_name: MemberFact
    employee_number: MemberFact
    department_code: Code | None
    cost_centre_code: Code | None
    manager_id: UUID | None


class MemberJoined(DomainEvent):
    """The invited person accepted by choosing a password."""

    TOPIC = "member.joined.v1"


class MemberPasswordSet(DomainEvent):
    """A new password was chosen; only its Argon2id hash is kept, and destroyed with the person's key."""

    TOPIC = "member.password-set.v1"

    member_id: UUID
    password_hash: Annotated[str, Personal(subject="member_id")]


class MemberPasswordRehashed(DomainEvent):
    """The same password was hashed again with today's parameters."""

    TOPIC = "member.password-rehashed.v1"

    member_id: UUID
    password_hash: Annotated[str, Personal(subject="member_id")]


class MemberEmailChanged(DomainEvent):
    """The member signs in under another address from now on."""

    TOPIC = "member.email-changed.v1"

    member_id: UUID
    email: MemberEmail


class MemberRolesChanged(DomainEvent):
    """The member plays other roles; all of them as they are from now on."""

    TOPIC = "member.roles-changed.v1"

    roles: Roles


class MemberDeactivated(DomainEvent):
    """The member may no longer sign in or act."""

    TOPIC = "member.deactivated.v1"


class MemberReactivated(DomainEvent):
    """The member may act again, and counts among the employees."""

    TOPIC = "member.reactivated.v2"
    UPCASTS: ClassVar[Mapping[str, Upcast]] = {"member.reactivated.v1": _without_limit}

    employee_limit: int | None


class MemberErased(DomainEvent):
    """The member is forgotten: no name, no address, no password."""

    TOPIC = "member.erased.v1"


class MemberIsErased(RuleBroken):
    """This member was erased; nothing about them can change any more."""


class MemberIsDeactivated(RuleBroken):
    """This member is deactivated."""


class OwnersDecideOnOwners(Forbidden):
    """Only an owner may appoint, change or remove an owner."""


class OwnerCannotRemoveThemself(RuleBroken):
    """An owner cannot give up or lose ownership by their own hand; another owner has to do it."""


class PasswordBelongsToMember(Forbidden):
    """Only the member may replace a password they have chosen."""


class MemberStatus(StrEnum):
    """Where a member stands; only the invited and the active may take part."""

    INVITED = "invited"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    ERASED = "erased"


@dataclass(frozen=True)
class Authority:
    """Who decides about a member: which member, if any, and whether as an active owner.

    An owner can only be removed by another active owner, who therefore remains: a tenant
    never loses its last owner, without counting them.
    """

    member_id: UUID | None
    is_owner: bool


# The house itself: set-up, processes, imports.
SYSTEM = Authority(member_id=None, is_owner=True)


class Member(Aggregate):
    """A person in a tenant.  invited -> active <-> deactivated, and erased from anywhere."""

    CATEGORY = "member"
    SNAPSHOT_VERSION = 3

    member_id: UUID
    email: MemberEmail
    display_name: MemberName
    roles: Roles
    invited_at: datetime
    external_id: MemberFact = None
    given_name: MemberFact = None
    family_name: MemberFact = None
    employee_number: MemberFact = None
    department_code: Code | None = None
    cost_centre_code: Code | None = None
    manager_id: UUID | None = None
    password_hash: Annotated[str | None, Personal(subject="member_id", erased=None)] = None
    password_generation: int = 0
    has_joined: bool = False
    is_deactivated: bool = False
    is_erased: bool = False

    @property
    def status(self) -> MemberStatus:
        """Where the member stands."""
        if self.is_erased:
            return MemberStatus.ERASED
        if self.is_deactivated:
            return MemberStatus.DEACTIVATED
        return MemberStatus.ACTIVE if self.has_joined else MemberStatus.INVITED

    @property
    def is_active(self) -> bool:
        """May the member take part?"""
        return not (self.is_deactivated or self.is_erased)

    @property
    def invitation_expires_at(self) -> datetime:
        """Until when the invitation can be accepted."""
        return self.invited_at + INVITATION_LIFETIME

    def may_accept(self, at: datetime) -> bool:
        """Does the invitation still stand? Not once a password was set or a week has gone by."""
        return self.is_active and not self.has_joined and at < self.invitation_expires_at

    @property
    def is_owner(self) -> bool:
        """Does the member answer for the tenant?"""
        return not OWNING.isdisjoint(self.roles)

    @classmethod
    def invite(
        cls,
        member_id: UUID,
        *,
        tenant_id: UUID,
        email: str,
        display_name: str,
        roles: tuple[Role, ...],
        by: Authority,
        at: datetime,
        dossier: Dossier = NO_DOSSIER,
        employee_limit: int | None = None,
    ) -> Self:
        """Invites a person, as long as the plan has room; only an owner invites an owner."""
        refuse_foreign_roles(tenant_id, roles)
        if not OWNING.isdisjoint(roles) and not by.is_owner:
            raise OwnersDecideOnOwners
        member = cls.new(member_id)
        member.record(
            MemberInvited,
            at=at,
            member_id=member_id,
            email=email,
            display_name=display_name,
            roles=roles,
            employee_limit=employee_limit,
            **dossier.model_dump(),
        )
        return member

    def set_password(self, password_hash: str, *, by: Authority, at: datetime) -> None:
        """Sets a password. Others may set the first one only; the house itself may always."""
        self._refuse_unless_active()
        someone_else = by.member_id is not None and by.member_id != self.id
        if someone_else and self.password_hash is not None:
            raise PasswordBelongsToMember
        if someone_else:
            self.refuse_strangers_to_owners(by)
        self.record(MemberPasswordSet, at=at, member_id=self.id, password_hash=password_hash)
        if not self.has_joined:
            self.record(MemberJoined, at=at)

    def rehash_password(self, password_hash: str, *, at: datetime) -> None:
        """Keeps the same password under stronger parameters; sessions stay open."""
        self._refuse_unless_active()
        self.record(MemberPasswordRehashed, at=at, member_id=self.id, password_hash=password_hash)

    def change_email(self, email: str, *, by: Authority, at: datetime) -> None:
        """Moves the member to another address."""
        self._refuse_unless_active()
        self.refuse_strangers_to_owners(by)
        if email == self.email:
            return
        self.record(MemberEmailChanged, at=at, member_id=self.id, email=email)

    def change_roles(self, roles: tuple[Role, ...], *, tenant_id: UUID, by: Authority, at: datetime) -> None:
        """Gives the member exactly these roles."""
        self._refuse_unless_active()
        refuse_foreign_roles(tenant_id, roles)
        if set(roles) == set(self.roles):
            return
        remains_owner = not OWNING.isdisjoint(roles)
        if remains_owner and not by.is_owner:
            raise OwnersDecideOnOwners
        self.refuse_strangers_to_owners(by)
        if not remains_owner:
            self._refuse_self_removal_of_owner(by)
        self.record(MemberRolesChanged, at=at, roles=roles)

    def deactivate(self, *, by: Authority, at: datetime) -> None:
        """Takes away the right to sign in and act."""
        if not self.is_active:
            return
        self.refuse_strangers_to_owners(by)
        self._refuse_self_removal_of_owner(by)
        self.record(MemberDeactivated, at=at)

    def reactivate(self, *, by: Authority, at: datetime, employee_limit: int | None = None) -> None:
        """Gives back the right to sign in and act, as long as the plan has room."""
        if self.is_erased:
            raise MemberIsErased
        if not self.is_deactivated:
            return
        self.refuse_strangers_to_owners(by)
        self.record(MemberReactivated, at=at, employee_limit=employee_limit)

    def erase(self, *, by: Authority, at: datetime) -> None:
        """Forgets the person, for good."""
        if self.is_erased:
            return
        self.refuse_strangers_to_owners(by)
        self._refuse_self_removal_of_owner(by)
        self.record(MemberErased, at=at)

    def refuse_strangers_to_owners(self, by: Authority) -> None:
        """Says no to whoever decides about an owner without being one."""
        if self.is_owner and not by.is_owner:
            raise OwnersDecideOnOwners

    def _refuse_unless_active(self) -> None:
        if self.is_erased:
            raise MemberIsErased
        if self.is_deactivated:
            raise MemberIsDeactivated

    def _refuse_self_removal_of_owner(self, by: Authority) -> None:
        if self.is_owner and by.member_id == self.id:
            raise OwnerCannotRemoveThemself

    def claims(self, event: "MemberEvent") -> Claims:
        """An address and an external id belong to one member until they are changed or erased;
        whoever may take part has a place among the plan's employees."""
        match event:
            case MemberInvited():
                taken = (self._address(event.email, event.originator_id), self._place(event.employee_limit))
                if event.external_id is None:
                    return Claims(taken=taken)
                known_as = Claim(EXTERNAL_ID, PersonalKey(event.external_id), self.id)
                return Claims(taken=(*taken, known_as))
            case MemberEmailChanged():
                return Claims(taken=(self._address(event.email, self.id),), released=(self._released(),))
            case MemberDeactivated():
                return Claims(released=(self._place_released(),))
            case MemberReactivated():
                return Claims(taken=(self._place(event.employee_limit),))
            case MemberErased():
                released = (self._released(), self._place_released())
                if self.external_id is None:
                    return Claims(released=released)
                known_as_nobody = Release(EXTERNAL_ID, PersonalKey(self.external_id), self.id)
                return Claims(released=(*released, known_as_nobody))
            case MemberJoined() | MemberPasswordSet() | MemberPasswordRehashed() | MemberRolesChanged():
                return NO_CLAIMS
            case _:
                assert_never(event)

    @staticmethod
    def _address(email: str, holder: UUID) -> Claim:
        return Claim(kind=EMAIL, key=PersonalKey(email), holder=holder)

    def _released(self) -> Release:
        return Release(kind=EMAIL, key=PersonalKey(self.email), holder=self.id)

    def _place(self, limit: int | None) -> Claim:
        capacity = UNLIMITED if limit is None else limit
        return Claim(EMPLOYEES, ACTIVE, self.id, capacity=capacity, shape="amount")

    def _place_released(self) -> Release:
        return Release(EMPLOYEES, ACTIVE, self.id)

    def evolve(self, event: "MemberEvent") -> None:
        match event:
            case MemberInvited():
                self.member_id = event.member_id
                self.email = event.email
                self.display_name = event.display_name
                self.roles = event.roles
                self.invited_at = event.occurred_at
                self.external_id = event.external_id
                self.given_name = event.given_name
                self.family_name = event.family_name
                self.employee_number = event.employee_number
                self.department_code = event.department_code
                self.cost_centre_code = event.cost_centre_code
                self.manager_id = event.manager_id
            case MemberJoined():
                self.has_joined = True
            case MemberPasswordSet():
                self.password_hash = event.password_hash
                self.password_generation += 1
            case MemberPasswordRehashed():
                self.password_hash = event.password_hash
            case MemberEmailChanged():
                self.email = event.email
            case MemberRolesChanged():
                self.roles = event.roles
            case MemberDeactivated():
                self.is_deactivated = True
            case MemberReactivated():
                self.is_deactivated = False
            case MemberErased():
                self.is_erased = True
                self.email = ERASED_EMAIL
                self.display_name = ERASED_TEXT
                self.password_hash = None
                self.external_id = self.given_name = self.family_name = self.employee_number = None
            case _:
                assert_never(event)


MemberEvent = (
    MemberInvited
    | MemberJoined
    | MemberPasswordSet
    | MemberPasswordRehashed
    | MemberEmailChanged
    | MemberRolesChanged
    | MemberDeactivated
    | MemberReactivated
    | MemberErased
)
