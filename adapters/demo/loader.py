"""How does the history enter? Through the same handlers as a client's commands, a few tenants at once."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from threading import Event, Lock
from time import monotonic

from eventsourcing.persistence import OperationalError

from adapters.demo.agendas import agenda_of
from adapters.demo.companies import OpenCompany, Provisioner
from adapters.demo.history import history_of
from adapters.demo.orders import DatedOrder
from adapters.demo.practices import OpenPractice
from application.kernel.context import Actor
from domain.kernel.refusals import Refusal, Unavailable

PATIENCE_S = 60.0
PAUSE_S = 0.5
MOST_VISITS = 400

House = OpenCompany | OpenPractice


@dataclass
class Tally:
    """What became of the orders."""

    applied: int = 0
    refused: int = 0
    skipped: int = 0
    lock: Lock = field(default_factory=Lock)


def load_history(
    provisioner: Provisioner,
    companies: Iterable[OpenCompany],
    *,
    practices: Sequence[OpenPractice] = (),
    trips: int,
    today: date,
    advance: Callable[[int], None],
    announce_total: Callable[[int], None],
    stop: Event,
) -> Tally:
    """Executes the ninety days of every company; a second run finds everything done."""
    opened = list(companies)
    travellers = sum(len(company.traveller_ids) for company in opened)
    plans = {
        company.company.slug: history_of(
            company, round(trips * len(company.traveller_ids) / travellers), today
        )
        for company in opened
    }
    visits = visits_beside(trips)
    books: list[tuple[House, list[DatedOrder]]] = [
        *((company, plans[company.company.slug]) for company in opened),
        *((practice, agenda_of(practice, visits, today)) for practice in practices),
    ]
    announce_total(sum(len(orders) for _, orders in books))
    tally = Tally()
    with ThreadPoolExecutor(len(books)) as clerks:
        for done in [
            clerks.submit(_load, provisioner, house, orders, advance, tally, stop) for house, orders in books
        ]:
            done.result()
    return tally


def visits_beside(trips: int) -> int:
    """How many everyday visits a practice has in a demo of so many journeys; one of each kind comes on top."""
    return min(trips * 2 // 3, MOST_VISITS)


def _load(
    provisioner: Provisioner,
    company: House,
    orders: list[DatedOrder],
    advance: Callable[[int], None],
    tally: Tally,
    stop: Event,
) -> None:
    refused: set[str] = set()
    for order in orders:
        if stop.is_set():
            return
        if order.needs in refused:
            refused.add(order.name)
            outcome = "skipped"
        else:
            outcome = _insist(provisioner, company, order, stop)
            if outcome == "refused":
                refused.add(order.name)
        with tally.lock:
            setattr(tally, outcome, getattr(tally, outcome) + 1)
        advance(1)


def _insist(provisioner: Provisioner, company: House, order: DatedOrder, stop: Event) -> str:
    """Waits for a database that is being started again: the order's id is fixed, so a repeat is calm."""
    deadline = monotonic() + PATIENCE_S
    while True:
        try:
            return _execute(provisioner, company, order)
        except (OperationalError, Unavailable):
            if monotonic() > deadline or stop.wait(PAUSE_S):
                raise


def _execute(provisioner: Provisioner, company: House, order: DatedOrder) -> str:
    roles = {company.owner_id: "owner", company.manager_id: "manager"}
    role = roles.get(order.actor_id, "traveller")
    try:
        provisioner.run(
            company.tenant_id,
            order.name,
            order.command,
            at=order.at,
            actor=Actor(order.actor_id, "import"),
            source="import",
            roles=frozenset({role}),
        )
    except Unavailable:
        raise
    except Refusal:
        return "refused"
    return "applied"
