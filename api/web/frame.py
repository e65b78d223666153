"""What is the same for every page at the public door? Its language, its limits, its policy, and how it says no."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment

from adapters.bootstrap import House, front
from api.web.texts import LANGUAGES, language_of
from api.web.words import Words, refusals, words_in
from domain.booking.business import Business
from domain.booking.service import Service
from domain.kernel.refusals import (
    Conflict,
    Forbidden,
    Gone,
    LimitReached,
    Malformed,
    NotFound,
    Refusal,
    RuleBroken,
    TenantClosed,
    TenantReadOnly,
    Unavailable,
)

# The nearest ancestor decides.
STATUS: Mapping[type[Refusal], int] = {
    NotFound: 404,
    Gone: 410,
    TenantClosed: 410,
    Conflict: 409,
    RuleBroken: 409,
    Forbidden: 403,
    LimitReached: 429,
    Malformed: 422,
    TenantReadOnly: 423,
    Unavailable: 503,
    Refusal: 400,
}
# For these the page has a sentence of its own, since the refusal's speaks to programs.
SAID_BY_STATUS = frozenset({403, 404, 429, 503})
MOST_FIELDS = 200
LONGEST_FIELD = 4_000
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors {frames}"
)


class FormFromElsewhere(Forbidden):
    """This form was not sent from our own page, so nothing was done."""


@dataclass
class Visitor:
    """Somebody in front of a page."""

    request: Request
    environment: Environment
    house: House = field(init=False)
    language: str = field(init=False)
    origins: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.house = self.request.app.state.house
        self.language = language_of(self.request)

    @property
    def words(self) -> Words:
        """How to write in their language."""
        return words_in(self.language)

    def admit(self) -> None:
        """Counts the visit, and refuses forms that another site sent."""
        limits = self.request.app.state.limits
        address = front.network_of(self.request.client.host) if self.request.client else "unknown"
        self._spend(f"address:{address}", limits.stranger)
        if self.request.method == "POST":
            self._refuse_foreign_form()
            self._spend(f"public-write:{address}", limits.guest_writes)

    def enter(self, slug: str, *, is_open: bool = True) -> front.Shop:
        """The company whose page it is."""
        self.admit()
        if not slug.isascii() or len(slug) > 63 or not slug.replace("-", "").isalnum():
            raise NotFound
        shop = self.house.desk.shop(slug, is_open=is_open)
        self._spend(f"public:{shop.tenant_id}", self.request.app.state.limits.guests)
        self.origins = shop.origins
        self.request.scope.get("log_facts", {})["tenant_id"] = str(shop.tenant_id)
        self.request.state.shop = shop
        return shop

    def asked(self, name: str) -> str | None:
        """A word of the address, where it is short enough to be one."""
        value = self.request.query_params.get(name, "")
        return value if 0 < len(value) <= LONGEST_FIELD and value.isprintable() else None

    def url(self, path: str, **query: Any) -> str:
        """An address of our own, in the language that was asked for."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        if self.request.query_params.get("lang") in LANGUAGES:
            asked.setdefault("lang", self.language)
        return f"{path}?{urlencode(asked)}" if asked else path

    def in_other_language(self) -> str:
        """The same page in the other language."""
        other = "fr" if self.language == "en" else "en"
        kept = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        return f"{self.request.url.path}?{urlencode([*kept, ('lang', other)])}"

    def page(self, template: str, *, code: int = 200, **values: Any) -> Response:
        """A page of ours."""
        text = self.environment.get_template(f"booking/{template}.html").render(
            v=self,
            w=self.words,
            t=self.words.t,
            language=self.language,
            other="fr" if self.language == "en" else "en",
            **values,
        )
        return HTMLResponse(text, status_code=code, headers=self.headers())

    def headers(self) -> dict[str, str]:
        """What every page says of itself; only the sites the company lists may frame it."""
        frames = " ".join(("'self'", *sorted(self.origins)))
        return {
            "Content-Security-Policy": POLICY.format(frames=frames),
            # Browsers that know the policy above look at nothing else.
            "X-Frame-Options": "SAMEORIGIN",
            "Content-Language": self.language,
            "Vary": "Accept-Language",
            # So that a browser says where a form comes from; to nobody else.
            "Referrer-Policy": "same-origin",
        }

    def to(self, path: str) -> Response:
        """On to the next page."""
        return RedirectResponse(self.url(path), status_code=303, headers=self.headers())

    def said(self, refusal: Refusal) -> str:
        """The sentence of a refusal, in their language."""
        if refusal.detail == type(refusal).message():
            return refusals(self.language).get(refusal.code(), refusal.detail)
        return refusal.detail

    def problem(self, refusal: Refusal) -> Response:
        """A page that says why not."""
        status = status_of(refusal)
        sentence = (
            self.words.t.get(f"problem_{status}") if status in SAID_BY_STATUS else self.said(refusal)
        )  # fmt: skip
        shop: front.Shop | None = getattr(self.request.state, "shop", None)
        where: dict[str, Any] = {}
        if shop is not None:
            self.origins = shop.origins
            where = {"shop": shop, "brand": brand_of(shop), "is_open": bool(shop.pages)}
        answer = self.page("problem", code=status, sentence=sentence, **where)
        if status in (429, 503):
            answer.headers["Retry-After"] = str(max(1, int(refusal.facts.get("retry_after_s", 1))))
        return answer

    def _spend(self, who: str, per_minute: int) -> None:
        allowance = self.house.limits.check(who, per_minute=per_minute)
        if not allowance.allowed:
            raise LimitReached(retry_after_s=allowance.retry_after_s)

    def _refuse_foreign_form(self) -> None:
        """Where the browser says that another site sent it. What a form may do is in its own token besides."""
        headers = self.request.headers
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise FormFromElsewhere
        origin = headers.get("origin")
        is_told = "sec-fetch-site" in headers
        is_excused = origin is None or (origin == "null" and is_told)
        if not is_excused and urlsplit(origin or "").netloc != headers.get("host"):
            raise FormFromElsewhere
        if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise FormFromElsewhere


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form; of one sent twice the last."""
    try:
        text = (await request.body()).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed from None
    return {name: value.strip() for name, value in pairs if len(value) <= LONGEST_FIELD}


Fields = Annotated[dict[str, str], Depends(fields_of)]


def visitor_of(request: Request) -> Visitor:
    """Whoever stands in front of the page."""
    return Visitor(request, request.app.state.pages)


VisitorDep = Annotated[Visitor, Depends(visitor_of)]


class PageRoute(APIRoute):
    """Makes a page of every refusal."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                return visitor_of(request).problem(refusal)

        return shown


def uuid_of(text: str | None) -> UUID | None:
    """The id that is written there; what is none is not there."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def instant_of(text: str | None) -> datetime:
    """The instant that is written there. Refuses with NotFound."""
    try:
        at = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        raise NotFound from None
    if at.tzinfo is None or not 2000 <= at.year < 2199:
        raise NotFound
    return at


def day_of(text: str | None) -> date | None:
    """The day that is written there; None for anything else."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2000 <= found.year < 2199 else None


def brand_of(shop: front.Shop, service: Service | None = None, business: Business | None = None) -> str:
    """What stands at the head of a page."""
    one = business or (shop.businesses.get(service.terms.business_id) if service else None)
    if one is None and len(shop.businesses) == 1:
        one = next(iter(shop.businesses.values()))
    if one is not None and one.profile is not None:
        return one.profile.brand
    return shop.slug.replace("-", " ").title()
