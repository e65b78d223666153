"""Signing up: how somebody without an account comes to a company, its first key and its plan."""

from contextlib import suppress
from hashlib import sha256
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field, SecretStr

from adapters.bootstrap import InvitationInvalid, failpoint
from api.rest.conventions import View
from api.rest.door import Door
from api.rest.session import PublicDep, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Order
from application.platform.signups import ConfirmSignup, RequestSignup, first_key_id
from application.processes.onboarding import steps_of
from domain.billing.calendar import Zone
from domain.billing.fitting import PlanNotOffered, PlanOnQuote
from domain.billing.price import Name, ProductLine, in_force
from domain.billing.subscription import (
    SubscribedAlready,
    Subscription,
    SubscriptionStatus,
    TrialDays,
    subscription_id,
)
from domain.kernel.text import Code, CountryCode, EmailText, Line, Slug, Title
from domain.platform.member import Member
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.signup import Signup
from domain.platform.tenant import Tenant

router = Shelf(tags=["signup"], route_class=StrictRoute)

# Never changed: the ids of the steps derive from it, and the house signs with it.
HOUSE = Actor(id=uuid5(UUID("e5ca1e00-0000-8000-8000-000000000002"), "signup"), kind="system")


class NewCompany(Command):
    """The company that is asked for, who answers for it, and the plan it begins on."""

    company_name: Title
    slug: Slug = Field(description="the name under which its people sign in")
    email: EmailText
    name: Line = Field(description="of the person who signs up")
    line: ProductLine = ProductLine.WHITE_LABEL
    plan: Name = "starter"
    trial_days: TrialDays = Field(14, description="nothing is paid before they are over")
    zone: Zone = "Europe/Paris"
    country: CountryCode
    vat_number: Code | None = None


class Confirmation(Command):
    """The token of the letter."""

    token: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class SignupView(View):
    """A letter is on its way. Nothing is opened before its token comes back."""

    signup_id: UUID
    slug: str
    confirmation_token: str | None = Field(
        description="null, except in development without a mail server: there nobody would get the letter"
    )


class Onboarded(View):
    """A company, ready for its first call. The secrets are shown until its owner has chosen a password."""

    tenant_id: UUID
    slug: str
    owner_id: UUID
    plan: str
    status: SubscriptionStatus | None = Field(description="null if no plan could be taken; take one")
    api_key: str | None = Field(
        description="present it as a bearer credential; keep it, it is not shown again"
    )
    invitation_token: str | None = Field(description="sets the owner's password, at /api/v1/auth/invitations")


@router.post("/api/v1/signup", operation_id="sign_up", status_code=202, summary="Sign up")
def sign_up(body: NewCompany, door: PublicDep) -> SignupView:
    """Asks for a company. A letter goes to the address; the token in it opens the company. Repeating the request
    with the same Idempotency-Key sends no second letter."""
    address = sha256(body.email.encode()).hexdigest()[:32]
    door.spend(f"signup:{door.address}", max(1, door.limits.sign_in // 2))
    door.spend(f"signup-mail:{address}", max(1, door.limits.sign_in // 10))
    signup = _requested(body, door, principal=uuid5(PLATFORM_TENANT_ID, address))
    settings = door.house.settings
    is_shown = settings.env == "development" and settings.smtp_url is None
    token = door.house.identity.signup_token(signup.id) if is_shown else None
    return SignupView(signup_id=signup.id, slug=signup.wish.slug, confirmation_token=token)


@router.post(
    "/api/v1/signup/confirm", operation_id="confirm_signup", status_code=201, summary="Confirm a sign-up"
)
def confirm_signup(body: Confirmation, door: PublicDep) -> Onboarded:
    """Opens the company: its tenant, its first member, a policy, an API key and a subscription. Repeating it opens
    no second one, and answers the same until the owner has chosen a password."""
    token = body.token.get_secret_value()
    attempts = door.attempts(sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    attempts.refuse_too_many()
    try:
        signup_id = door.house.identity.signed_up(token)
    except InvitationInvalid:
        attempts.note_failure()
        raise
    return _onboarded(signup_id, door)


@router.post(
    "/api/v1/enterprise/signups",
    operation_id="onboard_company",
    status_code=201,
    summary="Open a company for somebody",
)
def onboard_company(body: NewCompany, session: SessionDep) -> Onboarded:
    """The same on the word of the platform's staff, without a letter. Hand over the secrets. Platform staff only."""
    session.only_tenant(PLATFORM_TENANT_ID)
    session.refuse_if_match()
    signup = _requested(body, session, principal=session.principal)
    return _onboarded(signup.id, session)


def _requested(body: NewCompany, door: Door, *, principal: UUID) -> Signup:
    offer = in_force(door.house.price_lists.versions(), body.line, body.plan, door.house.clock())
    if offer is None:
        raise PlanNotOffered(pointer="/plan")
    if offer.on_quote:
        raise PlanOnQuote(pointer="/plan")
    command = RequestSignup.model_validate(body.model_dump(mode="json"))
    order = door.order(command, tenant_id=PLATFORM_TENANT_ID, actor=HOUSE, principal=principal)
    return door.left(order, door.house.execute(order), Signup)


def _onboarded(signup_id: UUID, door: Door) -> Onboarded:
    """Takes every step that was not taken yet; the process `onboarding` does, should this process die here."""
    house, platform = door.house, door.house.streams(PLATFORM_TENANT_ID)
    house.execute(_step(signup_id, "confirm", PLATFORM_TENANT_ID, ConfirmSignup(signup_id=signup_id), door))
    _step_taken("confirm")
    signup = platform.load(Signup, signup_id)
    registration = platform.load(Registration, signup.tenant_id)
    for name, tenant_id, command in () if signup.is_completed else steps_of(signup, registration):
        # Subscribed already: the process was faster, or its people have taken a plan.
        with suppress(SubscribedAlready):
            house.execute(_step(signup_id, name, tenant_id, command, door))
        _step_taken(name)
    return _shown(signup, door)


def _step_taken(name: str) -> None:
    # A failpoint behind every step; tests/api/test_signups.py arms them one after the other.
    failpoint(f"signup.after_{name}")


def _step(signup_id: UUID, name: str, tenant_id: UUID, command: Command, door: Door) -> Order:
    # Derived, so that a repeated confirmation repeats its steps calmly.
    command_id = uuid5(signup_id, name)
    return Order(
        tenant_id=tenant_id,
        command=command,
        actor=HOUSE,
        id=CommandId(command_id, sha256(command.model_dump_json().encode()).digest(), keyed=True),
        at=door.house.clock(),
        source="system",
        correlation_id=signup_id,
    )


def _shown(signup: Signup, door: Door) -> Onboarded:
    house, tenant_id = door.house, signup.tenant_id
    streams, credentials = house.streams(tenant_id), house.identity.credentials
    tenant, owner = streams.load(Tenant, tenant_id), streams.load(Member, signup.owner_id)
    subscription = streams.find(Subscription, subscription_id(tenant_id))
    key_id = first_key_id(tenant_id)
    key = credentials.api_key(tenant_id=tenant_id, key_id=key_id, command_id=key_id)
    invitation = credentials.invitation(
        tenant_id=tenant_id, member_id=owner.id, password_generation=owner.password_generation
    )
    is_new = not owner.has_joined
    return Onboarded(
        tenant_id=tenant_id,
        slug=tenant.slug,
        owner_id=owner.id,
        plan=subscription.terms.plan if subscription else tenant.plan,
        status=subscription.status(house.clock()) if subscription else None,
        api_key=key.presented if is_new else None,
        invitation_token=invitation if is_new else None,
    )
