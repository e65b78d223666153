"""On whose authority does a command about members run?"""

from uuid import UUID

from application.kernel.context import Context
from domain.platform.member import SYSTEM, Authority, Member


def authority_of(context: Context) -> Authority:
    """The member who asks, as they stand now.

    The look-up is guarded: if two owners remove each other at the same time, the second
    decision runs again, finds itself no longer an owner and refuses. An API key never
    decides on owners, whoever it belongs to.
    """
    if context.actor.kind in ("process", "import", "system"):
        return SYSTEM
    if context.actor.kind == "api_key":
        return Authority(member_id=context.actor.id, is_owner=False)
    member = context.store.read(Member, context.actor.id)
    return Authority(
        member_id=context.actor.id,
        is_owner=member is not None and member.is_active and member.is_owner,
    )


def refuse_strangers_to_owners(member_id: UUID, context: Context) -> None:
    """What opens the house to an owner is taken away by the owner, or by another one."""
    if context.actor.id == member_id:
        return
    member = context.store.read(Member, member_id)
    if member is not None:
        member.refuse_strangers_to_owners(authority_of(context))
