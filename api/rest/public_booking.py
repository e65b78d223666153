"""The public door: what can be booked online, booking it, and the links with which guests look after their visits."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from adapters.bootstrap import front
from api.rest.conventions import answer_headers, etag
from api.rest.public_door import PREFLIGHT, HolderDoorDep, PublicDoor, PublicDoorDep, Token
from api.rest.public_views import (
    MarketOffer,
    MarketOffers,
    PublicBusiness,
    PublicCatalogue,
    PublicPlace,
    PublicReview,
    PublicStart,
    PublicStarts,
    PublicVisitView,
)
from api.rest.session import PublicDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.guests import BookAsGuest, HoldAsGuest, WaitAsGuest
from application.booking.reviews import WriteReview
from application.booking.self_service import CancelByLink, KeepHold, MoveByLink
from application.booking.waitlist import AcceptOffer, DeclineOffer, LeaveWaitlist
from application.kernel.command import Command
from application.kernel.order import Answer, Order
from domain.booking.appointment import Appointment
from domain.booking.offer import Mode
from domain.booking.review import Rating
from domain.booking.waitlist import WAITING_FOR, WaitlistEntry, WaitStatus
from domain.kernel.instants import Instant
from domain.kernel.refusals import Malformed
from domain.kernel.text import Line, Paragraph

router = Shelf(prefix="/api/v1/public", tags=["public-booking"], route_class=StrictRoute)
COMPANY = "/booking/{slug}"

WINDOW, LONGEST = timedelta(weeks=2), timedelta(weeks=8)


class FilledInByProgram(Malformed):
    """This form was filled in by a program."""


class SearchIncomplete(Malformed):
    """A position is a latitude and a longitude, a price has a currency, and words can be read."""


class GuestBooking(BookAsGuest):
    """A visit as a guest asks for it. `website` is there for programs that fill in every field: leave it out."""

    website: Annotated[str, Field(max_length=200)] | None = None


class GuestWaiting(WaitAsGuest):
    """What a guest waits for. `website` is there for programs that fill in every field: leave it out."""

    website: Annotated[str, Field(max_length=200)] | None = None


class OwnMove(Command):
    """Where to move one's visit; without a practitioner anybody is asked."""

    starts_at: Instant
    practitioner_id: UUID | None = None
    session_id: UUID | None = None


class OwnCancellation(Command):
    """Why, in a few words."""

    reason: Line | None = None


class OwnOpinion(Command):
    """What one thought of the visit."""

    rating: Annotated[Rating, Field(description="one is bad, five is excellent")]
    text: Paragraph | None = None


class Reply(StrEnum):
    """What a guest answers to the queue."""

    ACCEPT = "accept"
    DECLINE = "decline"
    LEAVE = "leave"


class OwnReply(Command):
    """Take the time that was offered, leave it to the next, or wait no longer."""

    reply: Reply


class Sort(StrEnum):
    """What comes first."""

    DISTANCE = "distance"
    NEXT_FREE = "next_free"
    PRICE = "price"
    RATING = "rating"


@router.get(COMPANY, operation_id="get_public_catalogue", summary="See what can be booked online")
def get_public_catalogue(door: PublicDoorDep) -> PublicCatalogue:
    """The businesses of a company that published their pages, with their sites and the services that can be booked
    online. Everything else is not there."""
    shop = door.shop
    return PublicCatalogue(
        data=[
            PublicBusiness.of(shop.businesses[business_id], terms, shop)
            for business_id, terms in shop.pages.items()
        ]
    )


@router.get(f"{COMPANY}/slots", operation_id="list_public_slots", summary="List starts for the public")
def list_public_slots(
    door: PublicDoorDep,
    service_id: UUID,
    site_id: UUID,
    since: Annotated[Instant | None, Query(description="where the window starts; now without it")] = None,
    until: Annotated[
        Instant | None, Query(description="where it ends; two weeks on without it, eight at most")
    ] = None,
    duration_minutes: Annotated[int | None, Query(ge=1, le=7 * 24 * 60)] = None,
    mode: Mode | None = None,
    practitioner_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="how many at most")] = 500,
) -> PublicStarts:
    """Every start at which the service can be booked online; of classes, those with seats. The booking command judges
    with the same function."""
    start = max(since or door.shop.ground.now, door.shop.ground.now)
    found = door.shop.starts(
        door.shop.service(service_id),
        site_id,
        start=start,
        end=min(until or start + WINDOW, start + LONGEST),
        duration_minutes=duration_minutes,
        mode=mode,
        practitioner_id=practitioner_id,
        limit=limit,
    )
    return PublicStarts(data=[PublicStart.of(one) for one in found])


@router.post(
    f"{COMPANY}/visits", operation_id="book_public_visit", status_code=201, summary="Book as a guest"
)
def book_public_visit(body: GuestBooking, door: PublicDoorDep) -> PublicVisitView:
    """Books a visit or a seat without an account: agreed at once, a request where the service is confirmed by hand, a
    hold where a deposit comes first. The links in the answer are the only way back to it."""
    _refuse_programs(body)
    order = door.guest_order(BookAsGuest(**body.model_dump(exclude={"website"}, exclude_unset=True)))
    return _shown(door, order, door.execute(order))


@router.post(
    f"{COMPANY}/holds", operation_id="hold_public_slot", status_code=201, summary="Hold a time as a guest"
)
def hold_public_slot(body: GuestBooking, door: PublicDoorDep) -> PublicVisitView:
    """Keeps a time for as long as the service allows, for as many times as the business lets one contact keep."""
    _refuse_programs(body)
    order = door.guest_order(HoldAsGuest(**body.model_dump(exclude={"website"}, exclude_unset=True)))
    return _shown(door, order, door.execute(order))


@router.get(f"{COMPANY}/links/{{token}}", operation_id="get_public_visit", summary="See one's visit")
def get_public_visit(token: Token, door: HolderDoorDep) -> PublicVisitView:
    """The visit behind any of its links. A changed or foreign token is unknown; one that has run out or was used is
    gone. Looking uses nothing up."""
    _, one = door.house.desk.appointment(door.shop, token, *_OF_VISITS)
    answer_headers(door.request)["ETag"] = etag(one.version)
    return _view(door, one)


@router.post(
    f"{COMPANY}/links/{{token}}/confirm", operation_id="confirm_public_hold", summary="Confirm one's hold"
)
def confirm_public_hold(token: Token, door: HolderDoorDep) -> PublicVisitView:
    """Turns what is held into a visit; the token is that of its `cancel` or `move` link."""
    link, one = door.house.desk.appointment(door.shop, token, front.Purpose.CANCEL, front.Purpose.MOVE)
    order = door.guest_order(KeepHold(appointment_id=one.id, sequence=link.sequence))
    return _shown(door, order, door.execute(order))


@router.post(
    f"{COMPANY}/links/{{token}}/reschedule",
    operation_id="reschedule_public_visit",
    summary="Move one's visit",
)
def reschedule_public_visit(token: Token, body: OwnMove, door: HolderDoorDep) -> PublicVisitView:
    """Moves the visit in one step with its `move` link, which is used up then: the answer has the next one."""
    link, one = door.house.desk.appointment(door.shop, token, front.Purpose.MOVE)
    command = MoveByLink(appointment_id=one.id, sequence=link.sequence, **body.model_dump())
    order = door.guest_order(command)
    return _shown(door, order, door.execute(order))


@router.post(
    f"{COMPANY}/links/{{token}}/cancel", operation_id="cancel_public_visit", summary="Call one's visit off"
)
def cancel_public_visit(token: Token, body: OwnCancellation, door: HolderDoorDep) -> PublicVisitView:
    """Calls the visit off with its `cancel` link, for the fee that `fee_now` names; the link is used up then."""
    link, one = door.house.desk.appointment(door.shop, token, front.Purpose.CANCEL)
    order = door.guest_order(
        CancelByLink(appointment_id=one.id, sequence=link.sequence, reason=body.reason)
    )  # fmt: skip
    return _shown(door, order, door.execute(order))


@router.post(
    f"{COMPANY}/links/{{token}}/review",
    operation_id="review_public_visit",
    status_code=201,
    summary="Review one's visit",
)
def review_public_visit(token: Token, body: OwnOpinion, door: HolderDoorDep) -> PublicReview:
    """Says what one thought of a visit that took place, once, with its `review` link."""
    _, one = door.house.desk.appointment(door.shop, token, front.Purpose.REVIEW)
    command = WriteReview(appointment_id=one.id, rating=body.rating, text=body.text)
    door.execute(door.guest_order(command))
    return PublicReview(rating=body.rating)


@router.post(
    f"{COMPANY}/waitlist",
    operation_id="join_public_waitlist",
    status_code=201,
    summary="Join the waiting list as a guest",
)
def join_public_waitlist(body: GuestWaiting, door: PublicDoorDep) -> PublicPlace:
    """Takes a place at the end of the queue for a service. A time that becomes free is kept for the first whom it
    fits; the link says so."""
    _refuse_programs(body)
    order = door.guest_order(WaitAsGuest(**body.model_dump(exclude={"website"}, exclude_unset=True)))
    answer = door.execute(order)
    return _place(door, door.left(order, answer, WaitlistEntry), answer.saved.position)


@router.get(
    f"{COMPANY}/waitlist/{{token}}", operation_id="get_public_place", summary="See one's place in the queue"
)
def get_public_place(token: Token, door: HolderDoorDep) -> PublicPlace:
    """The place behind its link, and what was offered."""
    one = door.house.desk.place(door.shop, token)
    answer_headers(door.request)["ETag"] = etag(one.version)
    return _place(door, one)


@router.post(
    f"{COMPANY}/waitlist/{{token}}/reply", operation_id="reply_to_public_offer", summary="Answer an offer"
)
def reply_to_public_offer(token: Token, body: OwnReply, door: HolderDoorDep) -> PublicPlace:
    """Takes the time that is kept, leaves it to the next, or waits no longer."""
    one = door.house.desk.place(door.shop, token)
    order = door.guest_order(_REPLIES[body.reply](entry_id=one.id))
    answer = door.execute(order)
    return _place(door, door.left(order, answer, WaitlistEntry), answer.saved.position)


@router.get("/marketplace", operation_id="search_marketplace", summary="Search the marketplace")
def search_marketplace(
    door: PublicDep,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="words")] = None,
    sector: Annotated[str | None, Query(max_length=120, pattern="^[A-Za-z0-9][A-Za-z0-9_.:|/-]*$")] = None,
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    language: Annotated[
        str | None, Query(pattern="^[a-z]{2}$", description="a language spoken there")
    ] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    most_minor: Annotated[
        int | None, Query(ge=0, lt=2**53, description="the price at most, in the smallest unit of `currency`")
    ] = None,
    free_before: Instant | None = None,
    latitude: Annotated[float | None, Query(ge=-90, le=90)] = None,
    longitude: Annotated[float | None, Query(ge=-180, le=180)] = None,
    within_m: Annotated[int, Query(ge=100, le=500_000)] = 50_000,
    sort: Sort = Sort.NEXT_FREE,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> MarketOffers:
    """What businesses of all companies published: near a position, of a sector, by words, price, language and the next
    free start, which says when it was looked at. A price is compared in one currency, so name it."""
    for is_wrong, pointer in (
        ((latitude is None) != (longitude is None), "/longitude"),
        (most_minor is not None and currency is None, "/currency"),
        (q is not None and not q.isprintable(), "/q"),
    ):
        if is_wrong:
            raise SearchIncomplete(pointer=pointer, location="query")
    house = door.house
    wanted = front.Wanted(
        text=q,
        sector=sector,
        country=country,
        language=language,
        currency=currency,
        most_minor=most_minor,
        free_before=free_before,
        latitude=latitude,
        longitude=longitude,
        within_m=within_m,
        order=sort.value,
        limit=limit,
    )
    found = house.marketplace.search(wanted, at=house.clock())
    return MarketOffers(data=[MarketOffer.of(one, house.slug_of(one.tenant_id)) for one in found])


def preflight(request: Request) -> Response:
    """What a browser asks before a page of another site may: only what the company lists is told yes."""
    PublicDoor(request, slug=request.path_params["slug"], is_open=False)
    answer_headers(request).update(PREFLIGHT)
    return Response(status_code=204)


# A question of the browser rather than an operation: it stands beside the OpenAPI document.
for address in (f"{router.prefix}{COMPANY}", f"{router.prefix}{COMPANY}/{{rest:path}}"):
    router.add_route(address, preflight, methods=["OPTIONS"], include_in_schema=False)

_OF_VISITS = (front.Purpose.VIEW, front.Purpose.MOVE, front.Purpose.CANCEL, front.Purpose.REVIEW)
_REPLIES: dict[Reply, type[AcceptOffer] | type[DeclineOffer] | type[LeaveWaitlist]] = {
    Reply.ACCEPT: AcceptOffer,
    Reply.DECLINE: DeclineOffer,
    Reply.LEAVE: LeaveWaitlist,
}


def _refuse_programs(body: GuestBooking | GuestWaiting) -> None:
    if body.website:
        raise FilledInByProgram(pointer="/website")


def _shown(door: PublicDoor, order: Order, answer: Answer) -> PublicVisitView:
    return _view(door, door.left(order, answer, Appointment), answer.saved.position)


def _view(door: PublicDoor, one: Appointment, position: int | None = None) -> PublicVisitView:
    at: datetime = door.house.clock()
    links = door.house.desk.links_of(door.shop.tenant_id, one, at=at)
    return PublicVisitView.of(one, links, at=at, position=position)


def _place(door: PublicDoor, one: WaitlistEntry, position: int | None = None) -> PublicPlace:
    tenant_id, desk = door.shop.tenant_id, door.house.desk
    visit_link = None
    if one.status == WaitStatus.ACCEPTED and one.appointment_id is not None:
        visit = door.house.streams(tenant_id).load(Appointment, one.appointment_id)
        visit_link = desk.links_of(tenant_id, visit, at=door.house.clock())["view"]
    queue = door.house.amounts(tenant_id).holders(WAITING_FOR, str(one.wants.service_id))
    return PublicPlace.of(
        one,
        queue,
        link=desk.link_to_place(tenant_id, one),
        visit_link=visit_link,
        at=door.house.clock(),
        position=position,
    )
