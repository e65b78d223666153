"""Accepting an invitation: how someone who was invited comes to a first password."""

from hashlib import sha256
from typing import Annotated

from pydantic import Field, SecretStr

from adapters.bootstrap import InvitationInvalid
from api.rest.auth import actor_of
from api.rest.door import Door
from api.rest.members import MemberView
from api.rest.session import PublicDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.kernel.order import Order
from application.platform.members import CurrentPasswordWrong, Password, SetPassword
from domain.kernel.refusals import Conflict
from domain.platform.member import Member, MemberIsDeactivated, MemberIsErased
from domain.platform.password import PasswordTooWeak

router = Shelf(prefix="/api/v1/auth/invitations", tags=["sessions"], route_class=StrictRoute)

# What somebody who was faster leaves behind: to whoever comes second the invitation is simply void.
OVERTAKEN = (Conflict, CurrentPasswordWrong, MemberIsDeactivated, MemberIsErased)


class Acceptance(Command):
    """The token of an invitation, and the password to sign in with from now on."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    password: Password


@router.post("", operation_id="accept_invitation", summary="Accept an invitation")
def accept_invitation(body: Acceptance, door: PublicDep) -> MemberView:
    """Sets the first password of an invited member, who can then sign in. The token is good once, within seven
    days. One answer for every token that is not."""
    token = body.token.get_secret_value()
    attempts = door.attempts(sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    attempts.refuse_too_many()
    try:
        return _accepted(door, token, body)
    except InvitationInvalid:
        attempts.note_failure()
        raise
    except PasswordTooWeak as refusal:
        refusal.facts["pointer"] = "/password"
        raise


def _accepted(door: Door, token: str, body: Acceptance) -> MemberView:
    invited = door.house.identity.invited(token, at=door.house.clock())
    order = door.order(
        SetPassword(member_id=invited.member_id, password=body.password),
        tenant_id=invited.tenant_id,
        actor=actor_of(invited.tenant_id, invited.member_id),
        principal=invited.member_id,
    )
    if not invited.is_open and not _was_accepted_by(order, door):
        raise InvitationInvalid
    try:
        answer = door.house.execute(order)
    except OVERTAKEN:
        raise InvitationInvalid from None
    door.house.identity.forget()
    return MemberView.of(door.left(order, answer, Member), answer.saved.position)


def _was_accepted_by(order: Order, door: Door) -> bool:
    """Is this the acceptance itself, sent again because its answer was lost?"""
    return order.id.keyed and door.house.commands.find(order.tenant_id, order.id) is not None
