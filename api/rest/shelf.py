"""Where do operations of one subject stand together, so that a request for another passes by at once?"""

from functools import cached_property
from os.path import commonprefix

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Shelf(APIRouter):
    """A router that is asked for its routes only when the path begins as all of them do.

    The framework compares a request with every route of every router, and there are hundreds.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not scope["path"].startswith(self._stem) and not scope.get("root_path"):
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def _stem(self) -> str:
        return commonprefix([getattr(route, "path", "") for route in self.routes]).partition("{")[0]
