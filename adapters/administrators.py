"""How does an installation get its first platform administrator, when nobody can sign in yet?"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from pydantic import ValidationError

from adapters.event_store.commands import Commands
from adapters.identity.identity import Identity
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.platform.members import EmailTaken, InviteMember
from domain.kernel.refusals import Malformed
from domain.platform.member import Member
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Role

OPERATOR = Actor(uuid5(PLATFORM_TENANT_ID, "operator"), "system")


class NoSuchAddress(Malformed):
    """Name an e-mail address, such as admin@example.com, and a name of at most 200 characters."""


@dataclass(frozen=True)
class Appointment:
    """A platform administrator; the invitation is None once it was accepted or has expired."""

    email: str
    is_new: bool
    has_joined: bool
    invitation: str | None
    expires_at: datetime


def appoint(commands: Commands, identity: Identity, *, email: str, name: str, at: datetime) -> Appointment:
    """Invites a platform administrator, on the authority of whoever holds the master key; repeating it is calm."""
    try:
        invite = InviteMember(email=email, display_name=name, roles=(Role.PLATFORM_ADMIN,))
    except ValidationError:
        raise NoSuchAddress from None
    commands.open_head(PLATFORM_TENANT_ID)
    is_new = identity.member_with(PLATFORM_TENANT_ID, invite.email) is None
    if is_new:
        try:
            commands.execute(order_of_operator(invite, at))
        except EmailTaken:
            is_new = False  # somebody else appointed them a moment ago
    member = identity.member_with(PLATFORM_TENANT_ID, invite.email)
    assert member is not None
    return Appointment(
        email=member.email,
        is_new=is_new,
        has_joined=member.has_joined,
        invitation=_invitation(member.id, identity) if _is_open(member, at) else None,
        expires_at=member.invitation_expires_at,
    )


def order_of_operator(command: Command, at: datetime) -> Order:
    """A command of whoever runs the installation, in the platform's tenant."""
    command_id = CommandId(uuid4(), sha256(type(command).__name__.encode()).digest())
    return Order(PLATFORM_TENANT_ID, command, OPERATOR, command_id, at=at, source="system")


def _is_open(member: Member, at: datetime) -> bool:
    # Only administrators: an auditor of the platform is invited by one of them.
    return Role.PLATFORM_ADMIN in member.roles and member.may_accept(at)


def _invitation(member_id: UUID, identity: Identity) -> str:
    return identity.credentials.invitation(
        tenant_id=PLATFORM_TENANT_ID, member_id=member_id, password_generation=0
    )
