"""Who asked for a company of their own, and has the address been confirmed?"""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import Field

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.instants import Instant
from domain.kernel.personal import Personal
from domain.kernel.refusals import NotFound, RuleBroken
from domain.kernel.text import Code, CountryCode, EmailText, Line, Slug, Title
from domain.kernel.value import Value
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

# A letter that is a week old was not waited for.
GOOD_FOR = timedelta(days=7)


class Wish(Value):
    """What is asked for: a company, and the plan it begins on. The billing side knows what the plan means."""

    company_name: Title
    slug: Slug
    line: Code
    plan: Code
    trial_days: Annotated[int, Field(strict=True, ge=0, le=90)] = 14
    zone: Title = "Europe/Paris"
    country: CountryCode
    vat_number: Code | None = None


class SignupRequested(DomainEvent):
    """Somebody asked for a company; a letter asks whether the address is theirs."""

    TOPIC: ClassVar[str] = "signup.requested.v1"

    tenant_id: UUID
    owner_id: UUID
    wish: Wish
    email: Annotated[EmailText, Personal(subject="owner_id", erased="erased@erased.invalid")]
    name: Annotated[Line, Personal(subject="owner_id")]
    good_until: Instant


class SignupConfirmed(DomainEvent):
    """The address is theirs, or the platform's staff vouches for it; the company is registered."""

    TOPIC: ClassVar[str] = "signup.confirmed.v1"

    tenant_id: UUID


class SignupCompleted(DomainEvent):
    """The company has its tenant, its owner, a policy, a key and a subscription."""

    TOPIC: ClassVar[str] = "signup.completed.v1"


class SignupUnknown(NotFound):
    """Nobody signed up under this token, or too long ago; sign up again."""


class SignupLapsed(RuleBroken):
    """This was asked for more than seven days ago; sign up again."""


def tenant_of_signup(signup_id: UUID) -> UUID:
    """The tenant a sign-up gets, however often it is confirmed."""
    return uuid5(PLATFORM_TENANT_ID, f"signup:{signup_id}")


class Signup(Aggregate):
    """One request for a company.  requested -> confirmed -> completed."""

    CATEGORY: ClassVar[str] = "signup"

    tenant_id: UUID
    owner_id: UUID
    wish: Wish
    email: Annotated[EmailText, Personal(subject="owner_id", erased="erased@erased.invalid")]
    name: Annotated[Line, Personal(subject="owner_id")]
    good_until: datetime
    is_confirmed: bool = False
    is_completed: bool = False

    def request(self, wish: Wish, *, email: str, name: str, at: datetime) -> None:
        """Asks for a company."""
        if self.version:
            return
        tenant_id = tenant_of_signup(self.id)
        self.record(
            SignupRequested,
            at=at,
            tenant_id=tenant_id,
            owner_id=uuid5(tenant_id, "owner"),
            wish=wish,
            email=email,
            name=name,
            good_until=at + GOOD_FOR,
        )

    def confirm(self, *, at: datetime) -> None:
        """Shows that the address is theirs; doing so again changes nothing."""
        if self.is_confirmed:
            return
        if at > self.good_until:
            raise SignupLapsed
        self.record(SignupConfirmed, at=at, tenant_id=self.tenant_id)

    def complete(self, *, at: datetime) -> None:
        """Notes that everything is there."""
        if not self.is_completed:
            self.record(SignupCompleted, at=at)

    def evolve(self, event: "SignupEvent") -> None:
        match event:
            case SignupRequested():
                self.tenant_id, self.owner_id, self.wish = event.tenant_id, event.owner_id, event.wish
                self.email, self.name, self.good_until = event.email, event.name, event.good_until
            case SignupConfirmed():
                self.is_confirmed = True
            case SignupCompleted():
                self.is_completed = True
            case _:
                assert_never(event)


SignupEvent = SignupRequested | SignupConfirmed | SignupCompleted
