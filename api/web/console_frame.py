"""What is the same for every page of the developer console? Who looks at it, what they may do, and how it says no."""

import json
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from adapters.bootstrap import SignedIn, front
from api.web.frame import Visitor
from api.web.words import NARROW, Words, sentences
from application.kernel.command import Command
from application.kernel.context import Actor, CommandId
from application.kernel.order import Answer, Order
from application.platform.permissions import permits, reach
from domain.kernel.refusals import Forbidden, Refusal, Unauthenticated
from domain.platform.platform_tenant import PLATFORM_TENANT_ID

HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
GRAPHQL = "/api/v2/graphql"
COOKIE = "escale_console"
# Where one may be sent after signing in: a page of the console, and nothing else.
OWN_PAGE = re.compile(r"/console(/[a-z0-9-]+){0,4}(\?[a-z0-9_.=&:%-]{0,300})?")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
# What stands in the menu, and the operation whose permission opens it.
PAGES = {
    "": None,
    "keys": "list_api_keys",
    "webhooks": "list_webhook_endpoints",
    "usage": "get_usage",
    "requests": "list_requests",
}


class SignInNeeded(Unauthenticated):
    """Sign in to see this page."""


class PageNotYours(Forbidden):
    """Your roles do not include this page."""


class ConsoleWords(Words):
    """The sentences of the console in one language, and its way of writing figures."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.t = {**sentences(language), **console_texts(language)}

    def number(self, value: float) -> str:
        """12,345, or 12 345 in French."""
        written = f"{value:,.0f}"
        return written.replace(",", NARROW) if self.language == "fr" else written

    def milliseconds(self, value: float) -> str:
        """14.2 ms, or 14,2 ms in French."""
        written = f"{value:,.1f}".replace(",", NARROW)
        return f"{written.replace('.', ',') if self.language == 'fr' else written}\u00a0ms"


@cache
def console_texts(language: str) -> dict[str, Any]:
    """The catalogue of the console's pages."""
    text = files("api.web").joinpath(f"locale/console.{language}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def console_words(language: str) -> ConsoleWords:
    """The words, made once."""
    return ConsoleWords(language)


@dataclass
class Developer(Visitor):
    """Somebody in front of a page of the console, signed in or about to."""

    who: SignedIn | None = None
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> ConsoleWords:
        return console_words(self.language)

    @property
    def known(self) -> SignedIn:
        """Who it is. Refuses with SignInNeeded."""
        if self.who is None:
            raise SignInNeeded
        return self.who

    @property
    def tenant_id(self) -> UUID:
        """The only company these pages show."""
        return self.known.caller.tenant_id

    @property
    def company(self) -> str:
        """The company's name in addresses."""
        return "platform" if self.tenant_id == PLATFORM_TENANT_ID else self.house.slug_of(self.tenant_id)

    @property
    def has_graphql(self) -> bool:
        """Is there a GraphQL door, whose explorer one could be sent to?"""
        return any(path == GRAPHQL for path in _paths(self.request.app.routes))

    @property
    def address(self) -> str:
        """The network that asks."""
        return front.network_of(self.request.client.host) if self.request.client else "unknown"

    def spend(self, who: str, per_minute: int) -> None:
        """Takes one page from an allowance. Refuses with LimitReached."""
        self._spend(who, per_minute)

    def stranger(self) -> None:
        """Counts whoever shows nothing, and refuses forms that another site sent."""
        self.spend(f"address:{self.address}", self.request.app.state.limits.stranger)
        if self.request.method == "POST":
            self._refuse_foreign_form()

    def enter(self, operation: str | None) -> None:  # type: ignore[override]
        """Lets in whoever signed in and may do that. A form has to come from a page of this session."""
        cookie = self.request.cookies.get(COOKIE) or self.request.cookies.get(f"__Host-{COOKIE}")
        if cookie is None:
            self.stranger()
            raise SignInNeeded
        try:
            self.who = self.house.browsers.known(cookie, at=self.house.clock())
        except Unauthenticated:
            self.stranger()
            raise
        caller = self.who.caller
        self.request.scope.get("log_facts", {})["tenant_id"] = str(caller.tenant_id)
        self.spend(f"console:{caller.tenant_id}:{caller.member_id}", self.request.app.state.limits.person)
        if self.request.method == "POST":
            self._refuse_foreign_form()
            self.who.refuse_foreign(self.fields.get("form_token", ""))
        if operation is not None and not self.may(operation):
            raise PageNotYours

    def may(self, operation: str) -> bool:
        """May whoever signed in do this?"""
        return permits(operation, self.known.caller.roles)

    def order(self, operation: str, command: Command, *, key: str | None = None) -> tuple[Answer, UUID]:
        """Gives an order in their name; the same form sent twice is one order. The answer, and the order's id."""
        if not self.may(operation):
            raise PageNotYours
        caller = self.known.caller
        how_far = reach(operation, caller.roles)
        assert how_far is not None
        digest = sha256(f"{operation}:{command.model_dump_json()}".encode()).digest()
        command_id = uuid5(caller.member_id, f"console:{key or uuid4()}")
        answer = self.house.execute(
            Order(
                tenant_id=caller.tenant_id,
                command=command,
                actor=Actor(id=caller.member_id, kind=self.known.actor_kind, reach=how_far),
                id=CommandId(command_id, digest, keyed=key is not None),
                at=self.house.clock(),
                roles=caller.roles,
            )
        )
        return answer, command_id

    def page(self, template: str, *, code: int = 200, **values: Any) -> Response:
        text = self.environment.get_template(f"console/{template}.html").render(
            v=self,
            w=self.words,
            t=self.words.t,
            language=self.language,
            other="fr" if self.language == "en" else "en",
            form_key=uuid4(),
            here=self.request.url.path.removeprefix(HOME).strip("/").partition("/")[0],
            pages=[name for name, needed in PAGES.items() if self.who and (not needed or self.may(needed))],
            **values,
        )
        answer = Response(text, status_code=code, media_type="text/html", headers=self.headers())
        if self.who is not None and self.who.renewed is not None:
            self.remember(answer, self.who.renewed)
        return answer

    def headers(self) -> dict[str, str]:
        return {
            "Content-Security-Policy": POLICY,
            "Content-Language": self.language,
            "Vary": "Accept-Language, Cookie",
            # So that a browser says where a form comes from; to nobody else.
            "Referrer-Policy": "same-origin",
        }

    def remember(self, answer: Response, cookie: str) -> None:
        """Gives the browser its cookie, for as long as it stays open."""
        answer.set_cookie(self._cookie_name, cookie, httponly=True, secure=self._is_secure, samesite="lax")

    def forget(self, answer: Response) -> None:
        """Takes the cookie back."""
        for name in (COOKIE, f"__Host-{COOKIE}"):
            answer.delete_cookie(name, httponly=True, secure=name.startswith("__Host-"), samesite="lax")

    @property
    def _is_secure(self) -> bool:
        return self.request.url.scheme == "https" or self.house.settings.env == "production"

    @property
    def _cookie_name(self) -> str:
        # The prefix binds the cookie to this host and to TLS, which a laptop on plain HTTP has not.
        return f"__Host-{COOKIE}" if self._is_secure else COOKIE


def _paths(routes: Iterable[Any]) -> Iterator[str]:
    for route in routes:
        yield getattr(route, "path", "")
        # The framework keeps a router it was given beside its own routes.
        yield from _paths(getattr(getattr(route, "original_router", None), "routes", ()))


def own_page(path: str | None) -> str:
    """A page of the console, or its first one: nobody is sent elsewhere."""
    return path if path and OWN_PAGE.fullmatch(path) else HOME


async def developer_of(request: Request) -> Developer:
    """Whoever stands in front of the page."""
    return Developer(request, request.app.state.pages)


DeveloperDep = Annotated[Developer, Depends(developer_of)]


class ConsolePage(APIRoute):
    """Makes a page of every refusal; whoever is not signed in is asked to."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                return await handle(request)
            except Unauthenticated:
                developer = await developer_of(request)
                asked = request.url.path if request.method == "GET" else HOME
                if request.url.query and request.method == "GET":
                    asked = f"{asked}?{request.url.query}"
                query = urlencode({"next": own_page(asked), **_language(request)})
                answer = RedirectResponse(f"{SIGN_IN}?{query}", status_code=303, headers=developer.headers())
                developer.forget(answer)
                return answer
            except Refusal as refusal:
                return (await developer_of(request)).problem(refusal)

        return shown


def _language(request: Request) -> dict[str, str]:
    asked = request.query_params.get("lang")
    return {"lang": asked} if asked in ("en", "fr") else {}
