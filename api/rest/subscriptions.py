"""The subscription: which plan a company is on, what it may have by it, and how it changes."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.subscriptions import (
    CancelSubscription,
    ChangeAddOns,
    ChangeDebtor,
    ChangeSeats,
    ChangeSubscriptionPlan,
    StartSubscription,
    limits_of,
)
from application.kernel.command import Command
from domain.billing.deal import features_of
from domain.billing.dunning import Dunning, DunningStep
from domain.billing.price import BillingModel, ProductLine
from domain.billing.stay import Stay
from domain.billing.subscription import NotSubscribed, Subscription, SubscriptionStatus, subscription_id
from domain.billing.terms import Debtor

router = Shelf(prefix="/api/v1/billing/subscription", tags=["billing"], route_class=StrictRoute)


class Entitlement(BaseModel):
    """What the plan allows of one thing, and how much of it is in use."""

    model_config = ConfigDict(frozen=True)

    name: str
    limit: int | None = Field(description="null is unlimited")
    used: int | None = Field(description="null where nothing is counted")


class DunningView(BaseModel):
    """What happens because an invoice stayed unpaid: what was done, and what will be done on which day."""

    model_config = ConfigDict(frozen=True)

    since: datetime = Field(description="when the first payment failed")
    unpaid: list[UUID] = Field(description="the invoices that must be paid")
    taken: list[DunningStep]
    ahead: list[DunningStep] = Field(
        description="the last one suspends the company: it may only read and pay"
    )
    suspended_at: datetime | None
    held_since: datetime | None = Field(description="a bank has to decide about a payment; no step is taken")

    @classmethod
    def of(cls, dunning: Dunning) -> Self:
        """The dunning as it stands."""
        return cls(
            since=dunning.since,
            unpaid=list(dunning.unpaid),
            taken=list(dunning.taken),
            ahead=list(dunning.ahead),
            suspended_at=dunning.suspended_at,
            held_since=dunning.held_since,
        )


class PastStay(BaseModel):
    """A time during which the company had subscribed, before it left and came back."""

    model_config = ConfigDict(frozen=True)

    line: ProductLine
    plan: str = Field(description="the last one of that time")
    debtor: Debtor = Field(description="who was billed at its end")
    started_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, stay: Stay) -> Self:
        """The stay as it ended."""
        return cls(
            line=stay.line,
            plan=stay.terms.plan,
            debtor=stay.debtor,
            started_at=stay.started_at,
            ended_at=stay.ended_at,
        )


class SubscriptionView(Resource):
    """A company's subscription as it stands; of a company that came back, since it came back."""

    line: ProductLine
    plan: str
    model: BillingModel
    seats: int
    add_ons: dict[str, int] = Field(description="how many of each add-on, by its code")
    zone: str = Field(description="where the months begin and end")
    debtor: Debtor
    status: SubscriptionStatus
    started_at: datetime
    trial_until: datetime | None = Field(description="nothing is paid before")
    cancelled_at: datetime | None
    dunning: DunningView | None = Field(description="null while everything is paid")
    committed_until: datetime | None = Field(
        description="an agreed term; leaving takes effect when it is over"
    )
    account_manager_id: UUID | None = Field(description="who answers for a deal, on the platform's side")
    past_stays: list[PastStay] = Field(description="what was before the company left and came back")
    features: list[str] = Field(description="what the plan, or the platform for this company, includes")
    entitlements: list[Entitlement]

    @classmethod
    def of(cls, found: Subscription, session: Session, position: int | None = None) -> Self:
        """The subscription with what it allows."""
        now = session.house.clock()
        deal = found.commitment(now)
        return cls(
            version=found.version,
            position=position,
            line=found.line,
            **found.terms.model_dump(),
            zone=found.zone,
            debtor=found.debtor,
            status=found.status(now),
            started_at=found.started_at,
            trial_until=found.trial_until,
            cancelled_at=found.cancelled_at,
            dunning=DunningView.of(found.dunning) if found.dunning else None,
            committed_until=deal.committed_until if deal else None,
            account_manager_id=found.account_manager_id,
            past_stays=[PastStay.of(stay) for stay in found.past],
            features=sorted(features_of(found.line, found.terms.plan, found.flags)),
            entitlements=_entitlements(found, session, now),
        )


@router.get("", operation_id="get_subscription", summary="Get the subscription", dependencies=[AtLeast])
def get_subscription(session: SessionDep) -> SubscriptionView:
    """The plan, what it allows and what is in use. Always as new as can be."""
    found = session.house.streams(session.tenant_id).find(Subscription, subscription_id(session.tenant_id))
    if found is None:
        raise NotSubscribed
    return session.show(SubscriptionView.of(found, session))


@router.post("", operation_id="start_subscription", summary="Take a plan", status_code=201)
def start_subscription(body: StartSubscription, session: SessionDep) -> SubscriptionView:
    """Takes a plan that has a price; what is in use already must find room in it.

    Whoever had left comes back the same way once the former stay is over and nothing is overdue: at the prices of
    the day, without a trial, deals or flags of before, and with the months of before.
    """
    found, answer, _ = session.create(body, Subscription, location="/api/v1/billing/subscription")
    return SubscriptionView.of(found, session, answer.saved.position)


@router.put("/plan", operation_id="change_subscription_plan", summary="Change the plan")
def change_subscription_plan(body: ChangeSubscriptionPlan, session: SessionDep) -> SubscriptionView:
    """Moves to another plan at once; both are paid by the second. Refused with the list of what does not fit."""
    return _changed(body, session)


@router.put("/seats", operation_id="change_seats", summary="Change the seats")
def change_seats(body: ChangeSeats, session: SessionDep) -> SubscriptionView:
    """Has so many seats from now on; a seat is paid for each day on which it was there."""
    return _changed(body, session)


@router.put("/add-ons", operation_id="change_add_ons", summary="Change the add-ons")
def change_add_ons(body: ChangeAddOns, session: SessionDep) -> SubscriptionView:
    """Has exactly these add-ons from now on."""
    return _changed(body, session)


@router.put("/debtor", operation_id="change_debtor", summary="Change who is billed")
def change_debtor(body: ChangeDebtor, session: SessionDep) -> SubscriptionView:
    """The next invoices name these particulars."""
    return _changed(body, session)


@router.post("/cancel", operation_id="cancel_subscription", summary="Cancel the subscription")
def cancel_subscription(session: SessionDep) -> SubscriptionView:
    """Ends it at once; the last invoice covers what was used until then."""
    return _changed(CancelSubscription(), session)


def _changed(command: Command, session: Session) -> SubscriptionView:
    found, answer = session.change(command, Subscription, subscription_id(session.tenant_id))
    return SubscriptionView.of(found, session, answer.saved.position)


def _entitlements(found: Subscription, session: Session, now: datetime) -> list[Entitlement]:
    offer = found.offer_at(session.house.price_lists.versions(), now)
    entitlements = session.house.entitlements(session.tenant_id)
    limits = {} if offer is None else limits_of(offer, entitlements)
    used = entitlements.used(limits)
    return [Entitlement(name=name, limit=limits[name], used=used.get(name)) for name in sorted(limits)]
