"""How is the demo brought in and followed until its read models stand?"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Event
from uuid import UUID

from eventsourcing.persistence import OperationalError

from adapters.demo.companies import (
    PLATFORM_EMAIL,
    OpenCompany,
    Provisioner,
    companies,
    email_of,
)
from adapters.demo.history import DAYS
from adapters.demo.hooking import register_hook
from adapters.demo.loader import Tally, load_history
from adapters.demo.practices import PRACTICES, OpenPractice, accounts_at, open_practice
from adapters.demo.reporting import publish_report
from adapters.demo.subscribing import subscribe
from adapters.embedded.refusal import CannotStart
from adapters.postgres.pools import Pools
from adapters.postgres.standing import Lag, lag_of
from domain.kernel.refusals import Refusal, Unavailable


class AnotherBudget(CannotStart):
    """The demo companies were founded with another daily budget."""


class DemoHouse:
    """The demo, as the command line needs it."""

    def __init__(self, provisioner: Provisioner, pools: Pools, max_daily_budget_eur: Decimal) -> None:
        self._provisioner = provisioner
        self._pools = pools
        self._max_daily_budget_eur = max_daily_budget_eur
        self._companies = companies(max_daily_budget_eur)

    def open_companies(self, today: date) -> list[OpenCompany]:
        """The platform and both companies, open; on a second start as they are."""
        founded_at = datetime.combine(today - timedelta(days=DAYS + 10), time(8), UTC)
        self._provisioner.platform()
        opened = [self._provisioner.open(company, at=founded_at) for company in self._companies]
        midnight = datetime.combine(today, time(), UTC)
        subscribe(self._provisioner, opened[0], since=founded_at, today=midnight)
        register_hook(self._provisioner, opened[0].tenant_id, at=founded_at)
        return opened

    def open_practices(self, today: date) -> list[OpenPractice]:
        """The clinic and the salon, open; on a second start as they are."""
        founded_at = datetime.combine(today - timedelta(days=DAYS + 10), time(8), UTC)
        return [open_practice(self._provisioner, one, at=founded_at) for one in PRACTICES]

    def refuse_another_budget(self, opened: list[OpenCompany]) -> None:
        """Refuses a daily budget that is not the one in force: past verdicts would stand under the old one."""
        for each in opened:
            in_force = self._provisioner.daily_budget_eur(each)
            if in_force != self._max_daily_budget_eur:
                now = (
                    "no daily budget"
                    if in_force is None
                    else f"a daily budget of {in_force.normalize():f} EUR"
                )
                raise AnotherBudget(
                    f"The policy of {each.company.name} in this data directory has {now}, not of "
                    f"{self._max_daily_budget_eur} EUR, and its trips were judged by it. Leave out "
                    "--max-daily-budget-eur, choose another directory with --data-dir, or start and put "
                    "another policy in force with POST /api/v1/enterprise/policies."
                )

    def accounts(
        self, opened: list[OpenCompany], practices: Sequence[OpenPractice] = ()
    ) -> list[tuple[str, str, str]]:
        """Company, e-mail address and password of everyone who can sign in."""
        people = [("platform", PLATFORM_EMAIL, self._provisioner.password("platform"))]
        for each in opened:
            slug = each.company.slug
            people += [
                (slug, email_of(slug, who), self._provisioner.password(f"{slug} {who}"))
                for who in ("owner", "manager", "traveller")
            ]
        for practice in practices:
            people += accounts_at(self._provisioner, practice)
        return people

    def load_history(
        self,
        opened: list[OpenCompany],
        *,
        practices: Sequence[OpenPractice] = (),
        trips: int,
        today: date,
        advance: Callable[[int], None],
        announce_total: Callable[[int], None],
        stop: Event,
    ) -> Tally:
        """Ninety days of orders through the handlers: journeys, and appointments where there are practices."""
        return load_history(
            self._provisioner,
            opened,
            practices=practices,
            trips=trips,
            today=today,
            advance=advance,
            announce_total=announce_total,
            stop=stop,
        )

    def publish_report(self, opened: list[OpenCompany], today: date) -> UUID | None:
        """The first company's report, once the ledger has its history; None where somebody was there before."""
        try:
            return publish_report(self._provisioner, opened[0], today)
        except (OperationalError, Refusal):
            return None  # the next start tries again

    def standing(self) -> Lag | None:
        """How far the read models have come; None while the database does not answer."""
        try:
            return lag_of(self._pools.dispatcher)
        except (OperationalError, Unavailable):
            return None
