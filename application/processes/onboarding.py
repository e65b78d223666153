"""What follows when somebody signs up? A letter; and once they confirm, everything a company begins with."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal
from uuid import UUID

from application.billing.subscriptions import StartSubscription
from application.kernel.command import Command
from application.kernel.process import Effect, History, InTenant
from application.platform.signups import CompleteSignup, IssueFirstKey
from application.platform.tenants import CompleteRegistration, opening_of
from application.travel.policies import AdoptFirstPolicy
from domain.billing.price import ProductLine
from domain.billing.terms import Debtor
from domain.kernel.event import DomainEvent
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.registration import Registration
from domain.platform.signup import Signup, SignupConfirmed, SignupRequested


def steps_of(signup: Signup, registration: Registration) -> Iterator[tuple[str, UUID, Command]]:
    """What remains to be done after the confirmation, for the door and the process alike: name, tenant, command.

    Each step is safe to repeat. A company that has taken a plan meanwhile keeps it.
    """
    company, wish = signup.tenant_id, signup.wish
    yield "open", company, opening_of(registration)
    yield "note_open", PLATFORM_TENANT_ID, CompleteRegistration(registration_id=registration.id)
    yield "policy", company, AdoptFirstPolicy()
    yield "key", company, IssueFirstKey(owner_id=signup.owner_id)
    yield (
        "subscribe",
        company,
        StartSubscription(
            line=ProductLine(wish.line),
            plan=wish.plan,
            zone=wish.zone,
            debtor=Debtor(legal_name=wish.company_name, country=wish.country, vat_number=wish.vat_number),
            trial_days=wish.trial_days,
        ),
    )
    yield "complete", PLATFORM_TENANT_ID, CompleteSignup(signup_id=signup.id)


class Onboarding:
    """Finishes what the door began, if the door died in between."""

    name: ClassVar[str] = "onboarding"
    handles: ClassVar[tuple[type[DomainEvent], ...]] = (SignupRequested, SignupConfirmed)
    starts: ClassVar[Literal["beginning", "now"]] = "beginning"

    def react(
        self, event: SignupRequested | SignupConfirmed, history: History
    ) -> Iterable[Command | InTenant | Effect]:
        if isinstance(event, SignupRequested):
            yield Effect("signup_letter")
            return
        signup = history.find(Signup, event.originator_id)
        registration = history.find(Registration, event.tenant_id)
        if signup is None or registration is None:
            return
        for _, tenant_id, command in steps_of(signup, registration):
            yield InTenant(tenant_id, command)
