"""Where do operations of one subject stand together, so that a request for another passes by at once?"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from os.path import commonprefix

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class Shelf(APIRouter, BaseRoute):
    """A router that an application takes as it is, and asks for its routes only when the path begins as all of them do.

    The framework compares a request with every route of every router, and there are hundreds; and it makes each
    route of a router it includes a second time, when the first request comes.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not scope["path"].startswith(self._stem) and not scope.get("root_path"):
            return Match.NONE, {}
        nearly: tuple[Match, Scope] = (Match.NONE, {})
        for route in self.routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, "route": route}
            if match is Match.PARTIAL and nearly[0] is Match.NONE:
                nearly = match, {**found, "route": route}
        return nearly

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)

    @cached_property
    def _stem(self) -> str:
        return commonprefix([getattr(route, "path", "") for route in self.routes]).partition("{")[0]


def routes_in(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes themselves, whether they stand alone, on a shelf or in a router that the framework included."""
    for route in routes:
        inner = getattr(route, "original_router", route)
        if isinstance(inner, APIRouter):
            yield from routes_in(inner.routes)
        else:
            yield route


def operations_in(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """The routes that are documented as operations."""
    for route in routes_in(routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield route
