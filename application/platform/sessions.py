"""How does a sign-in begin, go on and end?"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.platform.authority import refuse_strangers_to_owners
from application.ports.store import AsOf, Saved
from domain.kernel.refusals import NotFound, Unauthenticated
from domain.platform.member import Member
from domain.platform.session import RevocationReason, Session, SessionEnded


class OpenSession(Command):
    """Sign a member in; the door has verified the credentials."""

    member_id: UUID


class RefreshSession(Command):
    """Exchange the refresh token of a generation for the next; the door has verified the token."""

    session_id: UUID
    generation: int


class RevokeSession(Command):
    """End a session."""

    session_id: UUID


class MemberMayNotSignIn(Unauthenticated):
    """E-mail address and password do not match an active member."""


def open_session(command: OpenSession, context: Context) -> Saved:
    session_id = uuid5(context.tenant_id, f"session:{context.command.id}")

    def begin() -> Session:
        member = context.store.read(Member, command.member_id)
        if member is None or not member.is_active:
            raise MemberMayNotSignIn
        return Session.open(
            session_id,
            member_id=member.id,
            password_generation=member.password_generation,
            at=context.now,
        )

    return context.store.add(begin)


def refresh_session(command: RefreshSession, context: Context) -> Saved:
    def decide(session: Session) -> None:
        member = context.store.read(Member, session.member_id)
        session.refresh(
            generation=command.generation,
            member_is_active=member is not None and member.is_active,
            password_generation=member.password_generation if member is not None else 0,
            at=context.now,
        )

    try:
        saved = context.store.change(Session, command.session_id, decide)
    except NotFound:
        raise SessionEnded from None
    # A stolen token is answered with a refusal, but only after the revocation is on record. Reading
    # the version this command left behind gives a repeat of it the same answer.
    context.store.as_of(Session, command.session_id, AsOf(version=saved.version)).refuse_if_revoked()
    return saved


def revoke_session(command: RevokeSession, context: Context) -> Saved:
    def decide(session: Session) -> None:
        if not context.reaches(session.member_id):
            raise NotFound
        refuse_strangers_to_owners(session.member_id, context)
        is_own = session.member_id == context.actor.id
        reason = RevocationReason.SIGNED_OUT if is_own else RevocationReason.REVOKED_BY_ADMIN
        session.revoke(reason, at=context.now)

    return context.store.change(Session, command.session_id, decide)


HANDLERS: Handlers = {
    OpenSession: open_session,
    RefreshSession: refresh_session,
    RevokeSession: revoke_session,
}
