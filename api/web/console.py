"""Where does somebody who builds on the service look after it? Signing in, signing out, and how things stand."""

from itertools import islice

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from adapters.bootstrap import Attempts, account_named
from api.web.console_figures import Day, day_of_calls
from api.web.console_frame import HOME, ConsolePage, Developer, DeveloperDep, own_page
from api.web.frame import Fields
from domain.kernel.refusals import LimitReached, Malformed, Unauthenticated

router = APIRouter(
    prefix=HOME, route_class=ConsolePage, include_in_schema=False, default_response_class=HTMLResponse
)

LOOKED_AT = 200


@router.get("")
def overview(developer: DeveloperDep) -> Response:
    developer.enter(None)
    house, tenant_id = developer.house, developer.tenant_id
    latest = (
        list(islice(house.trail.latest(tenant_id), LOOKED_AT)) if developer.may("list_requests") else None
    )
    day: Day | None = day_of_calls(developer) if developer.may("get_usage") else None
    endpoints = house.webhooks.endpoints(tenant_id) if developer.may("list_webhook_endpoints") else None
    refused = None if latest is None else [each for each in latest if each.status >= 400]
    return developer.page(
        "overview",
        day=day,
        latest=latest,
        refused=refused,
        slowest=max((each.duration_ms for each in latest), default=None) if latest else None,
        endpoints=endpoints,
        ill=[] if endpoints is None else [each for each in endpoints if each.state.value == "disabled"],
        origin=str(developer.request.base_url).rstrip("/"),
    )


@router.get("/sign-in")
def ask(developer: DeveloperDep) -> Response:
    developer.stranger()
    return _asking(developer)


@router.post("/sign-in")
def sign_in(developer: DeveloperDep, fields: Fields) -> Response:
    developer.stranger()
    house = developer.house
    company, email = fields.get("company", "").lower(), fields.get("email", "").lower()
    attempts = Attempts(
        house.limits,
        developer.spend,
        developer.address,
        account_named(company, email),
        developer.request.app.state.limits.sign_in,
    )
    try:
        attempts.refuse_too_many()
        cookie = house.browsers.open(company, email, fields.get("password", ""), at=house.clock())
    except Unauthenticated:
        attempts.note_failure()
        return _asking(developer, fields, code=401, error=developer.words.t["wrong_credentials"])
    except LimitReached as refusal:
        answer = _asking(developer, fields, code=429, error=developer.words.t["problem_429"])
        answer.headers["Retry-After"] = str(max(1, int(refusal.facts.get("retry_after_s", 1))))
        return answer
    except Malformed:
        return _asking(developer, fields, code=422, error=developer.words.t["wrong_credentials"])
    answer = RedirectResponse(
        developer.url(own_page(fields.get("next"))), status_code=303, headers=developer.headers()
    )
    developer.remember(answer, cookie)
    return answer


@router.post("/sign-out")
def sign_out(developer: DeveloperDep, fields: Fields) -> Response:
    developer.fields = fields
    developer.enter(None)
    developer.house.browsers.close(developer.known, at=developer.house.clock())
    answer = RedirectResponse(developer.url(f"{HOME}/sign-in"), status_code=303, headers=developer.headers())
    developer.forget(answer)
    return answer


def _asking(
    developer: Developer, fields: dict[str, str] | None = None, *, code: int = 200, error: str | None = None
) -> Response:
    given = fields or {}
    return developer.page(
        "sign-in",
        code=code,
        error=error,
        values={name: given.get(name, "") for name in ("company", "email")},
        following=own_page(given.get("next") or developer.asked("next")),
    )
