"""How does somebody without an account come to the door of one company, and whose pages may bring them?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Path, Request

from adapters.bootstrap import front
from api.rest.conventions import answer_headers
from api.rest.door import Door
from application.kernel.command import Command
from application.kernel.order import Answer, Order
from domain.kernel.refusals import Forbidden
from domain.kernel.text import Slug

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED = "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotency-Replayed"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept-Language, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "600",
}


class OriginNotAllowed(Forbidden):
    """Pages of this site may not ask for this company; the company says which ones may."""


@dataclass
class PublicDoor(Door):
    """A stranger at the public door of one company."""

    slug: str
    is_open: bool = True
    shop: front.Shop = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        limits = self.limits
        self.spend(f"address:{self.address}", limits.stranger)
        if self.request.method not in SAFE:
            self.spend(f"public-write:{self.address}", limits.guest_writes)
            self.refuse_if_match()  # the versions of visits are not for guests
        self.shop = self.house.desk.shop(self.slug, is_open=self.is_open)
        self.request.scope.get("log_facts", {})["tenant_id"] = str(self.shop.tenant_id)
        self._admit_origin()
        self.spend(f"public:{self.shop.tenant_id}", limits.guests)
        self.refuse_malformed()

    def guest_order(self, command: Command) -> Order:
        """The order a guest gives."""
        tenant_id = self.shop.tenant_id
        principal = front.principal_of(tenant_id, command)
        return self.order(command, tenant_id=tenant_id, actor=front.GUEST, principal=principal)

    def execute(self, order: Order) -> Answer:
        """Runs it; no refusal names who is in the way."""
        with front.discreet():
            return self.house.execute(order)

    def _admit_origin(self) -> None:
        """Refuses the pages of others, but those the company lists, letter by letter."""
        origin = self.request.headers.get("origin")
        headers = answer_headers(self.request)
        headers["Vary"] = "Origin, Accept-Language"
        if origin is None or urlsplit(origin).netloc == self.request.headers.get("host"):
            return
        if origin not in self.shop.origins:
            raise OriginNotAllowed
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = EXPOSED
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


SlugPath = Annotated[Slug, Path(description="the company's slug")]


def _open_door(request: Request, slug: SlugPath) -> PublicDoor:
    return PublicDoor(request, slug=slug)


def _door_for_holders(request: Request, slug: SlugPath) -> PublicDoor:
    # Who holds a link has a visit, and keeps it when the page is withdrawn.
    return PublicDoor(request, slug=slug, is_open=False)


async def _admitted(door: Annotated[PublicDoor, Depends(_open_door)]) -> AsyncIterator[PublicDoor]:
    """The door, once its company has a place in this process: a crowd at one keeps nobody from the others."""
    async with door.request.app.state.places.of(door.shop.tenant_id):
        yield door


async def _admitted_holder(
    door: Annotated[PublicDoor, Depends(_door_for_holders)],
) -> AsyncIterator[PublicDoor]:
    async with door.request.app.state.places.of(door.shop.tenant_id):
        yield door


PublicDoorDep = Annotated[PublicDoor, Depends(_admitted)]
HolderDoorDep = Annotated[PublicDoor, Depends(_admitted_holder)]
Token = Annotated[str, Path(max_length=120, description="the token of a link")]
