"""Who can be booked near here, soon, in my language? The marketplace, as a page."""

import re
from dataclasses import replace

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from adapters.bootstrap import House, front
from api.web.frame import PageRoute, Visitor, VisitorDep
from domain.kernel.money import Money

POSITION = re.compile(r"\s*(-?[0-9]{1,2}(?:\.[0-9]{1,6})?)\s*[,;]\s*(-?[0-9]{1,3}(?:\.[0-9]{1,6})?)\s*")
SORTS = ("next_free", "distance", "price", "rating")
MOST = 40


router = APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/marketplace")
def search(visitor: VisitorDep) -> Response:
    visitor.admit()
    names = ("q", "near", "sector", "language", "most", "sort")
    asked = {name: visitor.asked(name) for name in names}
    wanted, errors = _wanted(visitor, asked)
    house = visitor.house
    found = house.marketplace.search(wanted, at=house.clock())
    return visitor.page(
        "market",
        code=422 if errors else 200,
        asked={**asked, "sort": wanted.order},
        errors=errors,
        found=[(one, house.slug_of(one.tenant_id)) for one in found],
        money=_money,
        km=_km,
    )


def _wanted(visitor: Visitor, asked: dict[str, str | None]) -> tuple[front.Wanted, dict[str, str]]:
    near, most = asked["near"], asked["most"] or ""
    wanted = front.Wanted(
        text=(asked["q"] or "")[:100] or None,
        sector=asked["sector"],
        language=asked["language"] if re.fullmatch("[a-z]{2}", asked["language"] or "") else None,
        currency="EUR" if most.isascii() and most.isdigit() else None,
        most_minor=int(most) * 100 if most.isascii() and most.isdigit() and len(most) <= 7 else None,
        order=asked["sort"] if asked["sort"] in SORTS else "next_free",
        limit=MOST,
    )
    if near is None:
        return replace(wanted, order="next_free" if wanted.order == "distance" else wanted.order), {}
    position = position_of(near, visitor.house)
    if position is None:
        return wanted, {"near": visitor.words.t["market_near_unknown"]}
    order = wanted.order if asked["sort"] else "distance"
    return replace(wanted, latitude=position[0], longitude=position[1], order=order), {}


def position_of(text: str, house: House) -> tuple[float, float] | None:
    """A latitude and a longitude, or the position of an airport."""
    match = POSITION.fullmatch(text)
    if match is not None:
        latitude, longitude = float(match[1]), float(match[2])
        return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
    return house.airport_at(text.strip().upper())


def _money(one: front.Found) -> Money:
    return Money(amount_minor=one.price_minor, currency=one.currency)


def _km(distance_m: int) -> str:
    return f"{distance_m / 1_000:.1f}" if distance_m < 10_000 else str(round(distance_m / 1_000))
