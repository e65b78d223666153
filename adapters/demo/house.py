"""How is the demo brought in and followed until its read models stand?"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Event

from adapters.demo.companies import (
    PLATFORM_EMAIL,
    OpenCompany,
    Provisioner,
    companies,
    email_of,
)
from adapters.demo.history import DAYS
from adapters.demo.loader import Tally, load_history
from adapters.postgres.pools import Pools
from adapters.postgres.standing import Lag, lag_of


class DemoHouse:
    """The demo, as the command line needs it."""

    def __init__(self, provisioner: Provisioner, pools: Pools, max_daily_budget_eur: Decimal) -> None:
        self._provisioner = provisioner
        self._pools = pools
        self._companies = companies(max_daily_budget_eur)

    def open_companies(self, today: date) -> list[OpenCompany]:
        """The platform and both companies, open; on a second start as they are."""
        founded_at = datetime.combine(today - timedelta(days=DAYS + 10), time(8), UTC)
        self._provisioner.platform()
        return [self._provisioner.open(company, at=founded_at) for company in self._companies]

    def accounts(self, opened: list[OpenCompany]) -> list[tuple[str, str, str]]:
        """Company, e-mail address and password of everyone who can sign in."""
        people = [("platform", PLATFORM_EMAIL, self._provisioner.password("platform"))]
        for each in opened:
            slug = each.company.slug
            people += [
                (slug, email_of(slug, who), self._provisioner.password(f"{slug} {who}"))
                for who in ("owner", "manager", "traveller")
            ]
        return people

    def load_history(
        self,
        opened: list[OpenCompany],
        *,
        trips: int,
        today: date,
        advance: Callable[[int], None],
        announce_total: Callable[[int], None],
        stop: Event,
    ) -> Tally:
        """Ninety days of orders through the handlers."""
        return load_history(
            self._provisioner,
            opened,
            trips=trips,
            today=today,
            advance=advance,
            announce_total=announce_total,
            stop=stop,
        )

    def standing(self) -> Lag:
        """How far the read models have come."""
        return lag_of(self._pools.dispatcher)
