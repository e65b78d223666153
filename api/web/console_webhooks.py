"""Who outside is told what happens, and did it arrive? Endpoints, deliveries with payload, and sending again."""

import json
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from adapters.bootstrap import DeliveryState
from api.web.console_frame import HOME, ConsolePage, Developer, DeveloperDep
from api.web.frame import Fields, uuid_of
from application.developer.webhook_endpoints import (
    DeleteWebhookEndpoint,
    PauseWebhookEndpoint,
    RegisterWebhookEndpoint,
    ReplayWebhookDeliveries,
    ResumeWebhookEndpoint,
    RotateWebhookSecret,
    SendTestWebhook,
)
from domain.developer.webhook_endpoint import BodyForm, EndpointState, WebhookEndpoint
from domain.kernel.refusals import NotFound, Refusal, RuleBroken, Unavailable

router = APIRouter(
    prefix=f"{HOME}/webhooks",
    route_class=ConsolePage,
    include_in_schema=False,
    default_response_class=HTMLResponse,
)

SHOWN = 25
STATES: tuple[DeliveryState, ...] = ("waiting", "delivered", "given_up")
# What a button does to an endpoint, and the operation it is.
ACTS = {
    "pause": ("pause_webhook_endpoint", PauseWebhookEndpoint),
    "resume": ("resume_webhook_endpoint", ResumeWebhookEndpoint),
    "test": ("send_test_webhook", SendTestWebhook),
    "delete": ("delete_webhook_endpoint", DeleteWebhookEndpoint),
}


@router.get("")
def endpoints(developer: DeveloperDep) -> Response:
    developer.enter("list_webhook_endpoints")
    return _endpoints(developer)


@router.post("")
def register(developer: DeveloperDep, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("list_webhook_endpoints")
    words = developer.words.t["webhooks"]["errors"]
    types = tuple(each for each in fields.get("event_types", "").replace(",", " ").split() if each)
    try:
        command = RegisterWebhookEndpoint(
            url=fields.get("url", ""),
            event_types=types,
            body=BodyForm(fields.get("body", "full")),
            with_personal="with_personal" in fields,
            allows_http=fields.get("url", "").startswith("http://"),
            description=fields.get("description") or None,
        )
    except (ValidationError, ValueError) as error:
        where = [str(each["loc"][0]) for each in error.errors()] if isinstance(error, ValidationError) else []
        errors = {name: words[name] for name in where if name in words} or {"url": words["url"]}
        return _endpoints(developer, code=422, errors=errors, values=fields)
    try:
        answer, _ = developer.order("register_webhook_endpoint", command, key=fields.get("form_key"))
    except Unavailable:
        raise
    except Refusal as refusal:
        name = str(refusal.facts.get("pointer", "/url")).strip("/").partition("/")[0]
        at = name if name in ("url", "event_types", "description") else "url"
        return _endpoints(developer, code=409, errors={at: developer.said(refusal)}, values=fields)
    return _with_secret(developer, answer.saved.stream_id, code=201)


@router.get("/deliveries/{delivery_id}")
def delivery(developer: DeveloperDep, delivery_id: str) -> Response:
    developer.enter("get_webhook_delivery")
    office = developer.house.webhooks
    found = office.deliveries.find(developer.tenant_id, _id(delivery_id))
    if found is None:
        raise NotFound
    endpoint = _endpoint(developer, found.endpoint_id)
    sent = office.payload(developer.tenant_id, found, endpoint)
    return developer.page(
        "delivery",
        delivery=found,
        endpoint=endpoint,
        payload=json.dumps(sent.told, indent=2, ensure_ascii=False),
        size=len(sent.body),
        is_thinned=sent.is_thinned,
        tried=office.deliveries.attempts(developer.tenant_id, found.delivery_id),
        zone=_zone(developer),
    )


@router.post("/deliveries/{delivery_id}/replay")
def replay_one(developer: DeveloperDep, delivery_id: str, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("replay_webhook_delivery")
    found = developer.house.webhooks.deliveries.find(developer.tenant_id, _id(delivery_id))
    if found is None:
        raise NotFound
    command = ReplayWebhookDeliveries(
        endpoint_id=found.endpoint_id,
        first_position=found.position,
        last_position=found.position,
        also_delivered=True,
    )
    developer.order("replay_webhook_delivery", command, key=fields.get("form_key"))
    return developer.to(f"{HOME}/webhooks/deliveries/{found.delivery_id}?sent=again")


@router.get("/{endpoint_id}")
def endpoint(developer: DeveloperDep, endpoint_id: str) -> Response:
    developer.enter("get_webhook_endpoint")
    return _one(developer, _endpoint(developer, _id(endpoint_id), live=True))


@router.post("/{endpoint_id}/replay")
def replay(developer: DeveloperDep, endpoint_id: str, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("replay_webhook_deliveries")
    one = _endpoint(developer, _id(endpoint_id), live=True)
    first, last = fields.get("first", ""), fields.get("last", "")
    head = max(1, developer.house.streams(developer.tenant_id).head())
    try:
        command = ReplayWebhookDeliveries(
            endpoint_id=one.id,
            first_position=int(first),
            last_position=int(last) if last else head,
            also_delivered="also_delivered" in fields,
            also_missed="also_missed" in fields,
        )
    except ValueError:
        errors = {"first": developer.words.t["webhooks"]["errors"]["first"]}
        return _one(developer, one, code=422, errors=errors, values=fields)
    try:
        developer.order("replay_webhook_deliveries", command, key=fields.get("form_key"))
    except RuleBroken as refusal:
        return _one(developer, one, code=409, errors={"first": developer.said(refusal)}, values=fields)
    return developer.to(f"{HOME}/webhooks/{one.id}?done=replay")


@router.post("/{endpoint_id}/rotate")
def rotate(developer: DeveloperDep, endpoint_id: str, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("rotate_webhook_secret")
    one = _endpoint(developer, _id(endpoint_id), live=True)
    developer.order(
        "rotate_webhook_secret", RotateWebhookSecret(endpoint_id=one.id), key=fields.get("form_key")
    )
    return _with_secret(developer, one.id)


@router.post("/{endpoint_id}/{act}")
def act(developer: DeveloperDep, endpoint_id: str, act: str, fields: Fields) -> Response:
    developer.fields = fields
    operation, command = ACTS.get(act, (None, None))
    if operation is None or command is None:
        raise NotFound
    developer.enter(operation)
    one = _endpoint(developer, _id(endpoint_id), live=True)
    developer.order(operation, command(endpoint_id=one.id), key=fields.get("form_key"))
    back = f"{HOME}/webhooks" if act == "delete" else f"{HOME}/webhooks/{one.id}?done={act}"
    return developer.to(back)


def _endpoints(
    developer: Developer,
    *,
    code: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    office = developer.house.webhooks
    return developer.page(
        "webhooks",
        code=code,
        endpoints=office.endpoints(developer.tenant_id),
        lanes=office.deliveries.lanes(developer.tenant_id),
        errors=errors or {},
        values=values or {"body": "full"},
        kinds=sorted(developer.house.feed.catalogue.types),
    )


def _one(
    developer: Developer,
    one: WebhookEndpoint,
    *,
    code: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    office = developer.house.webhooks
    state = next((each for each in STATES if each == developer.asked("state")), None)
    page = office.deliveries.page(
        developer.tenant_id,
        endpoint_id=one.id,
        state=state,
        event_type=None,
        before=_before(developer),
        limit=SHOWN,
    )
    return developer.page(
        "webhook",
        code=code,
        endpoint=one,
        lane=office.deliveries.lanes(developer.tenant_id).get(one.id),
        deliveries=page.rows,
        older=None if page.next_before is None else f"{page.next_before[0]}-{page.next_before[1].hex}",
        state=state,
        states=STATES,
        done=developer.asked("done"),
        errors=errors or {},
        values=values or {},
        zone=_zone(developer),
    )


def _with_secret(developer: Developer, endpoint_id: UUID, *, code: int = 200) -> Response:
    one = _endpoint(developer, endpoint_id)
    secret = developer.house.webhooks.ground.secret(developer.tenant_id, one.id, one.generation)
    return developer.page("secret", code=code, endpoint=one, secret=secret, zone=_zone(developer))


def _endpoint(developer: Developer, endpoint_id: UUID, *, live: bool = False) -> WebhookEndpoint:
    one = developer.house.streams(developer.tenant_id).load(WebhookEndpoint, endpoint_id)
    if live and one.state is EndpointState.DELETED:
        raise NotFound
    return one


def _before(developer: Developer) -> tuple[int, UUID] | None:
    position, _, named = (developer.asked("before") or "").partition("-")
    if not position.isdigit() or len(position) > 18:
        return None
    found = uuid_of(named)
    return None if found is None else (int(position), found)


def _zone(developer: Developer) -> str:
    return developer.house.standings.of(developer.tenant_id).zone


def _id(text: str) -> UUID:
    found = uuid_of(text)
    if found is None:
        raise NotFound
    return found
