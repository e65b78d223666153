"""How does a guest look after a visit: see it, move it, call it off, review it, or wait for a time?

Pages of a link write nothing when they are looked at; only their forms do, by the link's own authority.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from adapters.bootstrap import front
from api.web.choosing import Calendar, Choice, start_of
from api.web.frame import Fields, PageRoute, Visitor, VisitorDep, brand_of, day_of, uuid_of
from api.web.guest_form import GuestForm
from application.booking.guests import ContactMissing, WaitAsGuest
from application.booking.reviews import WriteReview
from application.booking.self_service import CancelByLink, MoveByLink
from application.booking.waitlist import AcceptOffer, DeclineOffer, LeaveWaitlist
from domain.booking.appointment import Appointment
from domain.booking.appointment_refusals import NoSeatsLeft, SlotNotAvailable, SlotTaken
from domain.booking.business import Business
from domain.booking.practitioner import Practitioner
from domain.booking.review import Review, review_id
from domain.booking.service import Service
from domain.booking.waitlist import WAITING_FOR, WaitlistEntry, WaitStatus
from domain.booking.wall_time import instant_of
from domain.kernel.aggregate import Aggregate
from domain.kernel.money import Money
from domain.kernel.refusals import NotFound, Refusal

LOST = (SlotTaken, SlotNotAvailable, NoSeatsLeft)
REPLIES = {"accept": AcceptOffer, "decline": DeclineOffer, "leave": LeaveWaitlist}


router = APIRouter(
    prefix="/book/{slug}", route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse
)


@router.get("/visit/{token}")
def visit(visitor: VisitorDep, slug: str, token: str) -> Response:
    shop = visitor.enter(slug, is_open=False)
    _, one = visitor.house.desk.appointment(shop, token, front.Purpose.VIEW)
    links = visitor.house.desk.links_of(shop.tenant_id, one, at=shop.ground.now)
    if shop.ground.store.find_all({review_id(one.id): Review}):
        links.pop("review", None)
    return visitor.page("visit", links=links, **_facts(visitor, shop, one))


@router.get("/move/{token}")
def move(visitor: VisitorDep, slug: str, token: str) -> Response:
    shop = visitor.enter(slug, is_open=False)
    _, one = visitor.house.desk.appointment(shop, token, front.Purpose.MOVE)
    start = visitor.asked("start")
    return _move(visitor, shop, one, token, start=start, session=visitor.asked("session"))


@router.post("/move/{token}")
def moved(visitor: VisitorDep, slug: str, token: str, fields: Fields) -> Response:
    shop = visitor.enter(slug, is_open=False)
    link, one = visitor.house.desk.appointment(shop, token, front.Purpose.MOVE)
    command = MoveByLink(
        appointment_id=one.id,
        sequence=link.sequence,
        starts_at=start_of(fields.get("start")),
        session_id=uuid_of(fields.get("session")),
    )
    try:
        visitor.house.desk.execute(shop, command)
    except LOST:
        return _move(visitor, shop, one, token, is_lost=True)
    return _on(visitor, shop, one)


@router.get("/cancel/{token}")
def cancel(visitor: VisitorDep, slug: str, token: str) -> Response:
    shop = visitor.enter(slug, is_open=False)
    _, one = visitor.house.desk.appointment(shop, token, front.Purpose.CANCEL)
    return visitor.page("cancel", token=token, **_facts(visitor, shop, one))


@router.post("/cancel/{token}")
def cancelled(visitor: VisitorDep, slug: str, token: str, fields: Fields) -> Response:
    shop = visitor.enter(slug, is_open=False)
    link, one = visitor.house.desk.appointment(shop, token, front.Purpose.CANCEL)
    try:
        command = CancelByLink(
            appointment_id=one.id, sequence=link.sequence, reason=fields.get("reason") or None
        )
    except ValidationError:
        errors = {"reason": visitor.words.t["field_errors"]["reason"]}
        return visitor.page("cancel", code=422, token=token, errors=errors, **_facts(visitor, shop, one))
    visitor.house.desk.execute(shop, command)
    return _on(visitor, shop, one)


@router.get("/review/{token}")
def review(visitor: VisitorDep, slug: str, token: str) -> Response:
    shop = visitor.enter(slug, is_open=False)
    _, one = visitor.house.desk.appointment(shop, token, front.Purpose.REVIEW)
    return visitor.page("review", token=token, **_facts(visitor, shop, one))


@router.post("/review/{token}")
def reviewed(visitor: VisitorDep, slug: str, token: str, fields: Fields) -> Response:
    shop = visitor.enter(slug, is_open=False)
    _, one = visitor.house.desk.appointment(shop, token, front.Purpose.REVIEW)
    told = visitor.words.t["field_errors"]
    rating = fields.get("rating", "")
    try:
        command = WriteReview(
            appointment_id=one.id,
            rating=int(rating) if rating in "12345" and rating else 0,
            text=fields.get("text") or None,
        )
    except ValidationError as error:
        names = [str(each["loc"][0]) for each in error.errors()]
        return visitor.page(
            "review",
            code=422,
            token=token,
            errors={name: told[name] for name in names},
            values=fields,
            **_facts(visitor, shop, one),
        )
    visitor.house.desk.execute(shop, command)
    return visitor.page("thanks", **_facts(visitor, shop, one))


@router.get("/s/{service_id}/wait")
def wait(visitor: VisitorDep, slug: str, service_id: str) -> Response:
    shop = visitor.enter(slug)
    return _waiting(visitor, GuestForm(Choice.asked_by(visitor, shop, service_id), shop.ground.now, None, {}))


@router.post("/s/{service_id}/wait")
def joined(visitor: VisitorDep, slug: str, service_id: str, fields: Fields) -> Response:
    shop = visitor.enter(slug)
    names = ("site", "mode", "minutes", "who")
    choice = Choice.of(shop, service_id, {name: fields.get(name) for name in names})
    if fields.get("website"):
        raise NotFound
    visitor.house.desk.form_age_s(shop, choice.service.id, fields.get("form", ""))
    form = GuestForm(choice, shop.ground.now, None, fields)
    if form.asks_more():
        return _waiting(visitor, form, has_more=True)
    command = _wish(visitor, form)
    if command is None:
        return _waiting(visitor, form, code=422)
    try:
        answer = visitor.house.desk.execute(shop, command, key=fields["form"])
    except Refusal as refusal:
        if form.note(refusal, visitor.words, visitor.said(refusal)):
            return _waiting(visitor, form, code=409)
        raise
    entry = visitor.house.streams(shop.tenant_id).load(WaitlistEntry, answer.saved.stream_id)
    link = visitor.house.desk.link_to_place(shop.tenant_id, entry)
    return visitor.to(f"/book/{slug}/wait/{link}")


@router.get("/wait/{token}")
def place(visitor: VisitorDep, slug: str, token: str) -> Response:
    shop = visitor.enter(slug, is_open=False)
    return _place(visitor, shop, token, visitor.house.desk.place(shop, token))


@router.post("/wait/{token}")
def replied(visitor: VisitorDep, slug: str, token: str, fields: Fields) -> Response:
    shop = visitor.enter(slug, is_open=False)
    one = visitor.house.desk.place(shop, token)
    reply = REPLIES.get(fields.get("reply", ""))
    if reply is None:
        raise NotFound
    visitor.house.desk.execute(shop, reply(entry_id=one.id))
    return visitor.to(f"/book/{slug}/wait/{token}")


def _facts(visitor: Visitor, shop: front.Shop, one: Appointment) -> dict[str, Any]:
    """What a page says of a visit: never who it is for."""
    agreed, now = one.agreed, shop.ground.now
    kinds: dict[UUID, type[Aggregate]] = {agreed.service_id: Service, agreed.business_id: Business}
    kinds.update(dict.fromkeys(agreed.practitioner_ids, Practitioner))
    streams = shop.ground.store.find_all(kinds)
    service, business = streams.get(agreed.service_id), streams.get(agreed.business_id)
    assert isinstance(service, Service)
    assert isinstance(business, Business)
    terms = shop.pages.get(agreed.business_id)
    people = [streams[each] for each in agreed.practitioner_ids if each in streams]
    status = one.status_at(now)
    fee = agreed.cancellation.fee(agreed.price, starts_at=agreed.starts_at, at=now)
    if one.status != "booked":
        fee = Money(amount_minor=0, currency=agreed.price.currency)
    return {
        "shop": shop,
        "brand": brand_of(shop, business=business),
        "visit": agreed,
        "service": service,
        "site": business.site(agreed.site_id),
        "people": [one.name for one in people if isinstance(one, Practitioner)]
        if terms is not None and terms.shows_practitioners
        else [],
        "status": status.value,
        "is_expired": one.is_expired(now),
        "hold_until": one.hold_until,
        "fee": fee,
        "view": visitor.house.desk.links_of(shop.tenant_id, one, at=now)["view"],
        "is_public": any(each.id == service.id for each in shop.services),
    }


def _on(visitor: Visitor, shop: front.Shop, one: Appointment) -> Response:
    """Back to the visit, by the link that outlives its changes."""
    current = visitor.house.streams(shop.tenant_id).load(Appointment, one.id)
    links = visitor.house.desk.links_of(shop.tenant_id, current, at=shop.ground.now)
    return visitor.to(f"/book/{shop.slug}/visit/{links['view']}")


def _move(
    visitor: Visitor,
    shop: front.Shop,
    one: Appointment,
    token: str,
    *,
    start: str | None = None,
    session: str | None = None,
    is_lost: bool = False,
) -> Response:
    agreed = one.agreed
    minutes = int((agreed.ends_at - agreed.starts_at).total_seconds() // 60)
    asked = {"site": str(agreed.site_id), "mode": agreed.mode.value, "minutes": str(minutes)}
    choice = Choice.of(shop, str(agreed.service_id), asked)
    chosen = None if start is None else start_of(start)
    return visitor.page(
        "move",
        code=409 if is_lost else 200,
        token=token,
        choice=choice,
        chosen=chosen,
        session=session or "",
        is_lost=is_lost,
        calendar=None if chosen else Calendar.of(choice, visitor.asked("from")),
        cancellation=agreed.cancellation,
        **_facts(visitor, shop, one),
    )


def _wish(visitor: Visitor, form: GuestForm) -> WaitAsGuest | None:
    """What somebody waits for; what is wrong with it stands in the form's errors."""
    told, choice, fields, errors = visitor.words.t["field_errors"], form.choice, form.values, form.errors
    zone = choice.site.zone
    first, last = day_of(fields.get("from")), day_of(fields.get("to"))
    if first is None:
        errors["from"] = told["from"]
    if last is None or (first is not None and last < first):
        errors["to"] = told["to"]
    form.look(visitor.words)
    if not fields.get("name"):
        errors["name"] = told["name"]
    if first is None or last is None or errors:
        return None
    window = {"start": instant_of(first, 0, zone), "end": instant_of(last + timedelta(days=1), 0, zone)}
    guest = {name: fields.get(name) or None for name in ("email", "phone", "address", "born_on")}
    try:
        command = WaitAsGuest.model_validate(
            {
                "service_id": choice.service.id,
                "site_id": choice.site.id,
                "window": window,
                "practitioner_id": choice.who,
                "guest": {"name": fields.get("name", ""), **guest},
                "answers": form.answers,
            }
        )
        assert command.guest.contact
    except ValidationError as error:
        names = [str(each["loc"][-1]) for each in error.errors()]
        errors.update({name: told.get(name, told["name"]) for name in names})
        return None
    except ContactMissing:
        errors["email"] = told["email"]
        return None
    return command


def _waiting(visitor: Visitor, form: GuestForm, *, has_more: bool = False, code: int = 200) -> Response:
    choice, today = form.choice, form.choice.shop.ground.now.date()
    return visitor.page(
        "wait",
        code=code,
        brand=brand_of(choice.shop, choice.service),
        choice=choice,
        form=form,
        has_more=has_more,
        values={"from": str(today), "to": str(today + timedelta(days=14)), **form.values},
        errors=form.errors,
        token=visitor.house.desk.form(choice.shop, choice.service.id),
    )


def _place(visitor: Visitor, shop: front.Shop, token: str, one: WaitlistEntry) -> Response:
    now = shop.ground.now
    kinds = shop.ground.store.find_all({one.wants.service_id: Service})
    service = kinds[one.wants.service_id]
    assert isinstance(service, Service)
    business = shop.ground.store.load(Business, service.terms.business_id)
    queue = shop.ground.ports.totals.holders(WAITING_FOR, str(service.id))
    visit_link = None
    if one.status == WaitStatus.ACCEPTED and one.appointment_id is not None:
        made = shop.ground.store.load(Appointment, one.appointment_id)
        visit_link = visitor.house.desk.links_of(shop.tenant_id, made, at=now)["view"]
    return visitor.page(
        "place",
        shop=shop,
        brand=brand_of(shop, business=business),
        token=token,
        entry=one,
        service=service,
        site=business.site(one.wants.site_id),
        status=(WaitStatus.LAPSED if one.has_lapsed(now) else one.status).value,
        place=queue.index(one.id) + 1 if one.id in queue else None,
        visit_link=visit_link,
    )
