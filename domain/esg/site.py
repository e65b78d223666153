"""Where does a company work and consume? Its offices, plants and depots."""

from datetime import datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.claims import NO_CLAIMS, Claim, Claims, Release
from domain.kernel.event import DomainEvent
from domain.kernel.refusals import Conflict, RuleBroken
from domain.kernel.text import Code, CountryCode, Title
from domain.kernel.value import Value

SITE_CODE = "site-code"


class SiteDetails(Value):
    """What a site is called, in which country its grid is, and who bears what it emits."""

    code: Code
    name: Title
    country: CountryCode
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None


class SiteOpened(DomainEvent):
    """The company works at a place."""

    TOPIC: ClassVar[str] = "site.opened.v1"

    details: SiteDetails


class SiteChanged(DomainEvent):
    """What is said of the place changed; lines of before stay as they were."""

    TOPIC: ClassVar[str] = "site.changed.v1"

    details: SiteDetails


class SiteClosed(DomainEvent):
    """The company left; what was emitted there stays in the ledger."""

    TOPIC: ClassVar[str] = "site.closed.v1"


SiteEvent = SiteOpened | SiteChanged | SiteClosed


class SiteCodeTaken(Conflict):
    """Another site has this code already."""


class SiteIsClosed(RuleBroken):
    """This site is closed; nothing new is entered for it."""


class Site(Aggregate):
    """One place; codes are unique among open sites."""

    CATEGORY: ClassVar[str] = "site"

    details: SiteDetails
    is_open: bool = True

    def open(self, details: SiteDetails, *, at: datetime) -> None:
        """Begins to work there."""
        if not self.version:
            self.record(SiteOpened, at=at, details=details)

    def change(self, details: SiteDetails, *, at: datetime) -> None:
        """Says anew what the site is."""
        self.require_open()
        if details != self.details:
            self.record(SiteChanged, at=at, details=details)

    def close(self, *, at: datetime) -> None:
        """Leaves."""
        if self.is_open:
            self.record(SiteClosed, at=at)

    def require_open(self) -> None:
        """Refuses with SiteIsClosed."""
        if not self.is_open:
            raise SiteIsClosed

    def evolve(self, event: SiteEvent) -> None:
        match event:
            case SiteOpened() | SiteChanged():
                self.details = event.details
            case SiteClosed():
                self.is_open = False
            case _:
                assert_never(event)

    def claims(self, event: Any) -> Claims:
        """The code, as long as the site is open."""
        match event:
            case SiteOpened():
                return Claims(taken=(Claim(SITE_CODE, event.details.code, self.id),))
            case SiteChanged() if event.details.code != self.details.code:
                return Claims(
                    taken=(Claim(SITE_CODE, event.details.code, self.id),),
                    released=(Release(SITE_CODE, self.details.code, self.id),),
                )
            case SiteClosed():
                return Claims(released=(Release(SITE_CODE, self.details.code, self.id),))
            case _:
                return NO_CLAIMS
