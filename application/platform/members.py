"""How do people join a tenant, change in it and leave it?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import Field, SecretStr

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.pointing import pointing
from application.platform.authority import authority_of
from application.platform.employees import EmployeeLimitReached, employee_limit
from application.ports.store import Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Conflict, Forbidden, NotFound
from domain.kernel.text import EmailText, Line
from domain.platform.member import EMPLOYEES, Member
from domain.platform.password import MAXIMUM_LENGTH, refuse_weak_password
from domain.platform.roles import RoleNotOffered, Roles
from domain.platform.subject import DataSubject, subject_stream

# Shown as stars wherever a command is printed or logged; a repeat is recognised by a keyed digest of it.
Password = Annotated[SecretStr, Field(min_length=1, max_length=MAXIMUM_LENGTH)]


class InviteMember(Command):
    """Invite a person into the tenant."""

    email: EmailText
    display_name: Line
    roles: Roles


class ChangeMemberRoles(Command):
    """Give a member exactly these roles."""

    member_id: UUID
    roles: Roles


class ChangeMemberEmail(Command):
    """Move a member to another e-mail address."""

    member_id: UUID
    email: EmailText


class SetPassword(Command):
    """Choose a password; a member who has one already proves it first."""

    member_id: UUID
    password: Password
    current_password: Password | None = None


class RehashPassword(Command):
    """Hash the password just presented again, with today's parameters."""

    member_id: UUID
    password: Password


class DeactivateMember(Command):
    """Take away a member's right to sign in and act."""

    member_id: UUID


class ReactivateMember(Command):
    """Give a member back the right to sign in and act."""

    member_id: UUID


class EraseMember(Command):
    """Forget a member, for good."""

    member_id: UUID


class EraseSubject(Command):
    """Forget a person who is no member here, but named in this tenant's history."""

    subject_id: UUID


class EmailTaken(CapacityTaken):
    """Another member of the company has this e-mail address."""

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        super().__init__(detail, **{"pointer": "/email", **facts})


class CurrentPasswordWrong(Forbidden):
    """The current password is not correct."""


def member_id_for(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the member an invitation makes; a repeat gives the same."""
    return uuid5(tenant_id, f"member:{command_id}")


def invite_member(command: InviteMember, context: Context) -> Saved:
    member_id = member_id_for(context.tenant_id, context.command.id)
    with _claimed(), pointing("/roles", RoleNotOffered):
        return context.store.add(
            lambda: Member.invite(
                member_id,
                tenant_id=context.tenant_id,
                email=command.email,
                display_name=command.display_name,
                roles=command.roles,
                employee_limit=employee_limit(context),
                by=authority_of(context),
                at=context.now,
            )
        )


def change_member_roles(command: ChangeMemberRoles, context: Context) -> Saved:
    with pointing("/roles", RoleNotOffered):
        return context.store.change(
            Member,
            command.member_id,
            lambda member: member.change_roles(
                command.roles, tenant_id=context.tenant_id, by=authority_of(context), at=context.now
            ),
        )


def change_member_email(command: ChangeMemberEmail, context: Context) -> Saved:
    with _claimed():
        return context.store.change(
            Member,
            command.member_id,
            lambda member: member.change_email(command.email, by=authority_of(context), at=context.now),
        )


def set_password(command: SetPassword, context: Context) -> Saved:
    if not context.reaches(command.member_id):
        raise NotFound
    known = context.store.load(Member, command.member_id)
    password = command.password.get_secret_value()
    refuse_weak_password(password, email=known.email)
    if context.actor.id == known.id and known.password_hash is not None:
        current = command.current_password.get_secret_value() if command.current_password else ""
        if not context.ports.credentials.verify_password(known.password_hash, current):
            raise CurrentPasswordWrong
    # Hashed once, before the decision: it is slow on purpose, and the decision may run again.
    password_hash = context.ports.credentials.hash_password(password)

    def decide(member: Member) -> None:
        if member.password_generation != known.password_generation:
            raise Conflict  # what was proved a moment ago is no longer the current password
        member.set_password(password_hash, by=authority_of(context), at=context.now)

    return context.store.change(Member, command.member_id, decide)


def rehash_password(command: RehashPassword, context: Context) -> Saved:
    known = context.store.load(Member, command.member_id)
    password = command.password.get_secret_value()
    if not context.ports.credentials.verify_password(known.password_hash, password):
        raise CurrentPasswordWrong
    password_hash = context.ports.credentials.hash_password(password)

    def decide(member: Member) -> None:
        if member.password_hash == known.password_hash:
            member.rehash_password(password_hash, at=context.now)

    return context.store.change(Member, command.member_id, decide)


def deactivate_member(command: DeactivateMember, context: Context) -> Saved:
    return context.store.change(
        Member, command.member_id, lambda member: member.deactivate(by=authority_of(context), at=context.now)
    )


def reactivate_member(command: ReactivateMember, context: Context) -> Saved:
    with _claimed():
        return context.store.change(
            Member,
            command.member_id,
            lambda member: member.reactivate(
                by=authority_of(context), at=context.now, employee_limit=employee_limit(context)
            ),
        )


def erase_member(command: EraseMember, context: Context) -> Saved:
    def decide() -> tuple[Aggregate, ...]:
        member = context.store.load(Member, command.member_id)
        member.erase(by=authority_of(context), at=context.now)
        return (member, _erased_subject(command.member_id, context))

    return context.store.save_all(decide)


def erase_subject(command: EraseSubject, context: Context) -> Saved:
    return context.store.save_all(lambda: (_erased_subject(command.subject_id, context),))


def _erased_subject(subject_id: UUID, context: Context) -> DataSubject:
    stream_id = subject_stream(subject_id)
    subject = context.store.read(DataSubject, stream_id) or DataSubject.new(stream_id)
    subject.erase(subject_id, at=context.now)
    return subject


@contextmanager
def _claimed() -> Iterator[None]:
    """A refused claim is about the plan's employees, or else about the address."""
    try:
        yield
    except CapacityTaken as refusal:
        kind = EmployeeLimitReached if EMPLOYEES in refusal.kinds() else EmailTaken
        raise kind(**refusal.facts) from None


HANDLERS: Handlers = {
    InviteMember: invite_member,
    ChangeMemberRoles: change_member_roles,
    ChangeMemberEmail: change_member_email,
    SetPassword: set_password,
    RehashPassword: rehash_password,
    DeactivateMember: deactivate_member,
    ReactivateMember: reactivate_member,
    EraseMember: erase_member,
    EraseSubject: erase_subject,
}
