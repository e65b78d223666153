"""How does somebody without an account come to a company of their own?

Confirming registers the company in the same transaction, so that one sign-up never makes two. The other steps
are each in one tenant and safe to repeat: the door takes them at once, and the process `onboarding` takes the
rest if the door died in between. The API key has an id of its own, whoever issues it.
"""

from uuid import UUID, uuid5

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.kernel.pointing import pointing
from application.platform.tenants import OnlyOnThePlatform, SlugTaken
from application.ports.credentials import IssuedSecret
from application.ports.store import Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, NotFound
from domain.kernel.text import EmailText, Line
from domain.platform.api_key import ApiKey
from domain.platform.member import Member
from domain.platform.plan import Plan
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration, SlugReserved
from domain.platform.roles import Scope
from domain.platform.signup import Signup, SignupUnknown, Wish
from domain.platform.theme import PLAIN

FIRST_KEY_SCOPES = tuple(scope for scope in Scope if scope is not Scope.PLATFORM_WRITE)


class RequestSignup(Wish, Command):
    """Ask for a company. Nothing is opened before the address is confirmed. In the platform's tenant."""

    email: EmailText
    name: Line


class ConfirmSignup(Command):
    """Confirm the address and register the company. In the platform's tenant."""

    signup_id: UUID


class IssueFirstKey(Command):
    """Issue the key that a new company begins with, once. In the new tenant, by the house."""

    owner_id: UUID


class CompleteSignup(Command):
    """Note that a new company has everything. In the platform's tenant."""

    signup_id: UUID


def signup_id_for(command_id: UUID) -> UUID:
    """The id of a sign-up; a repeated request gets the same."""
    return uuid5(PLATFORM_TENANT_ID, f"signup-request:{command_id}")


def first_key_id(tenant_id: UUID) -> UUID:
    """The id of a company's first key; also the command its secret is derived from."""
    return uuid5(tenant_id, "first-key")


def request_signup(command: RequestSignup, context: Context) -> Saved:
    _refuse_outside_platform(context)
    signup_id = signup_id_for(context.command.id)
    wish = Wish.model_validate(command.model_dump(include=set(Wish.model_fields)))

    def ask() -> tuple[Signup, ...]:
        signup = context.store.read(Signup, signup_id) or Signup.new(signup_id)
        with pointing("/slug", SlugReserved):
            _registration(
                signup_id, wish, plan=_suite_plan(wish), context=context
            )  # refuses what never can be
        signup.request(wish, email=command.email, name=command.name, at=context.now)
        return (signup,)

    return context.store.save_all(ask)


def confirm_signup(command: ConfirmSignup, context: Context) -> Saved:
    _refuse_outside_platform(context)

    def confirm() -> tuple[Aggregate, ...]:
        signup = context.store.read(Signup, command.signup_id)
        if signup is None:
            raise SignupUnknown
        signup.confirm(at=context.now)
        if not signup.has_pending_events:
            return (signup,)
        registration = _registration(
            signup.tenant_id,
            signup.wish,
            plan=_suite_plan(signup.wish),
            context=context,
            owner_id=signup.owner_id,
            email=signup.email,
            name=signup.name,
        )
        # In this order: whoever follows the confirmation finds the registration made.
        return (registration, signup)

    try:
        return context.store.save_all(confirm)
    except CapacityTaken as refusal:
        raise SlugTaken(**refusal.facts) from None


def first_secret(context: Context) -> IssuedSecret:
    """The secret of the first key: derived, so that whoever repeats the step shows the same."""
    key_id = first_key_id(context.tenant_id)
    return context.ports.credentials.api_key(tenant_id=context.tenant_id, key_id=key_id, command_id=key_id)


def issue_first_key(command: IssueFirstKey, context: Context) -> Saved:
    key_id, issued = first_key_id(context.tenant_id), first_secret(context)

    def issue() -> tuple[ApiKey, ...]:
        known = context.store.read(ApiKey, key_id)
        if known is not None:
            return (known,)
        owner = context.store.read(Member, command.owner_id)
        if owner is None or not owner.is_active:
            raise NotFound
        return (
            ApiKey.issue(
                key_id,
                member_id=command.owner_id,
                name="First key",
                prefix=issued.prefix,
                secret_hash=issued.secret_hash,
                scopes=FIRST_KEY_SCOPES,
                expires_at=None,
                at=context.now,
            ),
        )

    return context.store.save_all(issue)


def complete_signup(command: CompleteSignup, context: Context) -> Saved:
    _refuse_outside_platform(context)
    return context.store.change(Signup, command.signup_id, lambda signup: signup.complete(at=context.now))


def _suite_plan(wish: Wish) -> Plan:
    """The suite's plan: the one asked for, or the smallest one where another product line is."""
    return Plan(wish.plan) if wish.line == "white_label" and wish.plan in set(Plan) else Plan.STARTER


def _registration(
    tenant_id: UUID,
    wish: Wish,
    *,
    plan: Plan,
    context: Context,
    owner_id: UUID | None = None,
    email: str | None = None,
    name: str | None = None,
) -> Registration:
    return Registration.make(
        tenant_id,
        company_name=wish.company_name,
        slug=wish.slug,
        plan=plan,
        custom_domain=None,
        theme=PLAIN,
        modules_enabled=(),
        sla_level=None,
        api_quota_daily=None,
        owner_id=owner_id or uuid5(tenant_id, "owner"),
        owner_email=email,
        owner_name=name,
        at=context.now,
    )


def _refuse_outside_platform(context: Context) -> None:
    if context.tenant_id != PLATFORM_TENANT_ID:
        raise OnlyOnThePlatform


HANDLERS: Handlers = {
    RequestSignup: request_signup,
    ConfirmSignup: confirm_signup,
    IssueFirstKey: issue_first_key,
    CompleteSignup: complete_signup,
}
