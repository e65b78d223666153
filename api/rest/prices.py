"""Prices: what every plan costs and allows, from when on."""

from typing import Annotated, Self

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.billing.prices import PublishPrices
from application.billing.subscriptions import limits_of
from application.ports.entitlements import Entitlements
from domain.billing.price import PlanPrices, ProductLine, in_force
from domain.billing.price_list import PriceList, price_list_id
from domain.kernel.instants import Instant

router = Shelf(prefix="/api/v1/billing/prices", tags=["billing"], route_class=StrictRoute)


class PlanPricesView(PlanPrices):
    """A plan as it is sold from `effective_from` on; amounts are in whole units of the currency, per month."""

    limits: dict[str, int | None] = Field(description="what the plan allows; null is unlimited")

    @classmethod
    def of(cls, plan: PlanPrices, entitlements: Entitlements) -> Self:
        """The plan with everything it allows."""
        return cls.model_validate(plan.model_dump() | {"limits": dict(limits_of(plan, entitlements))})


class PriceListing(Listing[PlanPricesView]):
    """Every plan of the house."""


class PublishedPrices(Resource):
    """What was published."""

    prices: PlanPricesView


@router.get("", operation_id="list_prices", summary="List prices", dependencies=[AtLeast])
def list_prices(
    session: SessionDep,
    line: ProductLine | None = None,
    at: Annotated[Instant | None, Query(description="the moment the prices apply to; now by default")] = None,
) -> PriceListing:
    """The plans on sale at a moment, with what they cost and allow. Always as new as can be."""
    versions, moment = session.house.price_lists.versions(), at or session.house.clock()
    plans = dict.fromkeys((one.line, one.plan) for one in versions if line in (None, one.line))
    sold = [in_force(versions, *plan, moment) for plan in plans]
    entitlements = session.house.entitlements(session.tenant_id)
    return PriceListing(data=[PlanPricesView.of(one, entitlements) for one in sold if one], next_cursor=None)


@router.put("", operation_id="publish_prices", summary="Publish prices")
def publish_prices(body: PublishPrices, session: SessionDep) -> PublishedPrices:
    """Gives a plan other prices, from a day ahead at the earliest; what was used before keeps the old ones."""
    session.refuse_if_match()
    made, answer = session.change(body, PriceList, price_list_id(session.tenant_id))
    entitlements = session.house.entitlements(session.tenant_id)
    return PublishedPrices(
        version=made.version,
        position=answer.saved.position,
        prices=PlanPricesView.of(PlanPrices.model_validate(body.model_dump()), entitlements),
    )
