"""How does somebody book without an account and without a script? A service, a time, their details, a look, done."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from adapters.bootstrap import front
from api.web.choosing import Calendar, Choice, start_of
from api.web.frame import Fields, PageRoute, Visitor, VisitorDep, brand_of, status_of, uuid_of
from api.web.guest_form import GuestForm
from domain.booking.appointment import Appointment
from domain.booking.appointment_refusals import NoSeatsLeft, SlotNotAvailable, SlotTaken
from domain.booking.review import Review
from domain.kernel.refusals import NotFound, Refusal
from projections.booking import market, reviews

LOST = (SlotTaken, SlotNotAvailable, NoSeatsLeft)
MOST_ALTERNATIVES = 5
MOST_REVIEWS = 5
AHEAD = timedelta(weeks=3)


router = APIRouter(
    prefix="/book/{slug}", route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse
)


@router.get("")
def services(visitor: VisitorDep, slug: str) -> Response:
    shop = visitor.enter(slug)
    with visitor.house.reading(shop.tenant_id) as sql:
        ratings = market.ratings(sql)
        published = reviews.page(sql, limit=MOST_REVIEWS, status="published").rows
    texts = shop.ground.store.find_all({row.review_id: Review for row in published})
    return visitor.page(
        "services",
        shop=shop,
        brand=brand_of(shop),
        ratings=ratings,
        reviews=[one for row in published if isinstance(one := texts.get(row.review_id), Review)],
    )


@router.get("/s/{service_id}")
def times(visitor: VisitorDep, slug: str, service_id: str) -> Response:
    shop = visitor.enter(slug)
    choice = Choice.asked_by(visitor, shop, service_id)
    return visitor.page(
        "times",
        shop=shop,
        brand=brand_of(shop, choice.service),
        choice=choice,
        calendar=Calendar.of(choice, visitor.asked("from")),
    )


@router.get("/s/{service_id}/details")
def details(visitor: VisitorDep, slug: str, service_id: str) -> Response:
    shop = visitor.enter(slug)
    choice = Choice.asked_by(visitor, shop, service_id)
    start = start_of(visitor.asked("start"))
    return _form(visitor, GuestForm(choice, start, visitor.asked("session"), {}))


@router.post("/s/{service_id}/details")
def look(visitor: VisitorDep, slug: str, service_id: str, fields: Fields) -> Response:
    form = _sent(visitor, slug, service_id, fields)
    if form.command(visitor.words) is None or form.asks_more() or fields.get("again"):
        more = form.asks_more() and not set(form.errors) - {f"answer-{one.code}" for one in form.questions}
        if more or fields.get("again"):
            form.errors.clear()
        return _form(visitor, form, has_more=more, code=422 if form.errors else 200)
    return visitor.page("look", **_look(visitor, form))


@router.post("/s/{service_id}/confirm")
def confirm(visitor: VisitorDep, slug: str, service_id: str, fields: Fields) -> Response:
    form = _sent(visitor, slug, service_id, fields)
    command = form.command(visitor.words)
    if command is None or form.asks_more():
        return _form(visitor, form, code=422)
    shop, desk = form.choice.shop, visitor.house.desk
    token = fields.get("form", "")
    try:
        age_s = desk.form_age_s(shop, form.choice.service.id, token)
    except front.FormTooOld:
        age_s = -1.0
    if fields.get("website"):
        # Programs fill in every field; they are told nothing they could learn from.
        raise NotFound
    if age_s < visitor.request.app.state.limits.form_least_s:
        hint = visitor.words.t["too_fast"] if age_s >= 0 else visitor.said(front.FormTooOld())
        renewed = {} if age_s >= 0 else {"token": desk.form(shop, form.choice.service.id)}
        return visitor.page("look", code=422, hint=hint, **{**_look(visitor, form), **renewed})
    try:
        # Sent twice it is one booking; changed and sent again, another one.
        content = sha256(command.model_dump_json().encode()).hexdigest()
        answer = desk.execute(shop, command, key=f"{token}:{content}")
    except LOST as lost:
        return _gone(visitor, form, lost)
    except Refusal as refusal:
        if form.note(refusal, visitor.words, visitor.said(refusal)):
            return _form(visitor, form, code=status_of(refusal))
        raise
    made = visitor.house.streams(shop.tenant_id).load(Appointment, answer.saved.stream_id)
    links = desk.links_of(shop.tenant_id, made, at=shop.ground.now)
    return visitor.to(f"/book/{slug}/visit/{links['view']}")


def _sent(visitor: Visitor, slug: str, service_id: str, fields: dict[str, str]) -> GuestForm:
    shop = visitor.enter(slug)
    choice = Choice.of(
        shop, service_id, {name: fields.get(name) for name in ("site", "mode", "minutes", "who")}
    )
    session = fields.get("session") or None
    start = fields.get("start") or ""
    # An alternative of a class names its session too.
    if "|" in start:
        start, _, session = start.partition("|")
    if session is not None:
        session = str(uuid_of(session))
    return GuestForm(choice, start_of(start), session, fields)


def _form(visitor: Visitor, form: GuestForm, *, has_more: bool = False, code: int = 200) -> Response:
    return visitor.page(
        "details",
        code=code,
        brand=brand_of(form.choice.shop, form.choice.service),
        form=form,
        choice=form.choice,
        has_more=has_more,
        token=form.values.get("form") or visitor.house.desk.form(form.choice.shop, form.choice.service.id),
    )


def _look(visitor: Visitor, form: GuestForm) -> dict[str, Any]:
    choice = form.choice
    return {
        "brand": brand_of(choice.shop, choice.service),
        "form": form,
        "choice": choice,
        "token": form.values.get("form", ""),
        "cancellation": choice.service.terms.cancellation,
        "price": choice.price,
    }


def _gone(visitor: Visitor, form: GuestForm, lost: Refusal) -> Response:
    """Somebody was faster: other starts, with everything that was written kept."""
    choice = form.choice
    others = choice.starts(form.start, form.start + AHEAD, limit=MOST_ALTERNATIVES)
    if choice.who is not None and not others:
        choice = replace(choice, who=None)
        others = choice.starts(form.start, form.start + AHEAD, limit=MOST_ALTERNATIVES)
    return visitor.page(
        "gone",
        code=409,
        brand=brand_of(choice.shop, choice.service),
        form=form,
        choice=choice,
        others=others,
        token=visitor.house.desk.form(choice.shop, choice.service.id),
    )
