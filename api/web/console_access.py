"""Which keys open the company to programs, and what did programs do with them?"""

import re
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from api.web.console_figures import calls_by, day_of_calls
from api.web.console_frame import HOME, ConsolePage, Developer, DeveloperDep
from api.web.frame import Fields, uuid_of
from application.platform.api_keys import IssueApiKey, RevokeApiKey
from domain.kernel.refusals import NotFound
from domain.platform.api_key import ApiKey
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Scope
from projections.platform import api_keys

router = APIRouter(
    prefix=HOME, route_class=ConsolePage, include_in_schema=False, default_response_class=HTMLResponse
)

LIFETIMES_DAYS = (30, 90, 365)
SHOWN_KEYS = 100
SHOWN_REQUESTS = 50
PLACE = re.compile(r"[0-9]{1,16}-[0-9]{1,10}")


@router.get("/keys")
def keys(developer: DeveloperDep) -> Response:
    developer.enter("list_api_keys")
    return _keys(developer)


@router.post("/keys")
def issue(developer: DeveloperDep, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("list_api_keys")
    chosen = [name.removeprefix("scope:") for name in fields if name.startswith("scope:")]
    days = fields.get("days", "")
    errors = {}
    if not fields.get("name"):
        errors["name"] = developer.words.t["api_keys"]["errors"]["name"]
    if not chosen:
        errors["scopes"] = developer.words.t["api_keys"]["errors"]["scopes"]
    if errors or not days.isdigit() or int(days) not in LIFETIMES_DAYS:
        return _keys(developer, code=422, errors=errors, values=fields)
    try:
        command = IssueApiKey(
            name=fields["name"],
            scopes=tuple(Scope(each) for each in chosen),
            expires_at=_expiry(developer, int(days)),
        )
    except (ValidationError, ValueError):
        errors["name"] = developer.words.t["api_keys"]["errors"]["name"]
        return _keys(developer, code=422, errors=errors, values=fields)
    answer, command_id = developer.order("issue_api_key", command, key=fields.get("form_key"))
    secret = developer.house.identity.credentials.api_key(
        tenant_id=developer.tenant_id, key_id=answer.saved.stream_id, command_id=command_id
    )
    made = developer.house.streams(developer.tenant_id).load(ApiKey, answer.saved.stream_id)
    return developer.page(
        "key", code=201, key=made, secret=secret.presented, origin=str(developer.request.base_url).rstrip("/")
    )


@router.post("/keys/{key_id}/revoke")
def revoke(developer: DeveloperDep, key_id: str, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter("list_api_keys")
    named = uuid_of(key_id)
    if named is None:
        raise NotFound
    developer.order("revoke_api_key", RevokeApiKey(api_key_id=named), key=fields.get("form_key"))
    developer.house.identity.forget()
    return developer.to(f"{HOME}/keys")


@router.get("/usage")
def usage(developer: DeveloperDep) -> Response:
    developer.enter("get_usage")
    limits = developer.request.app.state.limits
    return developer.page(
        "usage",
        day=day_of_calls(developer),
        hours=calls_by(developer, "hour"),
        days=calls_by(developer, "day"),
        per_minute={"key": limits.key, "person": limits.person},
        is_counted=developer.house.standings.of(developer.tenant_id).subscription is not None,
    )


@router.get("/requests")
def requests(developer: DeveloperDep) -> Response:
    developer.enter("list_requests")
    house, tenant_id = developer.house, developer.tenant_id
    before = developer.asked("before")
    if before is not None and not PLACE.fullmatch(before):
        raise NotFound
    only_refused = developer.asked("show") == "refused"
    key_id = uuid_of(developer.asked("key"))
    wanted = (
        each
        for each in house.trail.latest(tenant_id, before=before)
        if (not only_refused or each.status >= 400) and key_id in (None, each.key_id)
    )
    found = list(islice(wanted, SHOWN_REQUESTS + 1))
    rows = found[:SHOWN_REQUESTS]
    named = {each.key_id for each in rows if each.key_id} | ({key_id} if key_id else set())
    return developer.page(
        "requests",
        rows=rows,
        names=house.names_of_keys(tenant_id, named),
        only_refused=only_refused,
        key_id=key_id,
        before=before,
        older=rows[-1].place if len(found) > SHOWN_REQUESTS else None,
        zone=house.standings.of(tenant_id).zone,
    )


def _keys(
    developer: Developer,
    *,
    code: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
) -> Response:
    house, tenant_id = developer.house, developer.tenant_id
    with house.reading(tenant_id) as sql:
        listed = api_keys.page(sql, limit=SHOWN_KEYS)
    # As they stand now, however far the list is behind.
    ids: list[UUID] = [row.key_id for row in listed.rows]
    streams = house.streams(tenant_id).find_all(dict.fromkeys(ids, ApiKey))
    now = house.clock()
    found = [one for each in ids if isinstance(one := streams.get(each), ApiKey)]
    return developer.page(
        "keys",
        code=code,
        live=[key for key in found if key.is_live(now)],
        over=[key for key in found if not key.is_live(now)],
        is_cut=listed.next_after is not None,
        scopes=_scopes(developer),
        lifetimes=LIFETIMES_DAYS,
        errors=errors or {},
        values=values or {},
        soon=now + timedelta(days=14),
    )


def _scopes(developer: Developer) -> dict[str, list[Scope]]:
    """What a key may be given, by what it is about."""
    offered: dict[str, list[Scope]] = {}
    for scope in Scope:
        if scope is Scope.PLATFORM_WRITE and developer.tenant_id != PLATFORM_TENANT_ID:
            continue
        offered.setdefault(scope.value.partition(":")[0], []).append(scope)
    return offered


def _expiry(developer: Developer, days: int) -> datetime:
    """The end of the key's life. By the day, so that the same form sent twice is the same order."""
    today = developer.house.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=days)
