"""What may the doors name and use of the public side of appointments? One hand for the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from adapters.booking.desk import GUEST, BookingDesk, FormTooOld, Shop, Start, discreet, principal_of
from adapters.booking.marketplace import Found, Marketplace, Wanted
from adapters.booking.next_free import NextFreeKeeper
from adapters.event_store.commands import Commands
from adapters.identity.booking_links import BookingLinks, LinkExpired, Purpose
from adapters.postgres.pools import Pools
from adapters.redis.networks import network_of
from application.booking.ground import Ground

__all__ = [
    "GUEST",
    "BookingDesk",
    "FormTooOld",
    "Found",
    "Front",
    "LinkExpired",
    "Purpose",
    "Shop",
    "Start",
    "Wanted",
    "discreet",
    "network_of",
    "principal_of",
]


@dataclass(frozen=True)
class Front:
    """The signed links, the search across companies, and the keeper of what is free next."""

    links: BookingLinks
    marketplace: Marketplace
    next_free: NextFreeKeeper

    @classmethod
    def built(cls, pools: Pools, commands: Commands, master_key: bytes, now: Callable[[], datetime]) -> Self:
        """Over the pools and streams of the house."""

        def ground(tenant_id: UUID) -> Ground:
            store = commands.reading(tenant_id)
            return Ground(tenant_id, store, commands.ports_of(store), now())

        keeper = NextFreeKeeper(
            dispatcher=pools.dispatcher,
            projector=pools.projector,
            ground=ground,
            head=lambda tenant_id: commands.reading(tenant_id).head(),
            now=now,
        )
        return cls(BookingLinks(master_key), Marketplace(pools.public), keeper)
