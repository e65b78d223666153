"""How does a program get a key, and lose it?"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.pointing import pointing
from application.platform.authority import refuse_strangers_to_owners
from application.ports.credentials import IssuedSecret
from application.ports.store import Saved
from domain.kernel.instants import Instant
from domain.kernel.refusals import Forbidden, NotFound
from domain.kernel.text import Title
from domain.platform.api_key import ApiKey, ExpiryOutOfBounds
from domain.platform.member import Member
from domain.platform.roles import Scopes


class IssueApiKey(Command):
    """Issue a key for a program that acts for the one who asks; only the house issues for others."""

    name: Title
    scopes: Scopes
    expires_at: Instant | None = None
    member_id: UUID | None = None


class RevokeApiKey(Command):
    """Make a key worthless."""

    api_key_id: UUID


class KeysAreIssuedInPerson(Forbidden):
    """Sign in to issue an API key; it can only act for yourself."""


def api_key_id_for(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the key a command issues; a repeat gives the same."""
    return uuid5(tenant_id, f"api-key:{command_id}")


def secret_of(context: Context) -> IssuedSecret:
    """The secret this command issues: derived, so a repeated command can show it again."""
    return context.ports.credentials.api_key(
        tenant_id=context.tenant_id,
        key_id=api_key_id_for(context.tenant_id, context.command.id),
        command_id=context.command.id,
    )


def issue_api_key(command: IssueApiKey, context: Context) -> Saved:
    member_id = command.member_id or context.actor.id
    is_house = context.actor.kind in ("system", "import", "process")
    if not is_house and (context.actor.kind == "api_key" or member_id != context.actor.id):
        raise KeysAreIssuedInPerson
    issued = secret_of(context)

    def issue() -> ApiKey:
        member = context.store.read(Member, member_id)
        if member is None or not member.is_active:
            raise NotFound
        return ApiKey.issue(
            api_key_id_for(context.tenant_id, context.command.id),
            member_id=member_id,
            name=command.name,
            prefix=issued.prefix,
            secret_hash=issued.secret_hash,
            scopes=command.scopes,
            expires_at=command.expires_at,
            at=context.now,
        )

    with pointing("/expires_at", ExpiryOutOfBounds):
        return context.store.add(issue)


def revoke_api_key(command: RevokeApiKey, context: Context) -> Saved:
    def decide(key: ApiKey) -> None:
        if not context.reaches(key.member_id):
            raise NotFound
        refuse_strangers_to_owners(key.member_id, context)
        key.revoke(at=context.now)

    return context.store.change(ApiKey, command.api_key_id, decide)


HANDLERS: Handlers = {IssueApiKey: issue_api_key, RevokeApiKey: revoke_api_key}
